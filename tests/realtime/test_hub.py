"""The hub: order, repeats, holes, long rounds, feeds that jump."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from chat.protocol import Entry, encode
from chat.realtime.hub import HELD_MAX, HOLD, Feed, Hub
from chat.realtime.outbox import Frame
from chat.realtime.round import Round
from tests.realtime.board import ROOM, TOPIC, Reader, Rows, Tail, deleted, enter, message
from tests.realtime.clock import run, settle


@pytest.fixture(autouse=True)
def _nobody_complained(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A reader that got a wrong number fails in `deliver`, which the hub survives and logs."""
    yield
    errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    wanted = [r for r in errors if "broken" in str(r.exc_info)]
    assert errors == wanted, [str(r.exc_info) for r in errors]


class Bench:
    """A hub on one feed over `Rows`, with a count of the readings."""

    def __init__(self, slice_: int = 256, capacity: int = 1_000) -> None:
        self.rows = Rows()
        self.readings: list[int] = []
        self.failing = 0
        self.hub = Hub(self.repair, slice_=slice_, capacity=capacity, retry=0.5)
        self.jump_to: int | None = None

    async def repair(self, _topic: str, after: int) -> Tail:
        self.readings.append(after)
        tail = self.rows.tail(after if self.jump_to is None else self.jump_to)
        await asyncio.sleep(0)
        if self.failing:
            self.failing -= 1
            raise ConnectionError("no database")
        return tail

    def open(self) -> Feed:
        return self.hub.open(TOPIC, ROOM, self.rows.tail(0))

    def tell(self, entries: list[Entry]) -> None:
        self.hub.publish(TOPIC, entries[0].change, entries)

    def reader(self, visible_from: int = 0) -> Reader:
        reader = Reader(visible_from)
        feed = self.hub.get(TOPIC)
        assert feed is not None
        enter(feed, self.rows, reader, 0)
        return reader


def test_what_continues_the_feed_goes_out_at_once_and_once() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        reader = bench.reader()
        entries = bench.rows.post(2)
        bench.tell(entries)
        assert reader.cursor == 2, "delivered within publish, not later"
        bench.tell(entries)
        await settle()
        assert (len(reader.frames), bench.hub.dropped) == (1, 1)

    run(test)


def test_the_new_part_of_an_overlapping_publication_is_taken() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        reader = bench.reader()
        entries = bench.rows.post(5)
        bench.tell(entries[:3])
        await settle()
        bench.tell(entries[1:])
        await settle()
        assert reader.view == bench.rows.view()
        assert bench.readings == []

    run(test)


def test_a_hole_waits_for_the_bus_before_the_database_is_asked() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        reader = bench.reader()
        one, two, three = (bench.rows.post() for _ in range(3))
        bench.tell(three)
        bench.tell(two)
        await asyncio.sleep(HOLD / 2)
        assert reader.cursor == 0
        bench.tell(one)
        assert reader.cursor >= 1
        await asyncio.sleep(HOLD * 2)
        assert reader.cursor == 3
        assert bench.readings == []

    run(test)


def test_a_hole_that_stays_is_read_once_for_all() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        readers = [bench.reader() for _ in range(5)]
        bench.rows.post(2)
        bench.tell(bench.rows.post())
        await asyncio.sleep(HOLD * 0.9)
        assert bench.readings == []
        await asyncio.sleep(HOLD)
        assert bench.readings == [0]
        assert bench.hub.repaired == 1
        assert all(reader.view == bench.rows.view() for reader in readers)

    run(test)


def test_a_failing_database_is_asked_again_until_it_answers() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        reader = bench.reader()
        bench.failing = 3
        bench.rows.post(4)
        bench.hub.expect(TOPIC, 4)
        await asyncio.sleep(HOLD + 3 * 0.5 + 0.1)
        assert reader.cursor == 4
        assert len(bench.readings) == 4

    run(test)


def test_a_head_that_the_database_does_not_know_is_forgotten() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        reader = bench.reader()
        bench.hub.expect(TOPIC, 99)
        await asyncio.sleep(60)
        assert len(bench.readings) == 1
        bench.tell(bench.rows.post())
        assert reader.cursor == 1

    run(test)


