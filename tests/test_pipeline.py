"""Requests that come back to back on one connection: all are answered in order, few are held."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn

from chat.realtime.unsent import UNSENT
from chatsite.guard import GuardedHttp
from chatsite.pipeline import WAITING

GET = b"GET /%d HTTP/1.1\r\nHost: here\r\n\r\n"
PATIENCE = 20


class Tale:
    """Answers each request with its path, the bytes of its body and its `answer`, when let go."""

    def __init__(self, answer: bytes = b"", *, waits: bool = False) -> None:
        self.answer = answer
        self.go = asyncio.Event()
        self.scopes: list[Any] = []
        if not waits:
            self.go.set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await self.go.wait()
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        said = b"%s:%d;" % (scope["path"].encode(), len(body)) + self.answer
        length = (b"content-length", str(len(said)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": said})


@asynccontextmanager
async def served(
    tale: Tale, http: type[GuardedHttp] = GuardedHttp
) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    """Where a server with this application listens."""
    settings: Any = {"lifespan": "off", "log_config": None, "access_log": False, "ws": "none"}
    server = uvicorn.Server(uvicorn.Config(tale, port=0, http=http, **settings))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        for one in list(server.server_state.connections):
            one.transport.abort()
        await server.shutdown()


async def talk(port: int, *pieces: bytes, until: bytes) -> bytes:
    """What comes back, up to and with `until`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            return await reader.readuntil(until)
    finally:
        writer.close()


async def settled(look: Any) -> None:
    """Return once what `look` returns holds."""
    async with asyncio.timeout(PATIENCE):
        while not look():  # noqa: ASYNC110 - of what others do
            await asyncio.sleep(0.01)


def bodies(answers: bytes) -> list[bytes]:
    return [part.rpartition(b"\r\n\r\n")[2] for part in answers.split(b";")[:-1]]


async def test_of_many_requests_a_few_are_held_and_all_answered_in_order():
    tale = Tale(waits=True)
    async with served(tale) as (port, server):
        count = 5_000
        padded = GET[:-2] + b"X: %b\r\n\r\n" % (b"x" * 1_000)
        everything = b"".join(padded % number for number in range(count))
        talking = asyncio.create_task(
            talk(port, everything, until=b"/%d:0;" % (count - 1)), name="talk"
        )
        await settled(lambda: tale.scopes)
        connection: Any = next(iter(server.server_state.connections))
        await settled(lambda: connection.flow.read_paused)
        assert 1 + len(connection.pipeline) == WAITING
        # What was read already waits as bytes: one turn of the kernel's, not all that was sent.
        assert len(connection._held) < 300_000 < len(everything)
        tale.go.set()
        assert bodies(await talking) == [b"/%d:0" % number for number in range(count)]


