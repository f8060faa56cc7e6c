"""Everyone on one board, a tenth of them posting: how many deliveries a second?

A message stays in flight until it is acked and the last member has it, for the product and
for the peers alike.
"""

from typing import Any

from benchmarks.figures import CLIENTS, RIGHT, SERVER, count, part, ratio, time
from benchmarks.loading import Load
from benchmarks.peers import FASTEST
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.stage import Stage
from benchmarks.tables import Column


def run(stage: Stage) -> Report:
    """The product beside every peer, with a thousand clients."""
    if stage.quick:
        load = Load(clients=200, senders=20, window=20, warmup=0.5, duration=2)
    else:
        load = Load(clients=1000, senders=100, window=100)
    report = Report(
        "fanout",
        f"Fan-out: {load.clients:,} clients on the board, {load.senders} posting, "
        f"{load.window} messages in flight",
        [],
    )
    beside.run(stage, report, [load])
    report.columns = columns(report.rows)
    return report


def crowds(stage: Stage) -> Report:
    """Smaller and larger crowds, beside the fastest peers."""
    if stage.quick:
        loads = [Load(clients=n, senders=20, window=20, warmup=0.5, duration=1) for n in (50, 300)]
    else:
        loads = [
            Load(clients=100, senders=100, window=100, warmup=1, duration=4),
            Load(clients=5_000, senders=100, window=100, warmup=2, duration=6),
            Load(clients=10_000, senders=100, window=100, warmup=2, duration=6),
        ]
    report = Report("crowds", "Fan-out to crowds: 100 posting, 100 messages in flight", [])
    beside.run(stage, report, loads, FASTEST)
    report.rows.sort(key=lambda row: row["clients"])
    report.columns = columns(report.rows, CLIENTS)
    return report


def columns(rows: list[dict[str, Any]], *more: Column) -> list[Column]:
    """The table's columns; the ratio is the product's deliveries to the row's."""
    return [
        SERVER,
        *more,
        count("deliveries/s", "deliveries_per_second"),
        ratio(rows, "deliveries_per_second"),
        count("posts/s", "completed_per_second"),
        time("all p50 ms", "all_ms", "p50"),
        time("all p99", "all_ms", "p99"),
        time("ack p50", "ack_ms", "p50"),
        time("ack p99", "ack_ms", "p99"),
        time("a frame", "deliveries_per_frame"),
        part("server CPU", "server_cpu"),
        part("load CPU", "client_cpu"),
        RIGHT,
    ]
