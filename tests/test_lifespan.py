"""A worker that starts before its database does, and what its supervisor is told of it."""

import asyncio

import pytest

from chat.errors import Unavailable
from chatsite import asgi


class Server:
    """The server's side of the lifespan protocol."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.told: list[str] = []

    async def send(self, message: dict[str, str]) -> None:
        self.told.append(message["type"])


@pytest.mark.parametrize("failures", [0, 3])
async def test_a_database_that_is_away_at_the_start_is_waited_for(monkeypatch, failures):
    tries = 0
    started = asyncio.Event()

    async def running_node() -> None:
        nonlocal tries
        tries += 1
        if tries <= failures:
            raise Unavailable
        started.set()

    stopped = asyncio.Event()

    async def stop_node() -> None:
        stopped.set()

    monkeypatch.setattr(asgi, "running_node", running_node)
    monkeypatch.setattr(asgi, "stop_node", stop_node)
    monkeypatch.setattr(asgi, "AGAIN_AFTER", 0.01)
    server = Server()
    living = asyncio.create_task(asgi.lifespan({}, server.asked.get, server.send))
    await server.asked.put({"type": "lifespan.startup"})
    async with asyncio.timeout(10):
        await started.wait()
        await server.asked.put({"type": "lifespan.shutdown"})
        await living
    assert server.told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert stopped.is_set()
    assert tries == failures + 1
