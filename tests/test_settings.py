"""Settings from the environment or from files, and the shell lines that the documents give."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite.endpoints import database, public_url, redis_urls
from chatsite.environment import env, env_bool, env_choice, env_int, env_networks
from chatsite.settings import secret_key
from tests.support.server import ROOT

pytestmark = pytest.mark.static
DOCS = (ROOT / "docs/operations.md", *sorted((ROOT / "docs/adr").glob("*.md")))


def test_a_setting_may_stand_in_a_file(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text("from a file\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(path))
    monkeypatch.setenv("SECRET_KEY", "")
    assert secret_key(tmp_path) == "from a file"
    # As an override of the compose file takes it back.
    monkeypatch.setenv("SECRET_KEY_FILE", "")
    monkeypatch.setenv("SECRET_KEY", "its own")
    assert secret_key(tmp_path) == "its own"
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("SECRET_KEY", "")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE can't be read"):
        env("SECRET_KEY")


def test_of_two_that_contradict_none_is_ignored_in_silence(tmp_path):
    given = {**os.environ, "SECRET_KEY": "one", "SECRET_KEY_FILE": str(tmp_path / "two")}
    ended = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("SECRET_KEY and SECRET_KEY_FILE are both set")
    assert len(ended.stderr.strip().splitlines()) == 2  # English and Korean


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", ""),
        ("https://마당.한국", "https://xn--ok1b32k.xn--3e0b707e"),
        ("HTTPS://Chat.Example.ORG.:443/", "https://chat.example.org"),
        ("http://chat.example.org:80", "http://chat.example.org"),
        ("http://localhost:08080", "http://localhost:8080"),
        ("http://[2001:DB8::1]:8000", "http://[2001:db8::1]:8000"),
    ],
)
def test_the_public_address_is_read_as_browsers_write_it(given, read):
    assert public_url(given) == read
    assert public_url(read) == read


NOT_PUBLIC = (
    *("chat.example.org", "ftp://example.org", "https://", "https:///chat", "https://a b.org"),
    *("https://example.org/chat", "https://example.org?x", "https://example.org#x", "https://."),
    *("https://u:hunter2@example.org", "https://example.org:65536", "https://example.org:0"),
    *("https://example.org:x", "https://[::1", "https://[::1]x", "https://a..b", "https://1.2.3"),
    *("https://256.1.1.1", "https://*.example.org", "https://a,b", f"https://{'a' * 64}.org"),
)
NOT_A_DATABASE = (
    *(f"postgres://u:hunter2{sign}x@h:5432/n" for sign in "#?/[] "),
    *(f"postgres://u:1{sign}hunter2@h:5432/n" for sign in "#?/["),
    *("postgres://u:hunter2@h:99999/n", "postgres://u:hunter2@h:x/n", "postgres://u:hunter2@h:0/n"),
    *("postgres://u:hunter2@h", "postgres://u:hunter2@h/", "postgres://u:hunter2@h/n?nosuch=1"),
    *("postgres://u:hunter2@h/n?hunter2", "mysql://u:hunter2@h/n", "hunter2", "sqlite://hunter2"),
    "sqlite:////nowhere/hunter2.sqlite3",
)
NOT_REDIS = (
    *("localhost:6379", "http://h", "redis://", "redis://h:99999", "redis://h:x", "redis://h:0"),
    *("redis://h:6379/x", "unix://", "redis://h,", "redis://h,localhost:6379", "redis://h/0?no=1"),
    *(f"redis://:hunter2{sign}x@h:6379/0" for sign in "#?/[, "),
    *(f"redis://:1{sign}hunter2@h:6379/0" for sign in "#?/["),
)


@pytest.mark.parametrize(
    ("setting", "read", "given"),
    [
        *(("PUBLIC_URL", public_url, given) for given in NOT_PUBLIC),
        *(("DATABASE_URL", lambda url: database(url, ROOT), given) for given in NOT_A_DATABASE),
        *(("REDIS_URL", redis_urls, given) for given in NOT_REDIS),
    ],
)
def test_an_address_that_cant_work_is_refused_and_not_shown(setting, read, given):
    with pytest.raises(ImproperlyConfigured) as refused:
        read(given)
    english, korean = str(refused.value).split("\n")
    assert setting in english
    assert setting in korean
    assert english.isascii()
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_addresses_that_work_are_taken(tmp_path):
    read = database("postgres://u:p%23%2F%5B@[::1]:5433/n%2Fm?connect_timeout=1", tmp_path)
    assert [read[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        *("u", "p#/[", "::1", "5433", "n/m"),
    ]
    assert read["OPTIONS"]["connect_timeout"] == "1"
    assert database("postgres:///n?host=/tmp", tmp_path)["OPTIONS"]["host"] == "/tmp"
    assert database(f"sqlite:///{tmp_path}/a.db", tmp_path)["NAME"] == f"{tmp_path}/a.db"
    assert redis_urls("redis://:a%23@h:1/0, rediss://h") == ["redis://:a%23@h:1/0", "rediss://h"]
    assert redis_urls("unix:///tmp/valkey.sock?db=1") == ["unix:///tmp/valkey.sock?db=1"]


@pytest.mark.parametrize(
    ("read", "texts"),
    [
        (lambda: env_bool("GIVEN", True), ("ja", "2", "onn")),
        (lambda: env_int("GIVEN", 5, most=65_535), ("0", "-1", "65536", "1.5", "٣", "9" * 5000)),
        (lambda: env_choice("GIVEN", "INFO", ("INFO", "DEBUG")), ("LOUD", "10")),
        (lambda: env_networks("GIVEN", ""), ("*", "proxy", "10.0.0.0/33", "10.0.0.256")),
        (lambda: env_networks("GIVEN", "", everyone=True), ("*,10.0.0.1", "proxy")),
    ],
)
def test_a_value_that_cant_work_is_refused(read, texts, monkeypatch):
    for text in texts:
        monkeypatch.setenv("GIVEN", text)
        with pytest.raises(ImproperlyConfigured, match=r"\AGIVEN [^\n]+\nGIVEN: [^\n]+\Z"):
            read()


def test_values_are_read_in_whatever_case(monkeypatch):
    monkeypatch.setenv("GIVEN", "Off")
    assert env_bool("GIVEN", True) is False
    monkeypatch.setenv("GIVEN", "debug")
    assert env_choice("GIVEN", "INFO", ("INFO", "DEBUG")) == "DEBUG"
    monkeypatch.setenv("GIVEN", "10.1.2.3/8, ::1")
    assert env_networks("GIVEN", "") == "10.0.0.0/8,::1"
    monkeypatch.setenv("GIVEN", "*")
    assert env_networks("GIVEN", "", everyone=True) == "*"


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": "postgres://u:hunter2#x@h/n"},
        {"DATA_DIR": "manage.py"},
        {"REDIS_URL_FILE": "/nowhere/hunter2"},
    ],
)
def test_a_start_that_cant_work_ends_with_two_lines(given, tmp_path):
    kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env={**kept, "DATA_DIR": str(tmp_path), **given},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 2
    assert all(next(iter(given)) in line for line in lines)
    assert "hunter2" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("works", [True, False])
def test_the_nightly_line_does_in_cron_what_it_says(works, tmp_path):
    (line,) = re.findall(r"^    0 3 \* \* \* (.+)$", DOCS[0].read_text("utf-8"), re.M)
    # A crontab's command ends at the first % without a backslash before it.
    command = re.split(r"(?<!\\)%", line)[0].replace(r"\%", "%")
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\necho a backup\nexit {0 if works else 1}\n")
    docker.chmod(0o755)
    folder = tmp_path / "madang"
    folder.mkdir()
    ended = subprocess.run(
        ["/bin/sh", "-c", command.replace("/srv/madang", str(folder))],
        cwd="/", env={"PATH": f"{docker.parent}:/usr/bin:/bin"}, check=False, timeout=20,
    )  # fmt: skip
    made = list(folder.glob("madang-*.tar.gz"))
    assert (ended.returncode == 0) == works == bool(made)
    for path in made:
        assert date.fromisoformat(path.name[len("madang-") : -len(".tar.gz")]).year > 2000
        assert path.read_text() == "a backup\n"
        assert path.stat().st_mode & 0o77 == 0, "it holds the secret key"


def test_what_is_built_here_is_not_pulled():
    """The image of the web workers is in no registry: pulling it fails, and && ends there."""
    pulls = [p for doc in DOCS for p in re.findall(r"docker compose pull.*", Path(doc).read_text())]
    assert pulls
    assert all("pull --ignore-buildable && docker compose build" in line for line in pulls)
