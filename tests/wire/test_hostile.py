"""Frames that cost their sender nothing: they hold nobody up, and fill no memory."""

import socket
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.live import live
from tests.support.server import Server
from tests.wire.plain import ended, hears, listening, plain

PING = b"\x89\xfdmask" + b"x" * 125
EMPTY = b"\x81\x80mask"
ENOUGH = 64 * 1024 * 1024
"""Bytes that no kernel keeps for a socket: to get rid of so many, someone must take them in."""


def raw(server: Server, path: str = "/ws/notice_board") -> socket.socket:
    """A plain socket whose client does by hand what no library would."""
    host, port = server.host.split(":")
    opened = socket.create_connection((host, int(port)), timeout=10)
    opened.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {server.host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    assert opened.recv(4_096).startswith(b"HTTP/1.1 101 ")
    return opened


def test_who_pings_and_never_reads_is_cut(server):
    """Also without limits on rates: the pongs that wait are a size."""
    with raw(server) as pinging, pytest.raises(OSError, match=r"reset|Broken pipe"):
        pinging.sendall(PING * (ENOUGH // len(PING)))


@pytest.mark.parametrize("what", ["ping", "piece", "empty"])
async def test_too_many_frames_that_say_nothing_close_with_4429(what, strict):
    async with plain(strict) as calm, plain(strict) as other, plain(strict) as hasty:
        await listening(calm, other)
        with suppress(ConnectionClosed):
            if what == "piece":
                await hasty.send("" for _ in range(2_000))
            for _ in range(2_000):
                await (hasty.ping() if what == "ping" else hasty.send(""))
        assert await ended(hasty) == 4429
        await calm.send("still here")
        assert await hears(other) == "still here"


async def test_some_pings_and_pieces_are_everyones_right(strict):
    async with plain(strict) as calm, plain(strict) as other:
        await listening(calm, other)
        for _ in range(20):
            await (await calm.ping())
        await calm.send([*"a message in pieces", ""])
        assert await hears(other) == "a message in pieces"


async def test_a_flood_of_empty_frames_is_taken_in_and_nothing_after_it_is_lost(server):
    """Without limits on rates, too, there is an end to it, in order."""
    async with live(server, server.enter()) as page:
        await page.subscribe("board")
        with raw(server) as flooding:
            flooding.sendall(EMPTY * 100_000 + b"\x81\x84\0\0\0\0last")
            assert (await page.event("message", text="last"))["author"]["kind"] == "guest"
