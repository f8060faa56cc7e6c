"""A stranger who means harm, in a process of its own: `python -m chaos.stranger HARM HOST COOKIE`.

Prints what it got, and on lines of their own what it should not have got.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from chaos.proxy import reset
from tests.support.live import dial

WORKERS = 2
"""Limits on one person's sockets count in each worker for itself."""


@dataclass(frozen=True)
class Target:
    """A server, and the session that the stranger has there."""

    host: str
    cookie: str

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def socket(self, path: str) -> str:
        return f"ws://{self.host}{path}"

    async def open(self) -> ClientConnection:
        """A socket that said hello."""
        return await dial(self, cookie=self.cookie, open_timeout=20, ping_interval=None)

    async def line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection."""
        name, _, port = self.host.partition(":")
        return await asyncio.open_connection(name, int(port))


async def never_reads(target: Target) -> list[str]:
    """Ten sockets that ask for history again and again and never read."""
    deaf = [await target.open() for _ in range(10)]
    for one in deaf:
        one.transport.pause_reading()
    for _ in range(60):
        for one in deaf:
            with suppress(ConnectionClosed, TimeoutError):
                command = {"type": "subscribe", "room": "board", "after": 0}
                await asyncio.wait_for(one.send(json.dumps(command)), 1)
        await asyncio.sleep(0.05)
    for one in deaf:
        one.transport.abort()
    return [f"{len(deaf)} sockets"]


async def floods(target: Target) -> list[str]:
    """Post as fast as the line takes it: refused, then closed."""
    flood = await target.open()
    sent = 0
    with suppress(ConnectionClosed, TimeoutError):
        async with asyncio.timeout(10):
            while True:
                sent += 1
                command = {"type": "post", "room": "board", "nonce": f"f{sent}", "text": "!"}
                await flood.send(json.dumps(command))
                if sent % 100 == 0:
                    await asyncio.sleep(0)
    code = flood.close_code
    flood.transport.abort()
    told = [f"{code} after {sent:,} frames"]
    return told if code in {4429, 4408, 1006} else [*told, f"a flood was closed with {code}"]


async def a_byte_a_second(target: Target) -> list[str]:
    """Fifty requests that never come to an end are cut."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"x" * 60
    lines = [await target.line() for _ in range(50)]

    async def drip(writer: asyncio.StreamWriter) -> None:
        for byte in request:
            writer.write(bytes([byte]))
            await asyncio.sleep(1)

    async def end(reader: asyncio.StreamReader) -> float:
        with suppress(OSError):
            await reader.read()
        return loop.time() - began

    dripping = [asyncio.create_task(drip(writer)) for _reader, writer in lines]
    ending = [asyncio.create_task(end(reader)) for reader, _writer in lines]
    ended, left = await asyncio.wait(ending, timeout=40)
    for task in [*dripping, *left]:
        task.cancel()
    for _reader, writer in lines:
        reset(writer)
    took = max((task.result() for task in ended), default=0.0)
    told = [f"cut after {took:.0f} s"]
    return [*told, f"{len(left)} slow requests were open after 40 s"] if left else told


async def announces_a_gigabyte(target: Target) -> list[str]:
    """Frames and bodies that are announced as a gigabyte are refused at their first bytes."""
    codes = set()
    for _ in range(10):
        boast = await target.open()
        boast.transport.write(b"\x81\xff" + (1 << 30).to_bytes(8, "big") + b"mask" + b"x" * 4096)
        with suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(10):
                while True:
                    await boast.recv()
        codes.add(boast.close_code)
        boast.transport.abort()
    reader, writer = await target.line()
    writer.write(
        b"POST /api/v1/guests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1073741824\r\n\r\n" + b"x" * 4096
    )
    answer = b""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(10):
            answer = await reader.readline()
    reset(writer)
    told = [f"{codes}, {answer.decode().strip() or 'no answer'}"]
    return told if codes == {1009} else [*told, f"a gigabyte's frame was answered with {codes}"]


async def two_thousand(target: Target) -> list[str]:
    """Two thousand connections of one address, half of them sockets of one person."""
    held: list[asyncio.StreamWriter] = []
    for _ in range(1_000):
        with suppress(OSError):
            held.append((await target.line())[1])
    sockets = []
    for _ in range(1_000):
        with suppress(OSError, WebSocketException, TimeoutError):
            sockets.append(await target.open())
    await asyncio.sleep(1)
    opened = sum(one.close_code is None for one in sockets)
    for one in sockets:
        one.transport.abort()
    for writer in held:
        reset(writer)
    told = [f"{len(held)} idle, {opened} of 1,000 sockets stayed"]
    return told if opened <= 20 * WORKERS else [*told, f"one person had {opened} sockets"]


HARMS: dict[str, Callable[[Target], Coroutine[Any, Any, list[str]]]] = {
    "never reads": never_reads,
    "floods": floods,
    "a byte a second": a_byte_a_second,
    "announces a gigabyte": announces_a_gigabyte,
    "2,000 connections": two_thousand,
}

if __name__ == "__main__":
    _program, harm, host, cookie = sys.argv
    print("\n".join(asyncio.run(HARMS[harm](Target(host, cookie)))))
