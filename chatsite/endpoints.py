"""The addresses among the settings: ours, the database's and the bus's.

Each reader returns what works or raises ImproperlyConfigured, and shows nothing of the address:
its password may stand anywhere in one that can't be read.
"""

import ipaddress
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import redis
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo

from chatsite.environment import wrong

DEFAULT_PORTS = {"http": 80, "https": 443}
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]@]+)(?::([0-9]*))?")
NAME = re.compile(
    r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
UNPRINTABLE = re.compile(r"[\s\x00-\x20\x7f\\]")


def public_url(text: str) -> str:
    """The origin as browsers write it: lower case, A-labels, no default port, no slash."""
    if not text:
        return ""
    try:
        if UNPRINTABLE.search(text) or "?" in text or "#" in text:
            raise ValueError
        parts = urlsplit(text)
        read = AUTHORITY.fullmatch(parts.netloc)
        if parts.scheme not in DEFAULT_PORTS or parts.path.strip("/") or read is None:
            raise ValueError
        host, digits = _host(read[1]), (read[2] or "").lstrip("0")
        if (read[2] and not digits) or len(digits) > 5 or int(digits or 1) > 65535:
            raise ValueError
    except ValueError:  # UnicodeError of a name that can't be encoded is one.
        raise wrong(
            "PUBLIC_URL must look like https://chat.example.org: "
            "http or https, a name and at most a port, with nothing before or after.",
            "PUBLIC_URL: https://chat.example.org 처럼 이름과 포트까지만 적어 주세요.",
        ) from None
    port = "" if not digits or int(digits) == DEFAULT_PORTS[parts.scheme] else f":{digits}"
    return f"{parts.scheme}://{host}{port}"


def _host(text: str) -> str:
    """A name or address as a Host header has it. Raises ValueError."""
    if text.startswith("["):
        return f"[{ipaddress.IPv6Address(text[1:-1])}]"
    host = text.removesuffix(".").encode("idna").decode("ascii").lower()
    if len(host) > 253 or not NAME.fullmatch(host):
        raise ValueError
    # Browsers take a name that ends in a number for an IPv4 address.
    return str(ipaddress.IPv4Address(host)) if host.rpartition(".")[2].isdecimal() else host


def database(url: str, data_dir: Path, password: str = "", pool: int = 12) -> dict[str, Any]:
    """Django's settings for DATABASE_URL (postgres://… or sqlite:///…; empty: SQLite)."""
    if not url:
        return _sqlite(str(data_dir / "madang.sqlite3"), data_dir)
    if url.startswith("sqlite:///"):
        path = unquote(url.removeprefix("sqlite:///"))
        inside = path == ":memory:" or not path
        if not inside and (Path(path).is_dir() or not Path(path).absolute().parent.is_dir()):
            raise wrong(
                "DATABASE_URL names no file in a folder that is there.",
                "DATABASE_URL: 이미 있는 폴더 안의 파일을 가리켜야 해요.",
            )
        return _sqlite(path or str(data_dir / "madang.sqlite3"), data_dir)
    if not url.startswith(("postgres://", "postgresql://")):
        raise wrong(
            "DATABASE_URL must start with postgres:// or sqlite:///.",
            "DATABASE_URL: postgres:// 아니면 sqlite:/// 로 시작해야 해요.",
        )
    place, _, query = url.partition("://")[2].partition("?")
    where, _, name = place.partition("/")
    unencoded = UNPRINTABLE.search(url) or "#" in url or "/" in name or "@" in name
    login, _, address = where.rpartition("@")
    if unencoded or re.search(r"[\[\]]", login) or ("@" in query and "@" not in where):
        raise wrong(
            "DATABASE_URL holds a sign such as #, ?, / or [ that must be percent-encoded "
            "in a user or password, such as %23 for #.",
            "DATABASE_URL: 사용자 이름과 비밀번호의 #, ?, /, [ 같은 글자는 %23처럼 "
            "퍼센트 인코딩으로 적어 주세요.",
        )
    try:
        parts = urlsplit(url)
        port = parts.port
        if port == 0 or ("[" in address and AUTHORITY.fullmatch(address) is None):
            raise ValueError
    except ValueError:
        raise wrong(
            "DATABASE_URL has a host or port that can't be one; "
            "in a password #, ?, / and [ must be percent-encoded.",
            "DATABASE_URL: 호스트나 포트가 잘못됐어요. 비밀번호의 #, ?, /, [ 글자는 "
            "퍼센트 인코딩으로 적어 주세요.",
        ) from None
    if not name:
        raise wrong(
            "DATABASE_URL names no database: postgres://user:password@host:5432/name.",
            "DATABASE_URL: 데이터베이스 이름이 없어요. "
            "postgres://user:password@host:5432/name 처럼 적어 주세요.",
        )
    try:
        options = dict(parse_qsl(query, strict_parsing=True)) if query else {}
        make_conninfo(**options)
    except (ValueError, ProgrammingError):
        raise wrong(
            "DATABASE_URL has an option after the ? that Postgres does not know.",
            "DATABASE_URL: ? 뒤에 Postgres가 모르는 옵션이 있어요.",
        ) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or password,
        "HOST": parts.hostname or "",
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                "max_size": pool,
                "timeout": 5,
                # The pool doubles the pause between its tries without end, so that after twenty
                # seconds without Postgres it came back thirteen after; each caller begins anew.
                "reconnect_timeout": 1.5,
            },
            **options,
        },
    }


def _sqlite(path: str, data_dir: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # A thread keeps its connection: to open one costs more than what most requests ask.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A deferred transaction that turns to writing fails at once, whatever the timeout.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Only the writer's connection checkpoints: SQLite before 3.51.3 can lose rows
            # when several connections do (https://sqlite.org/wal.html#walresetbug).
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY;"
                "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000"
            ),
        },
        "TEST": {"NAME": str(data_dir / "test.sqlite3")},
    }


def redis_urls(text: str) -> list[str]:
    """The addresses of REDIS_URL, in their order."""
    urls = [part.strip() for part in text.split(",")] if text else []
    for url in urls:
        try:
            parts = urlsplit(url)
            local = parts.scheme == "unix"
            place = parts.path if local else parts.hostname
            if parts.scheme not in {"redis", "rediss", "unix"} or not place:
                raise ValueError
            if UNPRINTABLE.search(url) or "#" in url or ("@" in url and "@" not in parts.netloc):
                raise ValueError
            if not local and (parts.port == 0 or not re.fullmatch(r"(/[0-9]*)?", parts.path)):
                raise ValueError
            redis.ConnectionPool.from_url(url).make_connection()  # Connects to nothing yet.
        except (ValueError, TypeError, redis.RedisError):
            raise wrong(
                "REDIS_URL must look like redis://:password@host:6379/0 (or rediss://, unix://), "
                "several separated by commas, and other signs in a password percent-encoded.",
                "REDIS_URL: redis://:password@host:6379/0 처럼(rediss://, unix://도 돼요) 적고, "
                "비밀번호의 특수 문자는 퍼센트 인코딩으로 적어 주세요.",
            ) from None
    return urls


def is_public_url(text: str) -> bool:
    """Whether `public_url` takes it."""
    try:
        return bool(public_url(text))
    except ImproperlyConfigured:
        return False
