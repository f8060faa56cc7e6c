"""Plain clients, as anyone would write them: text in, text out."""

import asyncio
import itertools
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.live import PATIENCE
from tests.support.server import Server

_words = itertools.count(1)


def plain(server: Server, path: str = "/ws/notice_board", **options: Any) -> connect:
    """A socket without Origin, cookie or subprotocol; opened by `async with` or `await`."""
    return connect(server.socket(path), proxy=None, compression=None, **options)


async def hears(socket: ClientConnection) -> str | bytes:
    """The next frame."""
    async with asyncio.timeout(PATIENCE):
        return await socket.recv()


async def ended(socket: ClientConnection) -> int | None:
    """Read on until the server closes; the code."""
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionClosed):
            while True:
                await socket.recv()
        await socket.wait_closed()
    return socket.close_code


async def listening(*sockets: ClientConnection) -> None:
    """Return once these, and all who came before, hear each other: the last one said a word."""
    word = f"word {next(_words)}"
    await sockets[-1].send(word)
    for socket in sockets[:-1]:
        while await hears(socket) != word:
            pass
