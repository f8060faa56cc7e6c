"""The list of rooms as one person sees it: unread, last message, pins and mutes."""

import pytest

from chat.models import BOARD_PK, Membership, Room, User
from chat.protocol import Change, Delete, Edit, Post, decoded
from chat.services import history, rooms
from chat.services.access import access
from chat.services.feed import Draft, record
from chat.services.unread import UNREAD_MAX, places, summaries
from tests.support.people import make_room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(alice: User, bob: User) -> Room:
    made = make_room(alice)
    rooms.join(bob, made)
    return made


def write(author: User, room: Room, *changes: Change) -> None:
    outcomes = record([Draft(room.pk, author.pk, change) for change in changes]).outcomes
    assert all(hasattr(outcome, "seq") for outcome in outcomes), outcomes


def said(author: User, room: Room, *texts: str) -> None:
    write(author, room, *(Post("", f"{author.pk}-{hash(text)}", text) for text in texts))


def test_a_list_and_a_reply_show_words_without_formatting(alice: User, room: Room) -> None:
    said(alice, room, "**굵게**도 `a < b` &amp;\n- 사과\n- [배](https://a.example/?a=1&b=2)")
    shown = "굵게도 a < b &amp; 사과 배"
    pair = (alice.pk, room.pk)
    assert summaries([pair])[pair]["last"]["text"] == shown
    write(alice, room, Post("", "re", "네", 1))
    reply = decoded([entry.encoded for entry in history.tail(room.pk, 0).entries])[-1]
    assert reply["reply_to"]["text"] == shown


def unread(person: User, room: Room, live: int = 0) -> int:
    pair = (person.pk, room.pk)
    unread: int = summaries([pair], {pair: live})[pair]["unread"]
    return unread


def test_unread_counts_what_others_said_after_the_further_cursor(alice, bob, room):
    said(alice, room, *map(str, range(1, 6)))
    said(bob, room, "mine")
    write(alice, room, Delete("", "d", 5))
    assert unread(bob, room) == 4
    Membership.objects.filter(user=bob, room=room).update(read=3)
    assert unread(bob, room) == 1
    assert unread(bob, room, live=4) == 0, "the cursor in memory is further"
    assert unread(bob, room, live=2) == 1, "it never moves back"
    assert summaries([(bob.pk, room.pk)], {(bob.pk, room.pk): 4})[bob.pk, room.pk]["read"] == 4


def test_unread_ends_at_two_hundred(alice, bob, room):
    said(alice, room, *map(str, range(UNREAD_MAX + 20)))
    assert unread(bob, room) == UNREAD_MAX


def test_many_people_and_rooms_take_as_many_statements_as_one(
    alice, bob, room, django_assert_num_queries
):
    others = [make_room(alice, f"room {n}") for n in range(5)]
    said(alice, room, "one", "two")
    said(alice, others[0], "three")
    pairs = [(person.pk, r.pk) for person in (alice, bob) for r in (room, *others)]
    with django_assert_num_queries(4):
        found = summaries(pairs, {})
    assert found.keys() == {(bob.pk, room.pk), *((alice.pk, r.pk) for r in (room, *others))}
    assert found[bob.pk, room.pk]["unread"] == 2
    assert found[alice.pk, others[0].pk] == {
        "head": 1, "read": 0, "unread": 0, "pinned": False, "muted": False,
        "last": found[alice.pk, others[0].pk]["last"],
    }  # fmt: skip
    assert found[alice.pk, others[0].pk]["last"]["text"] == "three"
    people = [(person, BOARD_PK) for person in range(1, 1_100)]
    assert len(places(people, {})) == len(people), "more than one statement holds"
    assert summaries([(alice.pk, 999)]) == {}


def test_the_last_message_is_the_latest_that_stands_and_may_be_seen(alice, bob, room):
    def last(person: User) -> dict[str, object] | None:
        pair = (person.pk, room.pk)
        found: dict[str, object] | None = summaries([pair])[pair]["last"]
        return found

    assert last(bob) is None
    said(alice, room, "하나", "둘\n" + "긴 글" * 100)
    shown = last(bob)
    assert shown is not None
    assert (shown["seq"], shown["author"]) == (2, "alice")
    assert str(shown["text"]).startswith("둘 긴 글")
    assert len(str(shown["text"])) == 100
    write(alice, room, Edit("", "e", 2, "고침"))
    assert (last(bob) or {})["text"] == "고침"
    write(alice, room, Delete("", "d", 2))
    assert (last(bob) or {})["text"] == "하나"
    Membership.objects.filter(user=bob, room=room).update(visible_from=2)
    assert last(bob) is None, "from before their time"
    assert (last(alice) or {})["text"] == "하나"
    write(alice, room, Delete("", "d1", 1))
    assert last(alice) is None


def test_pins_and_mutes_are_ones_own(alice, bob, room):
    board = Room.objects.get(pk=BOARD_PK)
    assert rooms.arrange(bob, room, pinned=True, muted=None)
    assert not rooms.arrange(bob, room, pinned=True, muted=None)
    assert not rooms.arrange(bob, room, pinned=None, muted=None)
    assert rooms.arrange(bob, room, pinned=None, muted=True)
    Membership.objects.filter(user=bob, room=board).delete()
    assert rooms.arrange(bob, board, pinned=None, muted=True), "the board needs no membership"
    pairs = [(person.pk, r.pk) for person in (alice, bob) for r in (room, board)]
    found = {pair: (s["pinned"], s["muted"]) for pair, s in summaries(pairs).items()}
    assert found == {
        (alice.pk, room.pk): (False, False),
        (alice.pk, BOARD_PK): (False, False),
        (bob.pk, room.pk): (True, True),
        (bob.pk, BOARD_PK): (False, True),
    }
    assert rooms.arrange(bob, room, pinned=False, muted=False)
    assert access(bob, room).room == room
