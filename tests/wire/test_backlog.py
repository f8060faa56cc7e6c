"""A backlog of any size that the protocol allows reaches whoever reads, however slowly."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.live import live
from tests.support.server import Server, serve

MESSAGES = 900
TEXT = "가나다" * 660  # 5.9 KiB


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(RATE_LIMITS="off") as running:
        yield running


async def test_a_backlog_of_megabytes_reaches_a_client_that_reads(server):
    alice, bob = server.enter(), server.enter()
    room = server.make_room(alice, bob)["id"]
    async with live(server, alice) as talker:
        await asyncio.gather(*(talker.post(room, f"{n} {TEXT}") for n in range(MESSAGES)))
        async with live(server, bob) as reader:
            await reader.subscribe(room, 0, None)
            assert sorted(reader.view(room).rows) == list(range(1, MESSAGES + 1))
