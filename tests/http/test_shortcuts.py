"""Answers made ahead of Django are Django's own: same words, same headers, same refusals."""

import re
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from django.middleware import csrf

from chat import shortcuts
from tests.support.server import Server, Visitor, serve

HISTORY = "/api/v1/rooms/{}/messages"
PAGE = "/rooms/{}"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
OF_ONE_ANSWER = {"x-request-id", "date", "set-cookie"}
"""Django also puts off by another year the end of the cookie for forms: forms still do that."""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serve(RATE_LIMITS="off") as server:
        yield server


def enter(running: Server) -> Visitor:
    """A guest as a browser is one, with the cookie that forms leave."""
    guest = running.enter()
    visitor = Visitor(guest.id, guest.name, f"{guest.cookie}; csrftoken={'a1' * 16}")
    running.call("GET", "/api/v1/me", visitor)
    return visitor


def say(running: Server, visitor: Visitor, room: str, text: str) -> int:
    said = running.call(
        "POST", HISTORY.format(room), visitor, json={"text": text, "nonce": f"n-{abs(hash(text))}"}
    )
    assert said.status_code == 201
    return int(said.json()["seq"])


def is_short(response: httpx.Response) -> bool:
    """Whether it was not Django's: there the length is not the last header that the site adds."""
    names = [name for name, _value in response.headers.raw]
    return names.index(b"content-length") + 1 == names.index(b"x-request-id")


def twice(
    running: Server, path: str, visitor: Visitor, **headers: str
) -> tuple[httpx.Response, httpx.Response]:
    """Django's own answer, since nobody else takes such a query, and the short one."""
    running.call("GET", path, visitor, headers=headers)
    long = running.call("GET", f"{path}?and=nothing", visitor, headers=headers)
    short = running.call("GET", path, visitor, headers=headers)
    assert not is_short(long)
    assert is_short(short)
    return long, short


def comparable(response: httpx.Response) -> tuple[str, dict[str, str]]:
    headers = {n: v for n, v in response.headers.items() if n not in OF_ONE_ANSWER}
    return TOKEN.sub("", response.text), headers


@pytest.mark.parametrize("path", [PAGE, HISTORY])
@pytest.mark.parametrize("language", ["ko", "en-GB,en;q=0.8", ""])
def test_a_shortcut_says_what_django_says(running, path, language):
    alice = enter(running)
    say(running, alice, "board", f"<b>&amp; </script> 안녕 {path} {language}")
    long, short = twice(running, path.format("board"), alice, **{"accept-language": language})
    assert comparable(long) == comparable(short)
    assert "안녕" in short.text


def test_what_was_just_said_and_deleted_shows(running):
    alice = enter(running)
    room = running.make_room(alice)["id"]
    for number in range(3):
        seq = say(running, alice, room, f"said {number} of {room}")
        for path in (PAGE, HISTORY):
            assert f"said {number} of {room}" in running.call("GET", path.format(room), alice).text
    running.shell(f"from chat.services import feed;feed.delete_messages({room}, [{seq}])")
    for path in (PAGE, HISTORY):
        shown = running.call("GET", path.format(room), alice).text
        assert f"said 2 of {room}" not in shown
        assert f"said 1 of {room}" in shown


def test_who_may_not_see_a_room_is_refused_as_before(running):
    alice, bob = enter(running), enter(running)
    room = running.make_room(alice, bob)["id"]
    say(running, alice, room, f"among us in {room}")
    for path in (PAGE, HISTORY):
        assert twice(running, path.format(room), bob)[1].status_code == 200
    assert running.call("POST", f"/api/v1/rooms/{room}/leave", bob, json={}).status_code < 300
    stranger = enter(running)
    for path in (PAGE, HISTORY):
        for visitor in (bob, stranger):
            answer = running.call("GET", path.format(room), visitor)
            assert answer.status_code == 404
            assert "among us" not in answer.text
    running.execute("UPDATE chat_user SET is_active = (1 = 0) WHERE id = ?", int(alice.id))
    assert running.call("GET", HISTORY.format(room), alice).status_code == 401
    nobody = Visitor("", "", f"sessionid={'x' * 32}; csrftoken={'a1' * 16}")
    assert running.call("GET", HISTORY.format("board"), nobody).status_code == 401


def test_ones_own_reactions_are_ones_own(running):
    alice, bob = enter(running), enter(running)
    room = running.make_room(alice, bob)["id"]
    seq = say(running, alice, room, f"to react to in {room}")
    running.shell(
        "from chat.services.feed import Draft, record; from chat.protocol import React;"
        f"record([Draft({room}, {bob.id}, React('{room}', 'n', {seq}, '👍', True))])"
    )
    for path, own in ((PAGE, f'"{seq}":["👍"]'), (HISTORY, f'"{seq}":["👍"]')):
        assert own in twice(running, path.format(room), bob)[1].text
        assert own not in twice(running, path.format(room), alice)[1].text


def test_a_page_of_the_past_has_its_own_shortcut(running):
    alice = enter(running)
    room = running.make_room(alice)["id"]
    for number in range(4):
        say(running, alice, room, f"{number} in {room}")
    old = running.call("GET", f"{HISTORY.format(room)}?limit=2&before=3", alice)
    old = running.call("GET", f"{HISTORY.format(room)}?limit=2&before=3", alice)
    assert is_short(old)
    assert [m["seq"] for m in old.json()["messages"]] == [1, 2]
    assert running.call("GET", f"{HISTORY.format(room)}?limit=500", alice).status_code == 422


def test_words_as_long_as_headers_may_be_are_djangos_and_not_kept(running):
    alice = enter(running)
    twice(running, PAGE.format("board"), alice)
    long = Visitor(alice.id, alice.name, f"{alice.cookie}; madang_language={'a' * 600}")
    other = Visitor(alice.id, alice.name, alice.cookie.replace("a1" * 16, "a1" * 900))
    for visitor, headers in (
        (long, {}), (other, {}), (alice, {"accept-language": "en," + "xx," * 300})
    ):  # fmt: skip
        for _turn in range(2):
            answer = running.call("GET", PAGE.format("board"), visitor, headers=headers)
            assert answer.status_code == 200
            assert not is_short(answer)


def test_a_forms_token_is_masked_as_django_masks_it_and_never_twice_alike():
    secret = "aZ09" * 8
    tokens = [shortcuts.masked(secret) for _ in range(400)]
    assert len(set(tokens)) == len(tokens)
    assert all(csrf._does_token_match(token, secret) for token in tokens)  # type: ignore[attr-defined]
    # Every sign of a mask is as likely as the others: 206 of each are expected.
    signs = Counter(sign for token in tokens for sign in token[:32])
    assert set(signs) == set(csrf.CSRF_ALLOWED_CHARS)
    assert min(signs.values()) > 120
    assert max(signs.values()) < 310


def test_only_a_cookie_that_django_takes_has_a_token():
    assert shortcuts.secret_of("aZ09" * 8) == "aZ09" * 8
    masked = shortcuts.masked("aZ09" * 8)  # As Django kept it before version 4.
    assert shortcuts.secret_of(masked) == "aZ09" * 8
    for wrong in ("", "short", "!" * 32):
        assert shortcuts.token_of({"csrftoken": wrong}) is None
    assert shortcuts.token_of({}) is None
