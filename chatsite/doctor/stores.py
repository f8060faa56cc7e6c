"""The database and the bus."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from chatsite.doctor.findings import Finding, bad, good, warn
from chatsite.endpoints import redis_urls

OFF = 2.0
"""Seconds by which two clocks may differ."""
SLOW = 0.02
POSTGRES = 140_000
FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""SQLite's releases with the mended WAL reset (https://sqlite.org/wal.html#walresetbug)."""


def trouble() -> str:
    """Why the database does not answer, empty when it does.

    Goes past Django's pool, which knows only that it waited in vain.
    """
    try:
        if connection.vendor == "postgresql":
            params: dict[str, Any] = connection.get_connection_params()
            psycopg.connect(**{"connect_timeout": 5, **params}).close()
        else:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
    except (DatabaseError, psycopg.Error) as error:
        return first_line(error)
    return ""


def database() -> Iterator[Finding]:
    """Whether it answers, and keeps what it has promised."""
    if why := trouble():
        yield bad(
            "database", _("The database does not answer: %(why)s") % {"why": why},
            _("Is it running? Check DATABASE_URL and DATABASE_PASSWORD: address, name, password."),
        )  # fmt: skip
        return
    yield from sqlite() if connection.vendor == "sqlite" else postgres()
    yield from migrations()


def sqlite() -> Iterator[Finding]:
    """Version and journal."""
    version = sqlite3.sqlite_version_info
    if mended(version):
        yield good("database", f"SQLite {sqlite3.sqlite_version}")
    else:
        yield warn(
            "database",
            _("SQLite %(version)s can lose rows in a rare race; Madang works around it.")
            % {"version": sqlite3.sqlite_version},
            _("SQLite 3.51.3 is mended. Never write to the file with another program."),
        )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
        cursor.execute("PRAGMA quick_check(1)")
        checked = cursor.fetchone()[0]
    if mode != "wal":
        yield bad(
            "database", _("SQLite's journal is %(mode)s instead of WAL.") % {"mode": mode},
            _("The disk may not support it. Move DATA_DIR to a disk of this machine."),
        )  # fmt: skip
    if checked != "ok":
        yield bad(
            "database", _("The database file is damaged."),
            _("Stop the server, keep a copy of the file, and restore a backup."),
        )  # fmt: skip


def mended(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the mended WAL reset."""
    return version >= FIXED[0] or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in FIXED[1:]
    )


def postgres() -> Iterator[Finding]:
    """Version, durability, room for our connections, and its clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'),"
            " current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('max_connections')::int, extract(epoch FROM clock_timestamp())"
        )
        number, version, fsync, synchronous, most, now = cursor.fetchone()
    fine = True
    if number < POSTGRES:
        fine = False
        yield warn(
            "database", _("Postgres %(version)s is too old.") % {"version": version},
            _("Upgrade to Postgres 14 or newer; the compose file brings 17."),
        )  # fmt: skip
    if fsync == "off" or synchronous == "off":
        fine = False
        yield bad(
            "database", _("Postgres says a message is stored before it is on the disk."),
            _("Set fsync and synchronous_commit to on."),
        )  # fmt: skip
    pool = settings.DATABASES["default"]["OPTIONS"].get("pool") or {}
    wanted = settings.WORKERS * int(pool.get("max_size", 1))
    if wanted + 5 > most:
        fine = False
        yield bad(
            "database",
            _("Our workers may open %(wanted)d connections, Postgres allows %(most)d.")
            % {"wanted": wanted, "most": most},
            _("Raise max_connections of Postgres, or lower WORKERS or DATABASE_POOL."),
        )
    yield from clocks("Postgres", float(now))
    if fine:
        yield good("database", f"Postgres {version}")


def migrations() -> Iterator[Finding]:
    """Whether the tables are those of this version."""
    executor = MigrationExecutor(connection)
    applied = set(executor.loader.applied_migrations)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    newer = sorted(
        name for app, name in applied - set(executor.loader.graph.nodes) if app == "chat"
    )
    if newer:
        yield bad(
            "migrations",
            _("A newer Madang has changed the database (%(names)s).") % {"names": ", ".join(newer)},
            _("Run the newer version, or restore a backup of this one."),
        )
    elif missing:
        yield bad(
            "migrations", _("%(count)d migrations are missing.") % {"count": len(missing)},
            _("Run: manage.py migrate (in the compose file: docker compose up migrate)"),
        )  # fmt: skip
    else:
        yield good("migrations", _("The tables are those of this version."))


def bus() -> Iterator[Finding]:
    """Whether every Redis answers and passes a message on."""
    if not settings.REDIS_URL:
        yield good("bus", _("One process, so no Redis is needed."))
        return
    for url in redis_urls(settings.REDIS_URL):
        place = urlsplit(url).netloc.rpartition("@")[2]
        try:
            with closing(
                redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)
            ) as r:
                began = time.monotonic()
                heard = passes_on(r)
                took = time.monotonic() - began
                seconds, micros = cast(tuple[int, int], r.time())
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError):
            yield bad(
                "bus", _("Redis at %(place)s does not know our password.") % {"place": place},
                _("Write it into REDIS_URL: redis://:password@host:6379/0"),
            )  # fmt: skip
            continue
        except (redis.RedisError, OSError, ValueError) as error:
            yield bad(
                "bus", _("Redis at %(place)s does not answer: %(why)s")
                % {"place": place, "why": first_line(error)},
                _("Is it running? Check REDIS_URL. Until then messages reach other workers late."),
            )  # fmt: skip
            continue
        if not heard:
            yield bad(
                "bus", _("Redis at %(place)s passes no messages on.") % {"place": place},
                _("Look for rights (ACL) on channels."),
            )  # fmt: skip
        elif took > SLOW:
            yield warn(
                "bus", _("Redis at %(place)s takes %(ms).0f ms to pass a message on.")
                % {"place": place, "ms": took * 1000},
                _("Bring it nearer, or give it more CPU."),
            )  # fmt: skip
        else:
            yield good("bus", _("Redis at %(place)s passes messages on.") % {"place": place})
        yield from clocks(f"Redis {place}", seconds + micros / 1e6)


def passes_on(client: redis.Redis) -> bool:
    """Whether a message of ours comes back through the server."""
    channel = f"madang.doctor.{time.monotonic_ns()}"
    pubsub: Any = client.pubsub
    with pubsub(ignore_subscribe_messages=True) as hearing:
        hearing.subscribe(channel)
        hearing.get_message(timeout=1)
        client.publish(channel, b"hello")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if hearing.get_message(timeout=0.5) is not None:
                return True
    return False


def clocks(whose: str, their: float) -> Iterator[Finding]:
    """A warning when another machine's clock differs from ours."""
    apart = their - time.time()
    if abs(apart) > OFF:
        yield warn(
            "clock", _("The clock of %(whose)s differs from ours by %(seconds).0f s.")
            % {"whose": whose, "seconds": apart},
            _("Set the clock right and keep it so: timedatectl set-ntp true"),
        )  # fmt: skip


def first_line(error: Exception) -> str:
    """An error's first line."""
    return str(error).strip().partition("\n")[0][:200]
