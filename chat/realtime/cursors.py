"""How far people read: moved in memory, only forward, written now and then in one statement."""

from django.db import connection
from django.utils import timezone

from chat.models import BOARD_PK


class Cursors:
    """The read cursors that moved since they were last written."""

    def __init__(self) -> None:
        self._moved: dict[tuple[int, int], int] = {}
        self._known: dict[int, dict[int, int]] = {}

    def move(self, person: int, room: int, seq: int) -> bool:
        """Note that this person read up to `seq`; whether that is further than known here."""
        known = self._known.setdefault(person, {})
        if seq <= known.get(room, 0):
            return False
        known[room] = self._moved[person, room] = seq
        return True

    def load(self, person: int, room: int, seq: int) -> None:
        """Learn a cursor from the database or another process."""
        known = self._known.setdefault(person, {})
        known[room] = max(seq, known.get(room, 0))

    def get(self, person: int, room: int) -> int:
        """The furthest `seq` known here, 0 when none is."""
        return self._known.get(person, {}).get(room, 0)

    def forget(self, person: int) -> None:
        """Drop what is known of someone who went away; what moved is still written."""
        self._known.pop(person, None)

    def take(self) -> list[tuple[int, int, int]]:
        """Person, room and `seq` of what must be written; the next call returns later ones."""
        moved, self._moved = self._moved, {}
        return [(person, room, seq) for (person, room), seq in moved.items()]

    def give_back(self, cursors: list[tuple[int, int, int]]) -> None:
        """Writing these failed: they are due again, unless they moved on."""
        for person, room, seq in cursors:
            key = (person, room)
            self._moved[key] = max(seq, self._moved.get(key, 0))


def store(cursors: list[tuple[int, int, int]]) -> None:
    """Write cursors, never backwards. The board needs no membership: there a row is made."""
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
