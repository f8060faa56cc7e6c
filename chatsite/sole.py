"""One server on one SQLite file: of two, neither would tell its people what the other's say, and
both would fold the log into the database, which SQLite bears from one process only.
"""

import fcntl
import time
from pathlib import Path
from typing import IO, Any

PATIENCE = 2.0
"""Seconds for a server that was told to end, and is about to."""
STEP = 0.1


class Taken(Exception):
    """Another server has it."""


def hold(database: dict[str, Any]) -> IO[bytes] | None:
    """Take the database of these settings for this process: until what is returned is closed, or
    the process ends, however that comes. Raises Taken.

    None where it is not SQLite's, or where nothing can be locked: a folder that can't be written
    to the database complains of itself.
    """
    if not database["ENGINE"].endswith("sqlite3") or database["NAME"] == ":memory:":
        return None
    path = Path(database["NAME"]).resolve()
    try:
        # Python lets no child inherit it, who would hold it on when we are gone.
        lock = path.with_name(f"{path.name}.lock").open("ab")
    except OSError:
        return None
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError as error:
            if time.monotonic() > until:
                lock.close()
                raise Taken from error
            time.sleep(STEP)
        except OSError:  # A file system without locks.
            lock.close()
            return None
