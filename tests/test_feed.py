"""The transaction that makes changes: numbers, nonces, rights, states."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat import protocol
from chat.errors import ChatError, Conflict, Forbidden, NotFound
from chat.models import BOARD_PK, Feed, Membership, Message, Room, User
from chat.protocol import Change, Delete, Edit, Post, React
from chat.services import feed, history
from chat.services.access import access
from chat.services.feed import Draft, Recorded, Stored, record

pytestmark = pytest.mark.django_db(transaction=True)


def make_person(name: str, **fields: object) -> User:
    return User.objects.create(nickname=name, name_key=name, **fields)


def make_room(*members: User, **fields: object) -> Room:
    room = Room.objects.create(title="r", code=f"CODE{Room.objects.count()}", **fields)
    Feed.objects.create(room=room)
    for member in members:
        Membership.objects.create(room=room, user=member)
    return room


def post(text: str, nonce: str, reply_to: int | None = None) -> Post:
    return Post("board", nonce, text, reply_to)


def write(author: User, *changes: Change, room: int = BOARD_PK) -> Recorded:
    return record([Draft(room, author.pk, change) for change in changes])


def stored(recorded: Recorded) -> list[Stored]:
    assert all(isinstance(outcome, Stored) for outcome in recorded.outcomes), recorded.outcomes
    return [outcome for outcome in recorded.outcomes if isinstance(outcome, Stored)]


def test_posts_are_numbered_without_holes_and_told_in_order() -> None:
    alice = make_person("alice")
    first = write(alice, post("하나", "a"), post("둘", "b"))
    second = write(alice, post("셋", "c"))
    assert [s.seq for s in stored(first) + stored(second)] == [1, 2, 3]
    assert [e.change for e in first.news[BOARD_PK].entries] == [1, 2]
    assert second.news[BOARD_PK].first == 3
    event = protocol.decoded([second.news[BOARD_PK].entries[0].encoded])[0]
    assert event["text"] == "셋"
    assert event["author"] == {"id": str(alice.pk), "name": "alice", "kind": "guest"}
    assert history.heads([BOARD_PK]) == {BOARD_PK: 3}


def test_what_is_told_equals_what_is_read_back() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    told = {}
    for recorded in (
        write(alice, post("one", "a"), post("two", "b", None)),
        write(bob, post("re", "c", 1)),
        write(bob, React("board", "r", 1, "👍", True)),
        write(alice, Edit("board", "e", 1, "one, mended")),
        write(alice, Delete("board", "d", 2)),
    ):
        for entry in recorded.news[BOARD_PK].entries:
            told[entry.seq] = entry
    read = {entry.seq: entry for entry in history.tail(BOARD_PK, 0).entries}
    assert read.keys() == told.keys()
    assert read[1] == told[1]
    assert read[2] == told[2]
    # The quote is joined when read: a change of the source renumbers no reply.
    assert read[3].change == told[3].change
    assert protocol.decoded([read[3].encoded])[0]["reply_to"]["text"] == "one, mended"


def test_a_resend_gets_the_first_answer_and_other_content_is_a_conflict() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    assert stored(write(alice, post("hi", "n")))[0] == Stored(1, 1)
    again = write(alice, post("hi", "n"), post("hi", "n"))
    assert again.outcomes == [Stored(1, 1, repeated=True)] * 2
    assert again.news == {}
    other = write(alice, post("ho", "n")).outcomes[0]
    assert isinstance(other, Conflict)
    assert stored(write(bob, post("ho", "n")))[0].seq == 2, "nonces are the author's own"


def test_the_same_nonce_twice_in_one_batch_is_stored_once() -> None:
    alice = make_person("alice")
    outcomes = write(alice, post("hi", "n"), post("hi", "n"), post("no", "n")).outcomes
    assert outcomes[:2] == [Stored(1, 1), Stored(1, 1, repeated=True)]
    assert isinstance(outcomes[2], Conflict)
    assert Message.objects.count() == 1


def test_a_bad_draft_does_not_sink_the_batch() -> None:
    alice, charlie = make_person("alice"), make_person("charlie")
    room = make_room(alice)
    drafts = [
        Draft(room.pk, alice.pk, post("in", "1")),
        Draft(room.pk, charlie.pk, post("out", "2")),
        Draft(999, alice.pk, post("nowhere", "3")),
        Draft(room.pk, alice.pk, post("still", "4")),
    ]
    outcomes = record(drafts).outcomes
    assert outcomes[0] == Stored(1, 1)
    assert isinstance(outcomes[1], NotFound)
    assert isinstance(outcomes[2], NotFound)
    assert outcomes[3] == Stored(2, 2)


@pytest.mark.parametrize(
    "change",
    [Edit("board", "x", 1, "mine now"), Delete("board", "x", 1)],
    ids=["edit", "delete"],
)
def test_others_messages_are_left_alone(change: Change) -> None:
    alice, bob = make_person("alice"), make_person("bob")
    write(alice, post("hers", "a"))
    assert isinstance(write(bob, change).outcomes[0], Forbidden)
    assert Message.objects.get().text == "hers"


def test_deleted_text_is_nowhere() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    write(alice, post("비밀", "a"))
    write(bob, post("re", "b", 1), React("board", "r", 1, "👍", True))
    write(alice, Delete("board", "d", 1))
    page = history.body(history.history(access(bob, "board")))
    assert "비밀".encode() not in page
    assert b'{"seq":1,"change":4,"deleted":true}' in page
    assert not Message.objects.get(seq=1).reactions.exists()


def test_what_was_said_before_ones_time_is_not_quoted_either() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice)
    write(alice, post("before", "a"), room=room.pk)
    Membership.objects.create(room=room, user=bob, visible_from=2)
    write(alice, post("re", "b", 1), room=room.pk)
    page = history.body(history.history(access(bob, room.public_id)))
    assert b"re" in page
    assert b"before" not in page
    assert b"before" in history.body(history.history(access(alice, room.public_id)))


def test_ones_own_message_can_be_edited_for_a_while_and_deleted_for_ever() -> None:
    alice = make_person("alice")
    write(alice, post("one", "a"), post("two", "b"))
    edited = write(alice, Edit("board", "e", 1, "one, mended"))
    event = protocol.decoded([edited.news[BOARD_PK].entries[0].encoded])[0]
    assert (event["text"], event["change"]) == ("one, mended", 3)
    assert event["edited_at"] >= event["at"]
    again = write(alice, Edit("board", "f", 1, "one, mended"))
    assert (again.outcomes, again.news) == ([Stored(1, 3)], {}), "nothing to tell"
    Message.objects.update(at=timezone.now() - timedelta(minutes=5))
    draft = Draft(BOARD_PK, alice.pk, Edit("board", "g", 2, "late"))
    assert isinstance(record([draft], timedelta(minutes=6)).outcomes[0], Stored)
    refused = record([draft, draft], timedelta(minutes=4)).outcomes[0]
    assert isinstance(refused, Forbidden)
    assert refused.params == {"minutes": 4}
    assert isinstance(record([draft], timedelta(0)).outcomes[0], Stored), "0: for ever"
    gone = write(alice, Delete("board", "d", 2), Edit("board", "h", 2, "again"))
    assert isinstance(gone.outcomes[0], Stored)
    assert isinstance(gone.outcomes[1], NotFound)


def test_one_batch_of_reactions_to_one_message_is_one_change() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    write(alice, post("hi", "a"))
    both = record(
        [
            Draft(BOARD_PK, alice.pk, React("board", "r", 1, "👍", True)),
            Draft(BOARD_PK, bob.pk, React("board", "r", 1, "👍", True)),
        ]
    )
    assert [s.change for s in stored(both)] == [2, 2]
    event = protocol.decoded([both.news[BOARD_PK].entries[0].encoded])[0]
    assert event["reactions"] == [
        {"emoji": "👍", "count": 2, "people": [str(alice.pk), str(bob.pk)]}
    ]


def test_a_change_to_a_post_of_the_same_batch_waits_for_the_next() -> None:
    alice = make_person("alice")
    outcomes = write(alice, post("hi", "a"), Edit("board", "e", 1, "ho")).outcomes
    assert outcomes == [Stored(1, 1), None]


def test_a_closed_room_takes_nothing_more_but_deletions() -> None:
    alice = make_person("alice")
    room = make_room(alice)
    write(alice, post("a", "a"), room=room.pk)
    Room.objects.filter(pk=room.pk).update(closed=True)
    assert isinstance(write(alice, post("b", "b"), room=room.pk).outcomes[0], Forbidden)
    assert stored(write(alice, Delete("x", "d", 1), room=room.pk))[0].change == 2


def test_newcomers_with_a_window_can_not_reach_below_it() -> None:
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice, bob)
    write(alice, post("old", "a"), post("new", "b"), room=room.pk)
    Membership.objects.filter(user=bob).update(visible_from=2)
    for change in (React("x", "r", 1, "👍", True), post("re", "p", 1)):
        assert isinstance(write(bob, change, room=room.pk).outcomes[0], NotFound)
    page = history.history(access(bob, str(room.pk)))
    assert b"old" not in history.body(page)


def test_moderators_deletions_are_numbered() -> None:
    alice = make_person("alice")
    write(alice, post("a", "a"), post("b", "b"), post("c", "c"))
    assert feed.delete_messages(BOARD_PK, [1, 3, 99]) == 2
    tail = history.tail(BOARD_PK, 3)
    assert [(e.change, e.seq, e.deleted) for e in tail.entries] == [(4, 1, True), (5, 3, True)]
    assert feed.delete_messages(BOARD_PK, [1]) == 0


def test_pages_go_by_seq_and_backlogs_by_change() -> None:
    alice = make_person("alice")
    write(alice, *(post(str(n), str(n)) for n in range(1, 13)))
    write(alice, Edit("board", "e", 2, "two"))
    mine = access(alice, "board")

    def seqs(page: history.Page) -> list[int]:
        return [event["seq"] for event in protocol.decoded(page.events)]

    assert seqs(history.history(mine, limit=3)) == [10, 11, 12]
    page = history.history(mine, before=4, limit=2)
    assert (seqs(page), page.more) == ([2, 3], True)
    assert not history.history(mine, before=4, limit=3).more
    assert seqs(history.history(mine, around=6, limit=4)) == [5, 6, 7, 8]
    assert seqs(history.history(mine, after=10, limit=2)) == [11, 12]
    assert seqs(history.history(mine, after=12, limit=2)) == [2]


def test_deactivated_people_write_nothing() -> None:
    alice = make_person("alice", is_active=False)
    assert isinstance(write(alice, post("hi", "a")).outcomes[0], ChatError)


def test_times_of_one_room_never_run_backwards() -> None:
    alice = make_person("alice")
    future = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    Feed.objects.filter(pk=BOARD_PK).update(at=future)
    write(alice, post("hi", "a"))
    assert Message.objects.get().at == future
