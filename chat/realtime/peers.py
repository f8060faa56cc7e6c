"""The worker processes of one server, as one answer to Prometheus.

Each has counters of its own, and a scrape reaches any one of them. So each listens on a Unix
socket in a folder that they share, and who is asked asks the others. Every sample says whose it
is by `worker`, the number of a slot that a process holds while it lives: added up over workers, a
worker that starts anew looks like any counter that does.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from chat.realtime.exposition import families
from chat.realtime.node import any_node

log = logging.getLogger(__name__)

FOLDER = "MADANG_PEERS"
"""The variable by which a server with several workers tells them their folder."""
PATIENCE = 2.0
"""Seconds for a worker's answer; a scrape goes without those that take longer."""

Family = list[Any]
"""name, help, type, samples of (name, labels, value): what goes from worker to worker."""


class Slot:
    """This process's number among the workers, and the socket on which it answers."""

    def __init__(self, folder: Path) -> None:
        self.number, self._lock = _claim(folder)
        self._path = folder / f"{self.number}.sock"
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Answer the others from now on."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._answer, self._path)

    def close(self) -> None:
        """Give the slot back."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)
        os.close(self._lock)

    def others(self) -> list[Path]:
        """The sockets of the other workers."""
        return sorted(path for path in self._path.parent.glob("*.sock") if path != self._path)

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(orjson.dumps(_own(self.number)))
            await writer.drain()
        writer.close()


_slot: Slot | None = None


async def start() -> None:
    """Take a slot, where there are several workers."""
    global _slot
    if folder := os.environ.get(FOLDER):
        _slot = Slot(Path(folder))
        await _slot.open()


def stop() -> None:
    """Give it back."""
    global _slot
    if _slot is not None:
        _slot.close()
        _slot = None


async def exposition() -> bytes:
    """The text of all workers for Prometheus."""
    if _slot is None:
        return _text([_own(0)])
    answers = await asyncio.gather(*(_ask(path) for path in _slot.others()))
    return _text([_own(_slot.number), *(answer for answer in answers if answer is not None)])


async def _ask(path: Path) -> list[Family] | None:
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path)
            answer = await reader.read()
            writer.close()
        found: list[Family] = orjson.loads(answer)
    except (OSError, TimeoutError, ValueError) as error:
        log.info("a worker did not answer: %s", type(error).__name__)
        return None
    return found


def _own(number: int) -> list[Family]:
    return [
        [
            family.name,
            family.documentation,
            family.type,
            [(s.name, {**s.labels, "worker": str(number)}, s.value) for s in family.samples],
        ]
        for family in families(any_node())
    ]


class _Merged:
    """Prometheus' collector for what several workers told: each family once, with all samples."""

    def __init__(self, told: Iterable[list[Family]]) -> None:
        self._told = told

    def collect(self) -> Iterable[Metric]:
        merged: dict[str, Metric] = {}
        for name, help_, kind, samples in (family for each in self._told for family in each):
            metric = merged.setdefault(name, Metric(name, help_, kind))
            for sample in samples:
                metric.add_sample(*sample)
        return merged.values()


def _text(told: list[list[Family]]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Merged(told))
    return generate_latest(registry)


def _claim(folder: Path) -> tuple[int, int]:
    """The lowest number that no living process holds, and the lock that holds it."""
    for number in range(1_000):
        lock = os.open(folder / f"{number}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return number, lock
    raise RuntimeError("no slot is free")
