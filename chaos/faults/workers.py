"""Workers that die, hang, run out of something or leave."""

import asyncio
import os
import signal
from functools import partial

from chaos.run import Fault
from chaos.stage import Plan, Stage


async def killed(stage: Stage) -> None:
    """Kill a random worker three times, 2.5 s apart; the supervisor makes new ones."""
    for last in (False, False, True):
        before = set(stage.workers())
        os.kill(stage.chance.choice(sorted(before)), signal.SIGKILL)
        took = await stage.until("a new worker", partial(others_than, stage, before), 10)
        stage.figures["worker respawned"] = f"{took:.1f} s"
        if not last:
            await asyncio.sleep(2.5)


def others_than(stage: Stage, before: set[int]) -> bool:
    """Whether there is a worker that was not there before."""
    return bool(set(stage.workers()) - before)


WORKERS = [
    Fault("C1", "worker killed, three times", killed, Plan(), each_commit=True),
]
