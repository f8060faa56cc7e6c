"""Read cursors: forward only, in memory and in the database."""

import pytest

from chat.models import BOARD_PK, Membership
from chat.realtime.cursors import Cursors, store
from tests.support.people import make_person, make_room


def test_a_cursor_only_moves_forward():
    cursors = Cursors()
    assert cursors.move(1, 7, 5)
    assert not cursors.move(1, 7, 5)
    assert not cursors.move(1, 7, 4)
    assert cursors.move(1, 7, 6)
    cursors.load(1, 7, 3)
    assert cursors.get(1, 7) == 6
    cursors.load(1, 7, 9)
    assert not cursors.move(1, 7, 8)
    assert cursors.get(1, 8) == cursors.get(2, 7) == 0


def test_what_moved_is_taken_once_and_comes_back_when_it_could_not_be_written():
    cursors = Cursors()
    cursors.move(1, 7, 5)
    cursors.move(2, 7, 3)
    taken = cursors.take()
    assert sorted(taken) == [(1, 7, 5), (2, 7, 3)]
    assert cursors.take() == []
    cursors.move(1, 7, 6)
    cursors.give_back(taken)
    assert sorted(cursors.take()) == [(1, 7, 6), (2, 7, 3)]


def test_whoever_went_away_is_forgotten_but_what_moved_is_written():
    cursors = Cursors()
    cursors.move(1, 7, 5)
    cursors.forget(1)
    assert cursors.get(1, 7) == 5, "not yet written: a new socket must not start behind"
    assert cursors.take() == [(1, 7, 5)]
    assert cursors.take() == cursors.take() == []
    assert cursors.get(1, 7) == 0


def test_what_moved_elsewhere_is_remembered_until_it_is_surely_written():
    cursors = Cursors()
    cursors.hear(1, 7, 5)
    cursors.take()
    cursors.hear(1, 8, 3)
    cursors.take()
    assert cursors.of(1) == {7: 5, 8: 3}
    cursors.take()
    assert cursors.of(1) == {8: 3}
    cursors.load(2, 7, 4)
    cursors.hear(2, 7, 6)
    cursors.hear(2, 7, 5)
    assert not cursors.move(2, 7, 6), "someone who is here keeps what was heard"
    assert cursors.of(2) == {7: 6}


@pytest.mark.django_db
def test_stored_cursors_never_move_back():
    alice = make_person("alice")
    room = make_room(alice)
    for seq, expected in [(5, 5), (3, 5), (8, 8)]:
        store([(alice.pk, room.pk, seq), (alice.pk, BOARD_PK, seq)])
        for pk in (room.pk, BOARD_PK):
            assert Membership.objects.get(room=pk, user=alice).read == expected


@pytest.mark.django_db
def test_a_cursor_of_a_room_one_left_makes_no_membership():
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice)
    store([(bob.pk, room.pk, 5)])
    assert not Membership.objects.filter(room=room, user=bob).exists()
