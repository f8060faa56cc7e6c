"""Lines that take whatever they are given, and pages of elsewhere."""

import asyncio
import json
import sys

from chaos.faults.people import MIB
from chaos.faults.searching import acks
from chaos.run import Fault, quantile
from chaos.stage import Plan, Stage, memory
from tests.support.live import Live, dial
from tests.support.server import ROOT, Visitor

SECONDS = 8.0
LONG = "🌊" * 1_900
PURSE = 16 * MIB
"""What a person may be answered with in a minute."""
FELT = 1.0
"""Seconds for others' acks that are too many in any case: the greedy one's own process and all
clients share the server's cores here.
"""
GROWN = 64
"""MiB that a worker's heap may grow by: eight requests a line, and what a purse holds unread."""


async def beside(stage: Stage, way: str, visitor: Visitor) -> tuple[dict[str, int], float]:
    """What one who is greedy got, and by how many MiB the workers grew at most meanwhile; a finding
    where the others felt it.
    """
    calm = quantile(acks(stage, 0.0), 0.99)
    before, began = sum(memory(pid) for pid in stage.workers()), stage.now()
    greedy = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chaos.greedy", way),
        *(stage.servers[0].host, visitor.cookie, str(SECONDS)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    most = before
    while greedy.returncode is None:
        most = max(most, sum(memory(pid) for pid in stage.workers()))
        await asyncio.sleep(0.2)
    assert greedy.stdout is not None
    told: dict[str, int] = json.loads(await greedy.stdout.read())
    took, grown = acks(stage, began), (most - before) / MIB
    p99 = quantile(took, 0.99)
    stage.figures[way] = (
        f"{told}, memory {grown:+.0f} MiB; others' ack p99 {p99 * 1000:.0f} ms,"
        f" calm {calm * 1000:.0f}"
    )
    if p99 > max(2 * calm, FELT):
        stage.findings.append(f"P9 {way}: ack p99 {p99 * 1000:.0f} ms, calm {calm * 1000:.0f}")
    return told, grown


async def back_to_back(stage: Stage) -> None:
    """One line sends requests without a cookie, far faster than they are answered."""
    nobody = Visitor("", "", "none=none")
    told, grown = await beside(stage, "back to back", nobody)
    if grown > GROWN:
        stage.findings.append(f"P9 pipeline: memory {grown:+.0f} MiB")
    if not told.get("read"):
        stage.findings.append("P9 pipeline: nothing was answered")


async def asked_again(stage: Stage) -> None:
    """A guest asks for the board's long messages again and again, partly without reading them."""
    server = stage.servers[0]
    guest = await stage.off_loop(server.enter)
    stage.members["board"].add(guest.id)
    talker = Live(await dial(server, guest))
    await asyncio.gather(*(talker.post("board", f"{n} {LONG}") for n in range(60)))
    await talker.socket.close()
    told, grown = await beside(stage, "asks", guest)
    if grown > GROWN:
        stage.findings.append(f"P9 answers: memory {grown:+.0f} MiB")
    if told.get("bytes", 0) > 2 * PURSE:
        stage.findings.append(f"P9 answers: {told['bytes'] / MIB:.0f} MiB to one guest")
    if not told.get("refused"):
        stage.findings.append("P9 answers: nothing was refused")


async def from_elsewhere(stage: Stage) -> None:
    """A page of another site, also by its own name, wants to hear a private server's board."""
    told, _grown = await beside(stage, "foreign", Visitor("", "", "none=none"))
    if any(told.values()):
        stage.findings.append(f"O6 a page of elsewhere was let in: {told}")


LIMITED = {
    **{"RATE_LIMITS": "on", "LIMIT_POSTS_PER_SECOND": 1000, "LIMIT_POSTS_PER_MINUTE": 60_000},
    **{"LIMIT_GUESTS_PER_MINUTE": 1000, "LIMIT_ANSWERS": PURSE},
}


def plan(**settings: object) -> Plan:
    return Plan(store="sqlite", workers=1, rate=20.0, settings={**LIMITED, **settings})


GREED: list[Fault] = [
    Fault("C45", "requests back to back on one line", back_to_back, plan()),
    Fault("C46", "a guest who asks for everything again and again", asked_again, plan()),
    Fault("C47", "a page of elsewhere", from_elsewhere, plan(PLAIN_INTERFACE="own")),
]
