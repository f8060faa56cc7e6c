"""Django admin: what an owner can do, live and recorded, and what nobody can."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from chat.admin import site
from chat.errors import Invalid
from chat.models import BOARD_PK, Feed, Installation, Message, Room, User
from chat.protocol import Post
from chat.services import feed, people
from tests.support.people import client_of, make_owner, make_person, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files")]


def say(author: User, *texts: str, room: int = BOARD_PK) -> None:
    for n, text in enumerate(texts):
        feed.record([feed.Draft(room, author.pk, Post("board", f"{text[:9]}{n}", text))])


def act(client: Client, model: str, action: str, *rows: Any) -> Any:
    fields = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = client.post(reverse(f"admin:chat_{model}_changelist"), fields, follow=True)
    assert answer.status_code == 200
    return answer


def page(client: Client, model: str, query: str = "") -> str:
    answer = client.get(reverse(f"admin:chat_{model}_changelist") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_rooms_are_listed_with_what_an_owner_asks(told):
    owner, alice = make_owner(), make_person("alice")
    room = make_room(alice, "Secret garden")
    say(alice, "one", "two", "three", room=room.pk)
    feed.delete_messages(room.pk, [2])
    client = client_of(owner)
    shown = page(client, "room")
    assert "Secret garden" in shown
    assert '<td class="field-members">1</td>' in shown
    assert '<td class="field-message_count">2</td>' in shown
    assert "Secret garden" in page(client, "room", f"?q={room.code}")
    assert "Secret garden" not in page(client, "room", "?q=nothing")
    assert "Secret garden" not in page(client, "room", "?closed__exact=1")


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("close", {"closed": False}, {"closed": True}),
        ("reopen", {"closed": True}, {"closed": False}),
        ("list_openly", {"listed": False}, {"listed": True}),
        ("unlist", {"listed": True}, {"listed": False}),
        ("rotate_code", {}, {}),
    ],
)
def test_actions_on_rooms_are_numbered_told_and_recorded(told, action, before, after):
    room = make_room(make_person("alice"), **before)
    code = room.code
    act(client_of(make_owner()), "room", action, room)
    room.refresh_from_db()
    for name, value in after.items():
        assert getattr(room, name) is value
    assert (room.code != code) == (action in {"unlist", "rotate_code"})
    assert Feed.objects.get(pk=room.pk).head == room.change == 1
    assert told.facts == [("announce", room.pk)]
    assert LogEntry.objects.get().change_message == action


def test_the_board_refuses_what_it_cannot_be(told):
    client = client_of(make_owner())
    board = Room.objects.get(pk=BOARD_PK)
    for action in ("close", "list_openly", "rotate_code"):
        act(client, "room", action, board)
    board.refresh_from_db()
    assert (board.closed, board.listed, board.code, board.change) == (False, False, None, 0)
    assert told.facts == []


def test_saving_a_room_goes_through_its_feed(told):
    room = make_room(make_person("alice"), "Old")
    client = client_of(make_owner())
    form = {"title": " New   name ", "closed": "on", "history": "joined"}
    saved = client.post(reverse("admin:chat_room_change", args=[room.pk]), form)
    assert saved.status_code == 302
    room.refresh_from_db()
    assert (room.title, room.closed, room.history, room.change) == ("New name", True, "joined", 1)
    assert told.facts == [("announce", room.pk)]
    bad = client.post(
        reverse("admin:chat_room_change", args=[room.pk]), {**form, "title": "a\u202e"}
    )
    assert bad.status_code == 200
    client.post(reverse("admin:chat_room_change", args=[BOARD_PK]), {"title": "Our yard"})
    assert Room.objects.get(pk=BOARD_PK).title == "Our yard"


def test_making_a_room_in_the_admin(told):
    owner = make_owner()
    made = client_of(owner).post(
        reverse("admin:chat_room_add"), {"title": "News", "listed": "on", "history": "joined"}
    )
    assert made.status_code == 302
    room = Room.objects.exclude(pk=BOARD_PK).get()
    assert (room.title, room.listed, room.history) == ("News", True, "joined")
    assert len(room.code or "") == 10
    assert room.memberships.get().user == owner


def test_messages_are_found_and_deleted_for_everyone(told):
    alice = make_person("alice")
    say(alice, "buy this", "hello", "buy that")
    client = client_of(make_owner())
    assert page(client, "message", "?q=buy").count("field-start") == 2
    act(client, "message", "delete_for_everyone", *Message.objects.filter(text__startswith="buy"))
    assert list(Message.objects.order_by("seq").values_list("text", "change")) == [
        ("", 4),
        ("hello", 2),
        ("", 5),
    ]
    assert told.facts == [("announce", BOARD_PK)]
    assert LogEntry.objects.count() == 2


def test_messages_are_not_edited_or_added_by_hand():
    say(make_person("alice"), "hello")
    client = client_of(make_owner())
    message = Message.objects.get()
    change = reverse("admin:chat_message_change", args=[message.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"text": "else"}).status_code == 403
    assert client.get(reverse("admin:chat_message_add")).status_code == 403
    message.refresh_from_db()
    assert message.text == "hello"


def test_deactivating_closes_sockets_and_shuts_out(told):
    alice = make_person("alice")
    theirs = client_of(alice)
    assert theirs.get("/rooms").status_code == 200
    client = client_of(make_owner())
    act(client, "user", "deactivate", alice)
    assert told.facts == [("end_person", alice.pk)]
    assert theirs.get("/rooms").status_code == 303
    assert theirs.get("/api/v1/me").status_code == 401
    act(client, "user", "reactivate", alice)
    assert theirs.get("/rooms").status_code == 200


def test_editing_a_person_goes_through_the_services(told):
    alice, bob = make_person("alice"), make_person("bob")
    client = client_of(make_owner())
    change = reverse("admin:chat_user_change", args=[alice.pk])
    assert client.post(change, {"nickname": "Alina", "is_staff": "on"}).status_code == 302
    alice.refresh_from_db()
    assert (alice.nickname, alice.is_active, alice.is_staff) == ("Alina", False, True)
    assert {fact[0] for fact in told.facts} == {"end_person", "renamed"}
    taken = client.post(
        reverse("admin:chat_user_change", args=[bob.pk]), {"nickname": "alina", "is_active": "on"}
    )
    assert taken.status_code == 200
    with pytest.raises(Invalid):
        people.rename(bob, "admin")


def test_nobody_locks_themself_out(told):
    owner = make_owner()
    client = client_of(owner)
    act(client, "user", "deactivate", owner)
    act(client, "user", "end_staff", owner)
    client.post(reverse("admin:chat_user_change", args=[owner.pk]), {"nickname": "boss"})
    owner.refresh_from_db()
    assert (owner.is_active, owner.is_staff, owner.is_superuser) == (True, True, True)


def test_staff_without_the_right_change_nothing(told):
    helper, owner, alice = make_person("helper"), make_owner(), make_person("alice")
    people.set_staff(helper, staff=True)
    client = client_of(helper)
    assert client.get("/admin/").status_code == 200
    assert client.get(reverse("admin:chat_user_changelist")).status_code == 403
    fields = {"action": "deactivate", "_selected_action": [owner.pk, alice.pk]}
    assert client.post(reverse("admin:chat_user_changelist"), fields).status_code == 403
    assert User.objects.filter(is_active=False).count() == 0


def test_nothing_can_be_deleted():
    owner = make_owner()
    alice = make_person("alice")
    room = make_room(alice)
    say(alice, "hello")
    client = client_of(owner)
    for model, row in (("room", room), ("user", alice), ("message", Message.objects.get())):
        assert client.get(reverse(f"admin:chat_{model}_delete", args=[row.pk])).status_code == 403
        assert "delete_selected" not in page(client, model)
        act(client, model, "delete_selected", row)
    assert (Room.objects.count(), User.objects.count(), Message.objects.count()) == (2, 2, 1)


def test_counting_ends_at_its_bound(monkeypatch):
    monkeypatch.setattr(site, "COUNTED", 3)
    alice = make_person("alice")
    say(alice, *(f"text {n}" for n in range(6)))
    client = client_of(make_owner())
    assert "4 messages" in page(client, "message")
    assert '<td class="field-message_count">3+</td>' in page(client, "room")


def test_wrong_passwords_are_limited_at_the_admins_door():
    make_owner("boss")
    fields = {"username": "boss", "password": "wrong"}
    for _ in range(10):
        assert client_of().post("/admin/login/", fields).status_code == 200
    right = client_of().post("/admin/login/", {**fields, "password": "correct horse"})
    assert right.status_code == 200
    assert "errornote" in right.content.decode()


def test_signing_in_at_the_admins_door():
    make_owner("boss")
    fields = {"username": "boss", "password": "correct horse", "next": "/admin/"}
    assert client_of().post("/admin/login/", fields)["Location"] == "/admin/"
    people.add_login(make_person("alice"), "alice", "correct horse")
    refused = client_of().post("/admin/login/", {**fields, "username": "alice"})
    assert refused.status_code == 200


@pytest.mark.parametrize(
    ("language", "words", "title"),
    [("ko", "마당 운영", "메시지"), ("en", "Madang administration", "Messages")],
)
def test_the_admin_speaks_both_languages(language, words, title):
    client = client_of(make_owner(), **{"accept-language": language})
    assert words in client.get("/admin/").content.decode()
    shown = page(client, "message")
    assert f"<h1>{title}</h1>" in shown
    assert "chat/css/admin" in shown


def test_a_page_of_rooms_asks_a_bounded_number_of_queries(django_assert_max_num_queries):
    alice = make_person("alice")
    for n in range(20):
        make_room(alice, f"room {n}")
    client = client_of(make_owner())
    with django_assert_max_num_queries(21 + 10):
        page(client, "room")


def test_who_may_read_the_board_is_the_owners_to_switch(told):
    owner = client_of(make_owner())
    address = "/admin/chat/installation/"
    assert owner.get(address)["Location"] == f"{address}1/change/"
    assert owner.get(f"{address}1/change/").status_code == 200
    owner.post(f"{address}1/change/", {})
    assert not Installation.objects.get(pk=1).board_readable
    owner.post(f"{address}1/change/", {"board_readable": "on"})
    row = Installation.objects.get(pk=1)
    assert row.board_readable
    assert told.facts == [("board_opened", False), ("board_opened", True)]
    guest = client_of(make_person("guest"))
    assert guest.post(f"{address}1/change/", {}).status_code == 302
    assert Installation.objects.get(pk=1).board_readable
