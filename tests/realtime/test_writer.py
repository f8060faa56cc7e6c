"""Group commit: order in a lane, poison, passing trouble, and an end that loses nothing."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest

from chat.realtime.writer import Writer

Draft = tuple[str, int]


@dataclass
class Done:
    outcomes: Sequence[str | None]


class Rules:
    def __init__(self) -> None:
        self.doubted: list[Draft] = []

    def passing(self, error: Exception) -> bool:
        return isinstance(error, OSError)

    def refusal(self, error: Exception | None) -> str:
        return "waited too long" if error is None else f"refused: {error}"

    def doubt(self, drafts: Sequence[Draft]) -> None:
        self.doubted += drafts


class Store:
    """A database that may be locked, poisoned or away."""

    def __init__(self) -> None:
        self.rows: list[Draft] = []
        self.locked: dict[str, int] = {}
        self.poison: set[Draft] = set()
        self.failures = 0

    def commit(self, drafts: list[Draft]) -> Done:
        if self.failures:
            self.failures -= 1
            raise OSError("away")
        if self.poison & set(drafts):
            raise ValueError("poison")
        shut = {lane for lane, times in self.locked.items() if times > 0}
        for lane in shut:
            self.locked[lane] -= 1
        kept = [draft for draft in drafts if draft[0] not in shut]
        self.rows += kept
        return Done(["stored" if draft in kept else None for draft in drafts])


@pytest.fixture
async def parts():
    store, rules = Store(), Rules()
    thread = ThreadPoolExecutor(1)
    writer: Writer[Draft, str, Done] = Writer(
        store.commit,
        lambda _done: None,
        rules,
        thread,
        lane=lambda draft: draft[0],
        batch=4,
        pauses=(0.001, 0.001),
        again_after=0.005,
    )
    writer.start()
    yield writer, store, rules
    await writer.stop()
    thread.shutdown()


async def write(writer: Writer[Draft, str, Done], drafts: list[Draft]) -> dict[Draft, str]:
    """Hand in all drafts at once; their outcomes when all have one."""
    outcomes: dict[Draft, str] = {}
    for draft in drafts:
        writer.submit(draft, partial(outcomes.__setitem__, draft))
    async with asyncio.timeout(5):
        await writer.flushed()
    assert outcomes.keys() == set(drafts)
    return outcomes


async def test_a_locked_lane_waits_in_order_and_holds_nobody_else_up(parts):
    writer, store, _rules = parts
    store.locked["a"] = 3
    drafts = [(lane, n) for n in range(20) for lane in ("a", "b")]
    assert set((await write(writer, drafts)).values()) == {"stored"}
    for lane in ("a", "b"):
        assert [row for row in store.rows if row[0] == lane] == [(lane, n) for n in range(20)]
    assert store.rows.index(("b", 19)) < store.rows.index(("a", 0))


async def test_what_comes_as_answers_go_out_is_part_of_the_next_transaction(parts):
    """A frame takes turns of the loop from the socket to its draft."""
    writer, store, _rules = parts
    batches: list[list[Draft]] = []

    def noting(drafts: list[Draft]) -> Done:
        batches.append(drafts)
        done: Done = store.commit(drafts)
        return done

    writer._commit = noting
    loop = asyncio.get_running_loop()
    told: list[str] = []

    def answered(_outcome: str) -> None:
        writer.submit(("a", 1), told.append)
        loop.call_soon(loop.call_soon, writer.submit, ("a", 2), told.append)

    writer.submit(("a", 0), answered)
    async with asyncio.timeout(5):
        await writer.flushed()
    assert batches == [[("a", 0)], [("a", 1), ("a", 2)]]
    assert store.rows == [("a", 0), ("a", 1), ("a", 2)]
    assert told == ["stored"] * 2


async def test_one_poisoned_draft_does_not_sink_its_batch(parts):
    writer, store, _rules = parts
    store.poison = {("a", 2)}
    outcomes = await write(writer, [("a", n) for n in range(4)])
    assert outcomes.pop(("a", 2)) == "refused: poison"
    assert set(outcomes.values()) == {"stored"}


async def test_passing_trouble_is_borne_and_told_to_whom_it_concerns(parts):
    writer, store, rules = parts
    store.failures = 2
    assert await write(writer, [("a", 1)]) == {("a", 1): "stored"}
    assert rules.doubted == [("a", 1), ("a", 1)]


async def test_trouble_that_stays_is_refused(parts):
    writer, store, _rules = parts
    store.failures = 100
    assert await write(writer, [("a", 1), ("a", 2)]) == {
        ("a", 1): "refused: away",
        ("a", 2): "refused: away",
    }


async def test_stopping_commits_what_is_queued(parts):
    writer, store, _rules = parts
    for n in range(50):
        writer.submit(("a", n), lambda _outcome: None)
    await writer.stop()
    assert store.rows == [("a", n) for n in range(50)]