@pytest.mark.parametrize("size", [1, 1_000, 100_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_requests_with_bodies_are_read_each_to_its_end(size, chunked):
    """Bodies that look like heads, more than a connection holds at once, in one piece."""
    body = (b"GET / HTTP/1.1\r\n\r\n" * (size // 18 + 1))[:size]
    if chunked:
        framing, sent = b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    else:
        framing, sent = b"Content-Length: %d" % size, body
    post = b"POST /%d HTTP/1.1\r\nHost: here\r\n" + framing + b"\r\n\r\n" + sent
    async with served(Tale()) as (port, _server):
        everything = b"".join(post % number for number in range(40))
        answers = await talk(port, everything, until=b"/39:%d;" % size)
        assert bodies(answers) == [b"/%d:%d" % (number, size) for number in range(40)]


async def test_wherever_the_line_cuts_them_they_are_the_same_requests():
    post = b"POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: 6\r\n\r\na\r\n\r\nb"
    everything = GET % 1 + post + GET % 2
    async with served(Tale()) as (port, _server):
        for at in range(1, len(everything)):
            answers = await talk(port, everything[:at], everything[at:], until=b"/2:0;")
            assert bodies(answers) == [b"/1:0", b"/p:6", b"/2:0"], at


async def test_bodies_that_wait_behind_others_are_bounded_too():
    size = 10_000_000
    tale = Tale(waits=True)
    async with served(tale) as (port, server):
        post = b"POST /big HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % size
        talking = asyncio.create_task(talk(port, GET % 0 + post, b"x" * size, until=b"/big:"))
        await settled(lambda: tale.scopes)
        connection: Any = next(iter(server.server_state.connections))
        await settled(lambda: connection.flow.read_paused and connection.pipeline)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(connection.cycle.body) + len(connection._held) < 1_000_000
        tale.go.set()
        await talking


async def test_what_is_no_request_is_told_after_the_answers_before_it():
    tale = Tale(waits=True)
    async with served(tale) as (port, _server):
        asking = asyncio.create_task(
            talk(port, GET % 0 + GET % 1 + b"nonsense\r\n\r\n", until=b"received.")
        )
        await settled(lambda: tale.scopes)
        tale.go.set()
        answers = await asking
        assert [answers.find(part) for part in (b"/0:", b"/1:", b" 400 ")] == sorted(
            answers.find(part) for part in (b"/0:", b"/1:", b" 400 ")
        )
        assert b"/1:0;" in answers


class Impatient(GuardedHttp):
    patience = 0.3


async def test_who_never_reads_the_answers_is_cut():
    async with served(Tale(b"y" * 20_000_000), Impatient) as (port, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(GET % 0 * 3)
        cut = UNSENT.cut
        await settled(lambda: UNSENT.cut > cut and not server.server_state.connections)
        await settled(lambda: not server.server_state.tasks)
        assert UNSENT.bytes() == 0
        writer.close()
        with suppress(ConnectionError):
            writer.transport.abort()
        del reader


async def test_who_reads_slowly_is_served_to_the_end():
    async with served(Tale(b"y" * 8_000_000), Impatient) as (port, _server):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(GET % 0)
        read = 0
        while read < 8_000_000:
            got = await asyncio.wait_for(reader.read(65_536), PATIENCE)
            assert got, f"cut after {read}"
            read += len(got)
            if read < 3_000_000:
                await asyncio.sleep(0.02)
        writer.close()


# --- upgrades that we don't have --------------------------------------------------------

JAVA = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB"
WISHES = {
    "h2c as Java's client sends it": JAVA,
    "h2c first": b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings:",
    "TLS": b"Connection: Upgrade\r\nUpgrade: TLS/1.0",
    "HTTP/2.0": b"Connection: upgrade\r\nUpgrade: HTTP/2.0",
    "several": b"Connection: keep-alive, Upgrade\r\nUpgrade: h2c, TLS/1.0",
    "twice": b"Upgrade: h2c\r\nConnection: Upgrade\r\nUpgrade: TLS/1.0",
    "garbage": b"Connection: Upgrade\r\nUpgrade: \xff;;=,",
    "empty": b"Connection: Upgrade\r\nUpgrade:",
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
    b"\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
    "no wish": b"Connection: Upgrade",
    "no connection": b"Upgrade: h2c",
}


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("apart", [False, True])
async def test_a_body_comes_in_whatever_upgrade_its_request_wishes_for(wish, apart):
    """RFC 9110 §7.8: a server may ignore the wish, and then the request is one as any other."""
    head = b"POST /p HTTP/1.1\r\nHost: here\r\n" + WISHES[wish] + b"\r\n"
    plain = head + b"Content-Length: 11\r\n\r\n", b"hello there"
    chunked = (
        head + b"Transfer-Encoding: chunked\r\n\r\n",
        b"5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n",
    )
    tale = Tale()
    async with served(tale) as (port, _server):
        pieces = [*plain, *chunked, GET % 7]
        answers = await talk(port, *(pieces if apart else [b"".join(pieces)]), until=b"/7:0;")
        assert bodies(answers) == [b"/p:11", b"/p:11", b"/7:0"]
        assert [s["method"] for s in tale.scopes] == ["POST", "POST", "GET"]
        assert (b"host", b"here") in tale.scopes[0]["headers"]


@pytest.mark.parametrize("wish", [wish for wish in WISHES if wish != "websocket"])
async def test_a_request_without_a_body_may_wish_as_well(wish):
    asked = b"GET /g HTTP/1.1\r\nHost: here\r\n" + WISHES[wish] + b"\r\n\r\n"
    async with served(Tale()) as (port, _server):
        assert bodies(await talk(port, asked + GET % 7, until=b"/7:0;")) == [b"/g:0", b"/7:0"]


async def test_who_waits_to_be_told_to_go_on_is_told_beside_a_wish():
    head = b"PUT /p HTTP/1.1\r\nHost: here\r\n" + JAVA + b"\r\nExpect: 100-continue\r\n"
    async with served(Tale()) as (port, _server):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + b"Content-Length: 5\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"hello")
            assert b" 200 " in await reader.readuntil(b"/p:5;")
        writer.close()


@pytest.mark.parametrize("last", [b"HTTP/1.0\r\nHost: here", b"HTTP/1.1\r\nConnection: close"])
async def test_the_last_request_of_a_line_may_wish_too(last):
    asked = b"POST /p " + last + b"\r\n" + JAVA + b"\r\nContent-Length: 5\r\n\r\n"
    async with served(Tale()) as (port, _server):
        assert b" 200 " in await talk(port, asked, b"hello", until=b"/p:5;")


async def test_who_leaves_with_requests_under_way_makes_no_fault(caplog):
    tale = Tale(waits=True)
    async with served(tale) as (port, server):
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % 0 * 6)
        await settled(lambda: tale.scopes)
        writer.transport.abort()
        await settled(lambda: not server.server_state.connections)
        tale.go.set()
        await settled(lambda: not server.server_state.tasks)
    assert len(tale.scopes) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_tunnel_is_refused():
    async with served(Tale()) as (port, _server):
        asked = b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n"
        assert (await talk(port, asked, until=b"\r\n")).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize("length", [b"Content-Length: -1", b"Content-Length: 1x"])
async def test_a_length_that_is_none_is_refused_beside_a_wish_too(length):
    asked = b"POST /p HTTP/1.1\r\nHost: here\r\n" + JAVA + b"\r\n" + length + b"\r\n\r\n"
    async with served(Tale()) as (port, _server):
        assert (await talk(port, asked, until=b"\r\n")).startswith(b"HTTP/1.1 400 ")
