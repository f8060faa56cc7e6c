"""A Postgres and a Valkey of a run's own, on the load's core, which is nearly idle then."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import building
from benchmarks.stage import ROOT, Stage

TELL = 'echo "$DATABASE_URL"; echo "$REDIS_URL"; exec cat >/dev/null'
"""Prints the addresses and waits until our end of the pipe is closed."""


@contextmanager
def services(stage: Stage) -> Iterator[tuple[str, str]]:
    """The URLs of an empty Postgres database, committing to disk, and of a Valkey."""
    command = [str(building.peers()), "-m", "tests.support.services", "--durable"]
    process = subprocess.Popen(
        [*command, "sh", "-c", TELL],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, stage.load_cores),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        urls = [process.stdout.readline().strip() for _ in range(2)]
        if not all(urls):
            raise RuntimeError("Postgres or Valkey did not start; see above.")
        yield urls[0], urls[1]
    finally:
        process.stdin.close()
        process.wait()
