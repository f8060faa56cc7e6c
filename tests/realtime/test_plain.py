"""The plain interface on a node, by the events that a server gives it and gets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from chat import limits
from chat.consumers import socket
from chat.consumers.plain import BoardConsumer, PlainConsumer
from chat.errors import NotFound
from chat.models import BOARD_PK
from chat.protocol import Close, Post
from chat.realtime.node import Node
from chat.realtime.topics import room_topic
from chat.services import history, rooms
from tests.realtime.sockets import change, in_thread
from tests.support.people import make_room

pytestmark = pytest.mark.django_db(transaction=True)


class Client:
    """A plain client; `said` is what its server was told to do."""

    def __init__(self, code: str | None = None) -> None:
        self.consumer: PlainConsumer = BoardConsumer() if code is None else PlainConsumer()
        self.said: list[dict[str, Any]] = []
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Condition()
        scope = {
            "type": "websocket", "client": ("10.0.0.1", 1), "subprotocols": [],
            "headers": [(b"host", b"localhost")],
            "query_string": b"", "url_route": {"kwargs": {"code": code}},
        }  # fmt: skip
        self.happens("connect")
        self.task = asyncio.create_task(self.consumer(scope, self._events.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._news:
            self.said.append(message)
            self._news.notify_all()

    def happens(self, kind: str, **fields: Any) -> None:
        self._events.put_nowait({"type": f"websocket.{kind}", **fields})

    @property
    def kinds(self) -> list[str]:
        return [message["type"].removeprefix("websocket.") for message in self.said]

    def has(self, *kinds: str) -> bool:
        return self.kinds == [*kinds]

    @property
    def heard(self) -> list[str]:
        return [m["text"] for m in self.said if m["type"] == "websocket.send"]

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(met)

    async def leave(self) -> None:
        self.happens("disconnect", code=1000)
        async with asyncio.timeout(10):
            await self.task


@pytest.fixture(autouse=True)
def on_the_node(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    async def running_node() -> Node:
        return node

    monkeypatch.setattr(socket, "running_node", running_node)


class Hanging:
    """A Redis that accepts and does not answer; `asked` is set by the first question."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.asked.set()
        await reader.read()
        writer.close()


@pytest.fixture
async def hanging(settings: Any) -> AsyncIterator[Hanging]:
    found = Hanging()
    server = await asyncio.start_server(found, "127.0.0.1", 0)
    limits.reset()
    settings.RATE_LIMITS = True
    settings.REDIS_URL = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    yield found
    settings.REDIS_URL = ""
    limits.reset()
    server.close()


async def test_a_redis_that_hangs_holds_up_no_commit(node, alice, hanging):
    client, other = Client(), Client()
    for one in (client, other):
        await one.until(partial(one.has, "accept"))
    client.happens("receive", text="my first word")
    await asyncio.wait_for(hanging.asked.wait(), 10)
    await change(node, alice, Post("board", "n1", "meanwhile"))
    assert client.consumer.connection.person is None  # It still waits to be counted.
    await other.until(lambda: other.heard == ["meanwhile", "my first word"])
    await client.leave()
    await other.leave()


async def test_a_redis_that_hangs_holds_up_no_reader(node, hanging):
    clients = [Client("ABCDEFGHJK") for _ in range(4)]
    await asyncio.wait_for(hanging.asked.wait(), 10)
    await node.database.read(history.epoch)
    assert [client.kinds for client in clients] == [[]] * len(clients)
    for client in clients:
        await client.until(partial(client.has, "accept", "close"))
        assert client.said[-1]["code"] == 4404
        await client.leave()
    # Who had begun to ask found out; nobody after them did.
    assert hanging.connections <= 8


async def test_who_was_told_it_is_open_hears_all_that_is_said_from_then_on(
    node, alice, monkeypatch
):
    """Another process' words come over the bus, which must have been joined before."""
    held, joins = asyncio.Event(), asyncio.Event()
    join = node.broker.join

    async def joining(topic: str) -> None:
        joins.set()
        await held.wait()
        await join(topic)

    monkeypatch.setattr(node.broker, "join", joining)
    client = Client()
    await asyncio.wait_for(joins.wait(), 10)
    await node.database.read(history.epoch)
    assert client.has()
    held.set()
    await client.until(partial(client.has, "accept"))
    assert node.hub.follows(room_topic(BOARD_PK))
    await change(node, alice, Post("board", "n1", "at once"))
    await client.until(lambda: client.heard == ["at once"])
    await client.leave()


@pytest.mark.parametrize(
    ("error", "code"), [(OperationalError("gone"), Close.RESTARTING), (NotFound(), 4404)]
)
async def test_a_room_that_can_not_be_opened_is_a_refusal_with_a_code(
    error, code, node, monkeypatch
):
    async def failing(_topic: str) -> None:
        raise error

    monkeypatch.setattr(node.broker, "join", failing)
    client = Client()
    await client.until(partial(client.has, "accept", "close"))
    assert client.said[-1]["code"] == code
    await client.leave()


async def test_a_room_that_was_let_go_meanwhile_calls_its_listener_back(node, monkeypatch):
    accept = PlainConsumer.accept

    async def accepting(consumer: PlainConsumer) -> None:
        await node.following.let_go([room_topic(BOARD_PK)])
        await accept(consumer)

    monkeypatch.setattr(PlainConsumer, "accept", accepting)
    client = Client()
    await client.until(partial(client.has, "accept", "close"))
    assert client.said[-1]["code"] == Close.RESTARTING
    await client.leave()


async def test_a_code_that_goes_while_its_room_is_opened_lets_nobody_listen(
    node, alice, monkeypatch
):
    room = await in_thread(make_room)(alice)
    join = node.broker.join

    async def joining(topic: str) -> None:
        await join(topic)
        await in_thread(rooms.rotate_code)(room.pk)

    monkeypatch.setattr(node.broker, "join", joining)
    client = Client(room.code)
    await client.until(partial(client.has, "accept", "close"))
    assert client.said[-1]["code"] == Close.UNKNOWN_CODE
    await client.leave()
