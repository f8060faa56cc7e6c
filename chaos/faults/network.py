"""The lines between people and server: slow, dead without a word, all cut at once."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from chaos.proxy import Proxy
from chaos.run import Fault, quantile
from chaos.stage import HEARTBEAT, Plan, Stage


async def half_open(stage: Stage) -> None:
    """Some people's packets vanish for 50 s: they notice, and the server lets them go."""
    lost = stage.clients[::3]
    door = Proxy(stage.doors[0].target)
    await door.start()
    stage.doors.append(door)  # Closed with the others.
    for client in lost:
        client.door = lambda: door
        client.cut()
    await stage.until("everyone is back", lambda: all(c.ready for c in lost), 15)
    sockets = len(stage.far_ports_of_servers())
    began = stage.now()
    with ExitStack() as dropping:
        for port in door.far_ports():
            dropping.enter_context(dropped(port, door.target))
        door.stalled = door.refusing = True
        took = await stage.until(
            "clients notice", lambda: not any(c.ready for c in lost), HEARTBEAT * 2 + 8
        )
        stage.figures["clients noticed in"] = f"{took:.0f} s"
        await stage.until(
            "the server lets go",
            lambda: len(stage.far_ports_of_servers()) <= sockets - len(lost),
            50 - took,
        )
        stage.figures["server noticed in"] = f"{stage.now() - began:.0f} s"
    door.stalled = door.refusing = False


@contextmanager
def dropped(port: int, target: int) -> Iterator[None]:
    """Drop every packet between two ports of the loopback interface."""
    rules = [
        ["INPUT", "-i", "lo", "-p", "tcp", "--sport", str(a), "--dport", str(b), "-j", "DROP"]
        for a, b in ((port, target), (target, port))
    ]
    for rule in rules:
        subprocess.run(["iptables", "-A", *rule], check=True)
    try:
        yield
    finally:
        for rule in rules:
            subprocess.run(["iptables", "-D", *rule], check=True)


async def slow_lines(stage: Stage) -> None:
    """Half of the people have 16 KiB/s, 200 ms each way, and a cut now and then."""
    slow = Proxy(stage.doors[0].target)
    slow.delay, slow.rate = 0.2, 16 * 1024
    await slow.start()
    stage.doors.append(slow)
    some = stage.clients[::2]
    for client in some:
        client.door = lambda: slow
        client.cut()
    for _ in range(10):
        await asyncio.sleep(1)
        stage.chance.choice(some).cut()
    slow.delay, slow.rate = 0.0, 0


async def storm(stage: Stage) -> None:
    """Cut a thousand people at once, and everyone comes back as pages do."""
    crowd = await stage.crowd(1_000)
    await stage.until("the crowd is there", lambda: all(c.ready for c in crowd), 90)
    for client in crowd:
        client.blackouts.clear()
    began = stage.now()
    for door in stage.doors:
        door.cut()
    # Whoever has a blackout behind them was cut and is back; none is before they feel it.
    await stage.until("the crowd is back", lambda: all(c.blackouts and c.ready for c in crowd), 20)
    took = [seconds for c in crowd for _at, seconds in c.blackouts]
    stage.figures["all back in"] = f"{stage.now() - began:.1f} s"
    stage.figures["crowd's blackout p95"] = f"{quantile(took, 0.95):.1f} s"
    lag = max(await stage.metric("madang_loop_lag_worst_seconds"), default=0.0)
    stage.figures["loop lag"] = f"{lag * 1000:.0f} ms"
    for client in crowd:
        client.done = True
        client.cut()


NETWORK: list[Fault] = [
    *(
        [Fault("C13", "packets vanish for 50 s", half_open, Plan(), heals_within=20)]
        if os.geteuid() == 0
        else []
    ),
    Fault("C15", "slow lines", slow_lines),
    Fault("C19", "a thousand sockets cut at once", storm, Plan(rate=20.0), heals_within=20),
]
