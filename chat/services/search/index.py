"""What an index is: it keeps messages by their grams, and narrows a search down to candidates.

It is derived from the messages and follows them: for each room a cursor says up to which change.
An index of another epoch, or none, counts as empty and is made anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from chat.services.search import words
from chat.services.search.folding import fold
from chat.services.search.readings import APART

EVERYTHING = 2**62
"""Above every key."""


@dataclass(frozen=True, slots=True)
class Document:
    """A message as an index takes it: its key, room and author, the time (ms), its readings."""

    key: int
    room: int
    author: int
    at: int
    text: str

    def numbers(self) -> set[int]:
        """Everything that it is found by."""
        found: set[int] = set()
        for text in self.text.split(APART):
            found.update(map(words.number, words.grams(fold(text))))
        return found | {room_number(self.room), author_number(self.author)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What candidates have: all `numbers`, one of `rooms` if any are named, `low` ≤ key < `high`.

    Keys are the messages' primary keys, so the newest have the highest.
    """

    numbers: Sequence[int]
    rooms: Sequence[int]
    low: int = 0
    high: int = EVERYTHING


class Reader(Protocol):
    """An index while it is searched. Queries that take over two seconds raise DatabaseError."""

    def cursors(self, rooms: Iterable[int]) -> dict[int, int]:
        """Room → the change up to which it is indexed; those not begun are missing."""
        ...

    def candidates(self, wanted: Wanted) -> Iterator[int]:
        """The keys of all messages that may be hits, newest first; looked up as they are taken."""
        ...

    def between(self, since: int, until: int) -> tuple[int, int]:
        """The keys that everything indexed from `since` to `until` (ms) lies in: [low, high)."""
        ...


class Writer(Protocol):
    """An index while it follows the messages: one transaction for one room."""

    room: int
    change: int
    """Up to which change the room is indexed."""
    floor: int
    """Up to which `seq` its messages were removed."""

    def put(self, documents: Sequence[Document]) -> None:
        """Keep these messages, in place of what was kept under their keys."""
        ...

    def drop(self, keys: Sequence[int]) -> None:
        """Forget these messages; unknown ones too."""
        ...

    def drop_below(self, key: int, count: int) -> bool:
        """Forget at most `count` messages of the room below a key; whether there are more."""
        ...

    def forget(self) -> None:
        """Move the cursor back to nothing; every message will be put again."""
        ...

    def move(self, change: int, floor: int) -> None:
        """Note how far the index is."""
        ...


class Index(Protocol):
    """The index of this database."""

    def reading(self, epoch: str) -> AbstractContextManager[Reader | None]:
        """For a search; None when there is no index of this epoch."""
        ...

    def writing(self, room: int, epoch: str) -> AbstractContextManager[Writer | None]:
        """One transaction, for one room; None while another process writes the same.

        An index of another epoch is emptied first.
        """
        ...

    def all_cursors(self, epoch: str) -> dict[int, int]:
        """Every room's cursor; empty when there is no index of this epoch."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def close(self) -> None:
        """Let go of what this thread holds open for writing."""
        ...


def room_number(room: int) -> int:
    """What messages of this room are found by."""
    return words.number(f"r{room}")


def author_number(author: int) -> int:
    """What messages of this person are found by."""
    return words.number(f"a{author}")
