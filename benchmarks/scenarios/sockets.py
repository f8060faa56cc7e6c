"""Ten thousand people: how long until all are in, and what they cost while nothing is said."""

from typing import Any

from benchmarks.figures import RIGHT, SERVER, figure, ratio, time
from benchmarks.loading import Load
from benchmarks.peers import FASTEST
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.stage import Stage
from benchmarks.tables import Column, Row, milliseconds, share, whole


def join(stage: Stage) -> Report:
    """Connect and subscribe, 64 at a time, signed in already."""
    clients = 200 if stage.quick else 10_000
    load = Load(clients=clients, senders=0, warmup=0, duration=0.2, settle=0)
    report = Report("join", f"Joining: {clients:,} clients connect and subscribe", [])
    beside.run(stage, report, [load], FASTEST)
    report.columns = [
        SERVER,
        Column("all in, s", lambda row: seconds(figure(row, "join_seconds"))),
        ratio(report.rows, "join_seconds", less_is_better=True),
        Column("CPU ms a client", lambda row: milliseconds(each(row, "join_cpu", 1e3))),
        time("one p50 ms", "join_ms", "p50"),
        time("one p99", "join_ms", "p99"),
        RIGHT,
    ]
    return report


def idle(stage: Stage) -> Report:
    """Signed in and subscribed, and nothing is said: memory, and what the clock alone costs."""
    # A minute holds the slowest duty, a look at all sessions every 30 s, exactly twice.
    clients, settle, duration = (200, 1.0, 4.0) if stage.quick else (10_000, 12.0, 60.0)
    load = Load(
        clients=clients, senders=0, warmup=0, duration=duration, settle=settle,
        extra={"timeline": ""},
    )  # fmt: skip
    report = Report("idle", f"Idle: {clients:,} clients, nothing is said", [])
    beside.run(stage, report, [load], [])
    # The peers keep no clock that would show in a minute; their memory is what there is to see.
    short = Load(clients=clients, senders=0, warmup=0, duration=2, settle=1)
    for peer in FASTEST:
        if stage.wants(peer.name):
            report.rows.append(beside.peer_row(stage, peer, short, report))
    for row in report.rows:
        row["quiet_cpu"] = quiet_cpu(row)
    report.columns = [
        SERVER,
        Column("memory, MB", lambda row: whole(each(row, "server_rss", 1e-6, whole_=True))),
        ratio(report.rows, "server_rss", less_is_better=True),
        Column("KB a client", lambda row: milliseconds(each(row, "server_rss", 1e-3))),
        Column("CPU", lambda row: fine_share(figure(row, "server_cpu"))),
        Column("besides heartbeats", lambda row: fine_share(row["quiet_cpu"])),
        RIGHT,
    ]
    report.notes.append("A heartbeat tells each client the heads of its rooms, every 20 s.")
    return report


def quiet_cpu(row: dict[str, Any]) -> float | None:
    """The server's CPU in those seconds of the window in which it sent nothing; None: none was."""
    seconds = (row["load"] or {}).get("timeline") or []
    quiet = [cpu for cpu, frames in seconds if frames == 0]
    return sum(quiet) / len(quiet) if quiet else None


def each(row: Row, name: str, unit: float, *, whole_: bool = False) -> float | None:
    """A figure by client, or as a whole, in another unit."""
    value = figure(row, name)
    return None if value is None else value * unit / (1 if whole_ else row["clients"])


def seconds(value: float | None) -> str:
    """2.34; a dash when there is none."""
    return "-" if value is None else f"{value:.2f}"


def fine_share(value: float | None) -> str:
    """0.0043 → 0.43 %; a dash when there is none."""
    return "-" if value is None else share(value) if value >= 0.1 else f"{value * 100:.2f} %"
