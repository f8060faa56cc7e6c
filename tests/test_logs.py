"""The log: whose request and which room, and never what was said or who may come in."""

import asyncio
import json
import logging
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chatsite.logs import JsonLines, Lines, request_id
from tests.support.live import dial, live
from tests.support.server import Server, serve

SECRET = "XYZZYplover"


def test_nothing_secret_is_logged():
    with serve(LOG_FORMAT="json", LOG_LEVEL="DEBUG") as server:
        secrets = asyncio.run(_everything(server))
        server.stop()
        lines = server.log.read_text(encoding="utf-8").splitlines()
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"socket opened", "socket gone"} <= {line["message"] for line in objects}
    assert {"connection", "person", "request"} <= {key for line in objects for key in line}
    # The console's first words, in no format, show the owner's link: that is its place.
    for line in objects:
        for secret in secrets:
            assert secret not in json.dumps(line, ensure_ascii=False), (secret, line)


async def _everything(server: Server) -> list[str]:
    """Put secrets wherever a client can; they are returned."""
    alice = await asyncio.to_thread(server.enter, f"{SECRET[:6]}n")
    room = await asyncio.to_thread(server.make_room, alice, title=f"{SECRET}title")
    code = room["code"]
    async with live(server, alice) as client:
        await client.subscribe(room["id"])
        await client.post(room["id"], f"{SECRET}text")
        await client.refused("post", room="999", text=f"{SECRET}lost")
        await client.socket.send(f'{{"type": "{SECRET}command"}}')
        await client.socket.send(f"{SECRET}no json")
        await client.fence()
    async with connect(server.socket(f"/ws/{code}?nickname={SECRET[:5]}"), proxy=None) as plain:
        await plain.send(f"{SECRET}plain")
    for path in (f"/ws/{SECRET}wrong", f"/ws/nope/{SECRET}"):
        try:
            async with connect(server.socket(path), proxy=None) as wrong:
                await wrong.recv()
        except (ConnectionClosed, InvalidStatus):
            pass
    async with dial(server, alice, cookie=f"sessionid={SECRET}cookie") as stranger:
        await stranger.wait_closed()

    def over_http() -> None:
        server.call("POST", "/api/v1/rooms/join", alice, json={"code": f"{SECRET}code"})
        login = {"username": SECRET, "password": f"{SECRET}password"}
        server.call("POST", "/api/v1/login", json=login)
        server.call("GET", f"/owner/{SECRET}", alice)
        server.call("GET", f"/{SECRET}/nowhere?code={code}", alice)
        server.call("POST", f"/api/v1/rooms/{room['id']}/messages", alice, content=SECRET.encode())
        server.call("POST", "/enter", alice, data={"nickname": SECRET, "code": code})

    await asyncio.to_thread(over_http)
    return [SECRET, code, alice.cookie.partition("=")[2], alice.name]


def record(**fields: object) -> logging.LogRecord:
    made = logging.LogRecord("chat.sockets", logging.ERROR, __file__, 1, "it failed", (), None)
    made.__dict__.update(fields)
    return made


def test_a_failed_statement_is_named_without_its_values():
    try:
        try:
            raise ValueError(f"Key (code)=({SECRET}) is {SECRET!r}\nDETAIL: {SECRET}")
        except ValueError as error:
            raise RuntimeError(f'value "{SECRET}" is wrong') from error
    except RuntimeError:
        line = json.loads(JsonLines().format(record(exc_info=sys.exc_info())))
    assert line["error"] == "RuntimeError: value … is wrong"
    assert line["cause"].startswith("ValueError: Key (code)=")
    assert line["trace"][-1].startswith(str(Path(__file__)))
    assert "DETAIL" not in json.dumps(line)


@pytest.mark.django_db
def test_what_the_database_complains_of_is_not_logged():
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s FROM nowhere", [SECRET])
    except Exception:
        line = JsonLines().format(record(exc_info=sys.exc_info()))
    assert SECRET not in line
    assert "nowhere" in line or "…" in line


def test_a_line_says_whose_it_is():
    token = request_id.set("r1")
    try:
        made = record(connection="c1", person=7, room="12", text=SECRET)
        line = json.loads(JsonLines().format(made))
        shown = Lines().format(made)
    finally:
        request_id.reset(token)
    assert (line["connection"], line["person"], line["room"]) == ("c1", 7, "12")
    assert line["request"] == "r1"
    assert shown.endswith("it failed connection=c1 person=7 room=12 request=r1")
    assert SECRET not in shown + json.dumps(line)


def test_the_path_of_a_failed_request_is_its_route():
    class Match:
        route = "owner/<str:token>"

    class Request:
        resolver_match = Match

    made = record(request=Request(), msg=f"Internal Server Error: /owner/{SECRET}")
    assert json.loads(JsonLines().format(made))["message"] == (
        "Internal Server Error: /owner/<str:token>"
    )


def test_every_answer_has_a_number_and_only_a_proxy_gives_it():
    with serve() as server:
        first = server.call("GET", "/healthz", headers={"X-Request-ID": "mine"})
        assert first.headers["X-Request-ID"] != "mine"
        second = server.call("GET", "/healthz")
        assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    with serve(TRUSTED_PROXIES="127.0.0.1") as server:
        for given, kept in (("abc-1", True), ("a b", False), ("x" * 65, False)):
            answer = server.call("GET", "/healthz", headers={"X-Request-ID": given})
            assert (answer.headers["X-Request-ID"] == given) is kept
