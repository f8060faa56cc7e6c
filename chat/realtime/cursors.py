"""How far people read: moved in memory, only forward, written now and then in one statement."""

from django.db import connection
from django.utils import timezone

from chat.models import BOARD_PK


class Cursors:
    """The read cursors of the people here, and of others as far as they moved a moment ago.

    What another process moved may not be in the database yet, so it is remembered until three
    calls of `take` later: longer than any process waits with writing.
    """

    def __init__(self) -> None:
        self._moved: dict[tuple[int, int], int] = {}
        self._known: dict[int, dict[int, int]] = {}
        self._recent: tuple[dict[int, dict[int, int]], ...] = ({}, {}, {})

    def move(self, person: int, room: int, seq: int) -> bool:
        """Note that this person read up to `seq`; whether that is further than known here."""
        known = self._known.setdefault(person, {})
        if seq <= known.get(room, 0):
            return False
        known[room] = self._moved[person, room] = seq
        self._remember(person, room, seq)
        return True

    def load(self, person: int, room: int, seq: int) -> None:
        """Learn from the database the cursor of someone who is here."""
        known = self._known.setdefault(person, {})
        known[room] = max(seq, known.get(room, 0))

    def hear(self, person: int, room: int, seq: int) -> None:
        """Learn from another process that a cursor moved."""
        if person in self._known:
            self.load(person, room, seq)
        self._remember(person, room, seq)

    def _remember(self, person: int, room: int, seq: int) -> None:
        recent = self._recent[0].setdefault(person, {})
        recent[room] = max(seq, recent.get(room, 0))

    def get(self, person: int, room: int) -> int:
        """The furthest `seq` known here, 0 when none is."""
        return self.of(person).get(room, 0)

    def of(self, person: int) -> dict[int, int]:
        """Room key → the furthest `seq` known here. May be called from any thread."""
        found: dict[int, int] = {}
        for cursors in (self._known, *self._recent):
            # A copy in one step, since the loop may be writing.
            for room, seq in dict(cursors.get(person, ())).items():
                found[room] = max(seq, found.get(room, 0))
        return found

    def forget(self, person: int) -> None:
        """Drop what is known of someone who went away; what moved is still written."""
        self._known.pop(person, None)

    def clear(self) -> None:
        """Forget everything, written or not: the database has another history now."""
        self._moved.clear()
        self._known.clear()
        self._recent = ({}, {}, {})

    def take(self) -> list[tuple[int, int, int]]:
        """Person, room and `seq` of what must be written; the next call returns later ones."""
        moved, self._moved = self._moved, {}
        self._recent = ({}, *self._recent[:-1])
        return [(person, room, seq) for (person, room), seq in moved.items()]

    def give_back(self, cursors: list[tuple[int, int, int]]) -> None:
        """Writing these failed: they are due again, unless they moved on."""
        for person, room, seq in cursors:
            key = (person, room)
            self._moved[key] = max(seq, self._moved.get(key, 0))
            self._remember(person, room, seq)


def store(cursors: list[tuple[int, int, int]]) -> None:
    """Write cursors, never backwards. The board needs no membership: there a row is made.

    All in one order: two processes that wrote the same rows the other way round would wait for
    each other until Postgres broke off one of them.
    """
    cursors = sorted(cursors)
    board = [
        (room, person, timezone.now(), seq) for person, room, seq in cursors if room == BOARD_PK
    ]
    others = [(seq, room, person, seq) for person, room, seq in cursors if room != BOARD_PK]
    with connection.cursor() as cursor:
        if board:
            cursor.executemany(
                "INSERT INTO chat_membership (room_id, user_id, joined_at, visible_from, read)"
                " VALUES (%s, %s, %s, 0, %s) ON CONFLICT (room_id, user_id)"
                " DO UPDATE SET read = excluded.read WHERE excluded.read > chat_membership.read",
                board,
            )
        if others:
            cursor.executemany(
                "UPDATE chat_membership SET read = %s"
                " WHERE room_id = %s AND user_id = %s AND read < %s",
                others,
            )
