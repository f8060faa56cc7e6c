"""Many requests on one line, before a socket too: the product's memory stays, all is answered."""

import json
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.server import Server
from tests.wire.plain import hears, listening, plain

UPGRADE = (
    b"GET /ws/notice_board HTTP/1.1\r\nHost: %b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
HELLO = b"\x81\x85\0\0\0\0hello"


def line(server: Server) -> socket.socket:
    host, port = server.host.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def memory(server: Server) -> int:
    """Bytes that the server holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def until(opened: socket.socket, end: bytes, count: int = 1) -> bytes:
    got = b""
    while got.count(end) < count:
        piece = opened.recv(1 << 16)
        assert piece, got[-500:]
        got += piece
    return got


def test_requests_back_to_back_fill_no_memory(server):
    """Whoever never reads the answers is not read any more, long before the server is full."""
    asked = f"GET /api/v1/me HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()
    before = memory(server)
    sent = 0
    with line(server) as one:
        one.settimeout(3)
        with suppress(OSError):  # It is not taken in, or is cut.
            while sent < 1 << 26:
                sent += one.send(asked * 1_000)
        grown = memory(server) - before
    assert sent < 1 << 25
    assert grown < 48 << 20


@pytest.mark.parametrize("path", ["/healthz", "/static/missing.js", "/api/v1/me"])
def test_each_of_many_is_answered(path, server):
    asked = f"GET {path} HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()
    with line(server) as one:
        one.sendall(asked * 300)
        assert until(one, b"HTTP/1.1 ", 300).count(b"HTTP/1.1 ") == 300


async def test_a_socket_opened_behind_requests_comes_after_their_answers(server):
    """And what its client said without waiting for the answer is heard."""
    asked = f"GET /get_group HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()
    async with plain(server) as other:
        await listening(other)
        with line(server) as one:
            one.sendall(asked * 20 + UPGRADE % server.host.encode() + HELLO)
            answers = until(one, b"Sec-WebSocket-Accept")
            assert answers.count(b"HTTP/1.1 200 ") == 20
            assert answers.rfind(b"HTTP/1.1 200 ") < answers.find(b"HTTP/1.1 101 ")
            assert await hears(other) == "hello"


def test_a_post_of_a_client_that_wishes_for_http_2_is_read(server):
    body = json.dumps({"nickname": "자바에서 온 손님"}).encode()
    with line(server) as one:
        one.sendall(
            b"POST /api/v1/guests HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            b"Host: %b\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
            b"Upgrade: h2c\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % (server.host.encode(), len(body))
        )
        one.sendall(body)
        assert until(one, b"}").startswith(b"HTTP/1.1 201 ")


def test_a_socket_with_a_body_or_another_method_is_none(server):
    upgrade = UPGRADE % server.host.encode()
    with line(server) as one:
        one.sendall(upgrade.replace(b"GET", b"POST", 1))
        assert b" 404 " in until(one, b"\r\n")
    with line(server) as one:
        one.sendall(upgrade[:-2] + b"Content-Length: 5\r\n\r\nhello")
        assert b" 404 " in until(one, b"\r\n")
    with line(server) as one:
        one.sendall(upgrade.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert b" 404 " in until(one, b"\r\n")
