"""Real servers for the tests: processes on free loopback ports with data of their own.

`serve` runs the product (uvicorn), `daphne` the other server that is supported. Where the whole
run has a Postgres and a Valkey, a server gets an empty database of the one and a number of the
other.
"""

import atexit
import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis

from tests.support import services
from tests.support.environment import WORKER

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 15
OURS = (
    *("DATABASE_", "REDIS_", "LIMIT_", "OUTBOX_", "HEARTBEAT_", "HEAD_CHECK_", "EDIT_", "FAIL"),
    *(
        "DATA_DIR",
        "DEBUG",
        "HOST",
        "LOG_LEVEL",
        "METRICS_",
        "PLAIN_",
        "PORT",
        "COMPRESSION",
        "PUBLIC_URL",
        "RATE_LIMITS",
        "UNSENT_",
    ),
    *("SECRET_KEY", "STATIC_ROOT", "TRUSTED_PROXIES", "WORKERS", "PYTHONASYNCIODEBUG"),
)
"""What a server under test must not take from the environment of the tests."""

_numbers = itertools.cycle(range(WORKER * 16 + 1, WORKER * 16 + 16))
_names = itertools.count(1)
_static: Path | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone with a session: what sockets and requests need of them."""

    id: str
    name: str
    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie}


@dataclass
class Server:
    """A server that runs. `call` asks it over HTTP, `rows` looks into its database."""

    host: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    log: Path
    http: httpx.Client
    excused: list[str] = field(default_factory=list)
    """Parts of lines with which a traceback in the log may begin, where a test provokes it."""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def socket(self, path: str) -> str:
        """The address of a WebSocket path."""
        return f"ws://{self.host}{path}"

    def call(
        self, method: str, path: str, visitor: Visitor | None = None, **options: Any
    ) -> httpx.Response:
        """One request, as this visitor or without any cookie."""
        self.http.cookies.clear()
        headers = {**(visitor.headers if visitor else {}), **options.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **options)

    def enter(self, nickname: str | None = None) -> Visitor:
        """A new guest; a nickname that nobody has unless one is given."""
        wanted = nickname or f"손님 {next(_names)}"
        response = self.call("POST", "/api/v1/guests", json={"nickname": wanted})
        assert response.status_code == 201, response.text
        cookie = f"sessionid={response.cookies['sessionid']}"
        return Visitor(response.json()["id"], response.json()["name"], cookie)

    def make_room(self, owner: Visitor, *members: Visitor, title: str = "방") -> dict[str, Any]:
        """A new room of `owner` that `members` entered with its code."""
        response = self.call("POST", "/api/v1/rooms", owner, json={"title": title})
        assert response.status_code == 201, response.text
        room: dict[str, Any] = response.json()
        for member in members:
            joined = self.call("POST", "/api/v1/rooms/join", member, json={"code": room["code"]})
            assert joined.status_code == 200, joined.text
        return room

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, whose placeholders are `?`."""
        if url := self.environment.get("DATABASE_URL"):
            with psycopg.connect(url) as postgres:
                return postgres.execute(sql.replace("?", "%s").encode(), values).fetchall()
        with closing(sqlite3.connect(self._file, timeout=10)) as lite:
            return lite.execute(sql, values).fetchall()

    def execute(self, sql: str, *values: Any) -> None:
        """Change the database behind the server's back."""
        if url := self.environment.get("DATABASE_URL"):
            with psycopg.connect(url) as postgres:
                postgres.execute(sql.replace("?", "%s").encode(), values)
            return
        with closing(sqlite3.connect(self._file, timeout=10)) as lite, lite:
            lite.execute("PRAGMA wal_autocheckpoint=0")
            lite.execute(sql, values)

    @property
    def _file(self) -> str:
        return self.environment["DATA_DIR"] + "/madang.sqlite3"

    def shell(self, code: str) -> str:
        """What Python code prints in a process of its own beside the server."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def serve(**settings: object) -> Iterator[Server]:
    """The product, as `manage.py serve` runs it; the settings are environment variables.

    At the end it must stop by itself, and have no traceback in its log.
    """
    with _running(lambda _port: [sys.executable, "manage.py", "serve"], settings) as server:
        yield server


@contextmanager
def daphne(**settings: object) -> Iterator[Server]:
    """The same application behind Daphne."""

    def command(port: int) -> list[str]:
        options = ["-b", "127.0.0.1", "-p", str(port)]
        return [sys.executable, "-m", "daphne", *options, "chatsite.asgi:application"]

    with _running(command, settings, migrate=True) as server:
        yield server


@contextmanager
def _running(
    command: Callable[[int], list[str]], settings: dict[str, object], *, migrate: bool = False
) -> Iterator[Server]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="madang-served-")))
        environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        environment |= _stores(stack)
        environment |= {"DATA_DIR": str(folder / "data"), "STATIC_ROOT": str(static_root())}
        environment |= {name: str(value) for name, value in settings.items()}
        environment = {name: value for name, value in environment.items() if value}
        port = services.free_port()
        environment |= {"HOST": "127.0.0.1", "PORT": str(port)}
        if migrate:
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v", "0"],
                cwd=ROOT, env=environment, check=True,
            )  # fmt: skip
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command(port), cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        host = f"127.0.0.1:{port}"
        http = stack.enter_context(httpx.Client(base_url=f"http://{host}", timeout=20))
        server = Server(host, process, environment, log, http)
        try:
            _await_ready(server)
            yield server
        finally:
            try:
                if process.poll() is None:
                    server.stop()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
                sys.stdout.write(log.read_text(errors="replace")[-8_000:])
        _check_log(server)


def _stores(stack: ExitStack) -> dict[str, str]:
    """Stores of this server's own in the services that the whole run uses, where it uses any."""
    found = {}
    if url := os.environ.get("DATABASE_URL"):
        found["DATABASE_URL"] = stack.enter_context(services.postgres_database(url))
        found["DATABASE_POOL"] = "6"
    if url := os.environ.get("REDIS_URL"):
        found["REDIS_URL"] = own_redis(url)
    return found


def own_redis(url: str) -> str:
    """The URL of one of the sixteen databases of this process of the tests, emptied."""
    own = f"{url.rpartition('/')[0]}/{next(_numbers)}"
    with closing(redis.Redis.from_url(own)) as client:
        client.flushdb()
    return own


def static_root() -> Path:
    """One folder of static files for all servers of a run: filling it takes seconds."""
    global _static
    if _static is None:
        _static = Path(tempfile.mkdtemp(prefix="madang-static-"))
        atexit.register(shutil.rmtree, _static, ignore_errors=True)
    return _static


def _await_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if server.http.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start:\n{server.log.read_text()}")
        time.sleep(0.05)


def _check_log(server: Server) -> None:
    """Whatever clients do, the server has no fault of its own to report."""
    lines = server.log.read_text(errors="replace").splitlines()
    said = 0
    for number, line in enumerate(lines):
        if line and line[0] in "{0123456789":
            said = number  # Where the entry begins that the traceback belongs to.
        if "Traceback" in line and not any(part in lines[said] for part in server.excused):
            raise AssertionError("in the server's log:\n" + "\n".join(lines[said:][:60]))
