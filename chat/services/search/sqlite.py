"""The index beside SQLite: FTS5 in a file of its own.

SQLite lets one connection write at a time; in the chat's own file, indexing would make the feed's
commits wait. What is lost with the file is made anew. FTS5 keeps no texts: to forget a message it
must be told what it was found by, which is made again from the text kept here.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError

from chat.services.search.folding import VERSION
from chat.services.search.index import Document, Wanted, room_number

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE meta (epoch TEXT NOT NULL);
CREATE TABLE cursor (
    room INTEGER PRIMARY KEY, change INTEGER NOT NULL, floor INTEGER NOT NULL
);
CREATE TABLE document (
    room INTEGER NOT NULL, key INTEGER NOT NULL, author INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (room, key)
) WITHOUT ROWID;
CREATE TABLE span (
    block INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL
);
CREATE VIRTUAL TABLE gram USING fts5 (
    numbers, content='', columnsize=0, detail=none, tokenize='ascii'
);
"""
BLOCK = 8
"""Messages are dated in blocks of 2⁸ keys."""
PATIENCE = 2.0
"""Seconds of work that a query may take."""


class SqliteIndex:
    """Tables in the file at `path`, made when first written; a broken file is made anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()
        self._broken = False

    @contextmanager
    def reading(self, epoch: str) -> "Iterator[SqliteReader | None]":
        with self._opened(epoch) as connection:
            try:
                yield SqliteReader(connection) if connection is not None else None
            except sqlite3.Error as error:
                self._note(error)
                raise OperationalError(str(error)) from error

    @contextmanager
    def writing(self, room: int, epoch: str) -> "Iterator[SqliteWriter | None]":
        connection = self._writer()
        try:
            connection.execute("BEGIN IMMEDIATE")
            if _epoch(connection) != epoch:
                _empty(connection, epoch)
            yield SqliteWriter(connection, room)
            connection.commit()
        except BaseException as error:
            self._note(error)
            connection.rollback()
            raise

    def all_cursors(self, epoch: str) -> dict[int, int]:
        with self._opened(epoch) as connection:
            if connection is None:
                return {}
            return dict(connection.execute("SELECT room, change FROM cursor"))

    def clear(self) -> None:
        connection = self._writer()
        with connection:
            _empty(connection, "")

    def close(self) -> None:
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._own.connection = None

    @contextmanager
    def _opened(self, epoch: str) -> Iterator[sqlite3.Connection | None]:
        """A connection that only reads; None when there is no sound index of this epoch."""
        if self._broken or not self._path.exists():
            yield None
            return
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=PATIENCE)
        try:
            yield connection if self._is_of(connection, epoch) else None
        finally:
            connection.close()

    def _is_of(self, connection: sqlite3.Connection, epoch: str) -> bool:
        try:
            connection.execute("PRAGMA cache_size=-8000")
            return _epoch(connection) == epoch
        except sqlite3.DatabaseError as error:
            self._note(error)
            return False

    def _note(self, error: BaseException) -> None:
        """Remember that the file is broken, if that is what this error says."""
        if type(error) is sqlite3.DatabaseError:  # Its subclasses are passing trouble.
            log.error("the search index is broken and will be made anew: %s", error)
            self._broken = True

    def _writer(self) -> sqlite3.Connection:
        """This thread's connection. Only the indexing thread has one, and it alone checkpoints."""
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if self._broken:
            self.close()
            connection = None
            for end in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            self._broken = False
        if connection is None:
            connection = self._own.connection = sqlite3.connect(
                self._path, timeout=20, isolation_level=None
            )
            try:
                # A commit lost with the power is indexed again; the file stays sound.
                connection.executescript(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000"
                )
                _migrate(connection)
            except sqlite3.DatabaseError as error:
                self._note(error)
                self.close()
                raise
        return connection


