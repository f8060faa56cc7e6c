"""What all subscribers of a topic get at once, encoded once for as many as see the same."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from chat.protocol import Entry, encode_skip
from chat.realtime.outbox import Frame


class Round:
    """What all subscribers of a topic get at once: the numbers `first`…`last`, encoded once."""

    __slots__ = ("_frames", "_spoken", "entries", "first", "last", "lowest", "room")

    def __init__(self, room: str, first: int, last: int, entries: Sequence[Entry]) -> None:
        self.room = room
        self.first = first
        self.last = last
        self.entries = entries
        self.lowest = min((e.reply_to or e.seq for e in entries if e.seq), default=last)
        self._frames: dict[int, Frame] = {}
        self._spoken: list[tuple[int, Frame]] | None = None

    def frame(self, visible_from: int = 0) -> Frame:
        """The frame for those who see messages from `visible_from` on; others' numbers skip."""
        key = visible_from if self.lowest < visible_from else 0
        if key not in self._frames:
            self._frames[key] = Frame.of(*self._events(key), packs=True)
        return self._frames[key]

    def _events(self, visible_from: int) -> Iterator[bytes]:
        expected = self.first
        for entry in self.entries:
            if entry.seq and entry.seq < visible_from:
                continue
            if entry.change > expected:
                yield encode_skip(self.room, entry.change - 1)
            yield entry.seen_from(visible_from)
            expected = entry.change + 1
        if expected <= self.last:
            yield encode_skip(self.room, self.last)

    def spoken(self) -> list[tuple[int, Frame]]:
        """Author and plain text of what is new here, for those who hear each thing once."""
        if self._spoken is None:
            # Said and changed in one round: heard once, as it stands.
            fresh = {entry.seq: entry for entry in self.entries if entry.seq >= self.first}
            self._spoken = [
                (entry.author, Frame(entry.text.encode(), packs=True))
                for entry in fresh.values()
                if entry.text is not None
            ]
        return self._spoken


class Subscriber(Protocol):
    """One connection's interest in one topic."""

    def deliver(self, round_: Round) -> None:
        """Take a round, now and without waiting."""

    def hint(self, frame: Frame) -> None:
        """Take an event without a number, such as presence."""

    def restart(self) -> None:
        """The feed jumped too far to be told: begin anew."""
