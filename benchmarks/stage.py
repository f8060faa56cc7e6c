"""What all scenarios stand on: which core serves and which loads, a folder on disk, how long."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"
BUILD = FOLDER / "build"


class Stage:
    """One call of `bin/bench`. The server has one core to itself, the load the other."""

    def __init__(self, *, quick: bool = False, only: frozenset[str] = frozenset()) -> None:
        self.quick = quick
        self.only = only
        cores = sorted(os.sched_getaffinity(0))
        self.server_cores = {cores[0]}
        self.load_cores = {cores[1]} if len(cores) > 1 else {cores[0]}
        self.folder = BUILD
        if len(cores) < 2:
            self.say("One core only: server and load share it, and the figures are both's.")

    def wants(self, name: str) -> bool:
        """Whether this server takes part."""
        return not self.only or name in self.only

    @contextmanager
    def workspace(self, name: str) -> Iterator[Path]:
        """A folder for this scenario's data and logs, on disk; kept when the run fails."""
        BUILD.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=BUILD))
        try:
            yield self.folder
        except BaseException:
            self.say(f"Logs are kept in {self.folder}")
            raise
        shutil.rmtree(self.folder)

    def say(self, text: str) -> None:
        """Tell the person at the terminal what is going on."""
        print(text, flush=True)


def busy_cores(seconds: float = 1.0) -> float:
    """How many cores' worth of work the machine does right now, measured over `seconds`."""
    before = _busy_ticks()
    time.sleep(seconds)
    return (_busy_ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds


def connections_are_tracked() -> bool:
    """Whether the kernel keeps a table of connections, as it does for a firewall's or a container
    engine's rules. Then each packet is looked up in it, over loopback too, twice.
    """
    before = _tracked()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
    ):
        return _tracked() > before


def _tracked() -> int:
    """Connections in the kernel's table, of any rule's time; none where it has no such table."""
    count = Path("/proc/sys/net/netfilter/nf_conntrack_count")
    return int(count.read_text(encoding="ascii")) if count.exists() else 0


def _busy_ticks() -> int:
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return user + nice + system + irq + softirq + steal
