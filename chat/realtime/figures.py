"""What a process counts of its own work, as plain numbers that a scrape reads later.

Counting is an addition on the event loop and nothing more. Knows neither Django nor Channels.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DRAFTS = (1, 2, 5, 10, 20, 50, 100, 200, 512)


class Histogram:
    """How many observations fell up to each bound; the last count is of those beyond all."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count one value; a value equal to a bound belongs to it."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


@dataclass(slots=True)
class Figures:
    """A node's counters since its start. Only ever added to."""

    acks: int = 0
    repeats: int = 0
    """Acks of what was stored before: a client had not heard the first one."""
    nacks: Counter[str] = field(default_factory=Counter)
    """Refusals by wire code."""
    closes: Counter[int] = field(default_factory=Counter)
    """Sockets that the server closed, by close code."""
    opened: int = 0
    subscriptions: Counter[str] = field(default_factory=Counter)
    """`fresh` pages, `resumed` cursors, `reset` ones, and feeds `restarted` after a jump."""
    behind: int = 0
    """Feeds that the check of heads found behind the database."""
    epochs: int = 0
    """How often the database turned out to have been restored."""


class Lag:
    """Samples how late the event loop is: the time by which a timer comes after its due moment."""

    def __init__(self, every: float = 0.25) -> None:
        self.seconds = Histogram(SECONDS)
        self.worst = 0.0
        """The greatest of the last minute or two."""
        self._every = every
        self._windows = [0.0, 0.0]
        self._turn = 0
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, on the running loop."""
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(self._every, self._sample, loop, loop.time() + self._every)

    def stop(self) -> None:
        """End; safe when it was never started."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _sample(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        late = max(0.0, loop.time() - due)
        self.seconds.observe(late)
        self._windows[0] = max(self._windows[0], late)
        self._turn += 1
        if self._turn * self._every >= 60:
            self._turn = 0
            self._windows = [0.0, self._windows[0]]
        self.worst = max(self._windows)
        self._handle = loop.call_later(self._every, self._sample, loop, loop.time() + self._every)
