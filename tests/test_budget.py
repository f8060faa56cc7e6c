"""A purse of bytes a person and an address: a burst, then as much as comes in."""

import pytest

from chat import budget
from chat.budget import KNOWN, Purses
from chat.errors import RateLimited

MINUTE = 6_000


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def purses(clock: Clock) -> Purses:
    return Purses(clock)


def test_a_minutes_worth_may_go_at_once_and_then_as_much_as_comes_in(purses, clock):
    assert purses.wait("a", MINUTE) == 0
    purses.take("a", MINUTE - 1, MINUTE)
    assert purses.wait("a", MINUTE) == 0, "there is something in it"
    purses.take("a", 501, MINUTE)
    assert purses.wait("a", MINUTE) == 5, "overdrawn by 500 bytes, of 100 a second"
    assert purses.wait("b", MINUTE) == 0
    clock.now += 4.9
    assert purses.wait("a", MINUTE) == 1
    clock.now += 0.2
    assert purses.wait("a", MINUTE) == 0


def test_no_more_than_a_minutes_worth_is_saved(purses, clock):
    purses.take("a", 1, MINUTE)
    clock.now += 10_000
    purses.take("a", MINUTE + 100, MINUTE)
    assert purses.wait("a", MINUTE) == 1


def test_purses_that_are_full_again_are_forgotten(purses, clock):
    purses.take("poor", 100 * MINUTE, MINUTE)
    for key in range(KNOWN - 1):
        purses.take(key, 1, MINUTE)
    clock.now += 1
    purses.take("last", 1, MINUTE)
    assert set(purses._known) == {"poor", "last"}


def test_person_and_address_are_asked_both(settings):
    settings.CHAT = {**settings.CHAT, "answers_person": 100, "answers_address": 1_000}
    budget.reset()
    budget.ask("203.0.113.7", 1)
    budget.spend(200, "203.0.113.7", 1)
    with pytest.raises(RateLimited) as refused:
        budget.ask("203.0.113.8", 1)
    assert refused.value.retry_after == 60
    budget.ask("203.0.113.7", 2)
    budget.spend(900, "203.0.113.7", 2)
    for person in (3, None):
        with pytest.raises(RateLimited):
            budget.ask("203.0.113.7", person)
    budget.ask("203.0.113.8", 3)
    settings.RATE_LIMITS = False
    budget.ask("203.0.113.7", 1)
    budget.reset()
