"""The server was restarted, and a thousand clients come back who each missed 200 messages."""

import re
from typing import Any
from urllib.request import urlopen

from benchmarks.figures import PRODUCT, SERVER, figure, time
from benchmarks.loading import Address, Load, drive, faults
from benchmarks.product import Product
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.scenarios.sockets import seconds
from benchmarks.stage import Stage
from benchmarks.tables import Column, whole

MISSED = 200
READS = re.compile(
    r'^madang_database_reads_total\{[^}]*what="(\w+)"[^}]*\} ([0-9.e+]+)$', re.MULTILINE
)
OF_SESSIONS = frozenset({"standing", "standings"})
"""Reads that tell who a socket speaks for; the others read the room."""


def run(stage: Stage) -> Report:
    """The product alone: its peers keep nothing that one could come back to."""
    clients = 100 if stage.quick else 1_000
    report = Report(
        "resume", f"Resume after a restart: {clients:,} clients, {MISSED} missed messages each", []
    )
    product = Product(stage)
    cookies = product.people(clients)
    talk = Load(clients=20, senders=20, window=20, warmup=0, duration=1)
    beside.announce(stage, "Madang, before the restart", talk, report)
    with product.serving(cookies) as address:
        said = drive(stage, address, talk)
    ledger = product.ledger()
    cursor = {"after": str(said["last"] - MISSED), "epoch": ledger["epoch"]}
    load = Load(clients=clients, senders=0, warmup=0, duration=0.5, settle=0, extra=cursor)
    beside.announce(stage, "Madang, after it", load, report)
    with product.serving(cookies) as address:
        counted = drive(stage, address, load)
        reads = database_reads(address)
    wrong = [*faults(said), *faults(counted), *beside.stored_wrong(said, ledger)]
    if counted["backlog"] != {"least": MISSED, "most": MISSED}:
        wrong.append(f"missed {MISSED} and got {counted['backlog']}")
    report.faults += [f"{PRODUCT}: {fault}" for fault in wrong]
    row: dict[str, Any] = {
        "name": PRODUCT,
        "about": "Madang",
        "clients": clients,
        "load": counted,
        "wrong": wrong,
        "reads": reads,
        "room_reads": sum(n for name, n in reads.items() if name not in OF_SESSIONS),
    }
    report.rows.append(row)
    report.columns = [
        SERVER,
        Column("all current, s", lambda row: seconds(figure(row, "join_seconds"))),
        time("one p50 ms", "join_ms", "p50"),
        time("one p99", "join_ms", "p99"),
        Column("room reads", lambda row: whole(row["room_reads"])),
        Column("messages each", lambda row: whole(figure(row, "backlog", "least"))),
        Column("once, in order", lambda row: "; ".join(row["wrong"]) or "yes", left=True),
    ]
    report.notes.append(f"Database reads since the start: {reads}.")
    return report


def database_reads(address: Address) -> dict[str, int]:
    """How often the server read the database since its start, by what it read."""
    with urlopen(f"http://127.0.0.1:{address.ports[0]}/metrics", timeout=5) as answer:
        reads = {name: int(float(n)) for name, n in READS.findall(answer.read().decode())}
    if not reads:
        raise RuntimeError("/metrics tells of no reads: they can't be counted")
    return reads
