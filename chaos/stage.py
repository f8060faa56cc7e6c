"""What a fault happens to: services, workers, the lines between them, and people who talk."""

import asyncio
import io
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    ExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    redirect_stdout,
    suppress,
)
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
import redis

from chaos.client import Client
from chaos.proxy import Proxy
from tests.support import services
from tests.support.live import Event
from tests.support.server import ROOT, Server, Visitor, serve

T = TypeVar("T")
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
"""Debian's package `faketime`, without which no process can be given another clock."""
HEARTBEAT = 5
ESTABLISHED = "01"
"""As /proc/net/tcp calls it."""


@dataclass(frozen=True)
class Plan:
    """What a fault needs on its stage."""

    store: str = "postgres"
    """`postgres`, with Valkey as the bus, or `sqlite`, which is one process without a bus."""
    servers: int = 1
    """Servers, each behind a door of its own; like containers."""
    workers: int = 2
    """Worker processes of each server; like WORKERS."""
    bus_lines: bool = False
    """Whether each server reaches Valkey through a proxy of its own."""
    store_lines: bool = False
    """The same for Postgres."""
    clients: int = 24
    rate: float = 60.0
    """Posts and other changes a second, of all clients together."""
    fiddling: float = 0.12
    """The share of changes that are edits, deletions and reactions."""
    settings: dict[str, Any] = field(default_factory=dict)
    failpoints: str = ""
    """Faults inside all workers, until `Stage.disarm`."""
    clock: bool = False
    """Whether the second server's clock is the one of `Stage.set_clock`."""
    second: dict[str, Any] = field(default_factory=dict)
    """What holds for the second server besides."""
    disk: str = ""
    """The size of a disk of its own for the data, such as 48m; needs root."""
    tables: tuple[str, ...] = ()
    """What is done to the tables of Postgres before anybody comes: SQL."""
    excused: tuple[str, ...] = ()
    """What a line before a traceback in a server's log may hold."""


class Services:
    """A Postgres and a Valkey for all the stages of a run, started when first wanted."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._postgres: services.Postgres | None = None
        self._valkey: services.Valkey | None = None
        self._migrated = False
        self._names = count(1)

    @property
    def postgres(self) -> services.Postgres:
        if self._postgres is None:
            folder = tempfile.TemporaryDirectory(prefix="madang-chaos-")
            self._postgres = services.Postgres(Path(self._stack.enter_context(folder)))
            self._stack.callback(self._postgres.stop)
        if self._postgres.process is None:
            self._postgres.start()
        return self._postgres

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a migrated database of a stage's own; dropped at the end."""
        server = self.postgres.url.rpartition("/")[0]
        if not self._migrated:
            environment = {**os.environ, "DATABASE_URL": self.postgres.url, "REDIS_URL": ""}
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v", "0"],
                cwd=ROOT, env=environment, check=True,
            )  # fmt: skip
            self._migrated = True
        name = f"stage_{next(self._names)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE madang")
        try:
            yield f"{server}/{name}"
        finally:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def valkey(self) -> services.Valkey:
        if self._valkey is None:
            self._valkey = services.Valkey()
            self._stack.callback(self._valkey.stop)
        if self._valkey.process is None:
            self._valkey.start()
        return self._valkey

    def stop(self) -> None:
        self._stack.close()