def test_what_is_told_while_the_database_is_read_is_not_forgotten() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        reader = bench.reader()
        reading = asyncio.Event()
        answer = asyncio.Event()
        plain = bench.repair

        async def slow(topic: str, after: int) -> Tail:
            tail = await plain(topic, after)
            reading.set()
            await answer.wait()
            return tail

        bench.hub._repair = slow
        bench.rows.post()
        bench.hub.expect(TOPIC, 1)
        await reading.wait()
        bench.rows.post()
        bench.hub.expect(TOPIC, 2)
        answer.set()
        await asyncio.sleep(1)
        assert reader.cursor == 2

    run(test)


def test_what_is_told_while_a_topic_is_opened_is_not_missed() -> None:
    async def test() -> None:
        bench = Bench()
        bench.hub.prepare(TOPIC)
        tail = bench.rows.tail(0)
        bench.tell(bench.rows.post())
        bench.rows.post()
        bench.hub.expect(TOPIC, 2)
        bench.hub.open(TOPIC, ROOM, tail)
        reader = bench.reader()
        await asyncio.sleep(HOLD * 2)
        assert reader.view == bench.rows.view()

    run(test)


def test_publications_with_wrong_numbers_or_of_other_topics_are_not_taken() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        reader = bench.reader()
        bench.hub.publish(TOPIC, 1, [message(1), message(3)])
        bench.hub.publish(TOPIC, 1, [message(2)])
        bench.hub.publish(TOPIC, 1, [])
        bench.hub.publish("room.8", 1, [message(1)])
        await asyncio.sleep(HOLD * 2)
        assert (reader.frames, bench.readings) == ([], [])

    run(test)


def test_no_more_than_a_few_publications_are_held_and_none_is_lost() -> None:
    async def test() -> None:
        bench = Bench()
        feed = bench.open()
        reader = bench.reader()
        told = [bench.rows.post() for _ in range(3 * HELD_MAX)]
        for entries in told[1:]:
            bench.tell(entries)
        assert len(feed.held) == HELD_MAX
        await asyncio.sleep(HOLD * 2)
        assert reader.view == bench.rows.view()
        assert feed.held == {}

    run(test)


def test_long_rounds_yield_and_what_comes_meanwhile_is_one_round() -> None:
    async def test() -> None:
        bench = Bench(slice_=2)
        bench.open()
        readers = [bench.reader() for _ in range(7)]
        bench.tell(bench.rows.post())
        assert [reader.cursor for reader in readers] == [1, 1, 0, 0, 0, 0, 0]
        for _ in range(3):
            bench.tell(bench.rows.post())
        await settle()
        assert [len(reader.frames) for reader in readers] == [2] * 7
        assert all(reader.cursor == 4 for reader in readers)

    run(test)


def test_one_frame_is_encoded_for_all() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        readers = [bench.reader() for _ in range(3)]
        bench.tell(bench.rows.post())
        assert len({id(reader.frames[0]) for reader in readers}) == 1

    run(test)


def test_who_comes_or_goes_during_a_round_hears_nothing_twice() -> None:
    async def test() -> None:
        bench = Bench(slice_=1)
        feed = bench.open()
        first, leaving, again = (bench.reader() for _ in range(3))
        bench.tell(bench.rows.post())
        assert (first.cursor, leaving.cursor, again.cursor) == (1, 0, 0)
        # Both go, and one is back at once: its backlog holds what the round is telling.
        del feed.subscribers[leaving], feed.subscribers[again]
        back = bench.reader()
        bench.tell(bench.rows.post())
        await settle()
        assert leaving.frames == again.frames == []
        assert (back.cursor, len(back.frames)) == (2, 1)
        assert back.view == bench.rows.view()

    run(test)


def test_a_subscriber_that_fails_does_not_keep_it_from_others() -> None:
    class Broken(Reader):
        def deliver(self, round_: Round) -> None:
            raise RuntimeError("broken")

    async def test() -> None:
        bench = Bench()
        feed = bench.open()
        enter(feed, bench.rows, Broken(), 0)
        reader = bench.reader()
        bench.tell(bench.rows.post())
        assert reader.cursor == 1

    run(test)


def test_a_feed_that_jumps_too_far_begins_anew() -> None:
    async def test() -> None:
        bench = Bench()
        feed = bench.open()
        reader = bench.reader()
        bench.rows.post(30)
        bench.jump_to = 20
        bench.hub.expect(TOPIC, 30)
        await asyncio.sleep(HOLD * 2)
        assert (reader.restarts, reader.frames) == (1, [])
        assert (feed.sent, feed.ring.after) == (30, 20)
        enter(feed, bench.rows, reader)
        bench.jump_to = None
        bench.tell(bench.rows.post())
        assert reader.view == bench.rows.view()

    run(test)


