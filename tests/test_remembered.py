"""What a process keeps of the pages that it read is bounded, in number and in bytes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Message
from chat.protocol import PAGE_MAX, Post
from chat.services import history, remembered
from chat.services.access import Access, access
from chat.services.feed import Draft, record
from chat.services.remembered import Remembered
from tests.support.people import make_person, make_room


class Store:
    """A store of values that are their own number of bytes; `made` tells what it did not know."""

    def __init__(self, most: int) -> None:
        self._kept: Remembered[int, bytes] = Remembered(most, len)
        self.made: list[str] = []

    def ask(self, key: str, stamp: int = 1, size: int = 100) -> None:
        def make() -> bytes:
            self.made.append(key)
            return bytes(size)

        assert len(self._kept.get(key, stamp, make)) == size

    def knows(self, key: str, size: int = 100) -> bool:
        """Whether it did. From now on it does."""
        before = len(self.made)
        self.ask(key, size=size)
        return len(self.made) == before


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(remembered, "BUDGET", 1_000)
    monkeypatch.setattr(remembered, "LARGEST", 600)


def test_so_many_are_kept_and_the_ones_asked_for_last():
    store = Store(most=2)
    for key in ("a", "b", "a", "c"):
        store.ask(key)
    assert store.made == ["a", "b", "c"]
    assert store.knows("a")
    assert not store.knows("b")


def test_another_state_takes_the_place_of_the_one_before():
    store = Store(most=2)
    store.ask("a", stamp=1)
    store.ask("a", stamp=2)
    store.ask("a", stamp=2)
    assert store.made == ["a", "a"]


def test_the_oldest_go_when_the_bytes_are_spent(small):
    store = Store(most=100)
    for key in "abcdefghij":
        store.ask(key)
    assert store.made == list("abcdefghij")
    store.ask("k", size=250)
    for key in "defghij":
        assert store.knows(key)
    assert store.knows("k", size=250)
    assert not store.knows("a")


def test_what_was_replaced_is_not_counted_any_longer(small):
    store = Store(most=100)
    store.ask("other")
    for stamp in range(2, 50):
        store.ask("a", stamp=stamp, size=500)
    assert store.knows("other")


def test_a_large_value_is_answered_and_not_kept(small):
    store = Store(most=100)
    store.ask("a")
    store.ask("large", size=601)
    assert not store.knows("large", size=601)
    assert store.knows("a")
    store.ask("a", stamp=2, size=601)
    assert not store.knows("a"), "an older state of what is too large now"


# --- pages of history ---------------------------------------------------------------------


def queries(standing: Access, **wanted: int) -> int:
    """How many statements a page takes: one look at the room's state when it is known."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        history.body_of(1, standing, **wanted)
    return len(captured)


@pytest.mark.django_db
def test_all_numbers_above_the_head_are_one_page():
    person = make_person()
    room = make_room(person)
    record(
        [Draft(room.pk, person.pk, Post(room.public_id, f"n{n}", f"said {n}")) for n in range(3)]
    )
    standing = access(person, room)
    for name in ("before", "around"):
        assert queries(standing, **{name: 4}) > 1
        assert [queries(standing, **{name: 4 + 10**n}) for n in range(5)] == [1] * 5
        page = history.body_of(person.pk, standing, **{name: 2**53 - 1})
        assert page.count(b'"text":"said ') == 3
        assert queries(standing, **{name: 3}) > 1, "the last one's own number is another page"


@pytest.mark.django_db
def test_a_heavy_page_is_not_kept():
    person = make_person()
    room = make_room(person)
    heavy = "*a* " * 2_000
    count = PAGE_MAX
    record([Draft(room.pk, person.pk, Post(room.public_id, f"n{n}", heavy)) for n in range(count)])
    assert Message.objects.filter(room=room).count() == count
    standing = access(person, room)
    assert len(history.body_of(person.pk, standing, PAGE_MAX)) > remembered.LARGEST
    assert queries(standing, limit=PAGE_MAX) > 1
    assert queries(standing, limit=5) > 1
    assert queries(standing, limit=5) == 1
