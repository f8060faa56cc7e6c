"""Who searches when: one at a time a person, and one at a time in a process.

A search works on the thread of its own request, which nobody else waits for. What others would
feel is many of them at once: so they queue, and the newest of one person takes the place of
those before it, which that person no longer waits for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic

from django.conf import settings
from django.db import connection

from chat import failpoints
from chat.errors import RateLimited

WAITING = 20
"""Searches that wait in a process at most."""
PATIENCE = 10.0
"""Seconds that one waits."""


class Turns:
    """The queue of a process' searches."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._queue: list[_Ticket] = []
        self._busy = False

    @contextmanager
    def turn(self, person: int) -> Iterator[None]:
        """Wait for this person's turn, and hold it.

        Raises RateLimited when a newer search of theirs came, or too many others wait.
        """
        if failpoints.is_off("search_turns"):
            yield
            return
        self._await(_Ticket(person))
        try:
            yield
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    @property
    def waiting(self) -> list[int]:
        """Those who wait, in the order of their turns."""
        with self._changed:
            return [ticket.person for ticket in self._queue]

    def _await(self, ticket: "_Ticket") -> None:
        with self._changed:
            if not self._busy and not self._queue:
                self._busy = True
                return
            if settings.RATE_LIMITS:
                self._make_room(ticket)
            self._queue.append(ticket)
            if connection.vendor != "sqlite" and not connection.in_atomic_block:
                connection.close()  # Back into the pool: pages need it meanwhile.
            until = monotonic() + PATIENCE
            while ticket in self._queue and (self._busy or self._queue[0] is not ticket):
                if not self._changed.wait(until - monotonic()):
                    break
            if ticket not in self._queue:
                raise RateLimited(retry_after=1)
            mine = not self._busy and self._queue[0] is ticket
            self._queue.remove(ticket)
            self._busy = self._busy or mine
            self._changed.notify_all()
            if not mine:
                raise RateLimited(retry_after=2)

    def _make_room(self, ticket: "_Ticket") -> None:
        older = [one for one in self._queue if one.person == ticket.person]
        if not older and len(self._queue) >= WAITING:
            raise RateLimited(retry_after=2)
        for one in older:
            self._queue.remove(one)
        self._changed.notify_all()


class _Ticket:
    """A place in the queue."""

    def __init__(self, person: int) -> None:
        self.person = person


TURNS = Turns()
"""This process' queue."""
