"""bin/compose-test where it can't run, and the name server that it gives podman's containers."""

import os
import socket
import struct
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from deploy.test import names

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.static


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


EDGE = """10.89.1.1
aa 10.89.1.2  one_proxy_1,proxy,aa
bb 10.89.1.3  one_web_1,web,bb
cc 10.89.1.4  one_web_2,web,cc
"""
INNER = """10.89.2.1
bb 10.89.2.2  one_web_1,web,bb
dd 10.89.2.4  one_postgres_1,postgres,dd
"""


@pytest.mark.parametrize(
    ("asker", "name", "kind", "code", "found"),
    [
        ("10.89.1.3", "postgres", names.A, 0, ["10.89.2.4"]),  # By either network's server.
        ("10.89.2.2", "Postgres.dns.podman", names.A, 0, ["10.89.2.4"]),
        ("10.89.1.2", "web", names.A, 0, ["10.89.1.3", "10.89.1.4"]),
        ("10.89.1.2", "postgres", names.A, names.NXDOMAIN, []),  # Not in its network.
        ("10.89.2.2", "postgres", 28, 0, []),  # There, but by no IPv6 address.
        ("10.89.2.2", "elsewhere.example", names.A, names.NXDOMAIN, []),
    ],
)
def test_containers_find_each_other_in_the_networks_they_are_in(
    tmp_path, asker, name, kind, code, found
):
    (tmp_path / "edge").write_text(EDGE)
    (tmp_path / "inner").write_text(INNER)
    (tmp_path / "aardvark.pid").write_text("7")
    networks = names.Networks(tmp_path)
    assert networks.gateways == {"10.89.1.1", "10.89.2.1"}
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + labels + b"\0" + struct.pack("!HH", kind, 1)
    answer = names.answer(question, asker, networks)
    assert answer[:2] == b"\x12\x34"
    flags, questions, answers = struct.unpack_from("!HHH", answer, 2)
    assert (flags & 0xF, questions, answers) == (code, 1, len(found))
    starts = range(len(question), len(answer), 16)
    assert sorted(socket.inet_ntoa(answer[at + 12 : at + 16]) for at in starts) == found
