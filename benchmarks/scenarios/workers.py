"""The same load on one worker alone and on two behind Valkey: what does the bus cost?

Two cores can't show two workers' throughput beside the load. They can show that two workers
together use hardly more CPU for the same deliveries than one does.
"""

from typing import Any

from benchmarks.figures import RIGHT, SERVER, count, figure, part, time
from benchmarks.loading import Load, drive
from benchmarks.product import Product
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.services import services
from benchmarks.stage import Stage
from benchmarks.tables import Column, Row, times


def run(stage: Stage) -> Report:
    """One worker with Postgres, then two with Postgres and Valkey."""
    if stage.quick:
        load = Load(clients=60, senders=20, rate=40, warmup=1, duration=2, settle=1.5)
    else:
        load = Load(clients=500, senders=100, rate=80, warmup=2, duration=15, settle=3)
    report = Report(
        "workers",
        f"Workers: {load.clients} clients, {load.rate:g} posts a second, on Postgres",
        [],
    )
    for workers in (1, 2):
        report.rows.append(worker_row(stage, workers, load, report))
    alone = report.rows[0]
    report.columns = [
        SERVER,
        count("deliveries/s", "deliveries_per_second"),
        count("posts/s", "completed_per_second"),
        Column("CPU µs a delivery", lambda row: micro(row, "deliveries")),
        Column("CPU µs a post", lambda row: micro(row, "completed")),
        Column("to one", lambda row: times(cpu(row, "deliveries"), cpu(alone, "deliveries"))),
        time("all p50 ms", "all_ms", "p50"),
        time("all p99", "all_ms", "p99"),
        part("workers' CPU", "server_cpu"),
        RIGHT,
    ]
    return report


def worker_row(stage: Stage, workers: int, load: Load, report: Report) -> dict[str, Any]:
    """The figures of so many workers on a fresh Postgres; with more than one, and a Valkey."""
    about = "one worker" if workers == 1 else f"{workers} workers, Valkey"
    beside.announce(stage, f"Madang, {about}", load, report)
    with services(stage) as (database_url, redis_url):
        env = {"DATABASE_URL": database_url, "WORKERS": str(workers)}
        if workers > 1:
            env["REDIS_URL"] = redis_url
        product = Product(stage, f"madang-{workers}", env)
        cookies = product.people(load.clients)
        with product.serving(cookies) as address:
            counted = drive(stage, address, load)
        row = beside.judged(product, counted, load, report, about)
    return {**row, "workers": workers}


def cpu(row: Row, name: str) -> float | None:
    """Seconds of the workers' CPU for one delivery, or one post."""
    share, seconds, number = (figure(row, n) for n in ("server_cpu", "seconds", name))
    return share * seconds / number if share and seconds and number else None


def micro(row: Row, name: str) -> str:
    value = cpu(row, name)
    return "-" if value is None else f"{value * 1e6:,.1f}"
