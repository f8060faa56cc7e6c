"""The hub under everything a bus and a database may do: no hole, no repeat, all current in the end.

The bus drops, doubles, reorders and forges; the database fails and recovers; subscribers come,
go and come back; long rounds are cut into slices. Readers check every number they get.
"""

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.protocol import Entry
from chat.realtime.hub import HOLD, Feed, Hub
from chat.realtime.round import Round
from tests.realtime.board import ROOM, TOPIC, Reader, Rows, Tail, enter, message
from tests.realtime.clock import run, settle

TOO_FAR = 12
KEPT = 4


class Strict(Reader):
    """Keeps what is wrong for the end, since the hub outlives a subscriber's failure."""

    def __init__(self, faults: list[str], visible_from: int) -> None:
        super().__init__(visible_from)
        self.faults = faults

    def deliver(self, round_: Round) -> None:
        try:
            super().deliver(round_)
        except AssertionError as error:
            self.faults.append(str(error))


@dataclass
class Stage:
    """One run: the rows, what the bus carries, and the readers by their place."""

    rows: Rows = field(default_factory=Rows)
    carried: list[list[Entry]] = field(default_factory=list)
    readers: dict[int, Strict] = field(default_factory=dict)
    left_at: dict[int, tuple[int, Strict]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    failing: bool = False

    def __post_init__(self) -> None:
        self.hub = Hub(self.repair, slice_=2, capacity=KEPT * 2, retry=0.5)
        self.rows.post(3)
        self.feed: Feed = self.hub.open(TOPIC, ROOM, self.rows.tail(0))

    async def repair(self, _topic: str, after: int) -> Tail:
        await asyncio.sleep(0.002)
        if self.failing:
            raise ConnectionError("no database")
        far = self.rows.head - after > TOO_FAR
        tail = self.rows.tail(self.rows.head - KEPT if far else after)
        await asyncio.sleep(0.002)
        return tail

    # What may happen. `n` chooses among what there is.

    def post(self, n: int) -> None:
        self.carried.append(self.rows.post(n % 3 + 1))

    def post_here(self, n: int) -> None:
        """Committed by this process: told at once, and never by the bus."""
        entries = self.rows.post(n % 2 + 1)
        self.hub.publish(TOPIC, entries[0].change, entries)

    def edit(self, n: int) -> None:
        self.carried.append(self.rows.edit(1 + n % len(self.rows.states)))

    def delete(self, n: int) -> None:
        self.carried.append(self.rows.delete(1 + n % len(self.rows.states)))

    def bring(self, n: int) -> None:
        if self.carried:
            entries = self.carried.pop(n % len(self.carried))
            self.hub.publish(TOPIC, entries[0].change, entries)

    def bring_and_keep(self, n: int) -> None:
        if self.carried:
            entries = self.carried[n % len(self.carried)]
            self.hub.publish(TOPIC, entries[0].change, entries)

    def lose(self, n: int) -> None:
        if self.carried:
            del self.carried[n % len(self.carried)]

    def say_head(self, n: int) -> None:
        self.hub.expect(TOPIC, max(0, self.rows.head - n % 3))

    def say_too_much(self, n: int) -> None:
        self.hub.expect(TOPIC, self.rows.head + n % 5 + 1)

    def forge(self, n: int) -> None:
        """Entries whose numbers are not those that they are told under."""
        first = max(1, self.feed.next + n % 3 - 1)
        self.hub.publish(TOPIC, first, [message(first), message(first + 2)])
        self.hub.publish(TOPIC, first, [message(first + 1)])

    def come(self, n: int) -> None:
        place = n % 5
        if place not in self.readers:
            visible_from = (0, 0, 2, 5, 9)[place]
            self.follow(place, Strict(self.faults, visible_from), 0)

    def go(self, n: int) -> None:
        reader = self.readers.pop(n % 5, None)
        if reader is not None:
            self.left_at[n % 5] = (reader.cursor, reader)
            self.feed.subscribers.pop(reader, None)

    def come_back(self, n: int) -> None:
        """A new subscription that goes on with the old one's view, from its cursor."""
        place = n % 5
        if place in self.readers or place not in self.left_at:
            return
        cursor, old = self.left_at.pop(place)
        reader = Strict(self.faults, old.visible_from)
        reader.view = old.view
        self.follow(place, reader, cursor)

    def follow(self, place: int, reader: Strict, after: int) -> None:
        enter(self.feed, self.rows, reader, after)
        self.readers[place] = reader

    def fail(self, _n: int) -> None:
        self.failing = True

    def recover(self, _n: int) -> None:
        self.failing = False

    async def after_each(self) -> None:
        """Who was told to begin anew does so, as a node lets them."""
        for place, reader in list(self.readers.items()):
            if reader.restarts:
                self.feed.subscribers.pop(reader, None)
                self.follow(place, Strict(self.faults, reader.visible_from), 0)

    async def end(self) -> None:
        """The bus has lost what it still carries; the check of heads says how far things are."""
        self.failing = False
        await asyncio.sleep(2)
        self.hub.expect(TOPIC, self.rows.head)
        await asyncio.sleep(HOLD * 4)
        await settle()
        await self.after_each()


EVENTS = [
    *("post", "post", "post_here", "edit", "delete", "bring", "bring", "bring", "bring_and_keep"),
    *("lose", "say_head", "say_too_much", "forge", "come", "come", "go", "come_back"),
    *("fail", "recover", "blink", "moment", "while"),
]
PAUSES = {"blink": 0.0, "moment": 0.003, "while": HOLD * 1.5}


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 20)), max_size=60))
def test_no_hole_no_repeat_and_all_current_in_the_end(events: list[tuple[str, int]]) -> None:
    async def test() -> None:
        stage = Stage()
        for name, n in events:
            if name in PAUSES:
                await asyncio.sleep(PAUSES[name])
            else:
                getattr(stage, name)(n)
            await stage.after_each()
        await stage.end()
        assert stage.faults == []
        assert stage.feed.sent == stage.rows.head
        for reader in stage.readers.values():
            assert reader.cursor == stage.rows.head
            assert reader.view == stage.rows.view(reader.visible_from)
        assert stage.feed.held == {}
        await stage.hub.stop()

    run(test)
