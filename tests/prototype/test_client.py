"""A client as one would have written it for the prototype; it must work here unchanged."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import websockets

from tests.support.server import Server, serve


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with serve() as running:
        server: Server = running
        yield server.host


async def test_the_board_relays_what_one_says_to_all_others(host):
    uri = f"ws://{host}/ws/notice_board"
    async with (
        websockets.connect(uri) as one,
        websockets.connect(uri) as two,
        websockets.connect(uri) as three,
    ):
        await one.send("안녕하세요")
        async with asyncio.timeout(10):
            assert await two.recv() == "안녕하세요"
            assert await three.recv() == "안녕하세요"
            await two.send("hello")
            assert await one.recv() == "hello"
            assert await three.recv() == "hello"


async def test_a_group_is_made_listed_and_talked_in(host):
    base = f"http://{host}"
    async with httpx.AsyncClient() as client:
        assert (await client.post(f"{base}/create_group", json={"title": 1234})).json() is True
        assert (await client.post(f"{base}/create_group", json={"title": 1234})).json() is True
        groups = (await client.get(f"{base}/get_group")).json()
    assert 1234 in groups
    async with (
        websockets.connect(f"ws://{host}/ws/{groups[groups.index(1234)]}") as one,
        websockets.connect(f"ws://{host}/ws/1234") as two,
        websockets.connect(f"ws://{host}/ws/notice_board") as outside,
    ):
        await one.send("우리끼리")
        async with asyncio.timeout(10):
            assert await two.recv() == "우리끼리"
            await two.send("응")
            assert await one.recv() == "응"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await outside.recv()