@dataclass
class Stage:
    """A running stage. Times are the event loop's."""

    plan: Plan
    seed: int
    chance: random.Random
    settings: dict[str, Any]
    postgres: services.Postgres | None
    valkey: services.Valkey | None
    folder: Path
    """For this stage's files."""
    database: str = ""
    """The URL of its database, reached directly; empty for SQLite."""
    bus_url: str = ""
    servers: list[Server] = field(default_factory=list)
    doors: list[Proxy] = field(default_factory=list)
    bus_lines: list[Proxy] = field(default_factory=list)
    store_lines: list[Proxy] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    strangers: list[Client] = field(default_factory=list)
    """People who are in none of the rooms but the board, and ask for the others."""
    members: dict[str, set[str]] = field(default_factory=dict)
    """Room → ids of the people who were ever in it."""
    sent: dict[tuple[str, str], float] = field(default_factory=dict)
    """(author, nonce) → when it was first sent."""
    deliveries: list[tuple[float, float]] = field(default_factory=list)
    """When a message was seen by another, and how long after it was sent."""
    marks: dict[str, float] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    """What a fault measured besides, for the table."""
    findings: list[str] = field(default_factory=list)
    """What broke a promise, in words."""
    server_logs: list[str] = field(default_factory=list)
    """What each server said, once the stage is closed."""
    talking: bool = True
    lossy: bool = False
    """Whether this fault may lose what was acked, as it says: a disk that lied, an old backup."""
    _stack: ExitStack = field(default_factory=ExitStack)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def off_loop(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run what blocks on a thread: the proxies and clients live on our loop."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def start_server(self, **settings: Any) -> Server:
        """One more server, with a door before it. What the settings leave out is the stage's."""
        given = {**self.settings, **settings}
        if self.database:
            given["DATABASE_URL"] = await self._through(
                self.database, self.plan.store_lines, self.store_lines
            )
            given["REDIS_URL"] = await self._through(
                self.bus_url, self.plan.bus_lines, self.bus_lines
            )
        started = await self.off_loop(lambda: self._stack.enter_context(serve(**given)))
        started.excused += self.plan.excused
        self.servers.append(started)
        door = Proxy(int(started.host.rpartition(":")[2]))
        await door.start()
        self.doors.append(door)
        return started

    async def _through(self, url: str, wanted: bool, lines: list[Proxy]) -> str:
        port = urlsplit(url).port
        if not wanted or port is None:
            return url
        line = Proxy(port)
        await line.start()
        lines.append(line)
        return url.replace(f":{port}/", f":{line.port}/")

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, whose placeholders are `?`, past all proxies."""

        def ask() -> list[tuple[Any, ...]]:
            if self.database:
                with psycopg.connect(self.database) as postgres:
                    return postgres.execute(sql.replace("?", "%s").encode(), values).fetchall()
            path = self.servers[0].environment["DATA_DIR"] + "/madang.sqlite3"
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as lite:
                return lite.execute(sql, values).fetchall()

        return await self.off_loop(ask)

    async def execute(self, sql: str, *values: Any) -> None:
        """Change the Postgres database behind everybody's back."""

        def change() -> None:
            with psycopg.connect(self.database, autocommit=True) as postgres:
                postgres.execute(sql.encode(), values)

        await self.off_loop(change)

    def bus(self) -> redis.Redis:
        """A client of the bus, past all proxies."""
        return redis.Redis.from_url(self.bus_url, socket_timeout=5)

    async def heads(self) -> dict[str, int]:
        """Each room's head, from the database."""
        found = await self.rows("SELECT room_id, head FROM chat_feed")
        return {public(room): head for room, head in found}

    # --- people -------------------------------------------------------------------------

    async def settle(self) -> None:
        """Make the people and their rooms, and connect them all."""
        server = self.servers[0]
        visitors = [
            await self.off_loop(server.enter, f"이웃 {number}")
            for number in range(1, self.plan.clients + 1)
        ]
        made = [
            (await self.off_loop(server.make_room, visitors[number], title=f"방 {number}"))
            for number in range(4)
        ]
        self.members = {room["id"]: {visitors[at].id} for at, room in enumerate(made)}
        self.members["board"] = {visitor.id for visitor in visitors}
        for at, visitor in enumerate(visitors):
            own = {room["id"] for room in made if visitor.id in self.members[room["id"]]}
            for room in self.chance.sample(made, 2):
                if room["id"] not in own:
                    await self.join(visitor, room)
                    own.add(room["id"])
            rooms = sorted(own) + (["board"] if at % 3 == 0 else [])
            self.clients.append(self.client(visitor, rooms, at))
        for at in range(2):
            visitor = await self.off_loop(server.enter, f"나그네 {at}")
            self.members["board"].add(visitor.id)
            self.strangers.append(self.client(visitor, ["board"], at))
        self._tasks += [
            asyncio.create_task(client.stay(), name=client.name)
            for client in [*self.clients, *self.strangers]
        ]

    async def join(self, visitor: Visitor, room: dict[str, Any]) -> None:
        """Take someone into a room."""
        answer = await self.off_loop(
            self.servers[0].call,
            *("POST", "/api/v1/rooms/join", visitor),
            json={"code": room["code"]},
        )
        answer.raise_for_status()
        self.members[room["id"]].add(visitor.id)

    def client(self, visitor: Visitor, rooms: list[str], at: int) -> Client:
        """A client whose door is that of one server, the next one for the next client."""
        client = Client(
            visitor, rooms, lambda: self.doors[at % len(self.doors)], random.Random(self.seed + at)
        )
        client.seen = lambda event, when: self._delivered(visitor.id, event, when)
        return client

    def _delivered(self, reader: str, event: Event, when: float) -> None:
        if event["seq"] != event["change"] or "deleted" in event:
            return
        key = (event["author"]["id"], event.get("nonce", ""))
        sent = self.sent.get(key)
        if sent is not None and event["author"]["id"] != reader:
            seen = (reader, *key)
            if seen not in self._seen:
                self._seen.add(seen)
                self.deliveries.append((when, when - sent))

    async def talk(self) -> None:
        """Say things at the plan's rate until told to be silent."""
        begin, said = self.now(), 0
        while self.talking:
            while said < (self.now() - begin) * self.plan.rate:
                client = self.chance.choice(self.clients)
                said += 1
                if client.gone():
                    continue
                if self.chance.random() < self.plan.fiddling:
                    await client.fiddle()
                else:
                    nonce = await client.say()
                    self.sent[client.visitor.id, nonce] = self.now()
            await asyncio.sleep(0.01)  # The pace of the talk, not a wait for anything.

    def staying(self) -> list[Client]:
        """The clients that are still to be there."""
        return [c for c in self.clients if not c.gone()]

    async def until(
        self, what: str, true: Callable[[], bool | Awaitable[bool]], within: float
    ) -> float:
        """Wait for a condition and return how long it took; a finding when it did not come."""
        began = self.now()
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return self.now() - began
            if self.now() - began > within:
                self.findings.append(f"{what}: not within {within:g} s")
                return self.now() - began
            await asyncio.sleep(0.05)

    async def crowd(self, size: int) -> list[Client]:
        """That many more people on the board, who only read; connected soon."""
        server = self.servers[0]
        crowd = []
        for at in range(size):
            if at % 10 == 0:  # Ten sockets of a person each.
                visitor = await self.off_loop(server.enter, f"구경꾼 {at}")
                self.members["board"].add(visitor.id)
            client = self.client(visitor, ["board"], at)
            client.seen = None
            crowd.append(client)
            self._tasks.append(asyncio.create_task(client.stay(), name=client.name))
            if at % 20 == 19:
                await self.until("twenty more", lambda: all(c.ready for c in crowd[-20:]), 30)
        self.strangers += crowd
        return crowd

    # --- processes ----------------------------------------------------------------------

    def workers(self, server: int = 0) -> list[int]:
        """The process ids of a server's workers, none for a moment perhaps: of its children, or
        its own where it serves by itself.
        """
        parent = self.servers[server].process.pid
        found = [pid for pid in children(parent) if "spawn_main" in command_line(pid)]
        by_itself = self.valkey is None or self.plan.workers == 1
        return [parent] if by_itself else found

    def far_ports_of_servers(self) -> list[int]:
        """The ports of all peers that have a connection to one of the servers."""
        ours = {int(server.host.rpartition(":")[2]) for server in self.servers}
        found = []
        for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
            _number, local, far, state, *_rest = line.split()
            if state == ESTABLISHED and int(local.rpartition(":")[2], 16) in ours:
                found.append(int(far.rpartition(":")[2], 16))
        return found

    async def disarm(self) -> None:
        """Replace all workers by ones without failpoints."""
        (self.folder / "failpoints").write_text(" ", encoding="ascii")
        before = set(self.workers())
        for pid in before:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self.until(
            "sound workers",
            lambda: len(set(self.workers()) - before) == self.plan.workers,
            15,
        )

    def set_clock(self, offset: str) -> None:
        """Set the second server's clock apart from ours, in seconds such as +3600."""
        (self.folder / "clock").write_text(offset, encoding="ascii")

    async def metric(self, name: str) -> list[float]:
        """A metric of each server, as far as it has one."""
        found = []
        for server in self.servers:
            page = await self.off_loop(server.call, "GET", "/metrics")
            lines = page.text.splitlines()
            found += [float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)]
        return found

    async def close(self) -> None:
        """Everyone leaves, and all processes end."""
        self.talking = False
        for client in [*self.clients, *self.strangers]:
            client.done = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=15)
        for task in self._tasks:
            task.cancel()
        for door in self.doors:
            await door.stop()
        self.server_logs = [server.log.read_text(errors="replace") for server in self.servers]
        noise = io.StringIO()

        def stop() -> None:
            with redirect_stdout(noise):
                self._stack.close()

        try:
            await self.off_loop(stop)
        except AssertionError as error:
            self.findings.append(f"a fault of the server's own: {error}")
        except Exception as error:
            self.findings.append(f"it did not end well: {type(error).__name__}: {error}")
        for line in [*self.bus_lines, *self.store_lines]:
            await line.stop()


