"""Several Valkeys that share the rooms: both are used, and without one of them nothing is lost."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from typing import Any

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import missing
from tests.support import services
from tests.support.live import Live, live
from tests.support.server import Server, serve

pytestmark = pytest.mark.workers
ROOMS = 10


async def test_rooms_are_shared_by_two_valkeys(postgres_database):
    try:
        valkeys = [services.Valkey(), services.Valkey()]
    except services.ServiceMissing as error:
        missing(str(error))
    try:
        for valkey in valkeys:
            valkey.start()
        with serve(
            WORKERS=2, DATABASE_URL=postgres_database, RATE_LIMITS="off", HEAD_CHECK_SECONDS=2,
            REDIS_URL=",".join(valkey.url for valkey in valkeys),
        ) as server:  # fmt: skip
            await _talk(server, valkeys)
    finally:
        for valkey in valkeys:
            valkey.stop()


async def _talk(server: Server, valkeys: list[services.Valkey]) -> None:
    alice = server.enter()
    rooms = [server.make_room(alice)["id"] for _number in range(ROOMS)]
    async with AsyncExitStack() as stack:
        clients: list[Live] = []
        while len(clients) < 2 or min(figure(server, "madang_sockets")) < 1:
            clients.append(await stack.enter_async_context(live(server, alice)))
            assert len(clients) < 18, "all sockets are with one worker"
        for client in clients:
            for room in rooms:
                await client.subscribe(room)

        await said_and_heard(clients, rooms, "by both")
        for valkey in valkeys:
            with closing(redis.Redis.from_url(valkey.url)) as inside:
                assert inside.pubsub_channels("*room*"), "each has some of the rooms"
        assert sum(figure(server, "madang_hub_gaps_repaired_total")) == 0
        assert sum(figure(server, "madang_heads_behind_total")) == 0, "all of it came by the bus"

        valkeys[1].stop()
        await said_and_heard(clients, rooms, "without one")
        await until(lambda: server.call("GET", "/readyz").json()["state"] == "degraded")
        valkeys[1].start()
        await until(lambda: min(figure(server, "madang_bus_up")) == 1)
        await said_and_heard(clients, rooms, "by both again")


async def said_and_heard(clients: list[Live], rooms: list[str], text: str) -> None:
    """Every client says something in every room, and every other one hears all of it."""
    for number, client in enumerate(clients):
        for room in rooms:
            await client.post(room, f"{text} {number}")
    for client in clients:
        for number in range(len(clients)):
            for room in rooms:
                await client.event("message", room=room, text=f"{text} {number}")


def figure(server: Server, name: str) -> list[float]:
    """A figure of each worker; two zeros while one of them does not answer."""
    found: list[Any] = [
        sample.value
        for family in text_string_to_metric_families(server.call("GET", "/metrics").text)
        for sample in family.samples
        if sample.name == name
    ]
    return found if len(found) == 2 else [0.0, 0.0]


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if await asyncio.to_thread(met):
                return
            await asyncio.sleep(0.2)
