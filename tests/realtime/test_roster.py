"""Who is connected: by person, by address, and who watches which room."""

import pytest

from chat.models import BOARD_PK
from chat.realtime.config import NodeSettings
from chat.realtime.connection import Connection, Person, Subscription
from chat.realtime.outbox import DirectOutbox
from chat.realtime.roster import Roster
from chat.realtime.topics import room_topic

OUT = DirectOutbox.__new__(DirectOutbox)  # Nothing is said here.
ANN, BEN = Person(1, "Ann", "guest"), Person(2, "Ben", "guest")


def never(_what: object) -> None:
    pytest.fail("nobody closes or restarts anything here")


def socket(person=ANN, address="10.0.0.1", session="s", **rooms):
    connection = Connection(person, address, OUT, close=never, translate=str, session=session)
    connection.rooms = {int(key[1:]): value for key, value in rooms.items()}
    return connection


def roster(**settings):
    return Roster(NodeSettings(key=b"k" * 32, **settings))


def test_a_person_and_an_address_have_so_many_sockets_and_no_more():
    known = roster(sockets_person=2, sockets_address=3)
    first = socket()
    known.add(first)
    known.add(socket())
    assert not known.has_room_for("10.0.0.2", ANN.id)
    assert known.has_room_for("10.0.0.1", BEN.id)
    known.add(socket(BEN))
    assert not known.has_room_for("10.0.0.1", None)
    known.remove(first)
    assert known.has_room_for("10.0.0.1", ANN.id)


def test_without_limits_everyone_has_room():
    known = roster(sockets_person=0, sockets_address=0, rate_limits=False)
    assert known.has_room_for("10.0.0.1", 1)


def test_the_last_socket_of_a_person_is_told_apart():
    known = roster()
    first, second, nobody = socket(), socket(), socket(None)
    for connection in (first, second, nobody):
        known.add(connection)
    assert not known.remove(first)
    assert known.of(ANN.id) == [second]
    assert known.remove(second)
    assert known.of(ANN.id) == []
    assert not known.remove(nobody)
    assert len(known) == 0


def test_a_plain_client_counts_for_its_person_once_it_is_somebody():
    known = roster()
    plain = socket(None, session="")
    known.add(plain)
    assert plain in known
    known.introduce(plain, BEN)
    assert known.of(BEN.id) == [plain]
    assert list(known.watching(BOARD_PK)) == []  # It has no list to show rooms in.


def test_rooms_are_watched_by_those_who_do_not_follow_them_now():
    known = roster()
    here, there = socket(r7=(0, 0)), socket(r7=(0, 0))
    known.add(here)
    known.add(there)
    topic = room_topic(7)
    here.subscriptions[topic] = Subscription(here, 7, 0, never)
    assert list(known.watching(7)) == [there]
    assert set(known.watching(BOARD_PK)) == {here, there}
    known.unwatch(ANN.id, 7)
    assert list(known.watching(7)) == []
    known.watch(ANN.id, 7)
    assert list(known.watching(7)) == [there]
    known.watch(BEN.id, 7)  # Not connected here: nothing to tell.
    known.remove(here)
    known.remove(there)
    assert list(known.watching(7)) == []


def test_sockets_are_found_by_their_session():
    known = roster()
    one, other, plain = socket(session="a"), socket(session="b"), socket(None, session="")
    for connection in (one, other, plain):
        known.add(connection)
    assert known.of_sessions(["a", ""]) == [one]
    assert known.of_sessions([]) == []


def test_walking_the_sockets_bears_their_coming_and_going():
    known = roster()
    for _ in range(3):
        known.add(socket())
    for connection in known:
        known.remove(connection)
    assert len(known) == 0


def test_who_came_is_told_apart_once_and_only_while_here():
    known = roster()
    one, gone, other = socket(), socket(), socket(None, session="")
    known.add(one)
    known.add(gone)
    known.remove(gone)
    assert known.newcomers() == [one]
    assert known.newcomers() == []
    known.add(other)
    known.remove(one)
    assert known.newcomers() == [other]
