"""The benchmark's own arithmetic: what it prints, and what it calls wrong.

The load client is C; its check runs it against a server that loses, doubles and reorders.
"""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from benchmarks import building, document, results
from benchmarks.figures import PRODUCT
from benchmarks.loading import faults
from benchmarks.scenarios import SCENARIOS, beside, fanout
from benchmarks.serving import Server, family, free_port
from benchmarks.stage import FOLDER
from benchmarks.tables import Column, milliseconds, share, table, times, whole

pytestmark = pytest.mark.static

CLEAN: dict[str, Any] = {
    **dict.fromkeys(("gaps", "repeats", "mismatched", "altered", "errors", "resets"), 0),
    **dict.fromkeys(("closed", "lost", "unfinished"), 0),
    "total": {"posts": 3, "acks": 3},
}


def make_ledger(**board: int) -> dict[str, Any]:
    rows = {"head": 3, "rows": 3, "numbers": 3, "nonces": 3, "first": 1, "last": 3, **board}
    return {"rooms": {"0": rows}, "storage": {"synchronous": "FULL"}}


class TestTables:
    def test_columns_are_as_wide_as_their_widest_cell(self):
        columns = [
            Column("server", lambda row: row["name"], left=True),
            Column("n", lambda row: whole(row["n"])),
        ]
        lines = table(columns, [{"name": "a", "n": 1234567.8}, {"name": "longer", "n": None}])
        assert lines.split("\n") == [
            "server          n",
            "------  ---------",
            "a       1,234,568",
            "longer          -",
        ]

    def test_a_ratio_has_as_many_digits_as_it_deserves(self):
        assert times(1_200_000, 53_000) == "22.6 ×"
        assert times(1_200_000, 2_000) == "600 ×"
        assert times(100, 100) == "1.00 ×"
        assert times(None, 5) == times(5, 0) == "-"

    def test_small_figures_keep_a_decimal(self):
        assert [milliseconds(ms) for ms in (7.24, 45.4, 1131.0, None)] == [
            "7.2",
            "45",
            "1,131",
            "-",
        ]
        assert share(0.973) == "97 %"

    def test_our_row_is_what_the_others_are_compared_with(self):
        rows: list[dict[str, Any]] = [
            {"name": "peer", "about": "P", "wrong": [], "load": {"deliveries_per_second": 50.0}},
            {
                "name": PRODUCT,
                "about": "M",
                "wrong": [],
                "load": {"deliveries_per_second": 900.0},
            },
            {"name": "dead", "about": "D", "wrong": ["gave up: x"], "load": None},
        ]
        ours_is = next(c for c in fanout.columns(rows) if c.heading == "ours is")
        assert [ours_is.show(row) for row in rows] == ["18.0 ×", "1.00 ×", "-"]


class TestFaults:
    def test_a_clean_run_has_none(self):
        assert faults(CLEAN) == []
        assert beside.stored_wrong(CLEAN, make_ledger()) == []

    @pytest.mark.parametrize("name", ["gaps", "repeats", "mismatched", "altered", "closed", "lost"])
    def test_each_count_is_a_fault(self, name):
        assert faults({**CLEAN, name: 2}) == [f"2 {name}"]

    def test_what_never_arrived_is_a_fault(self):
        assert faults({**CLEAN, "unfinished": 1}) == ["1 not finished"]

    @pytest.mark.parametrize(
        "board", [{"rows": 2}, {"rows": 4}, {"nonces": 2}, {"numbers": 2}, {"last": 4}, {"head": 5}]
    )
    def test_rows_other_than_the_acked_ones_are_a_fault(self, board):
        assert len(beside.stored_wrong(CLEAN, make_ledger(**board))) >= 1

    def test_an_unacked_post_is_a_fault(self):
        counted = {**CLEAN, "total": {"posts": 4, "acks": 3}}
        assert beside.stored_wrong(counted, make_ledger()) == ["4 posted and 3 acked"]

    def test_an_empty_board_under_acks_is_a_fault(self):
        nothing = {"rooms": {}, "storage": {"synchronous": "FULL"}}
        assert beside.stored_wrong(CLEAN, nothing)

    def test_a_commit_that_may_be_lost_is_a_fault(self):
        ledger = {**make_ledger(), "storage": {"synchronous": "NORMAL"}}
        assert beside.stored_wrong(CLEAN, ledger) == ["synchronous is NORMAL"]


