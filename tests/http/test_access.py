"""Who may come in where: every address, every admin page and every command, with everyone.

The entrances are taken from the code. One that has no row here fails the test.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from chat import protocol
from chat.errors import ChatError, NotFound
from chat.models import Message, Room, User
from chat.protocol import COMMANDS, Post
from chat.services import feed, people, rooms
from chat.services.access import access
from tests.support.people import client_of, make_owner, make_person, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files", "told")]

WHO = ("nobody", "stranger", "member", "left", "inactive", "owner")
OWNER_ONLY = "302 302 302 302 302 200"  # Others are sent to the admin's door.
KEPT = "302 302 302 302 302 403"
PERSON = "303 200 200 200 303 200"
ROOM = "303 404 200 404 303 404"  # Being an owner opens no room by itself.

# Entrance → what GET (or POST, where the row says so) answers each of WHO.
ROWS: dict[str, str] = {
    "": "200 303 303 303 200 303",
    "enter": "303 303 303 303 303 303",
    "join": "200 200 200 200 200 200",
    "rooms": PERSON,
    "rooms/new": PERSON,
    "rooms/<slug:room_id>": ROOM,
    "POST rooms/<slug:room_id>/join": "303 404 404 404 303 404",  # The room isn't listed.
    "POST rooms/<slug:room_id>/leave": "303 404 303 404 303 404",
    "login": "200 200 200 200 200 200",
    "POST logout": "303 200 200 200 303 303",  # Guests are asked first.
    "me": PERSON,
    "POST language": "302 302 302 302 302 302",
    "owner/<str:token>": "404 404 404 404 404 404",
    **dict.fromkeys(
        ("manifest.webmanifest", "sw.js", "offline", "offline/rooms"), "200 200 200 200 200 200"
    ),
    "get_group": "200 200 200 200 200 200",
    "POST create_group": "200 200 200 200 200 200",
    "healthz": "200 200 200 200 200 200",
    "readyz": "200 200 200 200 200 200",
    "metrics": "200 200 200 200 200 200",  # By address, see test_views.
    "^api/": "404 404 404 404 404 404",
    "api/v1/^.*$": "404 404 404 404 404 404",
    "POST api/v1/guests": "422 200 200 200 422 200",
    "api/v1/me": "401 200 200 200 401 200",
    "DELETE api/v1/me/session": "401 204 204 204 401 204",
    "POST api/v1/me/login": "401 422 422 422 401 422",
    "POST api/v1/login": "422 422 422 422 422 422",
    "api/v1/rooms": "401 200 200 200 401 200",
    "POST api/v1/rooms/join": "401 422 422 422 401 422",
    "api/v1/rooms/<str:room_id>": "401 404 200 404 401 404",
    "POST api/v1/rooms/<str:room_id>/leave": "401 404 200 404 401 404",
    "api/v1/rooms/<str:room_id>/people": "401 404 200 404 401 404",
    "PATCH api/v1/rooms/<str:room_id>/mine": "401 404 200 404 401 404",
    "api/v1/rooms/<str:room_id>/messages": "401 404 200 404 401 404",
    "api/v1/search": "401 422 422 422 401 422",  # Of rooms, see test_search.
    "api/v1/openapi.json": "200 200 200 200 200 200",
    "admin/": OWNER_ONLY,
    "admin/login/": "200 200 200 200 200 302",
    "admin/logout/": "303 200 200 200 303 303",
    "admin/password_change/": OWNER_ONLY,
    "admin/password_change/done/": OWNER_ONLY,
    "admin/autocomplete/": KEPT,
    "admin/jsi18n/": OWNER_ONLY,
    "admin/r/<path:content_type_id>/<path:object_id>/": "302 302 302 302 302 404",
    "admin/<app_label>/": "302 302 302 302 302 200",
    "admin/(?P<url>.*)$": "302 302 302 302 302 404",
    **{
        f"admin/{model}/{page}": row
        for model, rows in {
            "chat/room": (OWNER_ONLY, OWNER_ONLY, OWNER_ONLY),
            "chat/installation": ("302 302 302 302 302 302", KEPT, OWNER_ONLY),
            "chat/message": (OWNER_ONLY, KEPT, OWNER_ONLY),
            "chat/user": (OWNER_ONLY, KEPT, OWNER_ONLY),
            "admin/logentry": (OWNER_ONLY, KEPT, OWNER_ONLY),
            "auth/group": (OWNER_ONLY, OWNER_ONLY, OWNER_ONLY),
        }.items()
        for page, row in {
            "": rows[0],
            "add/": rows[1],
            "<path:object_id>/history/": OWNER_ONLY,
            "<path:object_id>/delete/": OWNER_ONLY if model == "auth/group" else KEPT,
            "<path:object_id>/change/": rows[2],
            "<path:object_id>/": OWNER_ONLY,
        }.items()
    },
}
COMMAND_ROWS = {
    **dict.fromkeys(("post", "edit", "delete", "react"), "not_found"),
    "subscribe": "not_found",
    **dict.fromkeys(("unsubscribe", "read", "typing"), "nothing"),
}
"""Command → what it gets in a room that isn't one's own; test_live asks a running server."""


def entrances(
    patterns: list[URLPattern | URLResolver] | None = None, before: str = ""
) -> Iterator[str]:
    """Every address of the URLconf, as it is written there."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from entrances(entry.url_patterns, address)
        else:
            # Its alternatives stand in no fixed order.
            yield re.sub(r"\^\(\?P<app_label>[^)]*\)/\$", "<app_label>/", address)


