"""A node on a real database and the sockets of its people, without a socket in between."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from django.db import connection

from chat.errors import ChatError
from chat.models import BOARD_PK, User
from chat.protocol import Close, Subscribe
from chat.realtime.config import NodeSettings
from chat.realtime.connection import Connection, Person
from chat.realtime.node import Node
from chat.realtime.outbox import Frame
from chat.services import history
from chat.services.feed import Stored

T = TypeVar("T")


def in_thread(function: Callable[..., T]) -> Callable[..., Coroutine[Any, Any, T]]:
    """Database work of a test, on a thread whose connection is closed again."""

    def work(*args: Any, **kwargs: Any) -> T:
        try:
            return function(*args, **kwargs)
        finally:
            connection.close()

    return partial(asyncio.to_thread, work)


class Reader:
    """An outbox that keeps what it is offered, and is strict about numbers."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.views: dict[str, dict[int, dict[str, Any]]] = {}
        self.at: dict[str, int] = {}
        self._news = asyncio.Condition()

    def offer(self, frame: Frame) -> None:
        for event in json.loads(frame.payload):
            self.events.append(event)
            self._follow(event)
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _follow(self, event: dict[str, Any]) -> None:
        room = event.get("room", "")
        number = event.get("to") if event["type"] == "skip" else event.get("change")
        if event["type"] == "reset":
            self.at.pop(room, None)
            self.views.pop(room, None)
        elif event["type"] == "subscribed":
            self.at[room] = event["head"]
        elif event["type"] in {"message", "room", "skip"} and room in self.at:
            assert number is not None
            if event["type"] != "skip":
                assert number == self.at[room] + 1, f"{number} after {self.at[room]}"
            self.at[room] = number
        if event["type"] == "message":
            known = self.views.setdefault(room, {})
            if event["seq"] not in known or known[event["seq"]]["change"] < event["change"]:
                known[event["seq"]] = event

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(met)

    async def reached(self, room: str, number: int) -> None:
        await self.until(lambda: self.at[room] == number)

    async def event(self, kind: str) -> dict[str, Any]:
        """The first event of a kind, once it is there."""
        await self.until(lambda: kind in self.kinds())
        return next(event for event in self.events if event["type"] == kind)

    async def drained(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def waiting(self) -> int:
        return 0


class Socket:
    """A connection of a person, with its reader and the code it was closed with."""

    def __init__(self, node: Node, user: User, session: str = "session") -> None:
        self.node = node
        self.reader = Reader()
        self.closed: Close | None = None
        self.connection = Connection(
            person=Person(user.pk, user.nickname, user.kind),
            address="10.0.0.1",
            outbox=self.reader,
            close=self._close,
            translate=lambda error: error.sentence,
            session=session,
        )
        node.connected(self.connection)

    def _close(self, code: Close) -> None:
        self.closed = code
        self.node.disconnected(self.connection)

    async def subscribe(self, room: str, after: int | None = None, epoch: str | None = None):
        await self.node.following.subscribe(self.connection, Subscribe(room, after, epoch))


def settings(**fields: Any) -> NodeSettings:
    return NodeSettings(key=b"k" * 32, **{"rate_limits": False, "head_check": 3_600.0, **fields})


class running:
    """A node from start to stop."""

    def __init__(self, config: NodeSettings) -> None:
        self.node = Node(config)

    async def __aenter__(self) -> Node:
        await self.node.start()
        return self.node

    async def __aexit__(self, *_exc: object) -> None:
        await self.node.stop()


async def change(node: Node, user: User, command: Any) -> Stored | ChatError:
    """The outcome of a change."""
    answer: asyncio.Future[Stored | ChatError] = node.loop.create_future()
    node.changes.submit(user.pk, command, answer.set_result)
    return await asyncio.wait_for(answer, 10)


def board_view() -> dict[int, dict[str, Any]]:
    tail = history.tail(BOARD_PK, 0)
    return {entry.seq: json.loads(entry.encoded) for entry in tail.entries if entry.seq}
