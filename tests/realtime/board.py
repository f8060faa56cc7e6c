"""A feed as the hub meets it: a database in memory, and a reader who is strict about numbers."""

import json
from dataclasses import dataclass, field
from typing import Any

from chat.protocol import Entry, encode, encode_deleted
from chat.realtime.hub import Feed
from chat.realtime.outbox import Frame
from chat.realtime.round import Round

TOPIC = "room.7"
ROOM = "7"


@dataclass
class Tail:
    after: int
    head: int
    entries: list[Entry]


def message(seq: int, change: int | None = None, text: str = "", author: int = 1) -> Entry:
    """A message's state; without `change` as it was posted."""
    change = seq if change is None else change
    text = text or f"{seq}@{change}"
    event = {"type": "message", "room": ROOM, "seq": seq, "change": change, "text": text}
    return Entry(change, seq, author, encode(event), text)


def reply(seq: int, to: int, quoted: str) -> Entry:
    """A reply with its quote drawn."""
    event = {
        "type": "message", "room": ROOM, "seq": seq, "change": seq, "text": "re",
        "reply_to": {"seq": to, "author": {}, "text": quoted},
    }  # fmt: skip
    return Entry(seq, seq, 1, encode(event), "re", reply_to=to)


def deleted(seq: int, change: int) -> Entry:
    """A deleted message's state."""
    return Entry(change, seq, 1, encode_deleted(ROOM, seq, change), deleted=True)


class Rows:
    """The database: current states under the numbers of one feed."""

    def __init__(self) -> None:
        self.head = 0
        self.states: dict[int, Entry] = {}

    def post(self, count: int = 1) -> list[Entry]:
        """Commit new messages; returns what is told of them."""
        return [self._store(message(self.head + 1)) for _ in range(count)]

    def edit(self, seq: int) -> list[Entry]:
        return [self._store(message(seq, self.head + 1))]

    def delete(self, seq: int) -> list[Entry]:
        return [self._store(deleted(seq, self.head + 1))]

    def _store(self, entry: Entry) -> Entry:
        self.head += 1
        self.states[entry.seq] = entry
        return entry

    def tail(self, after: int) -> Tail:
        """A new reading of what changed after a number."""
        found = [
            Entry(e.change, e.seq, e.author, e.encoded, e.text, e.reply_to, e.deleted)
            for e in sorted(self.states.values(), key=lambda entry: entry.change)
            if after < e.change
        ]
        return Tail(after, self.head, found)

    def view(self, visible_from: int = 0) -> dict[int, dict[str, Any]]:
        """What a reader who opens the room now sees."""
        return {
            seq: json.loads(entry.encoded)
            for seq, entry in self.states.items()
            if seq >= visible_from
        }


@dataclass(eq=False)
class Reader:
    """A subscriber that fails on a number that does not follow the one before."""

    visible_from: int = 0
    cursor: int = 0
    view: dict[int, dict[str, Any]] = field(default_factory=dict)
    frames: list[bytes] = field(default_factory=list)
    hints: list[bytes] = field(default_factory=list)
    heard: list[tuple[int, str]] = field(default_factory=list)
    restarts: int = 0

    def deliver(self, round_: Round) -> None:
        self.heard += [(author, frame.text) for author, frame in round_.spoken()]
        payload = round_.frame(self.visible_from).payload
        self.frames.append(payload)
        for event in json.loads(payload):
            if event["type"] == "skip":
                assert event["to"] > self.cursor, f"skip to {event['to']} at {self.cursor}"
                self.cursor = event["to"]
                continue
            assert event["change"] == self.cursor + 1, f"{event['change']} after {self.cursor}"
            self.cursor = event["change"]
            self.take(event)

    def take(self, event: dict[str, Any]) -> None:
        """Merge a state: the higher change wins."""
        assert event["seq"] >= self.visible_from, "a message from before one's time"
        known = self.view.get(event["seq"])
        if known is None or known["change"] < event["change"]:
            self.view[event["seq"]] = event

    def hint(self, frame: Frame) -> None:
        self.hints.append(frame.payload)

    def restart(self) -> None:
        self.restarts += 1


def enter(feed: Feed, rows: Rows, reader: Reader, after: int | None = None) -> None:
    """Subscribe as a node does: the backlog from the ring, or read from the database, then live."""
    backlog = None if after is None else feed.ring.since(after, feed.sent)
    while backlog is None:
        start = 0 if after is None else after
        tail = rows.tail(start)
        if tail.head >= feed.ring.after:
            feed.ring.reach_back(start, tail.entries)
        backlog = feed.ring.since(start, feed.sent)
    if after is None:
        reader.view.clear()
    for entry in backlog:
        if entry.seq >= reader.visible_from:
            reader.take(json.loads(entry.encoded))
    reader.cursor = feed.sent
    feed.subscribers[reader] = None
