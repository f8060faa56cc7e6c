"""Madang as it is deployed: `manage.py serve` in its own environment, data on disk.

Sessions are made before the start; afterwards the database is asked what it holds.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import building
from benchmarks.loading import Address
from benchmarks.serving import Server, free_port
from benchmarks.stage import ROOT, Stage

LIMITS = dict.fromkeys(
    (
        *("LIMIT_POSTS_PER_SECOND", "LIMIT_POSTS_PER_MINUTE", "LIMIT_FRAMES_PER_SECOND"),
        *("LIMIT_FRAMES_PER_MINUTE", "LIMIT_SOCKETS_PERSON", "LIMIT_SOCKETS_ADDRESS"),
    ),
    "1000000",
)
"""Everything is counted against its limit, as in an installation, and nothing reaches it."""


class Product:
    """One installation with a data folder of its own below the stage's."""

    def __init__(
        self, stage: Stage, name: str = "madang", env: Mapping[str, str] | None = None
    ) -> None:
        self.stage = stage
        self.python = building.product()
        self.data = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=stage.folder))
        self.log = self.data.with_suffix(".log")
        self.env = {
            "DATA_DIR": str(self.data),
            "DJANGO_SETTINGS_MODULE": "chatsite.settings",
            **LIMITS,
            "HOST": "127.0.0.1",
            **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "WORKERS"), ""),
            **(env or {}),
        }
        self.port = free_port()
        self._call("manage.py", "migrate", "--verbosity", "0")

    @property
    def origin(self) -> str:
        """Where browsers would come from."""
        return f"http://127.0.0.1:{self.port}"

    def people(self, count: int) -> Path:
        """A file with the session cookies of so many new guests, one a line."""
        path = self.data / f"cookies-{count}"
        path.write_text(self._call("-m", "benchmarks.people", str(count)), encoding="ascii")
        return path

    @contextmanager
    def serving(self, cookies: Path, dialect: str = "madang") -> Iterator[Address]:
        """The product, running on the server's core."""
        with Server(
            [str(self.python), "manage.py", "serve"],
            port=self.port,
            cores=self.stage.server_cores,
            log=self.log,
            folder=ROOT,
            env={**self.env, "PORT": str(self.port)},
            ready="/healthz",
        ) as server:
            yield Address((self.port,), dialect, tuple(server.pids()), cookies, self.origin)

    def ledger(self) -> dict[str, Any]:
        """What the database holds and how it stores; see benchmarks/ledger.py."""
        ledger: dict[str, Any] = json.loads(self._call("-m", "benchmarks.ledger"))
        return ledger

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=ROOT,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", **self.env},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
        return done.stdout
