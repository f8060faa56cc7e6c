"""Mentions: whom an `@` means, where, and what is kept of it; and whom a picker offers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import BOARD_PK, Mention, Room, User
from chat.protocol import Change, Delete, Edit, Post, decoded
from chat.services import feed, people, rooms
from chat.services.company import company
from chat.services.feed import Draft, record
from chat.services.hangul import begins
from tests.support.people import make_person, make_room

db = pytest.mark.django_db(transaction=True)


def told(author: User, change: Change, room: int = BOARD_PK) -> dict[str, object]:
    news = record([Draft(room, author.pk, change)]).news[room]
    event: dict[str, object] = decoded([news.entries[-1].encoded])[0]
    return event


def kept() -> set[tuple[int, str]]:
    return set(Mention.objects.values_list("message__seq", "user__nickname"))


def shown(person: User, written: str) -> str:
    return f'<span class="mention" data-person="{person.pk}">@{written}</span>'


@db
def test_a_name_is_meant_before_particles_in_any_case_and_the_longest_counts():
    alice, minsu, min_ = make_person("alice"), make_person("민수"), make_person("민")
    kim, wide = make_person("김 철수"), make_person("Bob2")
    event = told(alice, Post("", "a", "@민수야 @민 아 @김 철수랑 (@ＢＯＢ2) @ALICE,"))
    for person, written in (
        (minsu, "민수"),
        (min_, "민"),
        (kim, "김 철수"),
        (wide, "ＢＯＢ2"),
        (alice, "ALICE"),
    ):
        assert shown(person, written) in str(event["html"])
    assert f"{shown(minsu, '민수')}야" in str(event["html"])
    assert kept() == {(1, p.nickname) for p in (alice, minsu, min_, kim, wide)}


@db
@pytest.mark.parametrize(
    "text",
    [
        "@민 수고했어",  # 민수 looks like it without the space
        "a@민수 x.@민수 `@민수`",
        "@b0b @bobby @Ｂob_2",
        "@ 민수 @\n민수 @",
        "@나갔음 @없음",
    ],
)
def test_whoever_is_not_quite_named_is_not_meant(text):
    alice, _minsu, _bob = make_person("alice"), make_person("민수"), make_person("bob")
    people.set_active(make_person("나갔음"), active=False)
    assert "mention" not in str(told(alice, Post("", "a", text)).get("html"))
    assert kept() == set()


@db
def test_strangers_to_a_room_are_text_and_members_are_meant():
    alice, bob, charlie = make_person("alice"), make_person("bob"), make_person("charlie")
    room = make_room(alice)
    rooms.join(bob, room)
    event = told(alice, Post("", "a", "@bob @charlie"), room.pk)
    assert event["html"] == f"<p>{shown(bob, 'bob')} @charlie</p>"
    assert kept() == {(1, "bob")}
    board = told(alice, Post("", "b", "@charlie"))
    assert board["html"] == f"<p>{shown(charlie, 'charlie')}</p>"


@db
def test_edits_and_deletion_change_who_is_mentioned():
    alice, _bob, _charlie = make_person("alice"), make_person("bob"), make_person("charlie")
    told(alice, Post("", "a", "@bob @bob"))
    assert kept() == {(1, "bob")}
    told(alice, Edit("", "b", 1, "@charlie"))
    assert kept() == {(1, "charlie")}
    told(alice, Edit("", "c", 1, "nobody"))
    assert kept() == set()
    told(alice, Edit("", "d", 1, "@bob"))
    told(alice, Post("", "e", "@charlie"))
    told(alice, Delete("", "f", 1))
    assert kept() == {(5, "charlie")}
    feed.delete_messages(BOARD_PK, [5])
    assert kept() == set()


@db
def test_twenty_are_mentioned_and_the_others_are_text():
    alice = make_person("alice")
    crowd = [make_person(f"사람{chr(0xAC00 + n)}") for n in range(22)]
    event = told(alice, Post("", "a", " ".join(f"@{person.nickname}" for person in crowd)))
    assert str(event["html"]).count("data-person") == 20
    assert Mention.objects.count() == 20
    assert f"@{crowd[20].nickname}" in str(event["html"])


@db
def test_names_cost_two_statements_a_batch_and_none_where_no_sign_stands():
    alice, _bob = make_person("alice"), make_person("bob")

    def statements(*texts: str) -> list[str]:
        drafts = [Draft(BOARD_PK, alice.pk, Post("", f"{hash(t)}", t)) for t in texts]
        with CaptureQueriesContext(connection) as queries:
            record(drafts)
        return [query["sql"] for query in queries]

    alone = statements("plain")
    assert len(statements(*(f"하나 {n} **둘**" for n in range(50)))) == len(alone)
    assert not [sql for sql in alone if "name_key" in sql or "mention" in sql]
    many = statements(*(f"@bob {n}" for n in range(50)), *(f"{n}" for n in range(50)))
    assert len(many) == len(alone) + 2


@db
def test_a_picker_offers_members_and_on_the_board_who_was_here():
    alice, bob, minsu = make_person("alice"), make_person("bob"), make_person("민수")
    mina, gone, stranger = make_person("미나"), make_person("gone"), make_person("minji")
    room, board = make_room(alice), Room.objects.get(pk=BOARD_PK)
    for person in (bob, minsu, mina):
        rooms.join(person, room)
    for person in (minsu, bob, alice):
        told(person, Post("", "n", "hi"), room.pk)

    def offered(typed: str, where: Room = room) -> list[str]:
        return [person.nickname for person in company(alice, where, typed)]

    assert offered("") == ["bob", "민수", "미나"], "the latest speakers first, never oneself"
    for typed in ("ㅁ", "미", "민"):
        assert offered(typed) == ["민수", "미나"]
    for typed in ("ㅁㅅ", "민ㅅ", "민수"):
        assert offered(typed) == ["민수"]
    assert offered("B") == ["bob"]
    assert offered("minji") == [], "not in the room"
    told(gone, Post("", "m", "bye"))
    User.objects.exclude(pk=alice.pk).update(seen_at=timezone.now() - timedelta(days=9))
    User.objects.filter(pk=stranger.pk).update(seen_at=timezone.now())
    assert offered("", board) == ["gone", "minji"]
    people.set_active(gone, active=False)
    assert offered("", board) == ["minji"]
    assert [p.nickname for p in company(bob, room, limit=1)] == ["alice"]


@pytest.mark.static
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("민수", ""),
        ("민수", "ㅁㅅ"),
        ("미나", "민"),
        ("없다", "ㅇㄷ"),
        ("없다", "어"),
        ("갑수", "값"),
        ("과자", "고"),
        ("각시", "ㄳ"),
        ("Ann", "aN"),
        ("김Ann", "ㄱa"),
        ("ㄱ씨", "ㄱ"),
    ],
)
def test_a_name_begins_with_what_is_typed_so_far(name, typed):
    assert begins(name, typed)


@pytest.mark.static
@pytest.mark.parametrize(
    ("name", "typed"),
    [("민수", "ㅅ"), ("민수", "민수야"), ("민수", "만"), ("Ann", "n"), ("민", "ㅁㅅ"), ("A", "ㅁ")],
)
def test_other_names_do_not(name, typed):
    assert not begins(name, typed)