def method_and_address(row: str) -> tuple[str, str]:
    method, _space, address = row.rpartition(" ")
    return method or "GET", address


class World:
    """A room with one member, and the people of WHO."""

    def __init__(self) -> None:
        self.maker = make_person("maker")
        self.room = make_room(self.maker)
        self.people: dict[str, User | None] = {"nobody": None, "owner": make_owner()}
        for name in ("stranger", "member", "left", "inactive"):
            person = self.people[name] = make_person(name)
            if name in {"member", "left", "inactive"}:
                rooms.join(person, self.room)
        left, inactive = self.people["left"], self.people["inactive"]
        assert left is not None
        assert inactive is not None
        rooms.leave(left, self.room)
        feed.record([feed.Draft(self.room.pk, self.maker.pk, Post("", "n1", "a secret"))])
        self.clients = {name: client_of(person) for name, person in self.people.items()}
        people.set_active(inactive, active=False)

    def fill(self, address: str) -> str:
        """An address with this world's keys in the place of its parts."""
        model = address.removeprefix("admin/").split("<")[0].rstrip("/")
        keys = {
            "chat/room": self.room.pk,
            "chat/message": Message.objects.get().pk,
            "chat/user": self.maker.pk,
        }
        for part, value in (
            ("<slug:room_id>", self.room.pk),
            ("<str:room_id>", self.room.pk),
            ("<str:token>", "x"),
            ("<path:content_type_id>", "x"),
            ("<app_label>", "chat"),
            ("(?P<url>.*)$", "nope"),
            ("^api/", "api/x"),
            ("^.*$", "x"),
            ("<path:object_id>", keys.get(model, "1")),
        ):
            address = address.replace(part, str(value))
        return "/" + address


def call(client: Client, method: str, address: str) -> Any:
    kind = "application/json" if "api/" in address or "create_group" in address else ""
    if method == "POST" and not kind:
        return client.post(address, {"language": "en"})
    body = b"{}" if method in {"POST", "PATCH"} else b""
    return client.generic(method, address, body, content_type=kind)


def test_every_address_has_a_row_and_every_row_an_address():
    named = {method_and_address(row)[1] for row in ROWS}
    assert set(entrances()) == named


@pytest.mark.parametrize("row", sorted(ROWS))
def test_addresses_open_for_whom_they_should(row):
    method, address = method_and_address(row)
    expected = dict(zip(WHO, ROWS[row].split(), strict=True))
    world = World()
    if address.startswith(("admin/auth/group/<", "admin/admin/logentry/<")):
        # There is no such row yet: whoever may look is told so and sent back.
        expected["owner"] = "302" if expected["owner"] == "200" else expected["owner"]
    if address.endswith("<path:object_id>/") and not address.startswith("admin/r/"):
        expected["owner"] = "302"  # On to the change page.
    path = world.fill(address)
    found = {name: str(call(world.clients[name], method, path).status_code) for name in WHO}
    assert found == expected


@pytest.mark.parametrize("row", sorted(row for row in ROWS if "room_id" in row))
def test_nothing_of_a_room_reaches_who_is_not_in_it(row):
    method, address = method_and_address(row)
    world = World()
    for name in set(WHO) - {"member"}:
        answer = call(world.clients[name], method, world.fill(address))
        for secret in ("a secret", "Garden", str(world.room.code)):
            assert secret not in answer.content.decode(), (name, secret)


def test_one_function_decides_about_a_room():
    world = World()
    for name, person in world.people.items():
        for room in (world.room, world.room.public_id):
            if name == "member":
                assert access(person, room).room == world.room
            else:
                with pytest.raises(NotFound):
                    access(person, room)
        board = Room.objects.get(pk=0)
        if name in {"nobody", "inactive"}:
            with pytest.raises(NotFound):
                access(person, board)
        else:
            assert access(person, board).can_post


def test_every_command_has_a_row():
    assert set(COMMANDS) == set(COMMAND_ROWS)


@pytest.mark.parametrize("who", ["stranger", "left", "inactive", "owner", "member"])
def test_changing_commands_do_nothing_in_rooms_of_others(who):
    world = World()
    person = world.people[who]
    assert person is not None
    before = Message.objects.values().get()
    changes: list[protocol.Change] = [
        protocol.Post("", "p1", "hello"),
        protocol.Post("", "p2", "hello", 1),
        protocol.Edit("", "e", 1, "else"),
        protocol.Delete("", "d", 1),
        protocol.React("", "r", 1, "👍", True),
    ]
    made = {command.name for command in changes}
    changing = protocol.Change.__args__
    assert made == {name for name, (cls, _r, _o) in COMMANDS.items() if cls in changing}
    outcomes = feed.record([feed.Draft(world.room.pk, person.pk, c) for c in changes]).outcomes
    if who == "member":
        assert [isinstance(outcome, ChatError) for outcome in outcomes] == [
            *(False, False, True, True, False)
        ]
    else:
        assert {getattr(outcome, "code", None) for outcome in outcomes} == {"not_found"}
        assert Message.objects.values().get() == before
