"""Settings from the environment, or from files."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite.environment import env
from chatsite.settings import secret_key
from tests.support.server import ROOT

pytestmark = pytest.mark.static


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
