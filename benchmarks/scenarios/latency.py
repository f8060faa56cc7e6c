"""From writing a post until the last member has it: on a quiet board, and on busier ones."""

from benchmarks.figures import CLIENTS, RIGHT, SERVER, count, part, ratio, time
from benchmarks.loading import Load
from benchmarks.peers import FASTEST, PEERS
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.stage import Stage
from benchmarks.tables import Column, whole


def run(stage: Stage) -> Report:
    """One poster among idle clients: a thousand, and ten thousand."""
    if stage.quick:
        loads = [Load(clients=100, senders=1, rate=20, warmup=0.5, duration=2)]
    else:
        loads = [
            Load(clients=1_000, senders=1, rate=20, warmup=2, duration=10),
            Load(clients=10_000, senders=1, rate=2, warmup=3, duration=20, extra=CALM),
        ]
    report = Report("latency", "Latency: one message to everyone on a quiet board", [])
    beside.run(stage, report, loads, FASTEST)
    report.rows.sort(key=lambda row: row["clients"])
    report.columns = [
        SERVER,
        CLIENTS,
        time("all p50 ms", "all_ms", "p50"),
        ratio(report.rows, "all_ms", "p50", less_is_better=True),
        time("all p99", "all_ms", "p99"),
        time("all max", "all_ms", "max"),
        time("ack p50", "ack_ms", "p50"),
        count("messages", "all_ms", "count"),
        part("server CPU", "server_cpu"),
        RIGHT,
    ]
    return report


CALM = {"settle": "3"}
"""Ten thousand who just came are told once of each other; a quiet board is quiet after that."""


def loads(stage: Stage) -> Report:
    """The same thousand clients under more and more posts a second."""
    rates = (20, 60) if stage.quick else (20, 50, 100, 200, 400, 800, 1_200)
    limits = {"socketio": 50, "ws-loop": 50, "prototype": 50}
    clients, seconds = (100, 1) if stage.quick else (1_000, 4)
    report = Report("loads", f"Latency against load: {clients:,} clients, 100 of them posting", [])
    senders = clients // 10
    for name in ("madang", *limits):
        if not stage.wants(name):
            continue
        for rate in rates:
            if rate > limits.get(name, rate):
                continue  # It delivers some 60,000 a second, which is 60 posts: beyond is a queue.
            load = Load(clients=clients, senders=senders, rate=rate, warmup=1, duration=seconds)
            peer = next((peer for peer in PEERS if peer.name == name), None)
            report.rows.append(
                beside.peer_row(stage, peer, load, report)
                if peer
                else beside.product_row(stage, load, report)
            )
    report.rows.sort(key=lambda row: row["rate"])
    report.columns = [
        SERVER,
        Column("posts/s asked", lambda row: whole(row["rate"])),
        count("done", "completed_per_second"),
        time("all p50 ms", "all_ms", "p50"),
        ratio(report.rows, "all_ms", "p50", less_is_better=True, by="rate"),
        time("all p99", "all_ms", "p99"),
        part("server CPU", "server_cpu"),
        RIGHT,
    ]
    return report
