"""The index follows behind: what is due is indexed, what failed stays due, and talk comes first."""

import itertools
from collections.abc import Iterator

import pytest

from chat.realtime import indexing
from chat.realtime.indexing import Indexing
from chat.services.search import indexer


class Rooms:
    """Stands for the indexer, whose work test_search covers: rooms with so many batches left."""

    def __init__(self, **left: int) -> None:
        self.left = {int(room.removeprefix("r")): count for room, count in left.items()}
        self.trouble = False

    def behind(self) -> list[int]:
        return [room for room, count in self.left.items() if count]

    def follow(self, room: int) -> bool:
        if self.trouble:
            raise RuntimeError("the disk is full")
        self.left[room] -= 1
        return self.left[room] > 0


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it rested, in multiples of a batch that takes a second."""
    noted: list[float] = []

    async def rest(seconds: float) -> None:
        noted.append(seconds)

    monkeypatch.setattr("chat.realtime.indexing.asyncio.sleep", rest)
    return noted


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Indexing]:
    monkeypatch.setattr(indexing, "run", lambda function, *values: function(*values))
    made = Indexing()
    yield made
    made.stop()


def use(monkeypatch: pytest.MonkeyPatch, rooms: Rooms) -> None:
    monkeypatch.setattr(indexer, "behind", rooms.behind)
    monkeypatch.setattr(indexer, "follow", rooms.follow)


async def test_everything_missing_is_indexed_at_the_first_turn(monkeypatch, index, rests):
    rooms = Rooms(r1=3, r2=1)
    use(monkeypatch, rooms)
    await index.turn()
    assert rooms.left == {1: 0, 2: 0}
    rooms.left = {1: 1, 2: 1}
    index.grew(2)  # Of the other, nobody tells this process before it looks again.
    await index.turn()
    assert rooms.left == {1: 1, 2: 0}


async def test_what_failed_stays_due(monkeypatch, index, rests):
    rooms = Rooms(r1=2)
    use(monkeypatch, rooms)
    rooms.trouble = True
    with pytest.raises(RuntimeError):
        await index.turn()
    rooms.trouble = False
    await index.turn()
    assert rooms.left == {1: 0}


async def test_it_rests_longer_while_people_talk(monkeypatch, index, rests):
    monkeypatch.setattr(indexing, "monotonic", itertools.count(100).__next__)
    use(monkeypatch, Rooms(r1=2, r2=0))
    index.grew(1)
    await index.turn()
    assert rests == [indexing.REST, 1]
