"""A scenario's report: the table that is printed, and the JSON that is kept."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.stage import FOLDER, ROOT
from benchmarks.tables import Column, table

RESULTS = FOLDER / "results"


@dataclass(slots=True)
class Report:
    """What a scenario found. `faults` are the product's alone; any of them fails the run."""

    scenario: str
    title: str
    columns: list[Column]
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The report as it is printed."""
        parts = [self.title, "", table(self.columns, self.rows)]
        if self.notes:
            parts += ["", *self.notes]
        parts += [f"WRONG: {fault}" for fault in self.faults]
        return "\n".join(parts)


def join(report: Report, day: str) -> None:
    """Take in the rows of servers that were not in this run from the same day's earlier one.

    So that product and peers can be run one after the other, where all of them in one go would
    keep a machine for too long.
    """
    path = _path(report.scenario, day)
    if not path.exists():
        return
    here = {row["name"] for row in report.rows}
    before = json.loads(path.read_text(encoding="utf-8"))
    report.rows += [row for row in before["rows"] if row["name"] not in here]
    report.rows.sort(key=lambda row: (row.get("clients", 0), row.get("rate", 0)))
    report.notes += [note for note in before["notes"] if note not in report.notes]


def _path(scenario: str, day: str) -> Path:
    return RESULTS / f"{day}-{scenario}.json"


def write(report: Report, facts: dict[str, Any], *, quick: bool) -> Path:
    """Keep the report; trials go to a file that git ignores. Returns the path from the root."""
    RESULTS.mkdir(exist_ok=True)
    day = str(facts["date"])[:10]
    content = {
        "scenario": report.scenario,
        "title": report.title,
        **facts,
        "table": table(report.columns, report.rows).split("\n"),
        "rows": report.rows,
        "notes": report.notes,
        "faults": report.faults,
    }
    path = RESULTS / f"{report.scenario}-quick.json" if quick else _path(report.scenario, day)
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path.relative_to(ROOT)
