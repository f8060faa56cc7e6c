"""The database: away, locked, full, older than it was."""

import asyncio
import os
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import psycopg

from chaos.run import Fault, quantile
from chaos.stage import Plan, Stage, children

AWAY = ("failed", "not read", "not found out", "can't start", "refused", "command", "no guest made")
"""What the log may say before a traceback while the database is away."""
LITE = Plan(store="sqlite", workers=1, rate=40.0)


async def postgres_troubled(stage: Stage) -> None:
    """End all sessions, restart Postgres in order, crash it, and stop it for 5 s."""
    assert stage.postgres is not None
    postgres = stage.postgres
    await stage.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await asyncio.sleep(1.5)
    for number in (signal.SIGINT, signal.SIGQUIT):
        await stage.off_loop(postgres.stop, number)
        await asyncio.sleep(1)
        await stage.off_loop(postgres.start)
        await asyncio.sleep(3)
    assert postgres.process is not None
    everyone = [postgres.process.pid, *children(postgres.process.pid)]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(5)
    for pid in reversed(everyone):
        os.kill(pid, signal.SIGCONT)
    nothing_failed_falsely(stage)


async def postgres_away(stage: Stage) -> None:
    """No Postgres for 20 s: everybody waits, and goes on within five seconds after."""
    assert stage.postgres is not None
    postgres = stage.postgres
    await stage.off_loop(postgres.stop)
    await asyncio.sleep(20)
    await stage.off_loop(postgres.start)
    nothing_failed_falsely(stage)


def nothing_failed_falsely(stage: Stage) -> None:
    """Whoever was refused was told to try again, and nothing else."""
    harm = stage.marks["harm"]
    refused = [code for c in stage.clients for at, code in c.refusals if at >= harm]
    stage.figures["told to try again"] = str(refused.count("unavailable"))


async def connection_cut(stage: Stage) -> None:
    """Cut the lines to Postgres again and again, also between COMMIT and its answer."""
    for _ in range(25):
        await asyncio.sleep(stage.chance.uniform(0.1, 0.4))
        for line in stage.store_lines:
            line.cut()
    nothing_failed_falsely(stage)


async def row_locked(stage: Stage) -> None:
    """Somebody holds one room's row for 8 s: that room waits, the others do not notice."""
    held = stage.clients[0].rooms[0]
    began = stage.now()

    def hold() -> None:
        with psycopg.connect(stage.database) as postgres:
            postgres.execute("SELECT 1 FROM chat_feed WHERE room_id = %s FOR UPDATE", [held])
            postgres.execute("SELECT pg_sleep(8)")

    await stage.off_loop(hold)
    others = [
        a.took for c in stage.clients for a in c.acked.values() if a.at >= began and a.room != held
    ]
    stage.figures["others' ack p99"] = f"{quantile(others, 0.99) * 1000:.0f} ms"
    if quantile(others, 0.99) > 1.0:
        stage.findings.append(f"other rooms waited: p99 {quantile(others, 0.99):.1f} s")
    nothing_failed_falsely(stage)


async def file_locked(stage: Stage) -> None:
    """Another program holds SQLite's file for 8 s: all wait, and nobody is told that it failed."""

    def hold() -> None:
        path = stage.servers[0].environment["DATA_DIR"] + "/madang.sqlite3"
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as lite:
            lite.execute("PRAGMA wal_autocheckpoint=0")
            lite.execute("BEGIN EXCLUSIVE")
            subprocess.run(["sleep", "8"], check=True)
            lite.execute("ROLLBACK")

    await stage.off_loop(hold)
    nothing_failed_falsely(stage)


async def locked_in_any_order(stage: Stage) -> None:
    """Half of the batches lock their rooms the other way round."""
    await asyncio.sleep(6)


