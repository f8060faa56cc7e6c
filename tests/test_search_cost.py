"""What a search costs, and whom: a budget each, one at a time, and nothing for others' rooms."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.errors import RateLimited
from chat.models import Message
from chat.services import rooms
from chat.services.search import budget, find, folding, indexer, postgres, sqlite, turns
from chat.services.search.budget import Budget
from chat.services.search.chosen import index
from chat.services.search.find import Search
from chat.services.search.turns import Turns
from chat.services.states import State
from tests.support.people import make_person, make_room
from tests.test_search import found, say, scan


class Counted(Budget):
    """A budget of so many looks at the clock."""

    __slots__ = ("looks",)

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    @property
    def spent(self) -> bool:
        self.looks -= 1
        return self.looks < 0


@pytest.mark.usefixtures("fresh_index")
@pytest.mark.parametrize("indexed", ["all", "nothing", "some"])
def test_whatever_a_search_may_cost_its_pages_together_are_complete(indexed, monkeypatch):
    monkeypatch.setattr(find, "TAIL", 7)
    monkeypatch.setattr(find, "WALK", 4)
    alice, bob = make_person("alice"), make_person("bob")
    garden, yard = make_room(alice), make_room(alice)
    rooms.join(bob, garden)
    for n in range(30):
        say(garden, bob, f"**회**의 {n}" if n % 3 else f"산책 {n}")
        say(yard, alice, f"회의록 {n}")
    if indexed != "nothing":
        indexer.follow(garden.pk, 10)
        indexer.follow(yard.pk, 27)
    if indexed == "all":
        indexer.catch_up()
    for user in (alice, bob):
        hits: list[tuple[str, int]] = []
        before, pages = None, 0
        while True:
            page = find.search(user, Search("회의", before=before, limit=20), Counted(9))
            assert page.partial == (indexed != "all")
            hits += [(hit.room.public_id, seq_of(hit)) for hit in page.hits]
            pages += 1
            before = page.next
            if before is None:
                break
        assert hits == scan(user, "회의")
        assert pages > 2


def seq_of(hit: find.Hit) -> int:
    return int(orjson.loads(hit.event)["seq"])


@pytest.mark.usefixtures("fresh_index")
def test_a_search_stops_when_its_processor_time_is_spent(monkeypatch):
    alice = make_person("alice")
    room = make_room(alice)
    say(room, alice, *[f"가나 {n}" for n in range(90)])
    indexer.catch_up()
    rests: list[float] = []
    monkeypatch.setattr("chat.services.search.budget.time.sleep", rests.append)
    monkeypatch.setattr(budget, "AT_ONCE", 0.0)
    page = find.search(alice, Search("없는말 가"), Budget(seconds=0.0))
    assert (page.hits, page.next) == ([], None)  # No candidate, so nothing was left out.
    page = find.search(alice, Search("가", limit=5), Budget(seconds=0.0))
    assert len(page.hits) == 1
    assert page.next == (room.public_id, 90)
    assert len(found(alice, "가", limit=5)) == 90
    assert rests == []  # A page found at once is given at once.
    index().clear()
    assert found(alice, "없는말") == []
    assert rests
    assert all(rest > 0 for rest in rests)


@pytest.mark.usefixtures("fresh_index")
@pytest.mark.parametrize("indexed", [True, False])
def test_a_search_does_the_same_work_whatever_is_said_in_others_rooms(indexed, monkeypatch):
    alice, charlie = make_person("alice"), make_person("charlie")
    secret, own = make_room(alice), make_room(charlie)
    for _ in range(20):
        say(own, charlie, "산책 갑시다")
    say(secret, alice, *["비밀 회의"] * 40)
    if indexed:
        indexer.catch_up()
    looked_at: list[list[int]] = []
    load = find._load

    def watched(keys: list[int]) -> list[State]:
        looked_at.append(keys)
        return load(keys)

    monkeypatch.setattr(find, "_load", watched)

    def work(query: str, **more: object) -> tuple[int, int]:
        """Statements, and rows compared."""
        looked_at.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert find.search(charlie, Search(query, **more)).hits == []  # type: ignore[arg-type]
        return len(queries), sum(map(len, looked_at))

    nowhere, there = work("고래"), work("회의")
    assert nowhere == there
    assert work("고래 회의") == there
    assert work("회의", person=alice.pk) == work("고래", person=alice.pk)
    mine = set(Message.objects.filter(room__in=[own.pk, 0]).values_list("pk", flat=True))
    assert {key for keys in looked_at for key in keys} <= mine


@pytest.mark.usefixtures("fresh_index")
def test_an_index_of_another_version_is_made_anew_behind_and_search_stays_complete(monkeypatch):
    alice = make_person("alice")
    room = make_room(alice)
    say(room, alice, *(f"**예산**안이 {n}" for n in range(12)))
    for module in (folding, sqlite, postgres):
        monkeypatch.setattr(module, "VERSION", folding.VERSION - 1)
    with monkeypatch.context() as patch:
        patch.setattr(indexer, "readings", lambda text, _html: [text])
        index().close()
        indexer.catch_up()
    assert indexer.behind() == []
    monkeypatch.undo()
    index().close()
    assert room.pk in indexer.behind()
    assert len(found(alice, "예산안", limit=5)) == 12
    assert indexer.follow(room.pk, 5)
    assert len(found(alice, "예산안", limit=5)) == 12
    indexer.catch_up()
    assert indexer.behind() == []
    assert len(found(alice, "예산안", limit=5)) == 12


# --- turns -------------------------------------------------------------------------------


class Crowd:
    """People who search in threads; each search lasts until it is let go."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.searching: list[str] = []
        self.most = 0
        self.done: list[str] = []
        self.refused: list[str] = []
        self._go = threading.Semaphore(0)
        self._pool = ThreadPoolExecutor(64)

    def comes(self, name: str, person: int) -> None:
        known = self.turns.waiting
        ended = len(self.refused)
        self._pool.submit(self._search, name, person)
        self.until(
            lambda: (
                name in self.searching or len(self.refused) > ended or self.turns.waiting != known
            )
        )

    def _search(self, name: str, person: int) -> None:
        try:
            with self.turns.turn(person):
                self.searching.append(name)
                self.most = max(self.most, len(self.searching))
                self._go.acquire()
                self.searching.remove(name)
                self.done.append(name)
        except RateLimited:
            self.refused.append(name)
        finally:
            connection.close()

    def go(self) -> None:
        count = len(self.done)
        self._go.release()
        self.until(lambda: len(self.done) > count)

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not true():
            assert time.monotonic() < end, vars(self)
            time.sleep(0.001)

    def close(self) -> None:
        for _ in range(64):
            self._go.release()
        self._pool.shutdown()


