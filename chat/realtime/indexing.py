"""Brings the search index up to date behind the feeds, on a thread of its own.

Nobody waits for it: no ack, no other duty, and a search reads what is missing from the messages.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import ParamSpec, TypeVar

from django.db import connection

from chat.realtime.database import run
from chat.services.search import indexer

P = ParamSpec("P")
T = TypeVar("T")

LOOK = 60.0
"""Seconds between looks at all rooms, for what other processes or a crash left out."""
REST = 9
"""How much longer than a batch took it rests while people talk: the loop needs the interpreter."""


class Indexing:
    """The rooms that grew, until they are indexed."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "madang-index")
        self._due: set[int] = set()
        self._look_at = 0.0
        self._talk = False

    def grew(self, room: int) -> None:
        """A commit of this process changed something in this room."""
        self._due.add(room)
        self._talk = True

    async def turn(self) -> None:
        """Index what is due, batch by batch. Database errors propagate, and then it stays due."""
        if monotonic() >= self._look_at:
            self._due.update(await self._run(indexer.behind))
            self._look_at = monotonic() + LOOK
        due, self._due = self._due, set()
        try:
            while due:
                for room in list(due):
                    began = monotonic()
                    if not await self._run(indexer.follow, room):
                        due.discard(room)
                    rest, self._talk = (REST if self._talk else 1), False
                    await asyncio.sleep(rest * (monotonic() - began))
        finally:
            self._due |= due

    def stop(self) -> None:
        """End the thread and its connections; blocks for the batch under way."""
        self._pool.submit(indexer.close)
        self._pool.submit(connection.close)
        self._pool.shutdown(wait=True)

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: run(function, *args, **kwargs))
