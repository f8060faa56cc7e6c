"""Typing: passed on rarely, of a few people, and ended for whoever is gone."""

from types import SimpleNamespace
from typing import Any

import pytest

from chat.protocol import Close
from chat.realtime.connection import Connection, Person
from chat.realtime.typists import BELIEVED, EVERY, MOST, Typists


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def typists(clock: Clock) -> Typists:
    return Typists(clock)


def socket(person: int = 1) -> Connection:
    def closed(_code: Close) -> None: ...

    outbox: Any = SimpleNamespace()
    return Connection(Person(person, f"p{person}", "guest"), "", outbox, closed, str)


def test_a_beginning_is_passed_on_once_a_second(typists, clock):
    one = socket()
    assert typists.began(one, 7)
    for _again in range(50):
        assert not typists.began(one, 7)
    clock.now += EVERY
    assert typists.began(one, 7)


def test_beginning_and_ending_in_turn_does_not_pass_more_on(typists, clock):
    one = socket()
    passed = sum(typists.began(one, 7) + typists.ended(one, 7) for _turn in range(50))
    assert passed == 2
    clock.now += EVERY
    assert typists.began(one, 8)


def test_an_end_is_passed_on_where_the_beginning_was(typists, clock):
    one, other = socket(), socket()
    assert not typists.ended(one, 7)
    assert typists.began(one, 7)
    assert not typists.ended(one, 8)
    assert not typists.ended(other, 7), "another socket of theirs"
    assert typists.ended(one, 7)
    assert not typists.ended(one, 7)
    clock.now += EVERY
    assert typists.began(one, 7)
    clock.now += BELIEVED
    assert not typists.ended(one, 7), "nobody believes it any longer"


def test_of_a_crowd_a_few_are_told_and_make_room_for_others(typists, clock):
    crowd = [socket(person) for person in range(MOST + 5)]
    assert [typists.began(one, 7) for one in crowd] == [True] * MOST + [False] * 5
    assert typists.began(socket(99), 8), "another room"
    assert typists.ended(crowd[0], 7)
    assert typists.began(crowd[-1], 7)
    clock.now += BELIEVED
    assert typists.began(crowd[-2], 7)


def test_nothing_is_kept_of_rooms_where_nobody_types(typists):
    one = socket()
    typists.began(one, 7)
    typists.ended(one, 7)
    assert typists._rooms == {}
