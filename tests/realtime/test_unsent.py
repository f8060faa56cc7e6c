"""What waits for slow readers has a bound in a process, whoever they are."""

import asyncio
import math

from chat.realtime.unsent import SOME, Unsent

EVERY = 0.01


class Reader:
    """A line whose reader takes nothing unless the test does."""

    def __init__(self, unsent: Unsent, size: int, patience: float = math.inf) -> None:
        self.unsent, self.size, self.patience = unsent, size, patience
        self.cut = asyncio.Event()
        unsent.behind(self)

    def buffered(self) -> int:
        return self.size

    def unread(self) -> int:
        return self.size

    def give_up(self) -> None:
        self.cut.set()


async def look(unsent: Unsent) -> None:
    """Return after another look."""
    loop = asyncio.get_running_loop()
    unsent._look(loop)


async def test_the_slowest_are_cut_until_the_rest_is_within_the_bound():
    unsent = Unsent(most=100, every=EVERY)
    readers = [Reader(unsent, size) for size in (10, 70, 40, 60, 5)]
    await asyncio.wait_for(readers[1].cut.wait(), 5)
    assert [reader.cut.is_set() for reader in readers] == [False, True, False, True, False]
    assert (unsent.cut, unsent.bytes()) == (2, 55)


async def test_who_caught_up_is_not_counted():
    unsent = Unsent(most=100, every=EVERY)
    first, second = Reader(unsent, 90), Reader(unsent, 50)
    unsent.caught_up(first)
    await look(unsent)
    assert not first.cut.is_set()
    assert not second.cut.is_set()
    unsent.caught_up(second)
    assert unsent.bytes() == 0


async def test_who_reads_some_within_their_patience_is_waited_for():
    unsent = Unsent(most=1 << 30, every=EVERY)
    slow, deaf = Reader(unsent, 100 * SOME, 0.2), Reader(unsent, 100 * SOME, 0.2)
    while not deaf.cut.is_set():
        slow.size -= SOME
        await asyncio.sleep(EVERY)
    assert not slow.cut.is_set()
    await asyncio.wait_for(slow.cut.wait(), 5)
