"""The bus between processes: what two brokers tell each other, and what trouble does to them."""

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from chat.realtime import broker as module
from chat.realtime.broker import Broker
from tests.conftest import missing
from tests.realtime.clock import run, settle
from tests.support import services

KEY = b"k" * 32


class Ears:
    """What a broker's owner hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.news = asyncio.Event()
        self.restored = 0

    def hear(self, topic: str, body: bytes) -> None:
        self.heard.append((topic, body))
        self.news.set()

    def restore(self) -> None:
        self.restored += 1

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()


def make(layer: Any, key: bytes = KEY, **options: Any) -> tuple[Broker, Ears]:
    ears = Ears()
    return Broker(layer, key, ears.hear, ears.restore, **options), ears


# --- the same on every layer ------------------------------------------------------------


@pytest.fixture(params=["in-memory", "valkey", "two valkeys"])
def layers(request: pytest.FixtureRequest):
    """Makes the layer of one more process: in memory all share one."""
    if request.param == "in-memory":
        shared = InMemoryChannelLayer(capacity=1_000)
        yield lambda: shared
        return
    with ExitStack() as stack:
        hosts = [request.getfixturevalue("valkey_url")]
        if request.param == "two valkeys":
            hosts.append(stack.enter_context(services.valkey()))
        yield lambda: RedisPubSubChannelLayer(hosts=hosts, prefix="madang-test")


@pytest.fixture
async def started(layers):
    """Starts brokers and stops them in the end."""
    brokers: list[Broker] = []

    async def start(**options: Any) -> tuple[Broker, Ears]:
        broker, ears = make(layers(), **options)
        await broker.start()
        brokers.append(broker)
        return broker, ears

    yield start
    for broker in brokers:
        await broker.stop()


async def test_what_one_tells_the_others_hear_once_and_in_order(started):
    (one, own), (two, ears), (_three, deaf) = await started(), await started(), await started()
    for broker in (one, two):
        assert await broker.join("room.1")
    for number in range(50):
        one.publish("room.1", b"%d" % number)
    await ears.until(50)
    assert ears.heard == [("room.1", b"%d" % number) for number in range(50)]
    two.publish("room.1", b"back")
    await own.until(1)
    assert own.heard == [("room.1", b"back")], "nobody hears themselves"
    assert deaf.heard == [], "only who joined hears"
    assert (one.sent, one.dropped, one.troubles) == (50, 0, 0)


async def test_after_joining_nothing_is_missed(started):
    (one, _own), (two, ears) = await started(), await started()
    await one.join("room.1")
    for number in range(20):
        topic = f"room.{number}"
        assert await two.join(topic)
        one.publish(topic, b"first")
        await ears.until(number + 1)
        assert ears.heard[-1] == (topic, b"first")


async def test_a_topic_that_was_left_is_not_heard(started):
    (one, _own), (two, ears) = await started(), await started()
    for topic in ("room.1", "room.2"):
        await two.join(topic)
    await two.leave("room.1")
    one.publish("room.1", b"unheard")
    one.publish("room.2", b"heard")
    await ears.until(1)
    assert ears.heard == [("room.2", b"heard")]


async def test_what_another_key_signed_is_not_believed(started):
    (liar, _own), (two, ears) = await started(key=b"x" * 32), await started()
    (honest, _other) = await started()
    await two.join("room.1")
    liar.publish("room.1", b"forged")
    await liar._queue.join()
    honest.publish("room.1", b"true")
    await ears.until(1)
    assert ears.heard == [("room.1", b"true")]
    assert two.forged == 1


async def test_a_body_under_another_topic_is_not_believed(started):
    two, ears = await started()
    await two.join("room.2")
    stolen: dict[str, Any] = {"type": "madang.bus", "node": "n", "topic": "room.2", "body": b"b"}
    await two._layer.group_send("room.2", {**stolen, "mac": two._mac("room.1", b"b")})
    await two._layer.group_send("room.2", {**stolen, "mac": None})
    await two._layer.group_send("room.2", {**stolen, "topic": 7, "mac": b""})
    await two._layer.group_send("room.2", {**stolen, "mac": two._mac("room.2", b"b")})
    await ears.until(1)
    assert ears.heard == [("room.2", b"b")]
    assert two.forged == 3


# --- trouble, by a clock that is turned by the test -------------------------------------


class Bus:
    """A layer that can be away, or take for ever."""

    def __init__(self) -> None:
        self.away = self.stuck = False
        self.groups: dict[str, set[str]] = {}
        self.queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    async def _trouble(self) -> None:
        if self.stuck:
            await asyncio.sleep(3_600)
        if self.away:
            raise ConnectionError("away")

    def forget(self) -> None:
        """As a bus that was started anew: nobody is in a group."""
        self.groups.clear()

    async def new_channel(self, prefix: str = "c") -> str:
        await self._trouble()
        name = f"{prefix}.{len(self.queues)}"
        self.queues[name] = asyncio.Queue()
        return name

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self.queues[channel].get()

    async def group_add(self, group: str, channel: str) -> None:
        await self._trouble()
        self.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._trouble()
        self.groups.get(group, set()).discard(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._trouble()
        for channel in self.groups.get(group, ()):
            self.queues[channel].put_nowait(message)


def pair(test):
    """Run a test with two started brokers on a bus of its own."""

    async def both():
        bus = Bus()
        (one, _own), (two, ears) = make(bus), make(bus)
        await one.start()
        await two.start()
        await one.join("room.1")
        await two.join("room.1")
        try:
            await test(bus, one, two, ears)
        finally:
            bus.away = bus.stuck = False
            await one.stop()
            await two.stop()

    run(both)


@pytest.mark.parametrize("trouble", ["away", "stuck"])
def test_a_bus_in_trouble_is_let_alone_and_joined_again_afterwards(trouble):
    async def test(bus, one, two, ears):
        setattr(bus, trouble, True)
        one.publish("room.1", b"lost")
        await asyncio.sleep(30)
        assert not one.up
        assert not two.up
        began = asyncio.get_running_loop().time()
        one.publish("room.1", b"not even tried")
        assert one.queued == 0
        assert asyncio.get_running_loop().time() == began, "nobody waits for the bus"
        bus.forget()
        setattr(bus, trouble, False)
        await asyncio.sleep(5)
        assert one.up
        assert two.up
        assert ears.restored == 1
        one.publish("room.1", b"news")
        await asyncio.sleep(1)
        assert ears.heard == [("room.1", b"news")]

    pair(test)


@pytest.mark.parametrize("trouble", ["away", "stuck"])
def test_a_bus_that_comes_late_is_joined_when_it_comes(trouble):
    async def late():
        bus = Bus()
        setattr(bus, trouble, True)
        (one, _own), (two, ears) = make(bus), make(bus)
        for broker in (one, two):
            await broker.start()
            assert not await broker.join("room.1")
        await asyncio.sleep(30)
        assert [broker.up for broker in (one, two)] == [False, False]
        setattr(bus, trouble, False)
        await asyncio.sleep(10)
        assert [broker.up for broker in (one, two)] == [True, True]
        assert ears.restored == 1
        one.publish("room.1", b"news")
        await asyncio.sleep(1)
        assert ears.heard == [("room.1", b"news")]
        await one.stop()
        await two.stop()

    run(late)


async def test_a_valkey_that_starts_after_us_is_joined_when_it_comes():
    try:
        server = services.Valkey()
    except services.ServiceMissing as error:
        missing(str(error))
    brokers = []
    for _number in range(2):
        layer = RedisPubSubChannelLayer(hosts=[server.url], prefix="madang-test")
        brokers.append(make(layer, limit=0.3, probe_every=0.3))
    (one, _own), (_two, ears) = brokers
    for broker, _ears in brokers:
        await broker.start()
        assert not await broker.join("room.1")
    server.start()
    try:
        async with asyncio.timeout(10):
            while not ears.heard:
                one.publish("room.1", b"news")
                await asyncio.wait([asyncio.ensure_future(ears.news.wait())], timeout=0.1)
        assert set(ears.heard) == {("room.1", b"news")}
    finally:
        for broker, _ears in brokers:
            await broker.stop()
        server.stop()


def test_one_failure_does_not_stop_the_sending():
    async def test(bus, one, _two, ears):
        bus.away = True
        one.publish("room.1", b"lost")
        await settle()
        bus.away = False
        assert one.up
        one.publish("room.1", b"news")
        await settle()
        assert ears.heard == [("room.1", b"news")]
        assert one.troubles == 1

    pair(test)


def test_a_bus_that_silently_forgot_us_is_noticed():
    async def test(bus, one, two, ears):
        bus.forget()
        await asyncio.sleep(30)
        assert one.troubles > 0
        assert two.troubles > 0
        assert ears.restored >= 1
        one.publish("room.1", b"news")
        await asyncio.sleep(1)
        assert ears.heard == [("room.1", b"news")]

    pair(test)


def test_a_join_without_a_bus_tells_so_within_its_limit():
    async def test(bus, one, _two, _ears):
        bus.stuck = True
        began = asyncio.get_running_loop().time()
        assert not await one.join("room.2")
        assert asyncio.get_running_loop().time() - began <= 1.0

    pair(test)


def test_more_than_the_queue_holds_is_dropped_and_counted(monkeypatch):
    monkeypatch.setattr(module, "QUEUE", 10)

    async def test(_bus, one, _two, ears):
        for number in range(25):
            one.publish("room.1", b"%d" % number)
        assert one.dropped == 15
        await settle()
        assert len(ears.heard) == 10

    pair(test)


def test_what_was_told_last_is_sent_before_the_end():
    async def both():
        bus = Bus()
        (one, _own), (two, ears) = make(bus), make(bus)
        await one.start()
        await two.start()
        await two.join("room.1")
        one.publish("room.1", b"last words")
        await one.stop()
        await settle()
        assert ears.heard == [("room.1", b"last words")]
        await two.stop()
        assert not any(bus.groups.values())

    run(both)


def test_a_hearer_that_fails_does_not_end_the_listening():
    async def both():
        bus = Bus()
        heard: list[bytes] = []

        def hear(_topic: str, body: bytes) -> None:
            if body == b"bad":
                raise ValueError
            heard.append(body)

        one, _ears = make(bus)
        two = Broker(bus, KEY, hear, lambda: None)
        await one.start()
        await two.start()
        await two.join("room.1")
        for body in (b"bad", b"good"):
            one.publish("room.1", body)
        await settle()
        assert heard == [b"good"]
        await one.stop()
        await two.stop()

    run(both)
