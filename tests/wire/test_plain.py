"""The plain interface, line by line, on uvicorn and on Daphne, with live clients on it too."""

import itertools
import json
import unicodedata
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.support.live import live
from tests.support.server import Server, serve
from tests.wire.plain import ended, hears, listening, plain

TEXTS = {
    "korean decomposed": unicodedata.normalize("NFD", "한글 마당"),
    "korean composed": unicodedata.normalize("NFC", "한글 마당"),
    "line ends": "one\r\ntwo\nthree\r",
    "spaces around": "  \t안녕  ",
    "blank": " ",
    "family": "\U0001f468‍\U0001f469‍\U0001f467‍\U0001f466",
    "control": "a\x01b\x7fc\x1b[0m",
    "zero width and bidi": "a​b‮c⁦",
    "byte order mark": "﻿x",
    "noncharacter": "\uffff\U0010ffff",
    "markup": "<script>alert('x')</script>&amp;",
    "json": '{"type":"post","room":"board"}',
    "long": "가" * 2_000,
}
_numbers = itertools.count(7_000)


@pytest.fixture
async def pair(plain_server: Server) -> AsyncIterator[tuple[ClientConnection, ClientConnection]]:
    """Two plain clients on the board who hear each other."""
    async with plain(plain_server) as one, plain(plain_server) as two:
        await listening(one, two)
        yield one, two


def make_number(server: Server) -> int:
    """The code of a fresh numbered room."""
    number = next(_numbers)
    assert server.call("POST", "/create_group", json={"title": number}).json() is True
    return number


def stored(server: Server, text: str) -> list[tuple[int, str, str]]:
    """Room, author's name and text of the rows with this text, oldest first."""
    rows = server.rows(
        "SELECT room_id, author_name, text FROM chat_message WHERE text = ? ORDER BY id", text
    )
    return [(int(room), str(name), str(said)) for room, name, said in rows]


# --- what is said --------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
async def test_text_arrives_and_is_stored_byte_for_byte(name, plain_server, pair):
    one, two = pair
    await one.send(TEXTS[name])
    assert await hears(two) == TEXTS[name]
    assert stored(plain_server, TEXTS[name])[-1][0] == 0


async def test_the_sender_does_not_hear_itself_and_every_other_does(plain_server, pair):
    one, two = pair
    async with plain(plain_server) as three:
        await listening(one, two, three)
        await one.send("from one")
        await two.send("from two")
        await three.send("from three")
        heard = [sorted([await hears(s), await hears(s)]) for s in (one, two, three)]
    assert heard == [
        ["from three", "from two"],
        ["from one", "from three"],
        ["from one", "from two"],
    ]


async def test_the_order_of_one_sender_is_kept(pair):
    one, two = pair
    said = [f"line {number}" for number in range(200)]
    for text in said:
        await one.send(text)
    assert [await hears(two) for _ in said] == said


async def test_a_fragmented_message_is_one_message(pair):
    one, two = pair
    await one.send(["조각 ", "하나", " 둘"])
    assert await hears(two) == "조각 하나 둘"


async def test_an_empty_frame_is_ignored(plain_server, pair):
    one, two = pair
    before = plain_server.rows("SELECT count(*) FROM chat_message")
    await one.send("")
    await one.send("not empty")
    assert await hears(two) == "not empty"
    assert plain_server.rows("SELECT count(*) FROM chat_message") == [(before[0][0] + 1,)]


async def test_plain_and_live_clients_hear_each_other(plain_server, pair):
    one, two = pair
    ann = plain_server.enter()
    async with live(plain_server, ann) as page:
        await page.subscribe("board")
        await one.send("from a plain client\r\n")
        seen = await page.event("message", text="from a plain client\r\n")
        assert await hears(two) == "from a plain client\r\n"
        assert seen["author"]["kind"] == "guest"
        await page.post("board", "페이지에서 \x01")
        assert await hears(one) == await hears(two) == "페이지에서 \x01"


async def test_plain_clients_hear_only_new_messages(plain_server, pair):
    one, _two = pair
    async with live(plain_server, plain_server.enter()) as page:
        await page.subscribe("board")
        seq = (await page.post("board", "first"))["seq"]
        await page.change("edit", "board", seq, text="edited")
        await page.change("react", "board", seq, emoji="👍", on=True)
        await page.change("delete", "board", seq)
        await page.post("board", "second")
    assert [await hears(one), await hears(one)] == ["first", "second"]


