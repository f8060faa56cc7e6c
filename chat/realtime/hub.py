"""Topics and their subscribers: keeps each feed's next number and fans out in that order.

The bus may drop, double and reorder; the hub takes only what continues the feed. A hole it
holds briefly for the bus, then fills from the database, once for all subscribers. Local
subscribers are never awaited. Knows neither Django nor Channels.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import length_hint
from typing import Protocol

from chat.protocol import RESUME_MAX, Entry
from chat.realtime.outbox import Frame
from chat.realtime.ring import Ring
from chat.realtime.round import Round, Subscriber

log = logging.getLogger(__name__)

HOLD = 0.030
"""Seconds that a hole waits for the bus before the database is asked."""
SLICE = 256
"""Deliveries before a long round lets the loop do something else: about two milliseconds."""
HELD_MAX = 64


class Tail(Protocol):
    """Every state of a feed with a change in (`after`, `head`], in its order."""

    @property
    def after(self) -> int: ...
    @property
    def head(self) -> int: ...
    @property
    def entries(self) -> list[Entry]: ...


Repair = Callable[[str, int], Awaitable[Tail]]
"""Reads a topic's tail after a number; raising means: try again."""


@dataclass(slots=True, eq=False)
class Feed:
    """One topic of the hub: `next` is the number it waits for, `sent` the last one fanned out."""

    topic: str
    room: str
    next: int
    sent: int
    expected: int
    ring: Ring
    subscribers: dict[Subscriber, None] = field(default_factory=dict)
    pending: list[tuple[int, list[Entry]]] = field(default_factory=list)
    held: dict[int, list[Entry]] = field(default_factory=dict)
    cursor: Iterator[Subscriber] | None = None
    round: Round | None = None
    running: bool = False
    timer: asyncio.TimerHandle | None = None
    filling: asyncio.Task[None] | None = None


