"""What uvicorn queues for one socket's application, without the weight of an `asyncio.Queue`.

A queue is four deques and an event, 2.6 KB a socket; this is 120 bytes. There is one reader.
"""

import asyncio
from typing import Any


class Inbox:
    """As much of `asyncio.Queue` as uvicorn's WebSocket protocol uses."""

    __slots__ = ("_events", "_waiter")

    def __init__(self) -> None:
        self._events: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, event: Any) -> None:
        """Queue an event and wake the reader."""
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def empty(self) -> bool:
        """Whether nothing is queued."""
        return not self._events

    def __len__(self) -> int:
        return len(self._events)

    async def get(self) -> Any:
        """The next event, when there is one."""
        while not self._events:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        # Reading pauses while several are queued, so there are never more than a turn brings.
        return self._events.pop(0)
