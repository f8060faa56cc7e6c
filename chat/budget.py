"""How many bytes a person and an address may be answered with, over sockets and HTTP together.

Sixty bytes can ask for half a megabyte again and again. So each answer is taken from two purses
that fill up evenly; whoever's is empty is refused until there is something in it again. What
others say live is not counted: one's own reading bounds that. Counted in each process.
RATE_LIMITS=off lets everything through.
"""

import math
import time
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

from chat import failpoints, limits
from chat.errors import RateLimited

MINUTE = 60.0
KNOWN = 10_000
"""Purses after which those that are full again are forgotten."""


class Purses:
    """A purse a key: it holds what comes in within a minute, and may be overdrawn once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[int | str, tuple[float, float]] = {}
        """What was in it, and when."""
        self._most = KNOWN

    def wait(self, key: int | str, minute: int) -> float:
        """Seconds until there is something in it again; 0: there is."""
        known = self._known.get(key)
        if known is None:
            return 0.0
        held = self._held(known, minute)
        return 0.0 if held > 0 else max(1.0, math.ceil(-held / minute * MINUTE))

    def take(self, key: int | str, size: int, minute: int) -> None:
        """Take so many bytes out."""
        known = self._known.get(key)
        held = minute if known is None else self._held(known, minute)
        self._known[key] = held - size, self._clock()
        if len(self._known) > self._most:
            self._known = {
                name: purse
                for name, purse in self._known.items()
                if self._held(purse, minute) < minute
            }
            self._most = max(KNOWN, 2 * len(self._known))  # So that looking through stays rare.

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()

    def _held(self, known: tuple[float, float], minute: int) -> float:
        held, at = known
        return min(float(minute), held + (self._clock() - at) * minute / MINUTE)


_people = Purses()
_addresses = Purses()
address_key = lru_cache(maxsize=4_096)(limits.address_key)
"""`limits.address_key`, remembered: it is asked at each request."""


def ask(address: str, person: int | None = None) -> None:
    """Raise RateLimited where this address or this person was answered with too much lately."""
    if not settings.RATE_LIMITS or failpoints.is_off("answers"):
        return
    wait = _addresses.wait(address, settings.CHAT["answers_address"]) if address else 0.0
    if person is not None:
        wait = max(wait, _people.wait(person, settings.CHAT["answers_person"]))
    if wait:
        raise RateLimited(retry_after=wait)


def spend(size: int, address: str, person: int | None = None) -> None:
    """Count an answer of so many bytes."""
    if not settings.RATE_LIMITS:
        return
    if address:
        _addresses.take(address, size, settings.CHAT["answers_address"])
    if person is not None:
        _people.take(person, size, settings.CHAT["answers_person"])


def reset() -> None:
    """Forget what was counted."""
    _people.clear()
    _addresses.clear()
