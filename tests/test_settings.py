"""Settings from the environment or from files, and the shell lines that the documents give."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite.environment import env
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
    assert len(ended.stderr.strip().splitlines()) == 1


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
