"""Runs the load client against a server and reads what it counted."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import building
from benchmarks.stage import Stage

Counted = dict[str, Any]
"""The load client's JSON; its fields are listed in benchmarks/README.md."""

WRONG = ("gaps", "repeats", "mismatched", "altered", "errors", "resets", "closed", "lost")


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients do. `window` messages are in flight in all, or `rate` posts a second."""

    clients: int
    senders: int
    window: int = 1
    rate: float = 0
    warmup: float = 2
    duration: float = 10
    settle: float = 0.5
    size: int = 64
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Address:
    """How a server is reached, and as whom."""

    ports: tuple[int, ...]
    dialect: str
    pids: tuple[int, ...]
    cookies: Path | None = None
    origin: str | None = None


def drive(stage: Stage, address: Address, load: Load) -> Counted:
    """What the load client counted. Raises RuntimeError with its words when it gave up."""
    options: dict[str, object] = {
        "dialect": address.dialect,
        "port": ",".join(map(str, address.ports)),
        "watch": ",".join(map(str, address.pids)),
        "clients": load.clients,
        "senders": load.senders,
        "window": load.window,
        "rate": load.rate,
        "warmup": load.warmup,
        "duration": load.duration,
        "settle": load.settle,
        "size": load.size,
        **load.extra,
    }
    if address.cookies:
        options["cookies"] = address.cookies
    if address.origin:
        options["origin"] = address.origin
    return _counted(stage, [], options, load.warmup + load.duration)


def ask(
    stage: Stage,
    address: Address,
    path: str,
    clients: int,
    *,
    expected: str = "",
    encoding: str | None = None,
    duration: float = 6,
) -> Counted:
    """What so many clients counted that asked for a path again and again.

    Each answer must be a 200 and hold the `expected` text.
    """
    options: dict[str, object] = {
        "port": address.ports[0],
        "path": path,
        "clients": clients,
        "watch": ",".join(map(str, address.pids)),
        "warmup": min(1.0, duration / 2),
        "duration": duration,
    }
    if address.cookies:
        options["cookies"] = address.cookies
    if expected:
        options["expect"] = expected
    if encoding:
        options["accept"] = encoding
    return _counted(stage, ["http"], options, duration)


def _counted(
    stage: Stage, program: list[str], options: Mapping[str, object], seconds: float
) -> Counted:
    command = [str(building.load_client()), *program]
    command += [
        f"--{name}={value}" if value != "" else f"--{name}" for name, value in options.items()
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 150,
        preexec_fn=lambda: os.sched_setaffinity(0, stage.load_cores),
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"the load client ended with {done.returncode}")
    counted: Counted = json.loads(done.stdout)
    return counted


def faults(counted: Counted) -> list[str]:
    """What went wrong at the clients, in words; empty when everything arrived once, in order."""
    found = [f"{counted[name]} {name}" for name in WRONG if counted[name]]
    if counted["unfinished"]:
        found.append(f"{counted['unfinished']} not finished")
    return found
