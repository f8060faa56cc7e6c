"""Someone who takes all that a line gives, in a process of its own.

`python -m chaos.greedy WAY HOST COOKIE SECONDS` prints what came of it as JSON.
"""

import asyncio
import json
import sys
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from socket import create_connection

from websockets.exceptions import ConnectionClosed

from chaos.stranger import Target

ASKED = 1_000
"""Requests that are sent in one piece."""
SOCKETS = 4
DEAF = 20
"""Lines whose answers nobody reads."""
ENOUGH = 1 << 30


def back_to_back(host: str, _cookie: str, seconds: float) -> dict[str, int]:
    """Send requests without waiting for answers, which are read as they come."""
    name, _, port = host.partition(":")
    until = time.monotonic() + seconds
    told: Counter[str] = Counter()
    with create_connection((name, int(port)), timeout=1) as line:

        def read() -> None:
            while time.monotonic() < until:
                try:
                    told["read"] += len(line.recv(1 << 16))
                except OSError:
                    continue

        reading = threading.Thread(target=read)
        reading.start()
        asked = f"GET /api/v1/me HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() * ASKED
        while time.monotonic() < until:
            try:
                told["sent"] += line.send(asked)
            except TimeoutError:
                continue
            except OSError:
                break
        reading.join()
    return dict(told)


def asks(host: str, cookie: str, seconds: float) -> dict[str, int]:
    """Subscribe to the board again and again; ask for its history on lines that nobody reads."""
    return asyncio.run(_asks(Target(host, cookie), seconds))


async def _asks(target: Target, seconds: float) -> dict[str, int]:
    told: Counter[str] = Counter()
    deaf = [HTTPConnection(target.host, timeout=1) for _ in range(DEAF)]
    for line in deaf:
        line.connect()
        path = "/api/v1/rooms/board/messages?limit=200"
        head = f"GET {path} HTTP/1.1\r\nHost: {target.host}\r\nCookie: {target.cookie}\r\n\r\n"
        line.send(head.encode() * 8)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds

    async def one() -> None:
        socket = await target.open()
        try:
            while loop.time() < until and told["bytes"] < ENOUGH:
                await socket.send('{"type":"subscribe","room":"board"}')
                async with asyncio.timeout(until - loop.time() + 1):
                    while True:
                        frame = await socket.recv()
                        told["bytes"] += len(frame)
                        kinds = {event["type"] for event in json.loads(frame)}
                        if "error" in kinds:
                            told["refused"] += 1
                            await asyncio.sleep(0.2)
                        if kinds & {"error", "subscribed"}:
                            break
        except (ConnectionClosed, TimeoutError):
            pass
        finally:
            socket.transport.abort()

    await asyncio.gather(*(one() for _ in range(SOCKETS)))
    for line in deaf:
        line.close()
    return dict(told)


def foreign(host: str, _cookie: str, seconds: float) -> dict[str, int]:
    """What a page of elsewhere gets by its origin, and by a name of its own that leads here."""
    name, _, port = host.partition(":")
    told: Counter[str] = Counter()
    until = time.monotonic() + seconds
    elsewhere = "rebound.example"
    pages = [(host, f"http://{elsewhere}"), (elsewhere, f"http://{elsewhere}"), (elsewhere, "")]
    for asked, origin in pages:
        said = f"Origin: {origin}\r\n" if origin else ""
        with create_connection((name, int(port)), timeout=1) as line:
            line.sendall(
                f"GET /ws/notice_board HTTP/1.1\r\nHost: {asked}\r\n{said}Upgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
            )
            told["opened"] += line.recv(4_096).startswith(b"HTTP/1.1 101")
            while time.monotonic() < until - seconds / 2:
                try:
                    heard = len(line.recv(1 << 16))
                except OSError:
                    continue
                told["heard"] += heard
                if not heard:
                    break
        for method, path in (("GET", "/get_group"), ("POST", "/create_group")):
            request = HTTPConnection(host, timeout=5)
            headers = {"Host": asked, "Content-Type": "text/plain"}
            headers |= {"Origin": origin} if origin else {}
            try:
                request.request(method, path, b'{"title": 4711}', headers)
                told["answered"] += request.getresponse().status == 200
            except (OSError, HTTPException):
                pass
            finally:
                request.close()
    return dict(told)


WAYS = {"back to back": back_to_back, "asks": asks, "foreign": foreign}

if __name__ == "__main__":
    _program, way, at, with_cookie, span = sys.argv
    print(json.dumps(WAYS[way](at, with_cookie, float(span))))
