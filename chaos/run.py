"""One run of one fault: talk, do harm, heal, wait until all is well, and judge."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from chaos.oracles import SHOWN, caught_up, judge
from chaos.stage import Plan, Services, Stage, open_files, staged

WARM = 1.5
"""Seconds of talk before the harm."""
PATIENCE = 45.0


@dataclass(frozen=True)
class Fault:
    """A way in which things go wrong. `harm` does it and returns once the cause is gone."""

    name: str
    title: str
    harm: Callable[[Stage], Awaitable[None]]
    plan: Plan = field(default_factory=Plan)
    heals_within: float = 15.0
    """Seconds from the cause's end to everyone at the head, every send acked (O8)."""
    each_commit: bool = False


@dataclass
class Result:
    """What a run showed."""

    fault: Fault
    seed: int
    seconds: float
    recovery: float = 0.0
    said: int = 0
    acked: int = 0
    deliveries: int = 0
    figures: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


async def run(fault: Fault, seed: int, shared: Services, logs: Path | None = None) -> Result:
    """Run a fault with a seed. What goes wrong is in the result's findings."""
    began = time.monotonic()
    result = Result(fault, seed, 0.0)
    try:
        async with staged(fault.plan, seed, shared) as stage:
            try:
                await act(fault, stage, result)
            except Exception:
                # Also a finding: of the product, or of this harness.
                stage.findings.append(f"the play broke off: {traceback.format_exc(-4)}")
    except Exception:
        result.findings = [f"the stage did not stand: {traceback.format_exc()}"]
        return result
    result.findings = stage.findings
    result.figures |= stage.figures
    result.seconds = time.monotonic() - began
    if result.findings and logs is not None:
        write_logs(stage, logs / f"{fault.name}-{seed}")
    return result


async def act(fault: Fault, stage: Stage, result: Result) -> None:
    """The play itself, on a stage that is up."""
    await stage.settle()
    await stage.until("everyone connected", lambda: all(c.ready for c in stage.clients), PATIENCE)
    talking = asyncio.create_task(stage.talk(), name="talk")
    await asyncio.sleep(WARM)
    files = {pid: open_files(pid) for at in range(len(stage.servers)) for pid in stage.workers(at)}
    stage.marks["harm"] = stage.now()
    await fault.harm(stage)
    stage.marks["healed"] = stage.now()
    result.recovery = await recovered(stage)
    if result.recovery > fault.heals_within:
        stage.findings.append(
            f"O8 recovered after {result.recovery:.1f} s, not {fault.heals_within:g}"
        )
    await asyncio.sleep(WARM)  # So that there is an after to compare with.
    stage.talking = False
    await talking
    await quiet(stage)
    for client in stage.staying():
        client.cut()
    await asyncio.sleep(0)
    await quiet(stage)
    stage.findings += await judge(stage)
    stage.findings += left_open(files)
    result.said = sum(len(c.posted) for c in stage.clients)
    result.acked = sum(len(c.acked) for c in stage.clients)
    result.deliveries = len(stage.deliveries)
    result.figures |= figures(stage, result.recovery)


async def recovered(stage: Stage) -> float:
    """Seconds from now until everyone has all that there was, and an answer to all they sent."""
    heads = await stage.heads()
    open_ = {(c, nonce) for c in stage.staying() for nonce in c.unanswered}

    def well() -> bool:
        return all(c.ready and caught_up(c, heads) for c in stage.staying()) and not any(
            nonce in c.unanswered for c, nonce in open_ if c.stopped is None
        )

    took = await stage.until("O8 everyone at the head", well, PATIENCE)
    if took > PATIENCE:
        stage.findings += behind(stage, heads)
    return took


def left_open(before: dict[int, int], spare: int = 40) -> list[str]:
    """O9: workers that live on hold no more files than before; the odd connection apart."""
    return [
        f"O9 a worker holds {now} files, before it were {then}"
        for pid, then in before.items()
        if (now := open_files(pid)) > then + spare
    ]


def behind(stage: Stage, heads: dict[str, int]) -> list[str]:
    """Who has not come back, or not so far."""
    return [
        f"O8 {c.name}: {'ready' if c.ready else 'not connected'}, {len(c.unanswered)} unanswered,"
        f" behind in {[(r, c.views[r].head, heads[r]) for r in late]}, {c.log[-3:]}"
        for c in stage.staying()
        if (late := [r for r in c.rooms if r not in c.views or c.views[r].head < heads[r]])
        or not c.ready
    ][:SHOWN]


async def quiet(stage: Stage) -> None:
    """Return once nothing is on its way any more."""

    async def still() -> bool:
        if any(not c.ready or c.unanswered for c in stage.staying()):
            return False
        heads = await stage.heads()
        return all(caught_up(client, heads) for client in stage.staying())

    await stage.until("all quiet", still, PATIENCE)


def figures(stage: Stage, recovery: float) -> dict[str, str]:
    """Latencies before the harm and after, and the longest time without a line."""
    harm, healed = stage.marks["harm"], stage.marks["healed"]
    answers = [a for c in stage.clients for a in c.acked.values()]
    before = [a.took for a in answers if a.at < harm]
    during = [a.took for a in answers if harm <= a.at < healed]
    after = [a.took for a in answers if a.at - a.took >= healed + recovery]
    blackouts = [took for c in stage.clients for at, took in c.blackouts if at >= harm]
    shown = {
        "ack p99 before": milliseconds(before),
        "ack p99 during": milliseconds(during),
        "ack p99 after": milliseconds(after),
    }
    if blackouts:
        shown["blackout p95"] = f"{quantile(blackouts, 0.95):.1f} s"
    return shown


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of them lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def milliseconds(values: list[float]) -> str:
    return f"{quantile(values, 0.99) * 1000:.0f} ms" if values else "–"


def write_logs(stage: Stage, folder: Path) -> None:
    """Keep what every client sent and saw, and what the servers said, to find out how it came."""
    folder.mkdir(parents=True, exist_ok=True)
    for at, text in enumerate(stage.server_logs):
        (folder / f"server-{at}.log").write_text(text, encoding="utf-8")
    for client in [*stage.clients, *stage.strangers]:
        (folder / f"{client.name}.jsonl").write_text(client.written(), encoding="utf-8")
    (folder / "findings.txt").write_text("\n".join(stage.findings), encoding="utf-8")
