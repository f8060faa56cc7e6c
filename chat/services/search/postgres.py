"""The index beside Postgres: the numbers of each message in an array, under GIN.

GIN gives its hits in no order, and all of them. So every message also has the numbers of the
blocks that its key lies in, and a search goes from the newest block to the oldest.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from chat.services.search import words
from chat.services.search.folding import VERSION
from chat.services.search.index import EVERYTHING, Document, Wanted, room_number

PATIENCE_MS = 2_000
SPAN = 8
"""Messages are dated in blocks of 2⁸ keys."""
BLOCKS = ((12, 2), (16, 4), (20, EVERYTHING))
"""Sizes as powers of two, and how many of each are searched before the next larger."""
AT_ONCE = 1_000
"""Keys that one question brings."""


class PostgresIndex:
    """The tables made by a migration."""

    @contextmanager
    def reading(self, epoch: str) -> "Iterator[PostgresReader | None]":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            yield PostgresReader() if _epoch() == epoch else None

    @contextmanager
    def writing(self, room: int, epoch: str) -> "Iterator[PostgresWriter | None]":
        with transaction.atomic():
            if _epoch() != epoch:
                _empty(epoch)
            _execute(
                "INSERT INTO chat_searchcursor (room, change, floor) VALUES (%s, 0, 0)"
                " ON CONFLICT DO NOTHING",
                [room],
            )
            rows = _rows(
                "SELECT change, floor FROM chat_searchcursor WHERE room = %s"
                " FOR UPDATE SKIP LOCKED",
                [room],
            )
            yield PostgresWriter(room, *rows[0]) if rows else None

    def all_cursors(self, epoch: str) -> dict[int, int]:
        if _epoch() != epoch:
            return {}
        return dict(_rows("SELECT room, change FROM chat_searchcursor"))

    def clear(self) -> None:
        with transaction.atomic():
            _empty("")

    def close(self) -> None:
        """Nothing is held open."""


class PostgresReader:
    """See `index.Reader`."""

    def cursors(self, rooms: Iterable[int]) -> dict[int, int]:
        sql = "SELECT room, change FROM chat_searchcursor WHERE room = ANY(%s)"
        return dict(_rows(sql, [list(rooms)]))

    def candidates(self, wanted: Wanted) -> Iterator[int]:
        newest = _rows("SELECT max(key) FROM chat_searchdocument")[0][0] or 0
        for block, low, high in _blocks(wanted.low, min(wanted.high, newest + 1)):
            keys = self._in_block(wanted, block, low, high)
            yield from keys
            while len(keys) == AT_ONCE:
                keys = self._in_block(wanted, block, low, keys[-1])
                yield from keys

    def _in_block(self, wanted: Wanted, block: int, low: int, high: int) -> list[int]:
        """The newest of a block; finding them all costs little more than finding a few."""
        numbers = [block, *map(_signed, wanted.numbers)]
        rooms = [_signed(room_number(room)) for room in wanted.rooms]
        if len(rooms) == 1:
            numbers += rooms
        one_of = " AND numbers && %s::int[]" if len(rooms) > 1 else ""
        # Adding nothing keeps the planner from walking down the keys, and reading every array.
        rows = _rows(
            f"SELECT key FROM chat_searchdocument WHERE numbers @> %s::int[]{one_of}"
            " AND key + 0 >= %s AND key + 0 < %s ORDER BY key + 0 DESC LIMIT %s",
            [numbers, *([rooms] if one_of else []), low, high, AT_ONCE],
        )
        return [key for (key,) in rows]

    def between(self, since: int, until: int) -> tuple[int, int]:
        sql = "SELECT min(block), max(block) FROM chat_searchspan WHERE last >= %s AND first <= %s"
        first, last = _rows(sql, [since, until])[0]
        return (0, 0) if first is None else (first << SPAN, last + 1 << SPAN)


class PostgresWriter:
    """See `index.Writer`."""

    def __init__(self, room: int, change: int, floor: int) -> None:
        self.room, self.change, self.floor = room, change, floor

    def put(self, documents: Sequence[Document]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                # A reaction changes a message too, and nothing that it is found by.
                "INSERT INTO chat_searchdocument AS d (key, room, numbers) VALUES (%s, %s, %s)"
                " ON CONFLICT (key) DO UPDATE SET numbers = excluded.numbers"
                " WHERE d.numbers <> excluded.numbers",
                [(d.key, d.room, _numbers(d)) for d in documents],
            )
            cursor.executemany(
                "INSERT INTO chat_searchspan AS s (block, first, last) VALUES (%s, %s, %s)"
                " ON CONFLICT (block) DO UPDATE SET"
                " first = least(s.first, excluded.first), last = greatest(s.last, excluded.last)",
                _spans(documents),
            )

    def drop(self, keys: Sequence[int]) -> None:
        _execute("DELETE FROM chat_searchdocument WHERE key = ANY(%s)", [list(keys)])

    def drop_below(self, key: int, count: int) -> bool:
        gone = _rows(
            "DELETE FROM chat_searchdocument WHERE key IN (SELECT key FROM chat_searchdocument"
            " WHERE room = %s AND key < %s LIMIT %s) RETURNING key",
            [self.room, key, count],
        )
        return len(gone) == count

    def forget(self) -> None:
        self.change = self.floor = 0

    def move(self, change: int, floor: int) -> None:
        self.change, self.floor = change, floor
        _execute(
            "UPDATE chat_searchcursor SET change = %s, floor = %s WHERE room = %s",
            [change, floor, self.room],
        )


def _blocks(low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """Blocks from `high` down to `low`, as number, lowest key, and the key to stay below."""
    for size, most in BLOCKS:
        for _ in range(most):
            if high <= low:
                return
            block = high - 1 >> size
            bottom = max(low, block << size)
            yield _block_number(size, block), bottom, high
            high = bottom


def _block_number(size: int, block: int) -> int:
    return _signed(words.number(f"b{size}.{block}"))


def _numbers(document: Document) -> list[int]:
    blocks = (_block_number(size, document.key >> size) for size, _most in BLOCKS)
    return sorted({*map(_signed, document.numbers()), *blocks})


def _spans(documents: Sequence[Document]) -> list[tuple[int, int, int]]:
    spans: dict[int, tuple[int, int]] = {}
    for document in documents:
        block = document.key >> SPAN
        first, last = spans.get(block, (document.at, document.at))
        spans[block] = (min(first, document.at), max(last, document.at))
    return [(block, *span) for block, span in sorted(spans.items())]


def _signed(number: int) -> int:
    """Of 32 bits, as Postgres' integers are."""
    return number - 2**32 if number >= 2**31 else number


def _epoch() -> str | None:
    """The epoch of the index; None for one of another version, which counts as none."""
    rows = _rows("SELECT epoch FROM chat_searchmeta")
    epoch, _sign, version = str(rows[0][0]).rpartition(".") if rows else ("", "", "")
    return epoch if version == str(VERSION) else None


def _empty(epoch: str) -> None:
    _execute("TRUNCATE chat_searchmeta, chat_searchcursor, chat_searchdocument, chat_searchspan")
    _execute("INSERT INTO chat_searchmeta (epoch) VALUES (%s)", [f"{epoch}.{VERSION}"])


def _execute(sql: str, values: Sequence[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))


def _rows(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())
