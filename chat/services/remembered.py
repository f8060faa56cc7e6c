"""Values that hold for one state of what they were made from, kept while that state lasts."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

S = TypeVar("S")
V = TypeVar("V")


class Remembered(Generic[S, V]):
    """At most so many values, the ones asked for last; safe to use from several threads.

    The stamp is read before the value is made. So a value may be newer than its stamp says and
    then holds for one asker too long at most: the next state has another stamp.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, tuple[S, V]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, stamp: S, make: Callable[[], V]) -> V:
        """The value of `key` in the state that `stamp` names, made when it is not known."""
        with self._lock:
            known = self._known.get(key)
            if known is not None and known[0] == stamp:
                self._known.move_to_end(key)
                return known[1]
        value = make()
        with self._lock:
            self._known[key] = stamp, value
            self._known.move_to_end(key)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return value
