"""A long while at a low rate, with a fault now and then: nothing may pile up."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

from chaos.faults.bus import LIBRARY, troubled
from chaos.faults.store import AWAY
from chaos.faults.workers import killed, rolled
from chaos.run import Fault
from chaos.stage import Plan, Stage, memory

MINUTES = 2.0
SLOPE = 1024 * 1024
"""Bytes an hour that the workers' memory may grow by, over hours (O9)."""


async def soak(stage: Stage) -> None:
    """Rotate through faults; MADANG_SOAK_MINUTES says how long, hours for a real answer."""
    minutes = float(os.environ.get("MADANG_SOAK_MINUTES") or MINUTES)
    harms: list[Callable[[Stage], Awaitable[None]]] = [killed, troubled, rolled, reloaded]
    end = stage.now() + minutes * 60
    every = max(20.0, minutes * 60 / 8)
    sizes: list[tuple[float, int]] = []
    while stage.now() < end:
        harm = stage.chance.choice(harms)
        await harm(stage)
        calm = min(end, stage.now() + every)
        while stage.now() < calm:
            sizes.append((stage.now(), max(memory(pid) for pid in stage.workers())))
            await asyncio.sleep(1)
    (first_at, first), (last_at, last) = sizes[0], sizes[-1]
    stage.figures["largest worker"] = f"{last / 2**20:.0f} MiB"
    hours = (last_at - first_at) / 3600
    if hours > 1 and (last - first) / hours > SLOPE:
        stage.findings.append(f"O9 memory grew by {(last - first) / hours / 2**20:.1f} MiB an hour")


async def reloaded(stage: Stage) -> None:
    """Restart Postgres in order."""
    assert stage.postgres is not None
    await stage.off_loop(stage.postgres.stop, signal.SIGINT)
    await stage.off_loop(stage.postgres.start)


SOAK: list[Fault] = [
    Fault(
        "C25",
        "a while at a low rate with faults in turn",
        soak,
        Plan(rate=12.0, excused=(*AWAY, *LIBRARY)),
        heals_within=20,
    )
]
