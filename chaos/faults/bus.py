"""The bus: Valkey ended, wiped, paused, absent, and messages that are not what was sent."""

import asyncio
import random
import signal
from collections.abc import Iterator
from contextlib import closing

from chaos.proxy import Change
from chaos.run import Fault, quantile
from chaos.stage import Plan, Stage

SEEN_WITHIN = 5.0
"""Seconds after which others have a message although the bus is dead (O8)."""

LIBRARY = ("channels_redis.pubsub",)
"""It logs each lost connection with a traceback."""


async def troubled(stage: Stage) -> None:
    """Restart, kill, wipe and pause Valkey, and drop its subscribers, one after the other."""
    assert stage.valkey is not None
    valkey = stage.valkey
    await stage.off_loop(valkey.stop)
    await asyncio.sleep(1)
    await stage.off_loop(valkey.start)
    await asyncio.sleep(1.5)
    await stage.off_loop(valkey.stop, signal.SIGKILL)
    await stage.off_loop(valkey.start)
    await asyncio.sleep(1.5)
    with closing(stage.bus()) as bus:
        bus.flushall()
        bus.client_kill_filter(_type="pubsub", skipme=False)
        await asyncio.sleep(1.5)
        bus.client_pause(4000)
    await asyncio.sleep(4)
    bus_is_not_needed(stage)


async def paused(stage: Stage) -> None:
    """Stop Valkey for 15 s: connections stand, nothing answers."""
    assert stage.valkey is not None
    valkey = stage.valkey
    assert valkey.process is not None
    valkey.process.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(12)
        began = stage.now()
        newcomer = await stage.off_loop(stage.servers[0].enter, "늦은 손님")
        stage.members["board"].add(newcomer.id)
        stage.figures["entering without a bus"] = f"{stage.now() - began:.1f} s"
    finally:
        valkey.process.send_signal(signal.SIGCONT)
    bus_is_not_needed(stage)


async def absent(stage: Stage) -> None:
    """Start a server while there is no Valkey at all; it works, and joins when there is one."""
    assert stage.valkey is not None
    valkey = stage.valkey
    await stage.off_loop(valkey.stop, signal.SIGKILL)
    began = stage.now()
    fresh = await stage.start_server()
    stage.figures["started without a bus in"] = f"{stage.now() - began:.1f} s"
    answer = await stage.off_loop(fresh.call, "GET", "/readyz")
    if answer.json()["state"] != "degraded" or answer.status_code != 200:
        stage.findings.append(f"/readyz without a bus: {answer.status_code} {answer.text}")
    stage.doors[0].target = int(fresh.host.rpartition(":")[2])
    stage.doors[0].cut()
    await asyncio.sleep(4)
    await stage.off_loop(valkey.start)
    bus_is_not_needed(stage)


def bus_is_not_needed(stage: Stage) -> None:
    """Acks went on (P8), and others had every message within five seconds (P5)."""
    harm = stage.marks["harm"]
    took = [a.took for c in stage.clients for a in c.acked.values() if a.at >= harm]
    seen = [after for at, after in stage.deliveries if at >= harm]
    stage.figures["seen by others, worst"] = f"{max(seen, default=0):.1f} s"
    if quantile(took, 0.95) > 3.0:  # Much, since other work may go on on this machine.
        stage.findings.append(f"P8 acks waited for the bus: p95 {quantile(took, 0.95):.1f} s")
    refused = [code for c in stage.clients for at, code in c.refusals if at >= harm]
    if "unavailable" in refused:
        stage.findings.append("P8 sends were refused because of the bus")
    if max(seen, default=0) > SEEN_WITHIN + 1.0:  # One second more: the machine is not ours alone.
        stage.findings.append(f"P5 a message was seen after {max(seen):.1f} s")


class Messy:
    """What passes for the bus: a tenth each is dropped, doubled, held back, and falsified."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.counts = {"dropped": 0, "doubled": 0, "late": 0, "forged": 0}
        self.on = True

    def change(self) -> Change:
        """For one connection from Valkey to a worker."""
        split = Splitter()
        late: list[bytes] = []

        def changed(data: bytes) -> Iterator[bytes]:
            for reply in split(data):
                if b"\r\nmessage\r\n" not in reply[:24] or not self.on:
                    yield reply
                else:
                    yield from self._mess(reply, late)

        return changed

    def _mess(self, message: bytes, late: list[bytes]) -> Iterator[bytes]:
        at = self.chance.random()
        if at < 0.1:
            self.counts["dropped"] += 1
        elif at < 0.2:
            self.counts["doubled"] += 1
            yield message
            yield message
        elif at < 0.3:
            self.counts["late"] += 1
            late.append(message)
        elif at < 0.4:
            self.counts["forged"] += 1
            yield message
            yield forged(message, self.chance)
        else:
            yield message
            while late and self.chance.random() < 0.5:
                yield late.pop(self.chance.randrange(len(late)))


def forged(message: bytes, chance: random.Random) -> bytes:
    """The same message with some bytes of its body changed; its length stays."""
    head, mark, body = message.rpartition(b"body")
    if not mark or len(body) < 60:
        return message
    changed = bytearray(body)
    for _ in range(3):
        changed[chance.randrange(8, len(body) - 30)] = chance.randrange(32, 127)
    return head + mark + bytes(changed)


class Splitter:
    """Cuts a stream of Redis replies (RESP2) into whole ones."""

    def __init__(self) -> None:
        self._waiting = b""

    def __call__(self, data: bytes) -> Iterator[bytes]:
        self._waiting += data
        while (end := self._end(0)) is not None:
            yield self._waiting[:end]
            self._waiting = self._waiting[end:]

    def _end(self, start: int) -> int | None:
        """Where the reply that begins here ends; None when it is not all there."""
        line = self._waiting.find(b"\r\n", start)
        if line < 0:
            return None
        kind, value = self._waiting[start : start + 1], self._waiting[start + 1 : line]
        end = line + 2
        if kind == b"$" and value != b"-1":
            end += int(value) + 2
        elif kind == b"*" and value != b"-1":
            for _ in range(int(value)):
                inner = self._end(end)
                if inner is None:
                    return None
                end = inner
        return end if end <= len(self._waiting) else None


async def messy(stage: Stage) -> None:
    """Let the bus drop, double, reorder and forge for a while."""
    mess = Messy(stage.seed)
    for line in stage.bus_lines:
        line.changing = mess.change
        line.cut()  # So that the connections are those that mess.
    await asyncio.sleep(8)
    mess.on = False
    stage.figures |= {name: str(count) for name, count in mess.counts.items()}
    if not all(mess.counts.values()):
        stage.findings.append(f"the bus was hardly used: {mess.counts}")


BUS: list[Fault] = [
    Fault(
        "C3",
        "Valkey restarted, killed, flushed, its subscribers dropped, paused",
        troubled,
        Plan(excused=LIBRARY),
        heals_within=5.0,
        each_commit=True,
    ),
    Fault("C4", "Valkey stopped for 12 s", paused, Plan(excused=LIBRARY), heals_within=5.0),
    Fault(
        "C4b",
        "no Valkey at the start",
        absent,
        Plan(servers=2, workers=1, excused=LIBRARY),
        heals_within=5.0,
    ),
    Fault(
        "C5",
        "bus messages dropped, doubled, late and forged",
        messy,
        Plan(servers=2, workers=1, bus_lines=True, excused=LIBRARY),
        heals_within=5.0,
        each_commit=True,
    ),
]
