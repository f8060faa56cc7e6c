"""A connection that never comes to an end of what it asks is cut, whatever it sends meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from chatsite.guard import HEAD_MAX, GuardedHttp
from chatsite.server import config


class Impatient(GuardedHttp):
    head_within = 0.4
    body_within = 0.8


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Reads the body to its end, then answers with its length."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where a server with little patience listens."""
    server = uvicorn.Server(
        uvicorn.Config(
            application, port=0, http=Impatient, lifespan="off", log_config=None, ws="none"
        )
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


async def answer_to(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        async with asyncio.timeout(5):
            with suppress(ConnectionError):
                return await reader.read()
        return b""
    finally:
        writer.close()


def test_the_product_is_served_with_it():
    assert config().http is GuardedHttp


async def test_a_connection_that_says_nothing_is_closed(port):
    assert (await answer_to(port)).startswith(b"HTTP/1.1 408 ")


async def test_a_byte_now_and_then_does_not_keep_it_open(port):
    began = asyncio.get_running_loop().time()
    pieces = [bytes([byte]) for byte in b"GET / HTTP/1.1\r\nHost: here\r\n"]
    assert (await answer_to(port, *pieces, pause=0.1))[:12] in {b"HTTP/1.1 408", b""}
    assert asyncio.get_running_loop().time() - began < 5


async def test_a_body_that_never_comes_is_not_waited_for(port):
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000000\r\n\r\n"
    assert await answer_to(port, head, b"a", b"b", pause=0.1) == b""


async def test_headers_without_end_are_refused_before_they_fill_the_memory(port, monkeypatch):
    monkeypatch.setattr(Impatient, "head_within", 60.0)
    head = [b"GET / HTTP/1.1\r\nX: ", *[b"x" * 8_192] * (HEAD_MAX // 8_192 + 4)]
    # The reset of what it did not read any more may overtake the answer.
    assert (await answer_to(port, *head))[:12] in {b"HTTP/1.1 431", b""}


async def test_a_body_in_one_piece_with_its_headers_is_no_header(port):
    body = b"y" * (HEAD_MAX * 2)
    head = b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    answer = await answer_to(port, head % len(body) + body)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert str(len(body)).encode() in answer


async def test_a_connection_that_is_kept_serves_the_next_request_after_a_while(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await reader.readuntil(b"0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(Impatient.head_within * 1.5)
    writer.close()