def test_caught_up_returns_when_the_head_is_reached_and_when_the_topic_closes() -> None:
    async def test() -> None:
        bench = Bench()
        feed = bench.open()
        bench.rows.post(3)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await bench.hub.caught_up(TOPIC, 3)
        assert (feed.sent, loop.time()) == (3, began), "no hold for who asks"
        bench.rows.post()
        bench.failing = 1_000
        waiting = loop.create_task(bench.hub.caught_up(TOPIC, 4))
        await settle()
        bench.hub.close(TOPIC)
        await waiting
        await bench.hub.caught_up(TOPIC, 9)

    run(test)


def test_closing_leaves_nothing_under_way() -> None:
    async def test() -> None:
        bench = Bench()
        bench.open()
        bench.failing = 1_000
        bench.rows.post()
        bench.hub.expect(TOPIC, 1)
        await asyncio.sleep(HOLD * 2)
        await bench.hub.stop()
        readings = len(bench.readings)
        await asyncio.sleep(5)
        assert len(bench.readings) == readings
        assert bench.hub.feeds() == []

    run(test)


def test_hints_reach_those_who_are_there_in_slices() -> None:
    async def test() -> None:
        bench = Bench(slice_=2)
        feed = bench.open()
        readers = [bench.reader() for _ in range(5)]
        bench.hub.hint(TOPIC, Frame.of(b"{}"))
        assert [len(reader.hints) for reader in readers] == [1, 1, 0, 0, 0]
        del feed.subscribers[readers[4]]
        await settle()
        assert [len(reader.hints) for reader in readers] == [1, 1, 1, 1, 0]

    run(test)


@pytest.mark.parametrize(
    ("visible_from", "expected"),
    [
        (0, [("message", 4), ("message", 5), ("message", 6)]),
        (3, [("skip", 4), ("message", 5), ("message", 6)]),
        (6, [("skip", 5), ("message", 6)]),
        (9, [("skip", 6)]),
    ],
)
def test_numbers_of_hidden_messages_are_skipped(
    visible_from: int, expected: list[tuple[str, int]]
) -> None:
    round_ = Round(ROOM, 4, 6, [message(1, 4), message(5), message(6)])
    events = json.loads(round_.frame(visible_from).payload)
    assert [(e["type"], e.get("change", e.get("to"))) for e in events] == expected


def test_a_quote_of_a_hidden_message_is_not_drawn() -> None:
    reply = {"type": "message", "room": ROOM, "seq": 5, "change": 5, "text": "re"}
    reply["reply_to"] = {"seq": 2, "text": "before their time"}
    round_ = Round(ROOM, 5, 5, [Entry(5, 5, 1, encode(reply), "re", reply_to=2)])
    for visible_from, text in ((0, "before their time"), (2, "before their time"), (3, None)):
        [event] = json.loads(round_.frame(visible_from).payload)
        assert event["reply_to"] == {"seq": 2, "text": text}


def test_a_room_s_own_state_is_for_everyone() -> None:
    room = Entry(4, 0, 0, encode({"type": "room", "room": ROOM, "change": 4}))
    for visible_from in (0, 100):
        events = json.loads(Round(ROOM, 4, 4, [room]).frame(visible_from).payload)
        assert [e["type"] for e in events] == ["room"]


def test_numbers_that_hold_nothing_any_more_are_skipped() -> None:
    events = json.loads(Round(ROOM, 1, 6, [message(3), message(4)]).frame().payload)
    assert [(e["type"], e.get("change", e.get("to"))) for e in events] == [
        ("skip", 2), ("message", 3), ("message", 4), ("skip", 6)
    ]  # fmt: skip


def test_plain_listeners_hear_each_thing_once_and_nothing_deleted() -> None:
    entries = [
        message(4, text="하나", author=9),
        message(5, text="둘"),
        message(4, 6, text="하나, mended", author=9),
        deleted(5, 7),
        message(2, 8, text="old, edited"),
    ]
    spoken = Round(ROOM, 4, 8, entries).spoken()
    assert [(author, frame.text) for author, frame in spoken] == [(9, "하나, mended")]