async def disk_full(stage: Stage) -> None:
    """Fill the disk: sending is refused as `storage_full`, reading goes on; then make room."""
    filler = Path(stage.servers[0].environment["DATA_DIR"], "filler")
    fill(filler)
    begun = stage.now()
    await stage.until(
        "storage_full",
        lambda: any(code == "storage_full" for c in stage.clients for _at, code in c.refusals),
        10,
    )
    room = stage.clients[0].rooms[0]
    page = await stage.off_loop(
        stage.servers[0].call, "GET", f"/api/v1/rooms/{room}/messages", stage.clients[0].visitor
    )
    if page.status_code != 200 or not page.json()["messages"]:
        stage.findings.append(f"history on a full disk: {page.status_code} {page.text[:200]}")
    answer = await stage.off_loop(stage.servers[0].call, "GET", "/readyz")
    if answer.status_code != 503 or answer.json()["disk"] != "full":
        stage.findings.append(f"/readyz on a full disk: {answer.text}")
    await asyncio.sleep(max(0.0, 3 - (stage.now() - begun)))
    refused = {code for c in stage.clients for _at, code in c.refusals}
    if not refused <= {"storage_full"}:
        stage.findings.append(f"refused with {refused}")
    filler.unlink()


def fill(path: Path) -> None:
    """Write a file until there is no room left."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(64 * 1024)):
            pass


async def power_lost(stage: Stage) -> None:
    """Model a disk that lied: the last part of SQLite's log is gone, so the head went back."""
    stage.lossy = True
    server = stage.servers[0]
    data = Path(server.environment["DATA_DIR"])
    await stage.off_loop(server.stop, signal.SIGKILL)
    wal = data / "madang.sqlite3-wal"
    size = wal.stat().st_size
    lost = min(size // 3, 200_000)
    os.truncate(wal, size - lost)
    (data / "madang.sqlite3-shm").unlink(missing_ok=True)
    await restart(stage)
    stage.figures["log cut by"] = f"{lost // 1024} KiB of {size // 1024}"


async def restored(stage: Stage) -> None:
    """Put an old backup back, with a new epoch, while everybody is there."""
    stage.lossy = True
    data = Path(stage.servers[0].environment["DATA_DIR"])

    def back_up() -> None:
        with (
            closing(sqlite3.connect(data / "madang.sqlite3")) as lite,
            closing(sqlite3.connect(data / "old")) as old,
        ):
            lite.backup(old)

    await stage.off_loop(back_up)
    await asyncio.sleep(4)
    await stage.off_loop(stage.servers[0].stop)
    for name in ("madang.sqlite3-wal", "madang.sqlite3-shm"):
        (data / name).unlink(missing_ok=True)
    os.replace(data / "old", data / "madang.sqlite3")
    with closing(sqlite3.connect(data / "madang.sqlite3")) as lite, lite:
        lite.execute("UPDATE chat_installation SET epoch = ?", ["restored"])
    await restart(stage)
    await stage.until(
        "everyone began anew",
        lambda: all(c.epoch == "restored" and c.ready for c in stage.staying()),
        20,
    )
    old = [c.name for c in stage.staying() if not any(view.resets for view in c.views.values())]
    if old:
        stage.findings.append(f"not told to forget: {old}")


async def restart(stage: Stage) -> None:
    """Start the only server again on the same data."""
    stage.servers.pop()
    fresh = await stage.start_server()
    stage.doors[0].target = int(fresh.host.rpartition(":")[2])
    await stage.doors.pop().stop()


def on_data(size: str = "") -> Plan:
    """SQLite in a folder that outlives its server; on a small disk of its own, where given."""
    return Plan(store="sqlite", workers=1, rate=40.0, disk=size, excused=(*AWAY, "full"))


STORE: list[Fault] = [
    Fault(
        "C6",
        "Postgres: sessions ended, restarted, crashed, stopped for 5 s",
        postgres_troubled,
        Plan(excused=AWAY),
        each_commit=True,
    ),
    Fault("C6b", "Postgres away for 20 s", postgres_away, Plan(excused=AWAY), heals_within=10.0),
    Fault(
        "C6c",
        "lines to Postgres cut at random",
        connection_cut,
        Plan(store_lines=True, excused=AWAY),
    ),
    Fault("C7", "one room's row locked for 8 s", row_locked),
    Fault("C7b", "SQLite's file locked for 8 s", file_locked, LITE),
    Fault(
        "C8",
        "two writers lock rooms in any order",
        locked_in_any_order,
        Plan(settings={"FAILPOINTS": "lock_order=off@0.5,before_commit=sleep:0.02"}),
    ),
    *(
        [Fault("C9", "disk full", disk_full, on_data("48m"), heals_within=20)]
        if os.geteuid() == 0
        else []
    ),
    Fault("C10", "power loss on a disk that lied", power_lost, on_data()),
    Fault("C23", "old backup restored under open pages", restored, on_data()),
]
