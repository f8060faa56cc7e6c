"""Who types where, as far as that is passed on: rarely, of a few, and never for ever.

What is told may get lost, so clients believe it for a few seconds only, and so do we.
"""

from collections.abc import Callable

from chat.realtime.connection import Connection

EVERY = 1.0
"""Seconds between two beginnings that are passed on from one socket."""
BELIEVED = 5.0
"""Seconds after which someone who said nothing more types no longer; clients hold to it too."""
MOST = 8
"""People of one room who are told to type at the same time, by each process: more say nothing
to a reader, and in a crowd each costs a frame for everyone."""


class Typists:
    """The sockets' words about typing, and which of them others should hear."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rooms: dict[int, dict[int, float]] = {}

    def began(self, connection: Connection, room: int) -> bool:
        """Someone types; whether the room should be told."""
        now = self._clock()
        if now - connection.typed_at < EVERY or connection.person is None:
            return False
        typists = self._rooms.setdefault(room, {})
        for person in [person for person, until in typists.items() if until <= now]:
            del typists[person]
        if connection.person.id not in typists and len(typists) >= MOST:
            return False
        typists[connection.person.id] = now + BELIEVED
        connection.typing, connection.typed_at = room, now
        return True

    def ended(self, connection: Connection, room: int) -> bool:
        """Someone stopped, left or is gone; whether the room was told that they type."""
        if connection.typing != room or connection.person is None:
            return False
        connection.typing = None
        typists = self._rooms.get(room, {})
        believed = typists.pop(connection.person.id, 0.0) > self._clock()
        if not typists:
            self._rooms.pop(room, None)
        return believed