class SqliteReader:
    """See `index.Reader`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # Its own work alone: while many search, much of the time goes by in waiting.
        until = time.thread_time() + PATIENCE
        connection.set_progress_handler(lambda: time.thread_time() > until, 20_000)

    def cursors(self, rooms: Iterable[int]) -> dict[int, int]:
        marks = ",".join(str(int(room)) for room in rooms)
        sql = f"SELECT room, change FROM cursor WHERE room IN ({marks})"
        return dict(self._connection.execute(sql))

    def candidates(self, wanted: Wanted) -> Iterator[int]:
        parts = [f"{number:x}" for number in wanted.numbers]
        if wanted.rooms:
            parts.append(f"({' OR '.join(f'{room_number(room):x}' for room in wanted.rooms)})")
        rows = self._connection.execute(
            "SELECT rowid FROM gram WHERE gram MATCH ? AND rowid >= ? AND rowid < ?"
            " ORDER BY rowid DESC",
            (" AND ".join(parts), wanted.low, wanted.high),
        )
        return (key for (key,) in rows)

    def between(self, since: int, until: int) -> tuple[int, int]:
        first, last = self._connection.execute(
            "SELECT min(block), max(block) FROM span WHERE last >= ? AND first <= ?",
            (since, until),
        ).fetchone()
        return (0, 0) if first is None else (first << BLOCK, last + 1 << BLOCK)


class SqliteWriter:
    """See `index.Writer`."""

    def __init__(self, connection: sqlite3.Connection, room: int) -> None:
        self._connection = connection
        self.room = room
        self.change: int
        self.floor: int
        row = connection.execute(
            "SELECT change, floor FROM cursor WHERE room = ?", (room,)
        ).fetchone()
        self.change, self.floor = row or (0, 0)

    def put(self, documents: Sequence[Document]) -> None:
        # A reaction changes a message too, and nothing that it is found by.
        kept = {row.key: row.text for row in self._kept(_among(d.key for d in documents))}
        documents = [d for d in documents if kept.get(d.key) != d.text]
        self.drop([d.key for d in documents if d.key in kept])
        execute = self._connection.executemany
        execute(
            "INSERT INTO document (room, key, author, text) VALUES (?, ?, ?, ?)",
            [(d.room, d.key, d.author, d.text) for d in documents],
        )
        execute(
            "INSERT INTO gram (rowid, numbers) VALUES (?, ?)",
            [(d.key, _joined(d)) for d in documents],
        )
        execute(
            "INSERT INTO span (block, first, last) VALUES (?, ?, ?) ON CONFLICT (block)"
            " DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)",
            [(d.key >> BLOCK, d.at, d.at) for d in documents],
        )

    def drop(self, keys: Sequence[int]) -> None:
        self._forget(_among(keys))

    def drop_below(self, key: int, count: int) -> bool:
        row = self._connection.execute(
            "SELECT key FROM document WHERE room = ? AND key < ? ORDER BY key LIMIT 1 OFFSET ?",
            (self.room, key, count - 1),
        ).fetchone()
        below = key if row is None else row[0] + 1
        self._forget(f"key < {below:d}")
        return row is not None

    def forget(self) -> None:
        self.change = self.floor = 0

    def move(self, change: int, floor: int) -> None:
        self.change, self.floor = change, floor
        self._connection.execute(
            "INSERT INTO cursor (room, change, floor) VALUES (?, ?, ?) ON CONFLICT (room)"
            " DO UPDATE SET change = excluded.change, floor = excluded.floor",
            (self.room, change, floor),
        )

    def _kept(self, which: str) -> list[Document]:
        rows = self._connection.execute(
            "SELECT key, room, author, 0, text FROM document"
            f" WHERE room = {self.room:d} AND {which}"
        )
        return [Document(*row) for row in rows]

    def _forget(self, which: str) -> None:
        if documents := self._kept(which):
            self._connection.executemany(
                "INSERT INTO gram (gram, rowid, numbers) VALUES ('delete', ?, ?)",
                [(document.key, _joined(document)) for document in documents],
            )
            self._connection.execute(f"DELETE FROM document WHERE room = {self.room:d} AND {which}")


def _among(keys: Iterable[int]) -> str:
    return f"key IN ({','.join(str(int(key)) for key in keys)})"


def _joined(document: Document) -> str:
    """What FTS5 is given: it parts at the spaces."""
    return " ".join(map("%x".__mod__, document.numbers()))


def _epoch(connection: sqlite3.Connection) -> str | None:
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        return None
    row = connection.execute("SELECT epoch FROM meta").fetchone()
    return row[0] if row else None


def _migrate(connection: sqlite3.Connection) -> None:
    """Make the tables; what another version made is dropped."""
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        for name in ("meta", "cursor", "document", "span", "gram"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in filter(str.strip, SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")
    connection.commit()


def _empty(connection: sqlite3.Connection, epoch: str) -> None:
    for name in ("meta", "cursor", "document", "span"):
        connection.execute(f"DELETE FROM {name}")
    connection.execute("INSERT INTO gram (gram) VALUES ('delete-all')")
    connection.execute("INSERT INTO meta (epoch) VALUES (?)", (epoch,))