def test_a_report_is_kept_with_where_it_comes_from(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(results, "ROOT", tmp_path)
    report = results.Report("fanout", "Fan-out", [], [{"name": "madang"}], ["a note"], ["2 gaps"])
    path = results.write(
        report, {"date": "2026-11-24T05:00:00+00:00", "commit": "abc"}, quick=False
    )
    assert path == Path("results/2026-11-24-fanout.json")
    kept = json.loads((tmp_path / path).read_text(encoding="utf-8"))
    assert kept["commit"] == "abc"
    assert kept["faults"] == ["2 gaps"]
    assert "WRONG: 2 gaps" in report.text()


class TestDocument:
    def result(self, **more: Any) -> dict[str, Any]:
        return {
            "title": "Fan-out", "date": "2026-11-25T08:00:00+00:00", "commit": "abc",
            "machine": {"cpu": "CPU", "cores": 2, "kernel": "6"}, "versions": {"python": "3"},
            "table": ["server  n", "a       1"], "notes": ["Stored."], **more,
        }  # fmt: skip

    def test_the_latest_result_replaces_what_stood_there(self, tmp_path, monkeypatch):
        page = tmp_path / "performance.md"
        page.write_text("A\n<!-- bench: fanout -->\nold\n<!-- end -->\nB\n", encoding="utf-8")
        for day, commit in (("2026-11-24", "older"), ("2026-11-25", "newer")):
            text = json.dumps(self.result(commit=commit, rows=[]))
            (tmp_path / f"{day}-fanout.json").write_text(text, encoding="utf-8")
        monkeypatch.setattr(document, "RESULTS", tmp_path)
        monkeypatch.setattr(document, "PAGE", page)
        monkeypatch.setattr(document, "CHARTS", tmp_path)
        document.write()
        written = page.read_text(encoding="utf-8")
        assert "old\n" not in written
        assert "server  n\na       1\n\nStored.\n```\n2026-11-25, commit newer" in written
        assert written.startswith("A\n")
        assert written.endswith("<!-- end -->\nB\n")

    def test_a_chart_has_a_line_for_each_server_with_figures(self):
        def row(name: str, clients: int, figure: float | None) -> dict[str, Any]:
            load = {"deliveries_per_second": figure} if figure else None
            return {"name": name, "clients": clients, "load": load}

        rows = [row("madang", 1000, 2e6), row("socketio", 1000, 7e4), row("madang", 100, 4e5)]
        rows.append(row("ws-loop", 100, None))
        chart = document.charts({"fanout": {"rows": rows}})["deliveries"]
        assert list(document.series(rows, "clients", "deliveries_per_second")) == [
            "Madang",
            "Socket.IO 4",
        ]
        root = ElementTree.fromstring(chart)
        lines = root.findall("{http://www.w3.org/2000/svg}polyline")
        assert len(lines) == 2
        first = [float(n) for n in lines[0].attrib["points"].replace(",", " ").split()]
        assert first[0] < first[2], "more clients stand further right"
        assert first[1] > first[3], "and more deliveries higher up"


def test_a_run_of_some_servers_keeps_the_others_rows_of_the_day(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(results, "ROOT", tmp_path)
    facts = {"date": "2026-11-25T05:00:00+00:00"}
    first = [{"name": "madang", "clients": 5, "n": 1}, {"name": "ws-loop", "clients": 5, "n": 2}]
    results.write(results.Report("posts", "Posts", [], first), facts, quick=False)
    again = results.Report("posts", "Posts", [], [{"name": "madang", "clients": 5, "n": 3}])
    results.join(again, "2026-11-25")
    assert [(row["name"], row["n"]) for row in again.rows] == [("madang", 3), ("ws-loop", 2)]
    other_day = results.Report("posts", "Posts", [], [])
    results.join(other_day, "2026-11-26")
    assert other_day.rows == []


def test_a_server_that_ends_at_once_says_why(tmp_path):
    command = ["sh", "-c", "echo no room here; exit 3"]
    server = Server(command, port=free_port(), cores={0}, log=tmp_path / "log", folder=tmp_path)
    with pytest.raises(RuntimeError, match="no room here"), server:
        pass


def test_a_process_is_the_first_of_its_family():
    assert family(1)[0] == 1


def test_every_scenario_is_described_in_the_readme():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in SCENARIOS if f"`{name}`" not in readme] == []


@pytest.fixture(scope="module")
def load_client(tmp_path_factory):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here")
    build = tmp_path_factory.mktemp("build")
    patch = pytest.MonkeyPatch()
    patch.setattr(building, "BUILD", build)
    patch.setattr(building, "CLIENT", build / "load")
    yield building.load_client()
    patch.undo()


class Room:
    """A small server of the numbered dialect that can be told to do wrong."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble
        self.sockets: list[ServerConnection] = []
        self.head = 7

    async def serve(self, socket: ServerConnection) -> None:
        async for text in socket:
            command = json.loads(text)
            if command["type"] == "subscribe":
                self.sockets.append(socket)
                subscribed = {"type": "subscribed", "room": "board", "head": self.head, "mine": {}}
                await self.send(socket, subscribed)
            else:
                await self.post(socket, command)

    async def post(self, socket: ServerConnection, command: dict[str, Any]) -> None:
        self.head += 1
        count = self.head - 7
        ack: dict[str, Any] = {
            "type": "ack",
            "nonce": command["nonce"],
            "seq": self.head,
            "change": self.head,
        }
        message: dict[str, Any] = {
            **command,
            "type": "message",
            "seq": self.head,
            "change": self.head,
        }
        if self.trouble == "alters" and count == 5:
            message["text"] = message["text"].replace("fox", "dog")
        if self.trouble == "acks another" and count == 5:
            ack["change"] -= 1
        await self.send(socket, ack)
        for place, other in enumerate(self.sockets):
            if self.trouble == "loses" and count == 5 and place == 1:
                continue
            await self.send(other, message)
            if self.trouble == "doubles" and count == 5 and place == 1:
                await self.send(other, message)
        if self.trouble == "closes" and count == 5:
            await self.sockets.pop().close(4408)

    async def send(self, socket: ServerConnection, *events: dict[str, Any]) -> None:
        await socket.send(json.dumps(events))


async def count(client: Path, room: Room) -> dict[str, Any]:
    options = ["--clients=4", "--senders=2", "--window=2", "--settle=0", "--warmup=0.1"]
    protocol = Subprotocol("madang.v1")
    async with serve(room.serve, "127.0.0.1", 0, subprotocols=[protocol], compression=None) as it:
        port = it.sockets[0].getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(str(client), "--dialect=madang", f"--port={port}", *options),
            *("--duration=0.3", "--drain=0.3"),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    assert process.returncode == 0
    counted: dict[str, Any] = json.loads(output)
    return counted


async def test_the_load_client_counts_every_delivery(load_client):
    room = Room()
    counted = await count(load_client, room)
    posts = counted["total"]["posts"]
    assert posts == room.head - 7 > 5
    assert counted["total"] == {
        "posts": posts, "acks": posts, "deliveries": posts * 4, "foreign": 0,
    }  # fmt: skip
    assert counted["last"] == room.head
    assert faults(counted) == []
    assert 0 < counted["ack_ms"]["p50"] <= counted["all_ms"]["max"]


@pytest.mark.parametrize(
    ("trouble", "found"),
    [
        ("loses", ["1 gaps", "1 lost"]),
        ("doubles", ["1 repeats"]),
        ("alters", ["1 altered"]),
        ("acks another", ["1 mismatched"]),
    ],
)
async def test_the_load_client_notices_a_server_that_does_wrong(load_client, trouble, found):
    counted = await count(load_client, Room(trouble))
    wrong = faults(counted)
    assert [fault for fault in wrong if "finished" not in fault] == found


async def test_the_load_client_outlives_a_closed_socket(load_client):
    counted = await count(load_client, Room("closes"))
    assert counted["closed"] == 1
    assert counted["close_codes"] == {"4408": 1}
    assert counted["completed"] > 0
