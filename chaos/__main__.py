"""`bin/chaos`: the faults of each commit; `--all`: all of them; `C7 --seed 5`: one, again."""

import argparse
import asyncio
import random
import sys
from pathlib import Path

from chaos.faults import FAULTS
from chaos.proof import PROOFS, proven
from chaos.run import Fault, Result, run
from chaos.stage import Services, say


def main() -> int:
    """Run what was asked for; 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="bin/chaos", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="such as C7; none: a short set")
    parser.add_argument("--all", action="store_true", help="every fault with three seeds")
    parser.add_argument("--prove", action="store_true", help="with safeguards off it must fail")
    parser.add_argument("--seed", type=int, help="what all chance comes from")
    parser.add_argument(
        "--logs", type=Path, default=Path("var/chaos"), help="where clients' logs of failed runs go"
    )
    asked = parser.parse_args()
    for name in asked.faults:
        if name not in FAULTS:
            parser.error(f"no fault {name}; there are {', '.join(FAULTS)}")
    if asked.faults:
        chosen = [FAULTS[name] for name in asked.faults]
    elif asked.all:
        chosen = list(FAULTS.values())
    else:
        chosen = [fault for fault in FAULTS.values() if fault.each_commit]
    if asked.prove:
        return asyncio.run(prove(asked.seed or 1))
    first = asked.seed if asked.seed is not None else random.randrange(1_000_000)
    seeds = range(first, first + 3) if asked.all else [first]
    return asyncio.run(perform([(f, s) for f in chosen for s in seeds], asked.logs))


async def perform(runs: list[tuple[Fault, int]], logs: Path) -> int:
    """Run these and tell of each."""
    shared = Services()
    results: list[Result] = []
    try:
        for fault, seed in runs:
            result = await run(fault, seed, shared, logs)
            results.append(result)
            say(line(result))
            for finding in result.findings:
                say(f"    {short(finding)}")
    finally:
        shared.stop()
    return 1 if any(result.findings for result in results) else 0


async def prove(seed: int) -> int:
    """Switch each safeguard off in turn; 0 when every loss of one was noticed."""
    shared = Services()
    missed = 0
    try:
        for proof in PROOFS:
            result = await run(proof.fault, seed, shared)
            noticed = proven(proof, result.findings)
            missed += not noticed
            verdict = "noticed" if noticed else "MISSED "
            say(f"{verdict} without {proof.safeguard}: {result.fault.title}")
            for finding in result.findings[:3]:
                say(f"    {short(finding, 200)}")
    finally:
        shared.stop()
    return missed


def short(finding: str, most: int = 400) -> str:
    """A finding's first line and its end."""
    first, _, rest = finding.strip().partition("\n")
    last = rest.rpartition("\n")[2]
    return f"{first[:most]}{f' … {last[:most]}' if last else ''}"


def line(result: Result) -> str:
    """A run in one line."""
    figures = ", ".join(f"{name} {value}" for name, value in result.figures.items())
    return (
        f"{'FAIL' if result.findings else 'ok  '} {result.fault.name:<4} seed {result.seed:<7}"
        f" {result.seconds:5.1f} s, recovered {result.recovery:4.1f} s, said {result.said},"
        f" acked {result.acked}, {figures} — {result.fault.title}"
    )


if __name__ == "__main__":
    sys.exit(main())
