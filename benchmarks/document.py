"""`bin/bench document`: puts the latest results into docs/performance.md, tables and charts.

What stands between `<!-- bench: NAME -->` and `<!-- end -->` is replaced by the latest table of
that scenario; charts go to docs/charts/.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.charts import Points, lines
from benchmarks.figures import figure
from benchmarks.results import RESULTS
from benchmarks.stage import ROOT

PAGE = ROOT / "docs" / "performance.md"
CHARTS = ROOT / "docs" / "charts"
PLACE = re.compile(r"(<!-- bench: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
SHORT = {
    "madang": "Madang",
    "socketio": "Socket.IO 4",
    "ws-loop": "bare ws loop",
    "prototype": "the prototype's loop",
}

Result = dict[str, Any]


def write() -> list[Path]:
    """Write page and charts; returns what was written."""
    results = {name: result for name in _names() if (result := latest(name)) is not None}
    page = PLACE.sub(
        lambda found: found[1] + block(results.get(found[2])) + found[3],
        PAGE.read_text(encoding="utf-8"),
    )
    PAGE.write_text(page, encoding="utf-8")
    written = [PAGE]
    CHARTS.mkdir(exist_ok=True)
    for name, chart in charts(results).items():
        path = CHARTS / f"{name}.svg"
        path.write_text(chart, encoding="utf-8")
        written.append(path)
    return written


def latest(name: str) -> Result | None:
    """A scenario's newest result; None when it never ran here."""
    found = sorted(RESULTS.glob(f"[0-9]*-{name}.json"))
    return dict(json.loads(found[-1].read_text(encoding="utf-8"))) if found else None


def block(result: Result | None) -> str:
    """A result's table, with where it comes from."""
    if result is None:
        return "Not measured yet.\n"
    machine, versions = result["machine"], result["versions"]
    source = (
        f"{result['date'][:10]}, commit {result['commit']}, {machine['cpu']}, "
        f"{machine['cores']} cores, Linux {machine['kernel']}, Python {versions['python']}"
    )
    notes = result["notes"]
    text = "\n".join([result["title"], "", *result["table"], *([""] if notes else []), *notes])
    return f"```text\n{text}\n```\n{source}.\n"


def charts(results: dict[str, Result]) -> dict[str, str]:
    """The charts that these results have the points for."""
    drawn = {}
    crowds = [row for name in ("fanout", "crowds") for row in results.get(name, {}).get("rows", ())]
    if crowds:
        drawn["deliveries"] = lines(
            "Deliveries a second, 100 clients posting",
            "clients on the board",
            "deliveries/s",
            series(crowds, "clients", "deliveries_per_second"),
        )
    if "loads" in results:
        rows = results["loads"]["rows"]
        median = series(rows, "rate", "all_ms", "p50")
        worst = series([row for row in rows if row["name"] == "madang"], "rate", "all_ms", "p99")
        worst = {f"{name}, p99": points for name, points in worst.items()}
        drawn["latency"] = lines(
            "From writing a post until the last of 1,000 has it (median)",
            "posts a second",
            "milliseconds",
            median | worst,
        )
    return drawn


def series(rows: Iterable[dict[str, Any]], across: str, *up: str) -> dict[str, Points]:
    """Server → its points, the product's first; rows without the figure are left out."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        value = figure(row, *up)
        if row["name"] in SHORT and value:
            found.setdefault(SHORT[row["name"]], []).append((row[across], value))
    order = list(SHORT.values())
    return {name: sorted(found[name]) for name in sorted(found, key=order.index)}


def _names() -> list[str]:
    return sorted({path.stem.split("-", 3)[3] for path in RESULTS.glob("[0-9]*-*.json")})
