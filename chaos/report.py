"""What runs showed, as lines for whoever waits and as a page for the docs."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from chaos.faults import FAULTS
from chaos.run import Result

RESULTS = "results.jsonl"

HEAD = """\
# The faults, and what they showed

Made by `bin/chaos --all --write docs/faults.md` on one machine with two cores, which servers,
stores and clients share. *Recovered* is the longest time from the end of the cause until everyone
was back, had everything and had an answer to all they sent. *Findings* are broken promises
([the promises](promises.md)); `bin/chaos C7 --seed 5` plays one of them again.

"""
COLUMNS = (
    "| | fault | runs | sent | recovered | measured | findings |\n|---|---|---|---|---|---|---|\n"
)


def keep(result: Result, folder: Path) -> None:
    """Add a run to those that a page can be made of."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {field.name: getattr(result, field.name) for field in fields(result)}
    with (folder / RESULTS).open("a", encoding="utf-8") as file:
        file.write(json.dumps({**known, "fault": result.fault.name}, ensure_ascii=False) + "\n")


def kept(folder: Path) -> list[Result]:
    """The runs that were kept, of each fault and seed the latest."""
    found: dict[tuple[str, int], Result] = {}
    for written in (folder / RESULTS).read_text(encoding="utf-8").splitlines():
        known = json.loads(written)
        if known["fault"] in FAULTS:
            result = Result(**{**known, "fault": FAULTS[known["fault"]]})
            found[result.fault.name, result.seed] = result
    order = list(FAULTS)
    return sorted(found.values(), key=lambda r: (order.index(r.fault.name), r.seed))


def line(result: Result) -> str:
    """A run in one line."""
    figures = ", ".join(f"{name} {value}" for name, value in result.figures.items())
    return (
        f"{'FAIL' if result.findings else 'ok  '} {result.fault.name:<4} seed {result.seed:<7}"
        f" {result.seconds:5.1f} s, recovered {result.recovery:4.1f} s, said {result.said},"
        f" acked {result.acked}, {figures} — {result.fault.title}"
    )


def short(finding: str, most: int = 400) -> str:
    """A finding's first line and its end."""
    first, _, rest = finding.strip().partition("\n")
    last = rest.rpartition("\n")[2]
    return f"{first[:most]}{f' … {last[:most]}' if last else ''}"


def page(results: Sequence[Result]) -> str:
    """All runs as a page of the docs."""
    by_fault: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_fault[result.fault.name].append(result)
    rows = "".join(row(runs) for runs in by_fault.values())
    sent = sum(result.acked for result in results)
    broken = sum(bool(result.findings) for result in results)
    minutes = sum(result.seconds for result in results) / 60
    total = (
        f"\n{len(results)} runs in {minutes:.0f} minutes, {sent:,} messages acked,"
        f" {broken} runs with findings. {datetime.now(UTC):%Y-%m-%d}\n"
    )
    return HEAD + COLUMNS + rows + total


def row(runs: Sequence[Result]) -> str:
    """A fault's runs, with the figures of the slowest to recover."""
    slowest = max(runs, key=lambda run: run.recovery)
    figures = "; ".join(f"{name} {value}" for name, value in slowest.figures.items())
    kinds = sorted({short(finding, 60) for run in runs for finding in run.findings})
    findings = "<br>".join(kinds[:4]).replace("|", "\\|") or "none"
    cells = [
        slowest.fault.name,
        slowest.fault.title,
        str(len(runs)),
        str(sum(run.acked for run in runs)),
        f"{slowest.recovery:.1f} s",
        figures,
        findings,
    ]
    return f"| {' | '.join(cells)} |\n"
