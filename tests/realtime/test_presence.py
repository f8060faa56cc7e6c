"""Presence is a lease: distinct people, told when it changes, forgotten when not renewed."""

import json
import random

import pytest

from chat.realtime.presence import CROWD, LEASE, NAMED, Presence

ANN, BEN, EVE = (1, "Ann", "guest"), (2, "ben", "member"), (3, "Eve", "staff")
ROOM = 7


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def presence(clock):
    return Presence(clock)


def told(presence):
    return {room: json.loads(event) for room, event in presence.changes(str)}


def names(event):
    return [person["name"] for person in event["people"]]


def test_people_are_counted_not_sockets(presence):
    for _ in range(3):
        presence.enter(ROOM, ANN)
    presence.enter(ROOM, BEN)
    event = told(presence)[ROOM]
    assert event == {
        "type": "presence",
        "room": "7",
        "count": 2,
        "people": [
            {"id": "1", "name": "Ann", "kind": "guest"},
            {"id": "2", "name": "ben", "kind": "member"},
        ],
    }
    presence.leave(ROOM, 1)
    presence.leave(ROOM, 1)
    assert told(presence) == {}
    presence.leave(ROOM, 1)
    assert names(told(presence)[ROOM]) == ["ben"]
    presence.leave(ROOM, 1)
    assert told(presence) == {}


def test_what_looks_the_same_as_before_is_not_told(presence):
    presence.enter(ROOM, ANN)
    assert told(presence)[ROOM]["count"] == 1
    presence.leave(ROOM, 1)
    presence.enter(ROOM, ANN)
    assert told(presence) == {}


def test_a_new_name_is_told_in_every_room_of_the_person(presence):
    presence.enter(ROOM, ANN)
    presence.enter(8, ANN)
    presence.enter(9, BEN)
    told(presence)
    presence.rename((1, "Anna", "member"))
    assert {room: names(event) for room, event in told(presence).items()} == {
        ROOM: ["Anna"], 8: ["Anna"],
    }  # fmt: skip


def test_who_comes_to_a_crowd_is_shown_one_that_is_a_second_old_at_most(presence, clock):
    for person in range(CROWD + 2):
        presence.enter(ROOM, (person, f"n{person:03}", "guest"))
    shown = presence.event(ROOM, "7")
    presence.enter(ROOM, (900, "a", "guest"))
    assert presence.event(ROOM, "7") == shown
    clock.now += 1
    assert json.loads(presence.event(ROOM, "7"))["count"] == CROWD + 3


def test_the_first_names_are_named_whoever_comes_goes_and_changes_theirs(presence):
    """Names are kept in order; here they are held against sorting them all."""
    chance = random.Random(3)
    here: dict[int, tuple[int, str, str]] = {}
    for _ in range(3_000):
        person = chance.randrange(300)
        if person in here and chance.random() < 0.45:
            presence.leave(ROOM, person)
            del here[person]
            continue
        name = (person, chance.choice("aAbBçßÄ가") + chance.choice("xX힣"), "guest")
        if person in here:
            presence.rename(name)
        else:
            presence.enter(ROOM, name)
        here[person] = name
    expected = sorted(here.values(), key=lambda name: (name[1].casefold(), name[0]))[:NAMED]
    event = told(presence)[ROOM]
    assert [int(p["id"]) for p in event["people"]] == [name[0] for name in expected]
    assert event["count"] == len(here)


def test_other_processes_people_count_once_and_only_while_their_lease_holds(presence, clock):
    presence.enter(ROOM, ANN)
    presence.hear("other", ROOM, [1, 2], [ANN, BEN])
    assert told(presence)[ROOM]["count"] == 2
    clock.now += LEASE - 1
    presence.hear("other", ROOM, [1, 2], [ANN, BEN])
    clock.now += LEASE - 1
    presence.expire()
    assert told(presence) == {}
    clock.now += 2
    presence.expire()
    assert told(presence)[ROOM]["count"] == 1


def test_a_room_that_everyone_left_is_forgotten(presence, clock):
    presence.enter(ROOM, ANN)
    presence.hear("other", ROOM, [2], [BEN])
    told(presence)
    presence.leave(ROOM, 1)
    presence.hear("other", ROOM, [], [])
    assert told(presence)[ROOM]["count"] == 0
    clock.now += LEASE + 1
    presence.expire()
    told(presence)
    presence.expire()
    assert presence.leased() == []
    assert presence._rooms == {}


def test_a_lease_carries_all_ids_and_a_hundred_names(presence):
    for person in range(NAMED + 20):
        presence.enter(ROOM, (person, f"p{person}", "guest"))
    ids, named = presence.lease(ROOM)
    assert ids == list(range(NAMED + 20))
    assert len(named) == NAMED
    assert presence.lease(99) == ([], [])
    assert presence.to_tell() == {ROOM}
    assert presence.to_tell() == set()
    assert presence.leased() == [ROOM]


def test_of_a_crowd_a_newcomer_gets_what_was_told_last(presence):
    for person in range(CROWD + 1):
        presence.enter(ROOM, (person, f"p{person}", "guest"))
    first = presence.changes(str)[0][1]
    presence.enter(ROOM, (999, "late", "guest"))
    assert presence.event(ROOM, "7") == first
    assert presence.changes(str)[0][1] != first
    small = json.loads(presence.event(8, "8"))
    assert small["count"] == 0


def test_a_large_crowd_is_told_more_seldom():
    now = [100.0]
    presence = Presence(lambda: now[0])
    for person in range(3_000):
        presence.enter(1, (person, f"n{person}", "guest"))
    assert len(presence.changes(str)) == 1
    presence.leave(1, 0)
    now[0] += 2.9
    assert presence.changes(str) == []
    now[0] += 0.2
    assert [b'"count":2999' in event for _room, event in presence.changes(str)] == [True]