class Hub:
    """All topics of this process. Everything here runs on the event loop, nothing waits."""

    def __init__(
        self,
        repair: Repair,
        *,
        hold: float = HOLD,
        slice_: int = SLICE,
        capacity: int = RESUME_MAX,
        retry: float = 0.5,
    ) -> None:
        self._repair = repair
        self._hold = hold
        self._slice = slice_
        self._capacity = capacity
        self._retry = retry
        self._feeds: dict[str, Feed] = {}
        self._coming: dict[str, int] = {}
        self.repaired = 0
        """Holes filled from the database: the health figure of the bus."""
        self.dropped = 0
        """Publications that repeated what was known."""
        self.jumped = 0
        """Feeds that missed too much to be told, so that their subscribers began anew."""

    def prepare(self, topic: str) -> None:
        """A tail is about to be read for `open`: what is told meanwhile is not to be missed."""
        self._coming.setdefault(topic, 0)

    def open(self, topic: str, room: str, tail: Tail) -> Feed:
        """Start following a topic from this tail; the feed as it is when it is open already."""
        feed = self._feeds.get(topic)
        if feed is None:
            ring = Ring(tail.after, tail.entries, self._capacity)
            feed = Feed(topic, room, tail.head + 1, tail.head, tail.head, ring)
            self._feeds[topic] = feed
        self.expect(topic, self._coming.pop(topic, 0))
        return feed

    def get(self, topic: str) -> Feed | None:
        """The feed of a topic that is followed, else None."""
        return self._feeds.get(topic)

    def follows(self, topic: str) -> bool:
        """Whether a topic is followed, or about to be."""
        return topic in self._feeds or topic in self._coming

    def feeds(self) -> list[Feed]:
        """All feeds that are followed."""
        return list(self._feeds.values())

    def close(self, topic: str) -> None:
        """Stop following a topic, or preparing to."""
        self._coming.pop(topic, None)
        feed = self._feeds.pop(topic, None)
        if feed is not None:
            if feed.timer is not None:
                feed.timer.cancel()
            if feed.filling is not None:
                feed.filling.cancel()

    async def stop(self) -> None:
        """Stop following everything and wait for what was under way."""
        tasks = [feed.filling for feed in self._feeds.values() if feed.filling is not None]
        for topic in list(self._feeds):
            self.close(topic)
        await asyncio.gather(*tasks, return_exceptions=True)

    def hint(self, topic: str, frame: Frame) -> None:
        """Give an event without a number to all subscribers of a topic, in slices."""
        feed = self._feeds.get(topic)
        if feed is not None:
            self._hint_some(feed, iter(tuple(feed.subscribers)), frame)

    def _hint_some(self, feed: Feed, cursor: Iterator[Subscriber], frame: Frame) -> None:
        for subscriber in islice(cursor, self._slice):
            if subscriber in feed.subscribers:
                subscriber.hint(frame)
        if length_hint(cursor):
            asyncio.get_running_loop().call_soon(self._hint_some, feed, cursor, frame)

    def publish(self, topic: str, first: int, entries: list[Entry]) -> None:
        """Take entries numbered `first`, `first` + 1, … and fan out what continues the feed."""
        if not entries:
            return
        feed = self._feeds.get(topic)
        if feed is None:
            self.expect(topic, entries[-1].change)
            return
        if any(entry.change != first + i for i, entry in enumerate(entries)):
            log.warning("publication with wrong numbers", extra={"topic": topic})
            return
        if first + len(entries) <= feed.next:
            self.dropped += 1
        elif first <= feed.next:
            self._accept(feed, first + len(entries) - 1, entries[feed.next - first :])
        else:
            if len(feed.held) < HELD_MAX:
                feed.held[first] = entries
            self.expect(topic, first + len(entries) - 1)

    def expect(self, topic: str, head: int) -> None:
        """Someone says the feed has reached `head`: see that it gets there soon."""
        feed = self._feeds.get(topic)
        if feed is None:
            if topic in self._coming:
                self._coming[topic] = max(self._coming[topic], head)
            return
        if head < feed.next:
            return
        feed.expected = max(feed.expected, head)
        if feed.timer is None and feed.filling is None:
            loop = asyncio.get_running_loop()
            feed.timer = loop.call_later(self._hold, self._start_filling, feed)

    async def caught_up(self, topic: str, head: int) -> None:
        """Return once the feed has reached `head`, read from the database if need be."""
        feed = self._feeds.get(topic)
        if feed is None:
            self.expect(topic, head)
            return
        if head < feed.next:
            return
        feed.expected = max(feed.expected, head)
        if feed.timer is not None:
            feed.timer.cancel()
        if feed.filling is None:
            self._start_filling(feed)
        if feed.filling is not None:
            # Not awaited itself: when the topic is closed, only the filling is cancelled.
            await asyncio.wait([feed.filling])

    def _start_filling(self, feed: Feed) -> None:
        feed.timer = None
        if feed.expected >= feed.next and feed.topic in self._feeds:
            loop = asyncio.get_running_loop()
            feed.filling = loop.create_task(self._fill(feed), name=f"fill {feed.topic}")

    async def _fill(self, feed: Feed) -> None:
        """Read what the bus did not bring, until the expected head is reached."""
        try:
            while feed.expected >= feed.next:
                after, expected = feed.next - 1, feed.expected
                try:
                    tail = await self._repair(feed.topic, after)
                except Exception:
                    log.warning("repair failed", extra={"topic": feed.topic}, exc_info=True)
                    await asyncio.sleep(self._retry)
                    continue
                if tail.head < expected == feed.expected:
                    # Whoever said so was wrong, or it was rolled back: believe the database,
                    # but not about what was said while it was being read.
                    feed.expected = max(tail.head, feed.next - 1)
                if tail.head < feed.next:
                    continue
                self.repaired += 1
                if tail.after > after:
                    self._jump(feed, tail)
                else:
                    fresh = [entry for entry in tail.entries if entry.change >= feed.next]
                    self._accept(feed, tail.head, fresh)
        finally:
            feed.filling = None

    def _jump(self, feed: Feed, tail: Tail) -> None:
        """Too much was missed to be told: everyone begins anew from the database's state."""
        self.jumped += 1
        feed.ring = Ring(tail.after, tail.entries, self._capacity)
        feed.next, feed.sent = tail.head + 1, tail.head
        feed.pending.clear()
        feed.held.clear()
        feed.cursor = feed.round = None
        for subscriber in list(feed.subscribers):
            subscriber.restart()

    def _accept(self, feed: Feed, last: int, entries: list[Entry]) -> None:
        for entry in entries:
            feed.ring.put(entry)
        feed.pending.append((last, entries))
        feed.next = last + 1
        for first in sorted(feed.held):
            if first > feed.next:
                break
            held = feed.held.pop(first)
            if first + len(held) > feed.next:
                self._accept(feed, first + len(held) - 1, held[feed.next - first :])
                break
        if not feed.running:
            feed.running = True
            self._advance(feed)

    def _advance(self, feed: Feed) -> None:
        """Go on with the round, or begin the next one with all that was committed meanwhile."""
        budget = self._slice
        if feed.cursor is None:
            if not feed.pending:
                feed.running = False
                return
            entries = [entry for _last, listed in feed.pending for entry in listed]
            first, last = feed.sent + 1, feed.pending[-1][0]
            feed.pending = []
            feed.sent = last
            feed.round = Round(feed.room, first, last, entries)
            feed.cursor = iter(tuple(feed.subscribers))
        round_, cursor = feed.round, feed.cursor
        assert round_ is not None
        for subscriber in cursor:
            if subscriber not in feed.subscribers:
                continue  # Gone since the round began, or here anew with this round told.
            try:
                subscriber.deliver(round_)
            except Exception:
                log.exception("delivery failed", extra={"topic": feed.topic})
            budget -= 1
            if budget <= 0:
                break
        else:
            feed.cursor = feed.round = None
            if not feed.pending:
                feed.running = False
                return
        asyncio.get_running_loop().call_soon(self._advance, feed)