@contextmanager
def crowd() -> Iterator[Crowd]:
    made = Crowd()
    try:
        yield made
    finally:
        made.close()


def test_one_searches_at_a_time_and_the_newest_of_a_person_is_the_one_that_waits():
    with crowd() as people:
        people.comes("alice 1", 1)
        people.comes("alice 2", 1)
        people.comes("bob 1", 2)
        people.comes("alice 3", 1)
        people.comes("bob 2", 2)
        people.until(lambda: sorted(people.refused) == ["alice 2", "bob 1"])
        assert people.searching == ["alice 1"]
        for _ in range(3):
            people.go()
        assert people.done == ["alice 1", "alice 3", "bob 2"]
        assert people.most == 1
        people.comes("alice 4", 1)
        people.go()
        assert people.turns.waiting == []


def test_a_full_queue_refuses_who_comes_and_keeps_who_waits(monkeypatch):
    monkeypatch.setattr(turns, "WAITING", 3)
    with crowd() as people:
        for person in range(5):
            people.comes(f"{person}", person)
        people.until(lambda: people.refused == ["4"])
        assert people.turns.waiting == [1, 2, 3]
        for _ in range(4):
            people.go()
        assert people.done == ["0", "1", "2", "3"]


def test_who_waits_too_long_is_told_so_and_the_queue_goes_on(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with crowd() as people:
        people.comes("alice", 1)
        people.comes("bob", 2)
        people.until(lambda: people.refused == ["bob"])
        people.go()
        people.comes("charlie", 3)
        people.go()
        assert people.done == ["alice", "charlie"]


def test_without_limits_everyone_waits(settings):
    settings.RATE_LIMITS = False
    with crowd() as people:
        for n in range(30):
            people.comes(f"{n}", 1)
        for _ in range(30):
            people.go()
        assert people.refused == []
        assert people.done == [f"{n}" for n in range(30)]
