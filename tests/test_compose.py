"""bin/compose-test where it can't run: a sentence and an exit code of its own."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.static
def test_without_docker_and_root_it_says_so():
    nobody: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    with TemporaryDirectory() as name:  # pytest's own folders are their owner's alone.
        no_docker = Path(name, "docker")
        no_docker.write_text("#!/bin/sh\nexit 1\n")
        no_docker.chmod(0o755)
        Path(name).chmod(0o755)
        ended = subprocess.run(
            [ROOT / "bin/compose-test"], env={"PATH": f"{name}:/usr/bin:/bin"},
            capture_output=True, text=True, timeout=60, check=False, **nobody,
        )  # fmt: skip
    assert ended.returncode == 77
    assert "needs a running Docker with compose, or root on Debian" in ended.stderr
    assert ended.stdout == ""
