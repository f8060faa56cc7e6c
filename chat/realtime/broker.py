"""The bus between processes: one channel-layer channel a process, one group a topic.

At most once, unordered and unconfirmed is what a channel layer promises, so nothing here is
relied on: the hub orders and repairs, and a check of heads bounds what is lost. A publish
never waits for the bus. Knows the layer, not the models.
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Protocol

log = logging.getLogger(__name__)

QUEUE = 5_000
"""Messages that wait for a slow bus; more are dropped, and made up by the check of heads."""


class Layer(Protocol):
    """The part of a channel layer that is used here."""

    async def new_channel(self, prefix: str = ...) -> str: ...
    async def receive(self, channel: str) -> dict[str, Any]: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


class Broker:
    """Joins topics and carries bodies of bytes between this process and the others.

    `heard(topic, body)` is called on the loop for every authentic body of another process,
    `restored()` after trouble with the bus is over.
    """

    def __init__(
        self,
        layer: Layer,
        key: bytes,
        heard: Callable[[str, bytes], None],
        restored: Callable[[], None],
        *,
        limit: float = 1.0,
        probe_every: float = 5.0,
        failures: int = 2,
    ) -> None:
        self.node = secrets.token_hex(8)
        self._layer = layer
        self._key = key
        self._heard = heard
        self._restored = restored
        self._limit = limit
        self._probe_every = probe_every
        self._failures_allowed = failures
        self._failures = 0
        self._channel = ""
        self._topics: set[str] = set()
        self._queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(QUEUE)
        self._probes: dict[str, asyncio.Future[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.up = True
        """False while the bus is in trouble: others learn of news by the check of heads."""
        self.sent = 0
        self.dropped = 0
        self.forged = 0
        self.troubles = 0
        """Joins, sends and probes that failed or took too long."""

    async def start(self) -> None:
        """Open this process's channel and begin to listen; a bus that is away is no error."""
        loop = asyncio.get_running_loop()
        await self._open()
        self._tasks = [
            loop.create_task(self._listen(), name="broker listen"),
            loop.create_task(self._send(), name="broker send"),
            loop.create_task(self._watch(), name="broker watch"),
        ]

    async def _open(self) -> None:
        """Get a channel, unless there is one. A bus that is away, or not known yet, has none."""
        if self._channel:
            return
        try:
            async with asyncio.timeout(self._limit):
                self._channel = await self._layer.new_channel("madang")
        except Exception as error:
            self._failed(type(error).__name__)

    async def stop(self) -> None:
        """Send what is queued if the bus takes it at once, and leave all groups."""
        if self.up:
            try:
                async with asyncio.timeout(self._limit):
                    await self._queue.join()
            except TimeoutError:
                log.warning("bus messages not sent")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for topic in list(self._topics):
            await self.leave(topic)

    async def join(self, topic: str) -> bool:
        """Hear a topic from now on; whether a message of our own came back in time to prove it.

        A layer's `group_add` may return before the subscription holds.
        """
        self._topics.add(topic)
        if not self._channel:
            return False  # `_watch` joins it once there is a bus.
        try:
            async with asyncio.timeout(self._limit):
                await self._layer.group_add(topic, self._channel)
                await self._loop_back(topic)
        except TimeoutError:
            self._failed("join")
        except Exception as error:
            self._failed(type(error).__name__)
        else:
            return True
        return False

    async def leave(self, topic: str) -> None:
        """Stop hearing a topic; trouble with the bus is logged, not raised."""
        self._topics.discard(topic)
        if not self._channel:
            return
        try:
            async with asyncio.timeout(self._limit):
                await self._layer.group_discard(topic, self._channel)
        except Exception as error:
            log.info("leaving a topic failed: %s", type(error).__name__)

    def publish(self, topic: str, body: bytes) -> None:
        """Tell the other processes, soon and at most once; never waits."""
        if not self.up:
            self.dropped += 1
            return
        message = {
            "type": "madang.bus",
            "node": self.node,
            "topic": topic,
            "body": body,
            "mac": self._mac(topic, body),
        }
        try:
            self._queue.put_nowait((topic, message))
        except asyncio.QueueFull:
            self.dropped += 1

    @property
    def queued(self) -> int:
        """Messages that wait to be sent."""
        return self._queue.qsize()

    def _mac(self, topic: str, body: bytes) -> bytes:
        return blake2b(topic.encode() + b"\0" + body, key=self._key, digest_size=16).digest()

    async def _send(self) -> None:
        while True:
            topic, message = await self._queue.get()
            try:
                if self.up:
                    async with asyncio.timeout(self._limit):
                        await self._layer.group_send(topic, message)
                    self._failures = 0
                    self.sent += 1
                else:
                    self.dropped += 1
            except Exception as error:
                self.dropped += 1
                self._failed(type(error).__name__)
            finally:
                self._queue.task_done()

    async def _listen(self) -> None:
        while True:
            await self._open()
            if not self._channel:
                # The layer keeps a queue for every channel that it could not open: few tries.
                await asyncio.sleep(self._limit if self.up else self._probe_every)
                continue
            try:
                message = await self._layer.receive(self._channel)
            except Exception as error:
                self._failed(type(error).__name__)
                await asyncio.sleep(self._limit)
                continue
            try:
                self._take(message)
            except Exception:
                log.exception("bus message failed")

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("type") == "madang.probe":
            future = self._probes.pop(str(message.get("token")), None)
            if future is not None and not future.done():
                future.set_result(None)
            return
        topic, body, mac = message.get("topic"), message.get("body"), message.get("mac")
        if message.get("node") == self.node:
            return
        if (
            isinstance(topic, str)
            and isinstance(body, bytes)
            and isinstance(mac, bytes)
            and hmac.compare_digest(self._mac(topic, body), mac)
        ):
            self._heard(topic, body)
        else:
            self.forged += 1

    async def _loop_back(self, topic: str) -> None:
        """Send ourselves a probe through a topic until it arrives. The caller sets the limit."""
        token = secrets.token_hex(8)
        future = self._probes[token] = asyncio.get_running_loop().create_future()
        try:
            while not future.done():
                await self._layer.group_send(topic, {"type": "madang.probe", "token": token})
                await asyncio.wait([future], timeout=0.05)
        finally:
            self._probes.pop(token, None)

    async def _watch(self) -> None:
        """Prove the bus from time to time; after trouble join everything again."""
        pulse = f"node.{self.node}"
        self._topics.add(pulse)
        joined = False
        while True:
            if not self._channel:
                await asyncio.sleep(self._limit)
                continue
            try:
                async with asyncio.timeout(self._limit * 2):
                    if not joined or not self.up:
                        for topic in list(self._topics):
                            await self._layer.group_add(topic, self._channel)
                        joined = True
                    await self._loop_back(pulse)
            except TimeoutError:
                self._failed("probe")
            except Exception as error:
                self._failed(type(error).__name__)
            else:
                self._failures = 0
                if not self.up:
                    self.up = True
                    log.warning("the bus is back")
                    self._restored()
            await asyncio.sleep(self._probe_every if self.up else self._limit)

    def _failed(self, what: str) -> None:
        self._failures += 1
        self.troubles += 1
        log.info("bus trouble: %s", what)
        if self.up and self._failures >= self._failures_allowed:
            self.up = False
            log.warning("the bus is away; others are told by the check of heads")
