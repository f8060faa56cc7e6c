"""A bare event loop whose clock is turned by the test: no second is waited for.

When nothing is ready, time jumps to the next timer. Waiting with nothing left to wait for is an
error instead of a test that hangs.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")


class Stuck(Exception):
    """Everyone waits, and no timer will ever wake them."""


class _Selector(selectors.SelectSelector):
    """Reports what is ready now; instead of waiting it lets the loop's time pass."""

    loop: "ClockLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Stuck
            self.loop.now += timeout
        return ready


class ClockLoop(asyncio.SelectorEventLoop):
    """`now` is the time; it passes only while nothing is ready."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.now = 1_000.0
        super().__init__(selector)

    def time(self) -> float:
        return self.now


class Inline(Executor):
    """Runs what is submitted at once, on the caller's thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def run(test: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a test to its end on a loop of its own, then make sure that no task is left."""
    loop = ClockLoop()
    try:
        result = loop.run_until_complete(test())
        left = [task for task in asyncio.all_tasks(loop) if not task.done()]
        assert not left, left
        return result
    finally:
        loop.close()


async def settle() -> None:
    """Let everything that is ready run, without letting time pass."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    for _ in range(50):
        await asyncio.sleep(0)
    assert loop.time() == now
