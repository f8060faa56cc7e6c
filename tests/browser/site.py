"""A real server of the tests' own: `manage.py serve` on a free port, with its own data folder."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.support.server import static_root

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 40


class Site:
    """Starts, stops and restarts one server; its address stays the same."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def start(self) -> None:
        """Returns when pages are answered. Raises AssertionError with the server's log if not."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "WORKERS"}
        }
        environment |= {"DATA_DIR": str(self.folder), "PORT": str(self.port), "HOST": "127.0.0.1"}
        environment |= {"STATIC_ROOT": str(static_root())}
        environment |= self._settings
        self._log = (self.folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def stop(self) -> None:
        """Ends the server as a supervisor would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def _wait(self) -> None:
        assert self._process is not None
        poll = subprocess.Popen(
            [sys.executable, "-c", _POLL, f"{self.url}/healthz", str(READY_WITHIN_S)]
        )
        poll.wait()
        ended = self._process.poll()
        assert poll.returncode == 0, f"no server (exit {ended}):\n{self.log()}"


# Asked from a process of its own, so that the wait is bounded whatever the server does.
_POLL = """
import sys, time, urllib.request
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    try:
        sys.exit(urllib.request.urlopen(sys.argv[1], timeout=2).status != 200)
    except OSError:
        time.sleep(0.05)
sys.exit(1)
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
