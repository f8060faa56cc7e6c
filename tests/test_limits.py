"""Counts by person and address: shared by workers over Redis, kept by each while it is away."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest

from chat import limits
from chat.errors import NotFound, RateLimited

GUESTS = "guests"


@pytest.fixture(autouse=True)
def counted(settings):
    """Limits on, with none used up, before and after."""
    settings.RATE_LIMITS = True
    settings.CHAT = {**settings.CHAT, "guests_per_minute_address": 3}
    limits.reset()
    yield
    limits.reset()


def use_up(name: str, key: str) -> int:
    """How many uses were admitted until one was refused."""
    for used in range(1_000):
        try:
            limits.spend(name, key)
        except RateLimited as refusal:
            return used if 1 <= (refusal.retry_after or 0) <= 60 else -1
    return 1_000


def forget_own_counts() -> None:
    """As in another worker: what this process counted by itself is not known there."""
    limits._memory().storage.reset()


def test_each_key_has_its_own_count():
    assert use_up(GUESTS, "10.0.0.1") == 3
    assert use_up(GUESTS, "10.0.0.2") == 3
    with pytest.raises(RateLimited):
        limits.spend(GUESTS, "10.0.0.1")
    limits.spend(GUESTS, "10.0.0.3")


def fails(*keys: tuple[str, str]) -> None:
    with pytest.raises(NotFound), limits.attempt(*keys, failure=NotFound):
        raise NotFound


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "redis"])
def test_a_try_that_fails_counts_and_one_that_succeeds_is_given_back(settings, valkey_url, shared):
    settings.REDIS_URL = valkey_url if shared else ""
    limits.reset()
    key = (GUESTS, "10.0.0.1")
    for _ in range(20):
        with limits.attempt(key, failure=NotFound):
            pass
    fails(key)
    fails(key)
    with pytest.raises(ZeroDivisionError), limits.attempt(key, failure=NotFound):
        raise ZeroDivisionError  # A fault of ours is not their failure.
    fails(key)
    with pytest.raises(RateLimited), limits.attempt(key, failure=NotFound):
        pytest.fail("let through")


def test_tries_under_way_count_as_well():
    key = (GUESTS, "10.0.0.1")
    with ExitStack() as under_way:
        for _ in range(3):
            under_way.enter_context(limits.attempt(key, failure=NotFound))
        with pytest.raises(RateLimited):
            limits.spend(*key)
    assert use_up(*key) == 3


def test_of_several_counts_all_are_spent_or_none():
    full, fresh = (GUESTS, "10.0.0.1"), ("searches", "7")
    use_up(*full)
    for _ in range(200):
        with pytest.raises(RateLimited):
            limits.spend_all(fresh, full)
    limits.spend(*fresh)


def test_turned_off_nothing_is_counted(settings):
    settings.RATE_LIMITS = False
    for _ in range(10):
        limits.spend(GUESTS, "10.0.0.1")
    settings.RATE_LIMITS = True
    assert use_up(GUESTS, "10.0.0.1") == 3


def test_workers_share_their_counts_over_redis(settings, valkey_url):
    settings.REDIS_URL = valkey_url
    limits.reset()
    assert use_up(GUESTS, "10.0.0.1") == 3
    forget_own_counts()
    limits._shared.cache_clear()
    with pytest.raises(RateLimited):
        limits.spend(GUESTS, "10.0.0.1")


def test_while_redis_is_away_a_worker_counts_by_itself(settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert use_up(GUESTS, "10.0.0.1") == 3
    assert "counts by itself" in caplog.text
    settings.REDIS_URL = ""


def test_a_redis_that_failed_is_asked_again_after_a_while_and_by_one_at_first(
    settings, valkey_url, monkeypatch, caplog
):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limits.spend(GUESTS, "10.0.0.1")
    assert caplog.text.count("counts by itself") == 1
    settings.REDIS_URL = valkey_url
    asked = 0

    def ask() -> None:
        nonlocal asked
        asked += limits._ask(lambda limiter: limiter is limits._shared(valkey_url))

    for now[0] in (1_000.0, 1_004.9):
        ask()
    assert asked == 0
    now[0] = 1_005.1
    limits._ask(lambda limiter: ask())  # While the first one asks, another comes.
    assert asked == 0
    ask()
    assert asked == 1


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_counts_as_the_household_that_holds_it(address, key):
    assert limits.address_key(address) == key


def test_threads_that_count_first_at_the_same_moment_count_together(settings):
    """As at the start of a server: each thread asks for the counts, which are not there yet."""
    settings.CHAT = {**settings.CHAT, "guests_per_minute_address": 20}
    for _ in range(50):
        limits.reset()
        limits._made_memory.cache_clear()
        together = Barrier(8)

        def first(_number: int, together: Barrier = together) -> None:
            together.wait()
            limits.spend(GUESTS, "10.0.0.1")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(first, range(8)))
        assert use_up(GUESTS, "10.0.0.1") == 12
