"""The doctor: each thing that can be wrong, broken on purpose, is named with what helps."""

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.db import connection
from django.test import override_settings
from django.utils import timezone, translation

from chat.models import Feed
from chatsite.doctor import place, stores, web
from chatsite.doctor.findings import Finding, Level
from tests.conftest import missing
from tests.support import services
from tests.support.server import ROOT, Server, serve

Edit = Callable[[list[bytes]], list[bytes]]


def found(findings: Iterator[Finding], level: Level = Level.BAD) -> dict[str, str]:
    """Check → what was said, for one level; every complaint says what helps."""
    everything = list(findings)
    for finding in everything:
        assert bool(finding.help) == (finding.level is not Level.GOOD), finding
    return {f.check: f"{f.said} {f.help}" for f in everything if f.level is level}


# --- the way to us -----------------------------------------------------------------------


@contextmanager
def proxy(target: list[str], edit: Edit) -> Iterator[str]:
    """A proxy to the one `target` that changes the lines of each request's head; its address."""
    loop = asyncio.new_event_loop()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _colon, port = target[0].partition(":")
        back, to = await asyncio.open_connection(host, int(port))
        head = (await reader.readuntil(b"\r\n\r\n")).removesuffix(b"\r\n\r\n").split(b"\r\n")
        to.write(b"\r\n".join(edit(head)) + b"\r\n\r\n")

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            try:
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
            except ConnectionError:
                pass
            sink.close()

        await asyncio.gather(pump(reader, to), pump(back, writer))

    server = loop.run_until_complete(asyncio.start_server(pass_on, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(server.close)
        for task in asyncio.all_tasks(loop):
            loop.call_soon_threadsafe(task.cancel)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def headers(head: list[bytes], **changes: bytes | None) -> list[bytes]:
    """A request's head with these headers in place of those of the same names."""
    named = {name.replace("_", "-").lower().encode(): value for name, value in changes.items()}
    kept = [line for line in head if line.partition(b":")[0].lower() not in named]
    return kept + [b"%s: %s" % (name, value) for name, value in named.items() if value is not None]


def honest(head: list[bytes]) -> list[bytes]:
    return headers(head, X_Forwarded_For=b"198.51.100.4", X_Forwarded_Proto=b"http")


@contextmanager
def behind(edit: Edit, settings: Any, **given: str) -> Iterator[Server]:
    """A server behind such a proxy, whose address is PUBLIC_URL."""
    target: list[str] = []
    with proxy(target, edit) as url:
        key = "k" * 50
        with serve(PUBLIC_URL=url, SECRET_KEY=key, **given) as server:
            target.append(server.host)
            settings.PUBLIC_URL, settings.SECRET_KEY = url, key
            yield server


CASES: dict[str, tuple[Edit, str, dict[str, str]]] = {
    "all well": (honest, "127.0.0.1", {}),
    "proxy not trusted": (honest, "", {"proxy": "TRUSTED_PROXIES=127.0.0.1"}),
    "claims are passed on": (
        lambda head: headers(head, X_Forwarded_Proto=b"http"), "127.0.0.1",
        {"proxy": "claim any address"},
    ),
    "scheme is lost": (
        lambda head: headers(honest(head), X_Forwarded_Proto=b"https"), "127.0.0.1",
        {"proxy": "requests seem to come by https"},
    ),
    "name is changed": (
        lambda head: headers(honest(head), Host=b"backend:8000"), "127.0.0.1",
        {"proxy": "we see backend:8000"},
    ),
    "no upgrade": (
        lambda head: headers(honest(head), Upgrade=None, Connection=b"close"), "127.0.0.1",
        {"websocket": "Upgrade"},
    ),
    "origin is lost": (
        lambda head: headers(honest(head), Origin=None), "127.0.0.1", {"origin": "foreign"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_proxy_that_does_it_wrong_is_named(case, settings):
    edit, trusted, expected = CASES[case]
    with behind(edit, settings, TRUSTED_PROXIES=trusted):
        said = found(web.address())
    assert set(said) == set(expected)
    for check, words in expected.items():
        assert words in said[check]


def test_a_proxy_that_forges_the_origin_is_named(settings):
    url: list[bytes] = [b""]
    with behind(
        lambda head: headers(honest(head), Origin=url[0]), settings, TRUSTED_PROXIES="127.0.0.1"
    ):
        url[0] = settings.PUBLIC_URL.encode()
        assert "other sites" in found(web.address())["origin"]


def test_an_address_that_leads_elsewhere_is_named(settings):
    with serve(SECRET_KEY="x" * 50) as other:
        settings.PUBLIC_URL = other.url
        assert "another Madang answers" in found(web.address())["address"]
    assert "refused" in found(web.address())["address"].lower()
    settings.PUBLIC_URL = "http://nowhere.invalid"
    assert "leads nowhere" in found(web.address())["address"]
    settings.PUBLIC_URL = "https://chat.example.org/chat"
    assert "more than a name" in found(web.address())["address"]
    settings.PUBLIC_URL = ""
    settings.PORT = services.free_port()
    assert "Nothing answers" in found(web.address())["address"]


def test_a_certificate_that_is_not_valid_is_named(settings, tmp_path):
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-keyout", tmp_path / "key", "-out", tmp_path / "crt", "-subj", "/CN=localhost"],
        check=False, capture_output=True,
    )  # fmt: skip
    if made.returncode:
        missing("openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.PUBLIC_URL = f"https://localhost:{listening.getsockname()[1]}"

        def answer() -> None:
            plain, _address = listening.accept()
            with plain, suppress(ssl.SSLError, OSError):
                context.wrap_socket(plain, server_side=True).close()

        thread = threading.Thread(target=answer)
        thread.start()
        assert "certificate is not valid" in found(web.address())["address"]
        thread.join()


def test_only_who_knows_the_key_is_told_how_a_request_came():
    with serve() as server:
        for proof in ("", "doctor", "x:y:z"):
            answer = server.call("GET", "/healthz", headers={"X-Madang-Doctor": proof})
            assert answer.text == "ok\n"


# --- the stores --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_fresh_database_is_fine():
    said = found(stores.database())
    # The tests' own Postgres runs without fsync, and the doctor is right about that.
    assert said == {} or (connection.vendor == "postgresql" and "on the disk" in said["database"])
    assert found(stores.migrations()) == {}


def test_what_sqlite_has_to_be_newer_for():
    for version in ((3, 40, 1), (3, 46, 1), (3, 50, 6), (3, 51, 2)):
        assert not stores.mended(version)
    for version in ((3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 1)):
        assert stores.mended(version)


@pytest.mark.django_db
def test_sqlite_without_its_journal_or_damaged_is_named(monkeypatch):
    answers = iter([["delete"], ["row 1 missing from index"]])
    monkeypatch.setattr(stores, "connection", SimpleNamespace(cursor=lambda: _Cursor(answers)))
    said = [finding.said for finding in stores.sqlite() if finding.level is Level.BAD]
    assert "delete instead of WAL" in said[0]
    assert "damaged" in said[1]


class _Cursor:
    def __init__(self, answers: Iterator[list[Any]]) -> None:
        self._answers = answers

    def __enter__(self) -> "_Cursor":
        return self

    def __exit__(self, *_error: object) -> None: ...

    def execute(self, sql: str) -> None: ...

    def fetchone(self) -> list[Any]:
        return next(self._answers)


def test_postgres_that_is_old_or_forgetful_or_small_is_named(monkeypatch, settings):
    answers = iter([[130_010, "13.1", "off", "on", 20, 0.0]])
    monkeypatch.setattr(stores, "connection", SimpleNamespace(cursor=lambda: _Cursor(answers)))
    monkeypatch.setitem(settings.DATABASES["default"]["OPTIONS"], "pool", {"max_size": 12})
    settings.WORKERS = 4
    findings = list(stores.postgres())
    said = " ".join(finding.said for finding in findings)
    for words in (
        "13.1 is too old",
        "before it is on the disk",
        "48 connections",
        "clock of Postg",
    ):
        assert words in said


def doctor(**environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT, env={**kept, "LANG": "C.UTF-8", **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_database_that_is_away_is_named_in_the_readers_language():
    url = f"postgres://nobody:wrong@127.0.0.1:{services.free_port()}/none?connect_timeout=1"
    korean = doctor(DATABASE_URL=url, LANG="ko_KR.UTF-8")
    assert korean.returncode == 1
    assert "데이터베이스가 대답하지 않아요" in korean.stdout
    assert "Traceback" not in korean.stderr


def test_a_wrong_password_is_named(postgres_url):
    url = postgres_url.replace(postgres_url.split(":")[2].split("@")[0], "wrong")
    ended = doctor(DATABASE_URL=url)
    assert "password authentication failed" in ended.stdout
    assert "DATABASE_PASSWORD" in ended.stdout


def test_tables_of_another_version_are_named(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('chat', '0999_later', %s)",
            [timezone.now()],
        )
    assert "0999_later" in found(stores.migrations())["migrations"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'chat' AND name >= '0003'")
    assert "migrations are missing" in found(stores.migrations())["migrations"]


def test_a_redis_in_trouble_is_named(settings, valkey_url):
    settings.REDIS_URL = valkey_url
    assert found(stores.bus()) == {}
    settings.REDIS_URL = f"redis://127.0.0.1:{services.free_port()}/0"
    assert "does not answer" in found(stores.bus())["bus"]
    with services.valkey() as url:
        with redis.Redis.from_url(url) as owner:
            owner.config_set("requirepass", "right")
        settings.REDIS_URL = url.replace("redis://", "redis://:wrong@")
        assert "password" in found(stores.bus())["bus"]
    settings.REDIS_URL = ""
    assert found(stores.bus()) == {}


# --- the machine -------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_clock_that_went_back_is_named():
    Feed.objects.update(at=timezone.now() + timedelta(minutes=5))
    assert "not reached" in found(place.clock())["clock"]
    Feed.objects.update(at=timezone.now())
    assert found(place.clock()) == {}
    assert "differs from ours by" in found(stores.clocks("Redis", 1.0), Level.WARN)["clock"]


def test_a_disk_that_is_full_or_closed_or_far_is_named(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    for free, level in ((0.02, Level.BAD), (0.07, Level.WARN), (0.5, Level.GOOD)):
        usage = SimpleNamespace(total=1e12, free=free * 1e12)
        monkeypatch.setattr("shutil.disk_usage", lambda _folder, usage=usage: usage)
        assert f"({free:.0%})" in found(place.disk(False), level)["disk"]
    monkeypatch.setattr(Path, "write_bytes", _denied)
    assert "may not write" in found(place.disk(False))["disk"]
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nnas:/x {tmp_path} nfs4 rw 0 0\n")
    assert place.filesystem(tmp_path / "data", mounts) == "nfs4"
    assert place.filesystem(Path("/srv"), mounts) == "ext4"


def _denied(*_arguments: object) -> None:
    raise PermissionError


def test_settings_that_have_no_place_in_public_are_named(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert found(place.settings_(True)) == {}
    key = tmp_path / "secret_key"
    key.write_text("k")
    key.chmod(0o644)
    said = found(place.settings_(True))["settings"]
    assert f"chmod 600 {key}" in said
    key.chmod(0o600)
    with override_settings(DEBUG=True):
        assert "DEBUG" in found(place.settings_(True))["settings"]
    settings.RATE_LIMITS = False
    assert "flood" in found(place.settings_(True), Level.WARN)["settings"]
    settings.WORKERS = 2
    assert "WORKERS=1" in found(place.settings_(True))["settings"]


def test_it_speaks_both_languages(settings):
    settings.PUBLIC_URL = "http://nowhere.invalid"
    with translation.override("ko"):
        assert "찾을 수 없" in found(web.address())["address"]


@pytest.mark.parametrize(
    ("url", "mode", "warned"),
    [
        ("", "any", True),
        ("", "own", False),
        ("", "off", False),
        ("http://127.0.0.1:9", "any", True),
        ("https://203.0.113.7", "any", True),
        ("https://93.184.216.34", "any", False),
        ("https://nowhere.invalid", "any", False),
    ],
)
def test_a_private_server_that_any_page_may_use_is_named(url, mode, warned, settings):
    settings.PUBLIC_URL, settings.PLAIN_INTERFACE = url, mode
    said = found(web.plain(), Level.WARN)
    assert ("PLAIN_INTERFACE=own" in said.get("plain", "")) is warned