async def test_the_board_hears_nothing_of_rooms_and_rooms_nothing_of_the_board(plain_server, pair):
    one, two = pair
    number = make_number(plain_server)
    async with (
        plain(plain_server, f"/ws/{number}") as inside,
        plain(plain_server, f"/ws/{number}") as other,
    ):
        await listening(inside, other)
        await inside.send("in the room")
        await one.send("on the board")
        assert await hears(other) == "in the room"
        assert await hears(two) == "on the board"
        await other.send("room again")
        await two.send("board again")
        assert await hears(inside) == "room again"
        assert await hears(one) == "board again"


# --- rooms by code -------------------------------------------------------------------------


async def test_a_room_has_no_name_but_its_code(plain_server):
    """Live members and plain clients of a room made with a title hear each other."""
    made = plain_server.call("POST", "/create_group", json={"title": "산책 모임"}).json()
    assert set(made) == {"code", "title"}
    assert made["title"] == "산책 모임"
    ann = plain_server.enter()
    room = plain_server.call("POST", "/api/v1/rooms/join", ann, json={"code": made["code"]}).json()
    async with plain(plain_server, f"/ws/{made['code']}") as one, live(plain_server, ann) as page:
        await page.subscribe(room["id"])
        await one.send("hi")
        assert (await page.event("message", text="hi"))["room"] == room["id"]
        await page.post(room["id"], "hi back")
        assert await hears(one) == "hi back"


@pytest.mark.parametrize(
    "code", ["999999999", "nothere", "ABCDE23456", "%00", "%EB%B0%A9", "a%20b"]
)
async def test_an_unknown_code_is_accepted_and_closed_for_good(code, plain_server):
    async with plain(plain_server, f"/ws/{code}") as socket:
        assert await ended(socket) == 4404


async def test_a_closed_room_and_an_expired_code_are_unknown(plain_server):
    closed, expired = make_number(plain_server), make_number(plain_server)
    plain_server.execute("UPDATE chat_room SET closed = ? WHERE code = ?", True, str(closed))
    moment = "2020-01-01 00:00:00+00:00"
    plain_server.execute(
        "UPDATE chat_room SET code_expires_at = ? WHERE code = ?", moment, str(expired)
    )
    for code in (closed, expired):
        async with plain(plain_server, f"/ws/{code}") as socket:
            assert await ended(socket) == 4404


async def test_the_largest_number_and_zero_are_codes(plain_server):
    for number in (0, 2**53 - 1):
        body = plain_server.call("POST", "/create_group", json={"title": number})
        assert body.json() is True
        path = f"/ws/{number}"
        async with plain(plain_server, path) as one, plain(plain_server, path) as two:
            await listening(one, two)


async def test_other_paths_are_refused_before_the_handshake(plain_server):
    for path in ("/", "/ws", "/ws/a/b", "/elsewhere"):
        with pytest.raises(Exception, match=r"40[34]"):
            await plain(plain_server, path)


# --- who speaks ----------------------------------------------------------------------------


async def test_a_guest_is_made_at_the_first_message(plain_server):
    people = "SELECT count(*) FROM chat_user"
    before = plain_server.rows(people)[0][0]
    async with live(plain_server, plain_server.enter()) as page, plain(plain_server) as one:
        await page.subscribe("board")
        assert plain_server.rows(people) == [(before + 1,)]
        await one.send("first of mine")
        await one.send("second of mine")
        first = await page.event("message", text="first of mine")
        second = await page.event("message", text="second of mine")
    assert first["author"] == second["author"]
    assert first["author"]["name"]
    assert plain_server.rows(people) == [(before + 2,)]


async def test_a_nickname_may_be_given_and_a_taken_one_gets_a_suffix(plain_server):
    async with live(plain_server, plain_server.enter()) as page:
        await page.subscribe("board")
        names = []
        for number in range(3):
            path = "/ws/notice_board?nickname=%EB%8B%A8%ED%92%8D"  # 단풍
            async with plain(plain_server, path) as one:
                await one.send(f"turn {number}")
                names.append((await page.event("message", text=f"turn {number}"))["author"]["name"])
    assert names[0] == "단풍"
    assert all(name.startswith("단풍") for name in names)
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    "query",
    ["nickname=", "nickname=admin", "nickname=%00", "nickname=%FF%FE", "nickname=" + "a" * 500],
)
async def test_a_nickname_that_can_not_be_is_never_a_refusal(query, plain_server):
    async with live(plain_server, plain_server.enter()) as page:
        await page.subscribe("board")
        async with plain(plain_server, f"/ws/notice_board?{query}") as one:
            await one.send(f"as {query}"[:100])
            author = (await page.event("message", text=f"as {query}"[:100]))["author"]
    assert author["name"]
    assert author["name"].casefold() != "admin"


