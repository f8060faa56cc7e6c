"""A cookie may say anything: who sends a strange one is a stranger, and nobody else notices.

On Postgres, which refuses to be asked for a NUL, as SQLite does not.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse

import psycopg
import pytest

from tests.support import services
from tests.support.server import Server, Visitor, serve

STRANGE = [r'"\000abcdefgh"', r'"abcdefgh\000"', "%00" * 8, "é" * 32, "a" * 64, "a" * 9_000]
BESIDE = 5


@pytest.fixture(scope="module")
def running(postgres_url: str) -> Iterator[Server]:
    with (
        services.postgres_database(postgres_url) as url,
        serve(RATE_LIMITS="off", DATABASE_URL=url) as server,
    ):
        yield server


def asked(server: Server, path: str, session: str) -> socket.socket:
    """A connection on which a request was sent, as raw as a cookie has to be."""
    host, port = server.host.split(":")
    link = socket.create_connection((host, int(port)), timeout=20)
    lines = [f"GET {path} HTTP/1.1", f"Host: {server.host}"]
    lines += [f"Cookie: csrftoken={'a1' * 16}; sessionid={session}"]
    if path == "/ws/":
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", f"Origin: {server.url}"]
        lines += ["Sec-WebSocket-Protocol: madang.v1"]
    else:
        lines += ["Connection: close"]
    link.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    return link


def answered(link: socket.socket) -> int:
    """The answer's status; of a socket the code that it is closed with, or 101 after `hello`."""
    response = HTTPResponse(link)
    response.begin()
    if response.status != 101:
        return response.status
    # The handshake's reader may hold the first frame already.
    stream = response.fp
    assert stream is not None
    opcode, length = stream.read(2)
    if length == 126:
        length = int.from_bytes(stream.read(2))
    payload = stream.read(length)
    if opcode == 0x88:
        return int.from_bytes(payload[:2])
    assert b'"hello"' in payload
    return 101


@pytest.mark.parametrize("cookie", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize(
    ("path", "known", "stranger"),
    [
        ("/ws/", 101, 4503),
        ("/api/v1/rooms/board/messages", 200, 401),
        ("/rooms/board", 200, 303),
    ],
)
def test_a_strange_cookie_costs_those_beside_it_nothing(running, path, known, stranger, cookie):
    sessions = [running.enter().cookie.partition("=")[2] for _ in range(BESIDE)]
    waiting = []
    with ExitStack() as stack:

        def ask(session: str) -> None:
            waiting.append(stack.enter_context(asked(running, path, session)))

        with psycopg.connect(running.environment["DATABASE_URL"]) as locking:
            locking.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
            ask(sessions[0])
            await_waiting(running)
            # The others come while that one is read for, and share the next look.
            for session in [*sessions[1:3], cookie, *sessions[3:]]:
                ask(session)
            for _turn in range(2):
                assert running.call("GET", "/healthz").status_code == 200
        answers = [answered(link) for link in waiting]
    assert answers == [known] * 3 + [stranger] + [known] * (BESIDE - 3)


@pytest.mark.parametrize("cookie", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/admin/login/", 200), ("/api/v1/me", 401)]
)
def test_djangos_pages_take_a_strange_cookie_for_none(running, path, status, cookie):
    with asked(running, path, cookie) as link:
        assert answered(link) == status
    nobody = Visitor("", "", "")
    assert running.call("GET", path, nobody).status_code == status


def await_waiting(server: Server) -> None:
    """Return once a statement of the server waits for the lock."""
    deadline = time.monotonic() + 10
    with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as looking:
        while not looking.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        ).fetchall():
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.01)
