"""What waits in this process for slow readers, over all its sockets and requests, has a bound.

Each line has one of its own; a thousand of them together would still be more than a process may
hold. Only lines whose transport is behind are looked at, and only while there are any. Knows
neither Django nor Channels.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

MOST = 128 * 1024 * 1024
EVERY = 0.1
"""Seconds between two looks while somebody is behind."""
SOME = 16 * 1024
"""Bytes that must have been read within a line's patience."""


class Line(Protocol):
    """A connection whose transport told that it is behind."""

    patience: float
    """Seconds in which its reader must have read some."""

    def buffered(self) -> int:
        """Bytes that wait here for its reader."""

    def unread(self) -> int:
        """The same and what its reader has not taken from the kernel: what falls while they read,
        however slowly. Asked where patience ends."""

    def give_up(self) -> None:
        """Cut it, and forget these bytes."""


@dataclass(slots=True)
class _Mark:
    """How much waited when a reader had last read some."""

    bytes: int
    at: float


class Unsent:
    """The lines that are behind. Used on one event loop."""

    def __init__(self, most: int = MOST, every: float = EVERY) -> None:
        self.most = most
        self.cut = 0
        """Lines that were given up."""
        self._every = every
        self._marks: dict[Line, _Mark] = {}
        self._timer: asyncio.TimerHandle | None = None

    def behind(self, line: Line) -> None:
        """More waits in this line than its transport likes."""
        loop = asyncio.get_running_loop()
        self._marks.setdefault(line, _Mark(line.unread(), loop.time()))
        if self._timer is None:
            self._timer = loop.call_later(self._every, self._look, loop)

    def caught_up(self, line: Line) -> None:
        """Hardly anything waits there now, or it is gone."""
        self._marks.pop(line, None)

    def bytes(self) -> int:
        """What waits in all lines that are behind."""
        return sum(line.buffered() for line in self._marks)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now, total = loop.time(), 0
        waiting: list[tuple[int, Line]] = []
        for line, mark in list(self._marks.items()):
            size, unread = line.buffered(), line.unread()
            if unread <= mark.bytes - SOME:
                mark.bytes, mark.at = unread, now
            mark.bytes = max(mark.bytes, unread)  # More was said.
            if now - mark.at > line.patience:
                self._give_up(line)
            else:
                total += size
                waiting.append((size, line))
        if total > self.most:
            waiting.sort(key=lambda pair: pair[0])
            while total > self.most and waiting:
                size, line = waiting.pop()
                total -= size
                self._give_up(line)
        self._timer = loop.call_later(self._every, self._look, loop) if self._marks else None

    def _give_up(self, line: Line) -> None:
        self.cut += 1
        self.caught_up(line)
        line.give_up()


UNSENT = Unsent()
"""This process's."""