async def test_a_cookie_gives_no_rights(plain_server):
    ann = plain_server.enter()
    async with live(plain_server, ann) as page:
        await page.subscribe("board")
        path = "/ws/notice_board"
        async with plain(plain_server, path, additional_headers=ann.headers) as one:
            await one.send("with a cookie")
            assert (await page.event("message", text="with a cookie"))["author"]["id"] != ann.id


async def test_any_origin_may_speak(plain_server, pair):
    _one, two = pair
    for origin in ("https://elsewhere.example", "null"):
        async with plain(plain_server, origin=origin) as socket:
            await socket.send(f"from {origin}")
            assert await hears(two) == f"from {origin}"


# --- what closes a socket, and nobody else's ---------------------------------------------------


async def test_binary_closes_with_1003(plain_server, pair):
    one, two = pair
    async with plain(plain_server) as bad:
        await bad.send(b"\x00\x01")
        assert await ended(bad) == 1003
    await still_talking(one, two)


async def test_empty_binary_closes_with_1003_too(plain_server, pair):
    async with plain(plain_server) as bad:
        await bad.send(b"")
        assert await ended(bad) == 1003
    await still_talking(*pair)


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"ok \xe3\x81"])
async def test_bad_utf8_closes_with_1007(octets, plain_server, pair):
    async with plain(plain_server) as bad:
        await send_octets(bad, octets)
        assert await ended(bad) == 1007
    await still_talking(*pair)


async def test_a_nul_closes_with_1007(plain_server, pair):
    async with plain(plain_server) as bad:
        await bad.send("a\0b")
        assert await ended(bad) == 1007
    await still_talking(*pair)


@pytest.mark.parametrize(
    "text", ["가" * 2_001, "\U0001f468‍" * 1_500, "x" * 8_193, "x" * 65_537, "x" * 300_000]
)
async def test_too_long_closes_with_1009(text, plain_server, pair):
    async with plain(plain_server) as bad:
        # It may be refused by the length that its header tells, before all of it was sent.
        with suppress(ConnectionClosed):
            await bad.send(text)
        assert await ended(bad) == 1009
    await still_talking(*pair)


async def test_too_fast_closes_with_4429(strict):
    async with plain(strict) as calm, plain(strict) as hasty:
        await listening(calm, hasty)
        for number in range(20):
            try:
                await hasty.send(f"fast {number}")
            except ConnectionClosed:
                break
        assert await ended(hasty) == 4429
        heard = 0
        async with plain(strict) as third:
            await third.send("end of the fast")
            while await hears(calm) != "end of the fast":
                heard += 1
        assert 1 <= heard <= 5
        await calm.send("still here")
        assert calm.close_code is None


async def test_a_client_that_vanishes_disturbs_nobody(plain_server, pair):
    bad = await plain(plain_server)
    await listening(*pair, bad)
    bad.transport.abort()
    await still_talking(*pair)


async def still_talking(one: ClientConnection, two: ClientConnection) -> None:
    await one.send("still here?")
    assert await hears(two) == "still here?"
    await two.send("yes")
    assert await hears(one) == "yes"


async def send_octets(socket: ClientConnection, octets: bytes) -> None:
    """A text frame of any octets: the library itself sends none that is not UTF-8."""
    async with socket.send_context():
        socket.protocol.send_text(octets)


# --- /get_group and /create_group -----------------------------------------------------------


@pytest.fixture(params=["none", "foreign"])
def foreign(request: pytest.FixtureRequest) -> dict[str, str]:
    """Headers of a script, and of a page from another origin."""
    return {} if request.param == "none" else {"Origin": "https://elsewhere.example"}


def test_listed_codes_are_numbers_and_strings_without_the_board(plain_server, foreign):
    number = make_number(plain_server)
    issued = plain_server.call("POST", "/create_group", json={"title": "이름"}).json()["code"]
    owner = plain_server.enter()
    hidden = plain_server.make_room(owner)["code"]
    response = plain_server.call("GET", "/get_group", headers=foreign)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    codes = response.json()
    assert number in codes
    assert issued in codes
    assert isinstance(issued, str)
    assert hidden not in codes
    assert None not in codes
    assert all(type(code) in (int, str) for code in codes)
    plain_server.execute("UPDATE chat_room SET closed = ? WHERE code = ?", True, str(number))
    assert number not in plain_server.call("GET", "/get_group").json()


@pytest.mark.parametrize("write", [int, str])
def test_a_number_makes_a_room_once(write, plain_server, foreign):
    number = next(_numbers)
    for _again in range(2):
        response = plain_server.call(
            "POST", "/create_group", json={"title": write(number)}, headers=foreign
        )
        assert (response.status_code, response.json()) == (200, True)
        assert plain_server.call("GET", "/get_group").json().count(number) == 1
    rows = plain_server.rows("SELECT title, listed FROM chat_room WHERE code = ?", str(number))
    assert [(title, bool(listed)) for title, listed in rows] == [(str(number), True)]


