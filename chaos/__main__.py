"""`bin/chaos`: the faults of each commit; `--all`: all of them; `C7 --seed 5`: one, again."""

import argparse
import asyncio
import random
import signal
import sys
from pathlib import Path
from types import FrameType

from chaos.faults import FAULTS
from chaos.proof import PROOFS, proven
from chaos.report import keep, kept, line, page, short
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
        "--logs",
        type=Path,
        default=Path("var/chaos"),
        help="where results are kept, and clients' logs",
    )
    parser.add_argument("--write", type=Path, help="make a Markdown page of all kept runs")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)  # So that no process is left behind.
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
    runs = [(fault, seed) for fault in chosen for seed in seeds]
    return asyncio.run(perform(runs, asked.logs, asked.write))


def leave(number: int, _frame: FrameType | None) -> None:
    """End as by Ctrl-C, even where a shell made that be ignored."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


async def perform(runs: list[tuple[Fault, int]], logs: Path, write: Path | None) -> int:
    """Run these and tell of each, and of all on a page."""
    shared = Services()
    results: list[Result] = []
    try:
        for fault, seed in runs:
            result = await run(fault, seed, shared, logs)
            results.append(result)
            say(line(result))
            for finding in result.findings:
                say(f"    {short(finding)}")
            keep(result, logs)
    finally:
        shared.stop()
    if write is not None:
        write.write_text(page(kept(logs)), encoding="utf-8")
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


if __name__ == "__main__":
    sys.exit(main())
