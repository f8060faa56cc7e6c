"""Values that hold for one state of what they were made from, kept while that state lasts."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

S = TypeVar("S")
V = TypeVar("V")

BUDGET = 16 * 2**20
"""Bytes that the values of one store may hold together."""
LARGEST = 2**18
"""Bytes of the largest value that is kept: a few like it would push all others out."""


class Remembered(Generic[S, V]):
    """At most so many values, and `BUDGET` bytes of them by `size`: the ones asked for last. Safe
    to use from several threads.

    The stamp is read before the value is made. So a value may be newer than its stamp says and
    then holds for one asker too long at most: the next state has another stamp.
    """

    def __init__(self, most: int, size: Callable[[V], int]) -> None:
        self._most = most
        self._size = size
        self._known: OrderedDict[Hashable, tuple[S, V, int]] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    def get(self, key: Hashable, stamp: S, make: Callable[[], V]) -> V:
        """The value of `key` in the state that `stamp` names, made when it is not known."""
        with self._lock:
            known = self._known.get(key)
            if known is not None and known[0] == stamp:
                self._known.move_to_end(key)
                return known[1]
        value = make()
        size = self._size(value)
        with self._lock:
            if (replaced := self._known.pop(key, None)) is not None:
                self._held -= replaced[2]
            if size <= LARGEST:
                self._known[key] = stamp, value, size
                self._held += size
            while len(self._known) > self._most or self._held > BUDGET:
                _key, (_stamp, _value, dropped) = self._known.popitem(last=False)
                self._held -= dropped
        return value
