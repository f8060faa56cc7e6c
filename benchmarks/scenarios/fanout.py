"""Everyone on one board, a tenth of them posting: how many deliveries a second?

A message stays in flight until it is acked and the last member has it, for the product and
for the peers alike.
"""

from typing import Any

from benchmarks.loading import Load
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.stage import Stage
from benchmarks.tables import Column, Row, milliseconds, share, times, whole


def run(stage: Stage) -> Report:
    """The product beside every peer."""
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
    beside.run(stage, report, load)
    report.columns = columns(report.rows)
    return report


def columns(rows: list[dict[str, Any]]) -> list[Column]:
    """The table's columns; the ratio is the product's deliveries to the row's."""
    ours = next((field(row, "deliveries_per_second") for row in rows if is_ours(row)), None)
    return [
        Column("server", lambda row: str(row["about"]), left=True),
        Column("deliveries/s", lambda row: whole(field(row, "deliveries_per_second"))),
        Column("ours is", lambda row: times(ours, field(row, "deliveries_per_second"))),
        Column("posts/s", lambda row: whole(field(row, "completed_per_second"))),
        Column("all p50 ms", lambda row: milliseconds(field(row, "all_ms", "p50"))),
        Column("all p99", lambda row: milliseconds(field(row, "all_ms", "p99"))),
        Column("ack p50", lambda row: milliseconds(field(row, "ack_ms", "p50"))),
        Column("ack p99", lambda row: milliseconds(field(row, "ack_ms", "p99"))),
        Column("a frame", lambda row: milliseconds(field(row, "deliveries_per_frame"))),
        Column("server CPU", lambda row: share(field(row, "server_cpu"))),
        Column("load CPU", lambda row: share(field(row, "client_cpu"))),
        Column("once, in order", lambda row: "; ".join(row["wrong"]) or "yes", left=True),
    ]


def is_ours(row: Row) -> bool:
    """Whether this is the product's row."""
    return bool(row["name"] == beside.PRODUCT)


def field(row: Row, *names: str) -> float | None:
    """A figure of the load client's, None where the row has none."""
    value: Any = row["load"]
    for name in names:
        value = (value or {}).get(name)
    return None if value is None else float(value)
