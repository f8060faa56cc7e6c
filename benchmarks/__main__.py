"""`bin/bench [scenario …] [--quick] [--only NAMES]`: run, print the table, keep the JSON.

`bin/bench document` puts the kept results into docs/performance.md and draws its charts.
"""

import argparse
import sys

from benchmarks import document, machine, results
from benchmarks.scenarios import SCENARIOS
from benchmarks.stage import Stage


def main() -> int:
    """Exit code 0 when every figure stands, 1 when the product lost, doubled or misordered."""
    if sys.argv[1:] == ["document"]:
        for path in document.write():
            print(f"Written: {path}")
        return 0
    options = read_options()
    stage = Stage(quick=options.quick, only=frozenset(filter(None, options.only.split(","))))
    failed = False
    for name in options.scenarios:
        with stage.workspace(name):
            report = SCENARIOS[name](stage)
        facts = machine.facts(stage)
        if stage.only and not stage.quick:
            results.join(report, str(facts["date"])[:10])
        print()
        print(report.text())
        path = results.write(report, facts, quick=stage.quick)
        print(f"\nWritten to {path}")
        failed = failed or bool(report.faults)
    return 1 if failed else 0


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=["fanout"], metavar="scenario")
    parser.add_argument("--quick", action="store_true", help="a few seconds, small: a trial")
    parser.add_argument("--only", default="", help="comma-separated: these servers alone")
    options = parser.parse_args()
    if unknown := [name for name in options.scenarios if name not in SCENARIOS]:
        parser.error(f"no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
