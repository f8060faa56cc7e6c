"""Starts one server on its core, waits until it answers, knows its processes, ends it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.request import urlopen


class Server:
    """A server process, and those it starts; a context manager. Its output goes to `log`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        port: int,
        cores: set[int],
        log: Path,
        folder: Path,
        env: Mapping[str, str] | None = None,
        ready: str | None = None,
        timeout: float = 30,
    ) -> None:
        """`ready`: a path whose GET answers 200 when it is up; None: the port is open."""
        self.command = list(command)
        self.port = port
        self.log = log
        self._cores = cores
        self._folder = folder
        self._env = {**os.environ, **(env or {})}
        self._ready = ready
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._pin,
            )
        try:
            self._wait(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def pids(self) -> list[int]:
        """The server's processes: the one started, and all below it."""
        assert self._process is not None, "the server has not been started"
        return family(self._process.pid)

    def stop(self, patience: float = 20) -> float:
        """Ask it to end, and insist after `patience` seconds; how long it took."""
        process, self._process = self._process, None
        if process is None:
            return 0.0
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return time.monotonic() - began

    def _pin(self) -> None:
        os.sched_setaffinity(0, self._cores)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._timeout
        while not self._answers():
            if process.poll() is not None:
                raise RuntimeError(f"{self.command[0]} ended at once:\n{self._tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.command[0]} does not answer:\n{self._tail()}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        if self._ready is None:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{self._ready}", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _tail(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def family(pid: int) -> list[int]:
    """This process and all below it, from /proc."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found.extend(int(child) for child in task.read_text(encoding="ascii").split())
    return found
