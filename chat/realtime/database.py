"""The threads on which realtime touches the database: one that writes, a few that read.

The event loop never does, and nothing goes through the one thread that Django and Channels
share among all callers.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from chat.errors import ChatError, StorageFull, Unavailable

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

READERS = 3


class Database:
    """Runs blocking functions on its own threads, each with a connection of its own."""

    def __init__(self, readers: int = READERS) -> None:
        self.writing = ThreadPoolExecutor(1, "madang-write")
        self._readers = readers
        self._reading = ThreadPoolExecutor(readers, "madang-read")
        self.reads: Counter[str] = Counter()
        """How often each function was read with, by its name."""

    async def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, from a reading thread. Lost connections are tried once more."""
        loop = asyncio.get_running_loop()
        self.reads[function.__name__.lstrip("_")] += 1
        return await loop.run_in_executor(self._reading, lambda: _retried(function, args, kwargs))

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, from the writing thread, between two commits."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.writing, lambda: write_here(function, *args, **kwargs)
        )

    def stop(self) -> None:
        """End the threads, and their connections with them."""
        self.writing.submit(_close)
        # Each waits for all the others, so that no thread closes twice and another not at all.
        together = Barrier(self._readers)
        for _ in range(self._readers):
            self._reading.submit(_close_together, together)
        for pool in (self.writing, self._reading):
            pool.shutdown(wait=True, cancel_futures=False)


def _close() -> None:
    connection.close()  # Looked up here, for each thread has its own.


def _close_together(others: Barrier) -> None:
    others.wait()
    _close()


def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that uses the database on a thread of ours, and tidy up behind it."""
    try:
        result = function(*args, **kwargs)
    except Exception:
        # Whatever it was: the next call begins with a connection known to be good.
        connection.close()
        raise
    if connection.vendor != "sqlite":
        connection.close()  # Back into the pool, where it is checked.
    return result


def _retried(function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> T:
    try:
        return run(function, *args, **kwargs)
    except (OperationalError, InterfaceError):
        return run(function, *args, **kwargs)


def write_here(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`run` on the writing thread, whose connection alone folds SQLite's log into the database."""
    if connection.vendor == "sqlite" and connection.connection is None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_autocheckpoint=1000")
    return run(function, *args, **kwargs)


def passing(error: Exception) -> bool:
    """Whether a failed transaction may succeed when it is tried again."""
    return isinstance(error, (OperationalError, InterfaceError)) and not disk_full(error)


def disk_full(error: Exception) -> bool:
    """Whether the database had no room left (SQLite's SQLITE_FULL, Postgres' 53100)."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state == "53100" or "disk is full" in str(error) or "No space left" in str(error)


def refusal(error: Exception | None) -> ChatError:
    """What a person is told of a change that could not be stored."""
    if error is not None and disk_full(error):
        return StorageFull(retry_after=10)
    if error is None or isinstance(error, DatabaseError):
        return Unavailable(retry_after=3)
    return Unavailable()
