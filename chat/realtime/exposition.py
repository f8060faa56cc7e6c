"""What a node counts, as Prometheus' families. Read when somebody asks, never kept up to date."""

import os
import shutil
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.conf import settings
from django.db import connections
from prometheus_client import PROCESS_COLLECTOR
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from chat.realtime.figures import Histogram
from chat.realtime.node import Node
from chat.realtime.unsent import UNSENT


def families(node: Node | None) -> list[Metric]:
    """Everything this process has to tell; without a node (Daphne, a command) of itself alone."""
    found = [*PROCESS_COLLECTOR.collect(), *_store(), *_process()]
    if node is not None:
        found += [*_talk(node), *_bus(node), *_sockets(node), *_loop(node)]
    return found


def _talk(node: Node) -> Iterable[Metric]:
    figures, writer = node.figures, node.changes.writer
    yield _counter("acks", "Changes that were stored and acked.", figures.acks)
    yield _counter("ack_repeats", "Acks of what was stored before.", figures.repeats)
    yield _counters("refusals", "Commands that were refused.", "code", figures.nacks)
    yield _histogram("commit_drafts", "Changes in a commit.", writer.sizes)
    yield _histogram("commit_seconds", "Time of a commit, from the loop's side.", writer.seconds)
    yield _counter("commits_failed", "Transactions that failed.", writer.failed)
    yield _gauge("drafts_queued", "Changes that wait for their transaction.", writer.queued)
    yield _counters("database_reads", "Reads of the live side.", "what", node.database.reads)
    yield _counter("epochs", "How often the database turned out to be restored.", figures.epochs)


def _bus(node: Node) -> Iterable[Metric]:
    hub, broker, figures = node.hub, node.broker, node.figures
    yield _counter(
        "hub_gaps_repaired",
        "Holes in a room's numbers that the bus left and the database filled: the key figure.",
        hub.repaired,
    )
    yield _counter("hub_repeats_dropped", "Publications of what was known.", hub.dropped)
    yield _counter("hub_jumps", "Feeds too far behind, whose readers began anew.", hub.jumped)
    yield _counter("heads_behind", "Feeds that a check of heads found behind.", figures.behind)
    yield _gauge("bus_up", "1 while the bus works.", broker.up)
    yield _counter("bus_sent", "Messages given to the bus.", broker.sent)
    yield _counter("bus_dropped", "Messages the bus did not take.", broker.dropped)
    yield _counter("bus_forged", "Messages on the bus that are not from us.", broker.forged)
    yield _counter("bus_troubles", "Joins, sends and probes that failed.", broker.troubles)
    yield _gauge("bus_queued", "Messages that wait for the bus.", broker.queued)


def _sockets(node: Node) -> Iterable[Metric]:
    figures = node.figures
    waiting = [connection.outbox.waiting() for connection in node.roster]
    people = {c.person.id for c in node.roster if c.person is not None}
    yield _gauge("sockets", "Open sockets.", len(waiting))
    yield _gauge("people", "People behind the open sockets.", len(people))
    yield _gauge("rooms_followed", "Rooms with someone here.", len(node.hub.feeds()))
    yield _counter("sockets_opened", "Sockets since the start.", figures.opened)
    closes = {str(code): count for code, count in figures.closes.items()}
    yield _counters("sockets_closed", "Sockets that the server closed.", "code", closes)
    yield _counters("subscriptions", "Rooms opened on sockets.", "how", figures.subscriptions)
    yield _gauge("outbox_bytes", "Bytes that wait for slow readers.", sum(waiting))
    yield _gauge("outbox_bytes_most", "The same for the slowest one.", max(waiting, default=0))
    yield _gauge("draining", "1 while the process is about to end.", node.draining)


def _loop(node: Node) -> Iterable[Metric]:
    lag = node.lag
    yield _histogram("loop_lag_seconds", "How late timers of the event loop come.", lag.seconds)
    yield _gauge("loop_lag_worst_seconds", "The worst of the last minutes.", lag.worst)


def _store() -> Iterable[Metric]:
    database = connections["default"]
    if database.vendor == "sqlite":
        log = Path(f"{database.settings_dict['NAME']}-wal")
        size = log.stat().st_size if log.exists() else 0
        yield _gauge("sqlite_wal_bytes", "SQLite's log beside the database.", size)
    else:
        pool = getattr(database, "pool", None)
        stats = pool.get_stats() if pool is not None else {}
        yield _gauge("database_connections", "Open to Postgres.", stats.get("pool_size", 0))
        idle = stats.get("pool_available", 0)
        yield _gauge("database_connections_idle", "Of these, unused.", idle)
        waiting = stats.get("requests_waiting", 0)
        yield _gauge("database_waiting", "Threads that wait for a connection.", waiting)
    usage = shutil.disk_usage(settings.DATA_DIR)
    yield _gauge(
        "disk_free_ratio", "Free share of the data folder's disk.", usage.free / usage.total
    )


def _process() -> Iterable[Metric]:
    yield _gauge("threads", "Threads of the process.", threading.active_count())
    waiting = UNSENT.bytes()
    yield _gauge("unsent_bytes", "Bytes that wait for those who are behind, HTTP too.", waiting)
    yield _counter("unsent_cut", "Connections cut because nobody read.", UNSENT.cut)
    yield _gauge("load1", "The machine's load average of a minute.", os.getloadavg()[0])


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(f"madang_{name}", help_, value=float(value))


def _counter(name: str, help_: str, value: float) -> Metric:
    return CounterMetricFamily(f"madang_{name}", help_, value=value)


def _counters(name: str, help_: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"madang_{name}", help_, labels=[label])
    for key, value in sorted(dict(values).items()):
        family.add_metric([key], value)
    return family


def _histogram(name: str, help_: str, histogram: Histogram) -> Metric:
    total, buckets = 0, []
    for bound, count in zip([*map(str, histogram.bounds), "+Inf"], histogram.counts, strict=True):
        total += count
        buckets.append((bound, float(total)))
    return HistogramMetricFamily(f"madang_{name}", help_, buckets=buckets, sum_value=histogram.sum)
