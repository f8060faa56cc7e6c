"""The scenarios by name; each takes the stage and returns its report."""

from collections.abc import Callable

from benchmarks.results import Report
from benchmarks.scenarios import fanout
from benchmarks.stage import Stage

SCENARIOS: dict[str, Callable[[Stage], Report]] = {
    "fanout": fanout.run,
}
