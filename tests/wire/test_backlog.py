"""A backlog of any size that the protocol allows reaches whoever reads, also over a slow line."""

import asyncio
from collections.abc import Iterator

import pytest

from chaos.proxy import Proxy
from tests.support.live import Live, dial, live
from tests.support.server import Server, serve

MESSAGES = 1_000
TEXT = "🌊" * 1_990  # 7.8 KiB


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(RATE_LIMITS="off") as running:
        yield running


async def test_a_backlog_of_megabytes_reaches_quick_and_slow_readers(server):
    alice, bob = server.enter(), server.enter()
    room = server.make_room(alice, bob)["id"]
    async with live(server, alice) as talker:
        for start in range(0, MESSAGES, 100):
            numbers = range(start, start + 100)
            await asyncio.gather(*(talker.post(room, f"{n} {TEXT}") for n in numbers))
    async with live(server, bob) as reader:
        await reader.subscribe(room, 0)
        assert sorted(reader.view(room).rows) == list(range(1, MESSAGES + 1))
    line = Proxy(int(server.host.rpartition(":")[2]))
    line.rate = 1024 * 1024
    await line.start()
    socket = await dial(line, bob)
    slow = Live(socket)
    await slow.event("hello")
    await slow.send("subscribe", room=room, after=0)
    await slow.event("subscribed", room=room)
    assert sorted(slow.view(room).rows) == list(range(1, MESSAGES + 1))
    assert slow.breaches == []
    socket.transport.abort()
    await slow.ended()
    await line.stop()
