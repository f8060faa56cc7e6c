"""What Prometheus is told, and that its dashboard and alarms ask for what there is."""

import asyncio
import json
import os
import re
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.live import live
from tests.support.server import Server, own_redis, serve

ROOT = Path(__file__).resolve().parent.parent
MADE = re.compile(r'_(gauge|counters?|histogram)\(\s*"(\w+)"')
SUFFIXES = {
    "gauge": ("",),
    "counter": ("_total",),
    "counters": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
}
Samples = dict[str, dict[str, float]]
"""Sample name → worker → sum over the other labels."""


def described() -> set[str]:
    """The names of all samples that the code can make."""
    source = (ROOT / "chat/realtime/exposition.py").read_text(encoding="utf-8")
    return {
        f"madang_{name}{suffix}" for kind, name in MADE.findall(source) for suffix in SUFFIXES[kind]
    }


def samples(server: Server) -> Samples:
    answer = server.call("GET", "/metrics")
    assert answer.status_code == 200
    found: Samples = defaultdict(lambda: defaultdict(float))
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[sample.name][sample.labels["worker"]] += sample.value
    return found


async def until(server: Server, met: Callable[[Samples], bool]) -> Samples:
    """Scrape until it tells this; a worker that is killed may take a scrape along."""
    async with asyncio.timeout(20):
        while True:
            with suppress(httpx.TransportError):
                if met(found := await asyncio.to_thread(samples, server)):
                    return found
            await asyncio.sleep(0.1)


@pytest.fixture
def two_workers(postgres_database: str, valkey_url: str) -> Iterator[Server]:
    with serve(
        WORKERS=2, DATABASE_URL=postgres_database, REDIS_URL=own_redis(valkey_url)
    ) as server:
        yield server


@pytest.mark.workers
async def test_one_scrape_tells_of_all_workers(two_workers):
    server = two_workers
    alice = server.enter()
    async with live(server, alice) as one, live(server, alice) as two:
        for client in (one, two):
            await client.subscribe("board")
        await one.post("board", "hello")
        await two.event("message")
        found = await until(server, lambda found: len(found["madang_sockets"]) == 2)
    assert set(found["madang_sockets"]) == {"0", "1"}
    assert sum(found["madang_sockets"].values()) == 2
    assert sum(found["madang_acks_total"].values()) == 1
    assert set(found["madang_bus_up"].values()) == {1.0}
    assert set(found["madang_hub_gaps_repaired_total"].values()) == {0.0}
    assert sum(found["madang_commit_seconds_count"].values()) == 1
    assert min(found["process_resident_memory_bytes"].values()) > 10_000_000
    ours = {name for name in found if name.startswith("madang_")}
    lite = {"madang_sqlite_wal_bytes"}
    labelled = {"madang_refusals_total", "madang_sockets_closed_total"}  # Of nothing, no sample.
    assert ours - labelled == described() - lite - labelled

    # A worker that dies gives its number to the one that comes instead.
    (first, second) = _workers(server)
    os.kill(first, signal.SIGKILL)

    def replaced(found: Samples) -> bool:
        return len(found["madang_sockets"]) == 2 and first not in _workers(server)

    assert set((await until(server, replaced))["madang_sockets"]) == {"0", "1"}
    assert second in _workers(server)


def _workers(server: Server) -> list[int]:
    """The worker processes of a server, without Python's own helper for them."""
    pid = server.process.pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [
        int(child)
        for child in found
        if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text()
    ]


def test_one_process_tells_of_itself_under_any_name():
    with serve(PUBLIC_URL="https://chat.example.org") as server:
        found = samples(server)
        assert found["madang_bus_up"] == {"0": 1.0}
        for path in ("/metrics", "/healthz", "/readyz"):
            assert server.call("GET", path, headers={"Host": "web:8000"}).status_code == 200
        assert server.call("GET", "/", headers={"Host": "web:8000"}).status_code == 400


def _asked(text: str) -> set[str]:
    return set(re.findall(r"\b((?:madang|process)_\w+)", text))


@pytest.mark.static
def test_the_alarms_ask_for_what_there_is():
    asked = _asked((ROOT / "deploy/monitoring/alerts.yml").read_text(encoding="utf-8"))
    assert "madang_hub_gaps_repaired_total" in asked
    assert {name for name in asked if name.startswith("madang_")} <= described()


@pytest.mark.static
def test_the_dashboard_asks_for_what_there_is():
    dashboard = json.loads((ROOT / "deploy/monitoring/dashboard.json").read_text(encoding="utf-8"))
    asked = _asked(
        " ".join(t["expr"] for panel in dashboard["panels"] for t in panel.get("targets", ()))
    )
    ours = {name for name in asked if name.startswith("madang_")}
    assert ours <= described()
    bases = {re.sub(r"_(bucket|count|sum)$", "", name) for name in described()}
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in ours}
    assert bases - shown == set(), "what is counted is shown"
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
