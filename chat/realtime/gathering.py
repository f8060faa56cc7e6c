"""Many askers, one read: what is asked while a read runs goes into the next one.

Clocks itself like the writer: who comes alone waits for nobody, and of a thousand who come at
once a hundred share a statement. Knows neither Django nor Channels.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 200


class Gathering(Generic[K, V]):
    """Asks `read` for many keys at a time; a key that it does not answer is None.

    When a read of several fails, each is asked for alone, so that a key which can't be read takes
    nobody else's answer along; not where `common` says of the error that it is all keys'.
    """

    def __init__(
        self,
        read: Callable[[list[K]], Awaitable[Mapping[K, V]]],
        common: Callable[[Exception], bool],
    ) -> None:
        self._read = read
        self._common = common
        self._waiting: list[tuple[K, asyncio.Future[V | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """The answer for a key. Raises what the read raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V | None] = loop.create_future()
        self._waiting.append((key, future))
        if self._task is None:
            self._task = loop.create_task(self._run(), name="gathering")
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer(taken)
        finally:
            self._task = None

    async def _answer(self, taken: list[tuple[K, asyncio.Future[V | None]]]) -> None:
        keys = list({key for key, _future in taken})
        try:
            found = await self._read(keys)
        except Exception as error:
            if len(keys) > 1 and not self._common(error):
                for one in keys:
                    await self._answer([pair for pair in taken if pair[0] == one])
                return
            for _key, future in taken:
                if not future.done():
                    future.set_exception(error)
        else:
            for key, future in taken:
                if not future.done():  # Else its asker has gone.
                    future.set_result(found.get(key))
