"""Group commit: whatever came in while the last transaction ran is the next one.

Generic: it knows drafts, a blocking `commit`, and callbacks. One bad draft doesn't sink a
batch, and a commit whose outcome is unknown is made again, which `commit` must bear (it
recognises what it stored before).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from chat.realtime.figures import DRAFTS, SECONDS, Histogram

log = logging.getLogger(__name__)

BREATH = 3
"""Turns of the loop before a transaction, so that what came while the last one was answered is
read, decoded and part of it: a fifth more posts a second, and twenty microseconds when idle.
"""

D = TypeVar("D")
D_contra = TypeVar("D_contra", contravariant=True)
R = TypeVar("R")
B = TypeVar("B", bound="Batch[object]")
R_co = TypeVar("R_co", covariant=True)


class Batch(Protocol[R_co]):
    """What a commit returns: one outcome a draft; None where it must be handed in again."""

    @property
    def outcomes(self) -> Sequence[R_co | None]: ...


@dataclass(slots=True)
class _Waiting(Generic[D, R]):
    draft: D
    done: Callable[[R], None]
    since: float


class Rules(Protocol[D_contra, R_co]):
    """What the writer must be told about its errors."""

    def passing(self, error: Exception) -> bool:
        """Whether trying again can help: a lost connection, a lock, a full disk."""

    def refusal(self, error: Exception | None) -> R_co:
        """The outcome of a draft that could not be stored; None: it waited too long."""

    def doubt(self, drafts: Sequence[D_contra]) -> None:
        """A commit of these failed, so what it stored was not told: someone should look."""


class Writer(Generic[D, R, B]):
    """Owns the queue of drafts and the order of commits. One a process, on one thread."""

    def __init__(
        self,
        commit: Callable[[list[D]], B],
        told: Callable[[B], None],
        rules: Rules[D, R],
        thread: Executor,
        *,
        lane: Callable[[D], Hashable] = lambda _draft: None,
        batch: int = 512,
        limit: int = 20_000,
        pauses: Sequence[float] = (0.05, 0.2, 0.5, 1.0),
        again_after: float = 0.02,
        patience: float = 10.0,
    ) -> None:
        self._commit = commit
        self._told = told
        self._rules = rules
        self._thread = thread
        self._batch = batch
        self._limit = limit
        self._pauses = pauses
        self._again_after = again_after
        self._patience = patience
        self._queue: deque[_Waiting[D, R]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._lane = lane
        self._held: dict[Hashable, deque[_Waiting[D, R]]] = {}
        self._task: asyncio.Task[None] | None = None
        self.commits = 0
        self.stored = 0
        self.failed = 0
        self.sizes = Histogram(DRAFTS)
        self.seconds = Histogram(SECONDS)

    def start(self) -> None:
        """Begin to commit, on the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="writer")

    async def stop(self, within: float = 5.0) -> None:
        """Commit what is queued, for at most `within` seconds, then end."""
        try:
            async with asyncio.timeout(within):
                await self.flushed()
        except TimeoutError:
            log.error("stopped with drafts not committed", extra={"drafts": len(self._queue)})
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def flushed(self) -> None:
        """Return once nothing is queued or under way."""
        await self._idle.wait()

    def submit(self, draft: D, done: Callable[[R], None]) -> None:
        """Queue a draft; `done` gets its outcome on the loop, after COMMIT."""
        if len(self._queue) >= self._limit:
            done(self._rules.refusal(None))
            return
        self._queue.append(_Waiting(draft, done, asyncio.get_running_loop().time()))
        self._idle.clear()
        self._wake.set()

    @property
    def queued(self) -> int:
        """Drafts that wait for their transaction."""
        return len(self._queue) + sum(len(held) for held in self._held.values())

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                for _turn in range(BREATH):
                    await asyncio.sleep(0)
                if taken := self._take():
                    await self._store(taken)
            if not self._held:
                self._idle.set()

    def _take(self) -> list[_Waiting[D, R]]:
        """The next batch; what shares a lane with drafts that must wait, waits behind them."""
        taken: list[_Waiting[D, R]] = []
        while self._queue and len(taken) < self._batch:
            waiting = self._queue.popleft()
            held = self._held.get(self._lane(waiting.draft))
            if held is None:
                taken.append(waiting)
            else:
                held.append(waiting)
        return taken

    async def _store(self, taken: list[_Waiting[D, R]]) -> None:
        """Commit these, whatever it takes, and answer each."""
        drafts = [waiting.draft for waiting in taken]
        loop = asyncio.get_running_loop()
        error: Exception | None = None
        for pause in (*self._pauses, None):
            began = loop.time()
            try:
                batch = await loop.run_in_executor(self._thread, self._commit, drafts)
            except Exception as caught:
                error = caught
                self.failed += 1
                self._rules.doubt(drafts)
                if not self._rules.passing(caught):
                    break
                log.warning("commit failed: %s", type(caught).__name__)
                if pause is not None:
                    await asyncio.sleep(pause)
            else:
                self.seconds.observe(loop.time() - began)
                self.sizes.observe(len(taken))
                self._answer(taken, batch)
                return
        assert error is not None
        if len(taken) > 1 and not self._rules.passing(error):
            # One of them is poison: the halves tell which, and the others get through.
            middle = len(taken) // 2
            await self._store(taken[:middle])
            await self._store(taken[middle:])
            return
        log.error("drafts refused", exc_info=error, extra={"drafts": len(taken)})
        for waiting in taken:
            self._finish(waiting, self._rules.refusal(error))

    def _answer(self, taken: list[_Waiting[D, R]], batch: B) -> None:
        self.commits += 1
        self.stored += len(taken)
        again = []
        for waiting, outcome in zip(taken, batch.outcomes, strict=True):
            if outcome is None:
                again.append(waiting)
            else:
                self._finish(waiting, outcome)  # type: ignore[arg-type]
        try:
            self._told(batch)
        except Exception:
            log.exception("telling failed")
        for waiting in again:
            lane = self._lane(waiting.draft)
            if lane not in self._held:
                self._held[lane] = deque()
                loop = asyncio.get_running_loop()
                loop.call_later(self._again_after, self._requeue, lane)
            self._held[lane].append(waiting)

    def _requeue(self, lane: Hashable) -> None:
        now = asyncio.get_running_loop().time()
        for waiting in reversed(self._held.pop(lane)):
            if now - waiting.since > self._patience:
                self._finish(waiting, self._rules.refusal(None))
            else:
                self._queue.appendleft(waiting)
        self._wake.set()

    def _finish(self, waiting: _Waiting[D, R], outcome: R) -> None:
        try:
            waiting.done(outcome)
        except Exception:
            log.exception("answering failed")
