"""Everything that a Korean reader is shown is Korean: each page, each refusal, the admin."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from chat.models import BOARD_PK, Message, User
from chat.protocol import Post
from chat.services import rooms
from chat.services.feed import Draft, record
from tests.support.people import client_of, make_owner, make_person, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files", "told")]

NAMES = {
    "Madang",
    "English",
    "Django",
    "UTC",
    "ID",
    "True",
    "False",
    "Search",
    "Control",
    "Command",
    "Mac",
    "alice",
    "boss",
    "Garden",
}
"""Names and keys, the other language, what the tests themselves put in, and three words that
Django's own templates have for readers of pictures and leave untranslated."""
SHOWN = {"aria-label", "title", "placeholder", "alt", "value"}


class Words(HTMLParser):
    """The Latin words that a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style", "svg", "code", "option"}
        given = dict(attrs)
        for name in SHOWN & set(given):
            if name != "value" or given.get("type") in {"submit", "button"}:
                self.handle_data(given[name] or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style", "svg", "code", "option"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found += set(re.findall(r"[A-Za-z]{2,}", data)) - NAMES


def english(client: Client, path: str) -> list[str]:
    """The words on that page that are not Korean."""
    answer = client.get(path, headers={"accept-language": "ko"}, follow=True)
    parser = Words()
    parser.feed(answer.content.decode())
    return parser.found


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/join", "/offline?lang=ko", "/offline/rooms?lang=ko", "/nope", "/enter"],
)
def test_pages_for_everyone(path: str) -> None:
    assert english(Client(), path) == []


@pytest.mark.parametrize(
    "path", ["/rooms", "/rooms/board", "/rooms/new", "/join", "/me", "/rooms/99", "/rooms/garden"]
)
def test_pages_of_a_person(path: str) -> None:
    alice = make_person("alice", language="ko")
    garden = make_room(alice)
    assert english(client_of(alice), path.replace("garden", garden.public_id)) == []


def test_forms_that_are_refused() -> None:
    alice = make_person("alice", language="ko")
    make_person("boss")
    client = client_of(alice)
    for path, body in (
        ("/me", {"act": "rename", "nickname": "boss"}),
        ("/me", {"act": "rename", "nickname": ""}),
        ("/me", {"act": "rename", "nickname": "x" * 60}),
        ("/me", {"act": "login", "username": "a b", "password": "1"}),
        ("/rooms/new", {"title": ""}),
        ("/rooms/new", {"title": "x" * 200}),
        ("/join", {"code": "zzzzz"}),
        ("/login", {"username": "x", "password": "y"}),
    ):
        answer = client.post(path, body, headers={"accept-language": "ko"})
        assert answer.status_code >= 400, path
        parser = Words()
        parser.feed(answer.content.decode())
        assert set(parser.found) <= {"xxxx"}, (path, body)


@pytest.mark.parametrize(
    "path",
    ["", "chat/room/", "chat/room/add/", "chat/room/0/change/", "chat/room/0/history/",
     "chat/message/", "chat/message/1/change/", "chat/user/", "chat/user/1/change/", "auth/group/",
     "auth/group/add/", "admin/logentry/", "password_change/", "chat/"],
)  # fmt: skip
def test_the_admin(path: str) -> None:
    owner: User = make_owner()
    User.objects.filter(pk=owner.pk).update(language="ko")
    rooms.join(make_person("alice"), make_room(owner, code="1234567890"))
    record([Draft(BOARD_PK, owner.pk, Post("board", "a", "안녕하세요"))])
    said = Message.objects.get()
    client = client_of(owner)
    path = path.replace("user/1/", f"user/{owner.pk}/").replace("message/1/", f"message/{said.pk}/")
    found = english(client, f"/admin/{path}")
    assert found == []
