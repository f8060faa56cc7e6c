"""Sixteen clients ask for pages as fast as they are answered: the room page, history, a file."""

import json
import re
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.figures import PRODUCT, RIGHT, count, part, time
from benchmarks.loading import Address, Counted, Load, ask, drive
from benchmarks.product import Product
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.stage import Stage
from benchmarks.tables import Column

ASKING = 16
STATIC = re.compile(r'"(/static/[^"]+/main\.[0-9a-f]+\.js)"')


def run(stage: Stage) -> Report:
    """The product's addresses one after the other; each answer must hold the newest message."""
    report = Report("pages", f"Pages: {ASKING} clients, signed in, 50 messages on the board", [])
    product = Product(stage)
    cookies = product.people(ASKING)
    talk = Load(clients=ASKING, senders=ASKING, rate=200, warmup=0, duration=0.5, settle=0)
    beside.announce(stage, "Madang", talk, report)
    with product.serving(cookies) as address:
        drive(stage, address, talk)
        for about, path, expected, encoding in addresses(address):
            seconds = 1.0 if stage.quick else 6.0
            counted = ask(
                stage, address, path, ASKING, expected=expected, encoding=encoding,
                duration=seconds,
            )  # fmt: skip
            report.rows.append(row(about, path, counted))
            report.faults += [f"{path}: {fault}" for fault in report.rows[-1]["wrong"]]
    report.columns = [
        Column("Madang", lambda row: str(row["about"]), left=True),
        count("requests/s", "per_second"),
        time("p50 ms", "ms", "p50"),
        time("p99", "ms", "p99"),
        Column("KB each", lambda row: f"{row['bytes_each'] / 1e3:.1f}"),
        part("server CPU", "server_cpu"),
        part("load CPU", "client_cpu"),
        Column("right", RIGHT.show, left=True),
    ]
    return report


def addresses(address: Address) -> list[tuple[str, str, str, str | None]]:
    """What is asked for: its name, its path, a text that must be in it, the encoding accepted."""
    history = "/api/v1/rooms/board/messages?limit=50"
    page = fetch(address, "/rooms/board")
    messages = json.loads(fetch(address, history))["messages"]
    newest = messages[-1]["nonce"]
    script = STATIC.search(page)
    if len(messages) != 50 or newest not in page or script is None:
        raise RuntimeError("the board's page is not what this scenario expects")
    return [
        ("room page", "/rooms/board", newest, None),
        ("history, JSON", history, newest, None),
        ("a script, compressed", script.group(1), "", "br"),
        ("healthz", "/healthz", "ok", None),
    ]


def fetch(address: Address, path: str) -> str:
    """The answer to the first of our people."""
    assert address.cookies is not None
    cookie = address.cookies.read_text(encoding="ascii").split("\n", 1)[0]
    url = f"http://127.0.0.1:{address.ports[0]}{path}"
    with urlopen(Request(url, headers={"Cookie": cookie}), timeout=10) as answer:
        return str(answer.read().decode())


def row(about: str, path: str, counted: Counted) -> dict[str, Any]:
    """An address' figures, and what was wrong with its answers."""
    wrong = [f"{counted[name]} {name}" for name in ("refused", "wrong") if counted[name]]
    return {
        "name": PRODUCT,
        "about": about,
        "path": path,
        "clients": ASKING,
        "load": counted,
        "wrong": wrong + counted["samples"],
        "bytes_each": counted["bytes"] / max(1, counted["answers"]),
    }
