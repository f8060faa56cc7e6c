"""Makes what a run needs, once: the load client, the peers' packages, the product's own."""

import json
import os
import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

from benchmarks.stage import BUILD, FOLDER, ROOT

CLIENT = BUILD / "load"
NODE = FOLDER / "peers" / "node"
FLAGS = ("-O2", "-g", "-std=gnu11", "-Wall", "-Wextra", "-Werror")


def product_python() -> Path:
    """The interpreter that the product runs on: `.venv`'s, as `bin/run` makes it."""
    return Path(os.environ.get("BENCH_PYTHON") or ROOT / ".venv/bin/python")


def peers_python() -> Path:
    """The interpreter that the peers in Python run on."""
    return BUILD / "venv/bin/python"


def load_client() -> Path:
    """The compiled load client. Raises SystemExit when the compiler is missing or refuses."""
    BUILD.mkdir(exist_ok=True)
    sources = sorted(FOLDER.glob("client/*.c"))
    inputs = [*sources, *sorted(FOLDER.glob("client/*.h"))]
    if not _current(CLIENT, inputs, " ".join(FLAGS)):
        _run([os.environ.get("CC", "cc"), *FLAGS, "-o", str(CLIENT), *map(str, sources)])
        _stamp(CLIENT, inputs, " ".join(FLAGS))
    return CLIENT


def product() -> Path:
    """The product's interpreter, with requirements.txt in it."""
    python = product_python()
    requirements = ROOT / "requirements.txt"
    if "BENCH_PYTHON" not in os.environ:
        wanted = subprocess.run(
            ["cksum"], stdin=requirements.open("rb"), capture_output=True, text=True, check=True
        ).stdout.strip()
        installed = ROOT / ".venv/installed"
        if not installed.exists() or installed.read_text(encoding="ascii").strip() != wanted:
            _install(ROOT / ".venv", requirements)
            installed.write_text(f"{wanted}\n", encoding="ascii")
    return python


def peers() -> Path:
    """The peers' interpreter, with benchmarks/requirements.txt in it."""
    requirements = FOLDER / "requirements.txt"
    if not _current(BUILD / "venv", [requirements]):
        _install(BUILD / "venv", requirements)
        _stamp(BUILD / "venv", [requirements])
    return peers_python()


def node_peers() -> Path:
    """The folder of the peers on Node, with their packages."""
    inputs = [NODE / "package.json", NODE / "package-lock.json"]
    if not _current(NODE / "node_modules", inputs):
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], NODE)
        _stamp(NODE / "node_modules", inputs)
    return NODE


def node_versions() -> dict[str, str]:
    """Node's version and those of its packages; {} when they are not installed."""
    try:
        found = {"node": _output(["node", "--version"]).removeprefix("v")}
    except FileNotFoundError:
        return {}
    for name in ("socket.io", "ws"):
        manifest = NODE / "node_modules" / name / "package.json"
        if manifest.exists():
            found[name] = json.loads(manifest.read_text(encoding="utf-8"))["version"]
    return found


def _install(folder: Path, requirements: Path) -> None:
    print(f"Installing {requirements.relative_to(ROOT)} into {folder.relative_to(ROOT)}")
    venv.create(folder, clear=True, with_pip=True, symlinks=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet"]
    _run([*pip, "--disable-pip-version-check", "-r", str(requirements)])


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _run(command: list[str], folder: Path = ROOT) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        sys.exit(f"bin/bench: {command[0]} is needed and not installed.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"bin/bench: {command[0]} failed with {error.returncode}; see above.")


def _digest(inputs: list[Path], extra: str) -> str:
    digest = sha256(extra.encode())
    for path in inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _current(made: Path, inputs: list[Path], extra: str = "") -> bool:
    stamp = BUILD / f"{made.name}.stamp"
    return (
        made.exists()
        and stamp.exists()
        and stamp.read_text(encoding="ascii") == _digest(inputs, extra)
    )


def _stamp(made: Path, inputs: list[Path], extra: str = "") -> None:
    BUILD.mkdir(exist_ok=True)
    (BUILD / f"{made.name}.stamp").write_text(_digest(inputs, extra), encoding="ascii")
