"""Many askers share a read, and none waits for a read that has not to be waited for."""

import asyncio
from collections.abc import Mapping

import pytest

from chat.realtime.gathering import Gathering


class Reads:
    """Reads that end when they are let, and answer with the length of each word."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.go = asyncio.Event()

    async def __call__(self, words: list[str]) -> Mapping[str, int]:
        self.asked.append(set(words))
        await self.go.wait()
        if "lost" in words:
            raise ConnectionError("lost")
        if "bad" in words:
            raise ValueError("bad")
        return {word: len(word) for word in words if word != "unknown"}


def common(error: Exception) -> bool:
    return isinstance(error, ConnectionError)


async def test_who_comes_while_a_read_runs_shares_the_next_one():
    reads = Reads()
    gathering: Gathering[str, int] = Gathering(reads, common)
    first = asyncio.create_task(gathering.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert reads.asked == [{"a"}], "the first asker waits for nobody"
    later = [asyncio.create_task(gathering.get(word)) for word in ("bb", "ccc", "bb", "unknown")]
    await asyncio.sleep(0)
    reads.go.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2, 3, 2, None]
    assert reads.asked == [{"a"}, {"bb", "ccc", "unknown"}]


async def test_a_failed_read_is_told_to_its_askers_alone():
    reads = Reads()
    reads.go.set()
    gathering: Gathering[str, int] = Gathering(reads, common)
    with pytest.raises(ValueError, match="bad"):
        await gathering.get("bad")
    assert await gathering.get("good") == 4


async def test_a_key_that_cannot_be_read_fails_alone():
    reads = Reads()
    reads.go.set()
    gathering: Gathering[str, int] = Gathering(reads, common)
    words = ["good", "bad", "better", "bad"]
    answers = await asyncio.gather(*map(gathering.get, words), return_exceptions=True)
    assert [answers[0], answers[2]] == [4, 6]
    assert [str(answers[1]), str(answers[3])] == ["bad", "bad"]
    assert sorted(map(len, reads.asked)) == [1, 1, 1, 3]


async def test_what_fails_for_all_is_not_tried_key_by_key():
    reads = Reads()
    reads.go.set()
    gathering: Gathering[str, int] = Gathering(reads, common)
    words = ["good", "lost", "better"]
    answers = await asyncio.gather(*map(gathering.get, words), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError] * 3
    assert reads.asked == [set(words)]


async def test_an_asker_who_went_away_costs_the_others_nothing():
    reads = Reads()
    gathering: Gathering[str, int] = Gathering(reads, common)
    gone, stays = (asyncio.create_task(gathering.get(word)) for word in ("gone", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    reads.go.set()
    assert await stays == 5