@asynccontextmanager
async def staged(plan: Plan, seed: int, shared: Services) -> AsyncIterator[Stage]:
    """A stage with everything running; people are made and connected by `settle`."""
    settings = {
        "RATE_LIMITS": "off",
        "HEARTBEAT_SECONDS": HEARTBEAT,
        "LOG_LEVEL": "WARNING",
        # Kept from run to run: filling it takes seconds.
        "STATIC_ROOT": ROOT / "var" / "chaos" / "static",
        **plan.settings,
    }
    stack = ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="madang-chaos-"))
    on_postgres = plan.store == "postgres"
    postgres = await asyncio.to_thread(lambda: shared.postgres) if on_postgres else None
    valkey = await asyncio.to_thread(lambda: shared.valkey) if on_postgres else None
    chance = random.Random(seed)
    stage = Stage(plan, seed, chance, settings, postgres, valkey, Path(folder), _stack=stack)
    data = stage.folder / "data"
    data.mkdir()
    if plan.failpoints:
        settings["FAILPOINTS_FILE"] = stage.folder / "failpoints"
        (stage.folder / "failpoints").write_text(plan.failpoints, encoding="ascii")
    second = dict(plan.second)
    if plan.clock:
        second |= {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": stage.folder / "clock"}
        second |= {"FAKETIME_NO_CACHE": 1, "FAKETIME_DONT_FAKE_MONOTONIC": 1}
        stage.set_clock("+0")
    if valkey is not None:
        stage.database = await stage.off_loop(stack.enter_context, shared.database())
        stage.bus_url = valkey.url
        with closing(stage.bus()) as bus:
            bus.flushall()
        settings |= {"WORKERS": plan.workers, "DATABASE_POOL": 8}
        # Containers share these; servers on one machine would each make their own.
        settings |= {"SECRET_KEY": f"chaos {seed}", "DATA_DIR": data}
    else:
        if plan.disk:
            stack.enter_context(small_disk(data, plan.disk))
        settings |= {"DATA_DIR": data}
    try:
        for sql in plan.tables:
            await stage.execute(sql)
        for at in range(plan.servers):
            await stage.start_server(**(second if at == 1 else {}))
        yield stage
    finally:
        await stage.close()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of this size in memory, mounted on a folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def public(room: int) -> str:
    """The id by which clients know a room."""
    return str(room) if room else "board"


def children(parent: int) -> list[int]:
    """The process ids of a process' children."""
    try:
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii")
    except OSError:
        return []
    return [int(pid) for pid in listed.split()]


def command_line(pid: int) -> str:
    """How a process was called; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8").replace("\0", " ")
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def memory(pid: int) -> int:
    """The resident bytes of a process, 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf(
            "SC_PAGESIZE"
        )
    except OSError:
        return 0


def processor_seconds(pid: int) -> float:
    """The processor time that a process used."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(pid: int) -> int:
    """How many file descriptors a process holds."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def say(line: str) -> None:
    """Tell whoever runs this, also while a server's log is held back."""
    print(line, file=sys.__stdout__, flush=True)
