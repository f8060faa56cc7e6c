"""Counts on what the tests ran, over all runs of bin/test, and prints it as the closing table.

The runs share one file of JSON lines, named by MADANG_TALLY: counts from here, and bin/test's
steps (`{"step": "types", "ok": false, "seconds": 9, "output": PATH}`, and `{"again": "compose"}`
where one had a second chance). The end of what a failed step said is printed again with the table,
where whoever sees only the end of a long log looks. Without the file, this run is all there is.
Where several processes run the tests (pytest-xdist), each test carries its rows to the one that
counts in its report.
"""

import json
import os
import platform
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROWS = "ran on"
OUTCOMES = ("passed", "failed", "skipped", "rerun")
LAST_LINES = 40
"""So many of a failed step's lines are printed again."""


class Tally:
    """The plugin: sees each test's outcome, writes its line, prints the table."""

    def __init__(self, *, counts: bool) -> None:
        self._counts: dict[str, Counter[str]] = {}
        name = os.environ.get("MADANG_TALLY")
        self._file = Path(name) if name and counts else None

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.user_properties.append((ROWS, sorted(rows_of(item))))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        outcome: str = report.outcome  # "rerun" where pytest-rerunfailures gives a second chance.
        rows: Any = dict(report.user_properties).get(ROWS, [])
        for row in rows:
            self._counts.setdefault(row, Counter())[outcome] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._file is None:
            return
        failed_before = any(not line.get("ok", True) for line in _lines(self._file))
        with self._file.open("a") as file:
            file.write(json.dumps({"counts": self._counts}) + "\n")
        if failed_before and _is_last() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._file is not None and not _is_last():
            return
        lines = _lines(self._file) if self._file else [{"counts": self._counts}]
        total: dict[str, Counter[str]] = {}
        for line in lines:
            for row, counts in line.get("counts", {}).items():
                total.setdefault(row, Counter()).update(counts)
        terminalreporter.section("ran on")
        terminalreporter.write_line(f"{'':28}" + "".join(f"{name:>9}" for name in OUTCOMES))
        for row in sorted(total):
            numbers = "".join(f"{total[row][name]:>9}" for name in OUTCOMES)
            terminalreporter.write_line(f"{row:28}{numbers}", red=total[row]["failed"] > 0)
        for line in lines:
            if "step" in line:
                word = f"{line['seconds']} s" if line["ok"] else "FAILED"
                terminalreporter.write_line(f"{line['step']:28}{word:>9}", red=not line["ok"])
            elif "again" in line:
                terminalreporter.write_line(f"{line['again']:28}{'ran twice':>9}", red=True)
        for line in lines:
            if not line.get("ok", True):
                terminalreporter.section(f"{line['step']} failed")
                said = Path(str(line["output"])).read_text(errors="replace").splitlines()
                terminalreporter.write_line("\n".join(said[-LAST_LINES:]))


def rows_of(item: pytest.Item) -> set[str]:
    """The table's rows that a test counts in."""
    rows = {f"Python {platform.python_version()}"}
    fixtures = set(getattr(item, "fixturenames", ()))
    own_servers = item.get_closest_marker("workers") or item.get_closest_marker("browser")
    if not item.get_closest_marker("static") and not own_servers:
        on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
        on_redis = bool(os.environ.get("REDIS_URL"))
        rows.add("Postgres" if on_postgres else "SQLite")
        rows.add("Valkey" if on_redis else "in-memory layer")
    if fixtures & {"postgres_url", "postgres_database"}:
        rows.add("Postgres")
    if "valkey_url" in fixtures:
        rows.add("Valkey")
    if item.get_closest_marker("workers"):
        rows.add("two worker processes")
    if item.get_closest_marker("browser"):
        rows.add("Chromium")
    return rows


def _is_last() -> bool:
    return os.environ.get("MADANG_TALLY_LAST") == "1"


def _lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