def test_making_it_again_changes_nothing(plain_server):
    number = make_number(plain_server)
    change = "UPDATE chat_room SET title = ?, listed = ? WHERE code = ?"
    plain_server.execute(change, "다른 이름", False, str(number))
    assert plain_server.call("POST", "/create_group", json={"title": number}).json() is True
    rows = plain_server.rows("SELECT title, listed FROM chat_room WHERE code = ?", str(number))
    assert [(title, bool(listed)) for title, listed in rows] == [("다른 이름", False)]


@pytest.mark.parametrize("body", [{}, {"title": "저녁 산책"}, {"title": "12a"}, {"title": "٣"}])
def test_other_titles_get_an_issued_code(body, plain_server, foreign):
    response = plain_server.call("POST", "/create_group", json=body, headers=foreign)
    assert response.status_code == 200
    made = response.json()
    assert set(made) == {"code", "title"}
    assert isinstance(made["code"], str)
    assert len(made["code"]) >= 10
    if "title" in body:
        assert made["title"] == body["title"]
    assert made["code"] in plain_server.call("GET", "/get_group").json()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b"1234",
        b"null",
        b'"1234"',
        b'{"title": null}',
        b'{"title": true}',
        b'{"title": 1.5}',
        b'{"title": -1}',
        b'{"title": 9007199254740992}',
        b'{"title": "9007199254740992"}',
        b'{"title": 1e3}',
        b'{"title": NaN}',
        b'{"title": []}',
        b'{"title": {}}',
        b'{"title": ""}',
        b'{"title": "   "}',
        b'{"title": "\\ud800"}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "' + b"x" * 61 + b'"}',
        b'{"title": "' + b"1" * 5_000 + b'"}',
        b"[" * 50_000,
        b'{"title": "\xff"}',
    ],
)
def test_anything_else_is_refused_with_the_error_body(content, plain_server, foreign):
    rooms = plain_server.rows("SELECT count(*) FROM chat_room")
    headers = {"Content-Type": "application/json", **foreign}
    response = plain_server.call("POST", "/create_group", content=content, headers=headers)
    assert response.status_code in (400, 422)
    error = response.json()["error"]
    assert error["code"] in ("bad_request", "invalid")
    assert error["detail"]
    assert response.headers["access-control-allow-origin"] == "*"
    assert plain_server.rows("SELECT count(*) FROM chat_room") == rooms


@pytest.mark.parametrize("type_", [None, "text/plain", "application/json; charset=utf-8"])
def test_the_body_may_come_under_any_type(type_, plain_server):
    number = next(_numbers)
    headers = {"Content-Type": type_} if type_ else {}
    content = json.dumps({"title": number}).encode()
    response = plain_server.call("POST", "/create_group", content=content, headers=headers)
    assert response.json() is True


@pytest.mark.parametrize(("path", "method"), [("/get_group", "GET"), ("/create_group", "POST")])
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_any_origin_is_answered_without_credentials(path, method, origin, plain_server):
    asking = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = plain_server.call("OPTIONS", path, headers=asking)
    content = b'{"title": 7}' if method == "POST" else None
    answer = plain_server.call(method, path, content=content, headers={"Origin": origin})
    assert preflight.status_code in (200, 204)
    assert method in preflight.headers["access-control-allow-methods"]
    assert "content-type" in preflight.headers["access-control-allow-headers"].lower()
    for response in (preflight, answer):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert "set-cookie" not in response.headers


# --- limits by address -----------------------------------------------------------------------


async def test_limits_by_address_close_with_4429():
    limits = {
        "LIMIT_GUESTS_PER_MINUTE": 2,
        "LIMIT_WRONG_CODES_ADDRESS": 3,
        "LIMIT_SOCKETS_ADDRESS": 4,
    }
    with serve(**limits) as narrow:
        for expected in (4404, 4404, 4404, 4429):
            async with plain(narrow, "/ws/23456ABCDE") as guessing:
                assert await ended(guessing) == expected
        async with plain(narrow) as one, plain(narrow) as two, plain(narrow) as three:
            for number, speaker in enumerate((one, two)):
                await speaker.send(f"guest {number}")
                assert await hears(three) == f"guest {number}"
            assert (await hears(two), await hears(one)) == ("guest 0", "guest 1")
            await three.send("one guest too many")
            assert await ended(three) == 4429
            async with plain(narrow), plain(narrow), plain(narrow) as fifth:
                assert await ended(fifth) == 4429
            await still_talking(one, two)
