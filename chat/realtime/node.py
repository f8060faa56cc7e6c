"""One a process and loop: makes the parts, starts and stops them, and knows who is connected.

The parts hold the use cases of the sockets: `following`, `changes` and `facts`. Consumers call
them on the loop, everyone else through `bridge`.
"""

import asyncio
import logging
import random
from collections.abc import Coroutine
from typing import Any

from channels.layers import get_channel_layer

from chat.errors import ChatError, Unavailable
from chat.protocol import Close, encode
from chat.realtime.broker import Broker
from chat.realtime.changes import Changes
from chat.realtime.config import NodeSettings
from chat.realtime.connection import Connection
from chat.realtime.counting import Counting
from chat.realtime.cursors import Cursors
from chat.realtime.database import Database, passing
from chat.realtime.facts import Facts
from chat.realtime.figures import Figures, Lag
from chat.realtime.following import Following
from chat.realtime.gathering import Gathering
from chat.realtime.hub import Hub
from chat.realtime.indexing import Indexing
from chat.realtime.listeners import Listeners
from chat.realtime.presence import Presence
from chat.realtime.roster import Roster
from chat.realtime.topics import CONTROL
from chat.realtime.typists import Typists
from chat.realtime.upkeep import Upkeep
from chat.services import history, sessions

log = logging.getLogger(__name__)
sockets_log = logging.getLogger("chat.sockets")

RETURNING = 400
"""Sockets a second that may come back to the other processes when this one ends."""
LONGEST_AWAY = 8.0


class Node:
    """This process' part of the chat."""

    def __init__(self, config: NodeSettings) -> None:
        self.config = config
        self.database = Database()
        self.counting = Counting()
        # Of many who join at once, a hundred share two statements and one hop to a thread.
        self._standings: Gathering[str, sessions.Standing] = Gathering(
            lambda keys: self.database.read(sessions.standings, keys), passing
        )
        self.roster = Roster(config)
        self.presence = Presence(lambda: asyncio.get_running_loop().time())
        self.typists = Typists(lambda: asyncio.get_running_loop().time())
        self.cursors = Cursors()
        self.figures = Figures()
        self.lag = Lag()
        self.following = Following(self)
        self.listeners = Listeners(self)
        self.hub = Hub(self.following.repair)
        self.changes = Changes(self)
        self.facts = Facts(self)
        self.indexing = Indexing()
        self.upkeep = Upkeep(self)
        layer: Any = get_channel_layer()
        self.broker = Broker(layer, config.key, self.facts.heard, self._restored)
        self.epoch = ""
        self.draining = False
        self._errands: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Read what must be known, then take part. Database errors propagate."""
        self.loop = asyncio.get_running_loop()
        self.epoch = await self.database.read(history.epoch)
        self.changes.writer.start()
        await self.broker.start()
        await self.broker.join(CONTROL)
        self.upkeep.start()
        self.lag.start()

    async def drain(self) -> None:
        """Announce the end, finish what is queued, and close every socket with 1012."""
        self.draining = True
        spread = min(LONGEST_AWAY, max(1.0, len(self.roster) / RETURNING))
        for connection in self.roster:
            wait = round(random.uniform(0.2, spread), 1)
            connection.say(encode({"type": "bye", "retry_after": wait}))
        try:
            async with asyncio.timeout(5.0):
                await self.changes.writer.flushed()
        except TimeoutError:
            log.error("drained with drafts not committed")
        await self.upkeep.store_cursors()
        for connection in self.roster:
            connection.close(Close.RESTARTING)

    async def stop(self) -> None:
        """Commit what is queued, say goodbye to the bus and end the threads."""
        self.lag.stop()
        await self.upkeep.stop()
        await self.changes.writer.stop()
        await self.upkeep.store_cursors()
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self.hub.stop()
        await self.broker.stop()
        await asyncio.to_thread(self.indexing.stop)
        await asyncio.to_thread(self.counting.stop)
        await asyncio.to_thread(self.database.stop)

    def errand(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Do something soon; its failure is logged, and stopping waits for it."""

        async def done() -> None:
            try:
                await work
            except Exception:
                log.exception("%s failed", name)

        task = self.loop.create_task(done(), name=name)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def connected(self, connection: Connection) -> None:
        """Take a socket in."""
        self.figures.opened += 1
        sockets_log.info("socket opened", extra=connection.named())
        self.roster.add(connection)

    def disconnected(self, connection: Connection) -> None:
        """Let a socket go, however it ended; safe to call twice."""
        if connection not in self.roster:
            return
        sockets_log.info("socket gone", extra=connection.named())
        connection.outbox.close()
        for subscription in list(connection.subscriptions.values()):
            self.following.detach(subscription)
        if self.roster.remove(connection) and connection.person is not None:
            self.cursors.forget(connection.person.id)

    async def standing(self, session: str) -> sessions.Standing | None:
        """Who a session speaks for; None when there is no such session."""
        return await self._standings.get(session) if session else None

    def greet(self, connection: Connection) -> None:
        """Say `hello`: who the socket speaks for, and the numbers its client needs."""
        assert connection.person is not None
        limits = self.config.limits
        connection.say(
            encode(
                {
                    "type": "hello",
                    "you": connection.person.event(),
                    "epoch": self.epoch,
                    "limits": {
                        "text": limits.text_graphemes,
                        "text_bytes": limits.text_bytes,
                        "frame_bytes": limits.frame_bytes,
                    },
                    "heartbeat": self.config.heartbeat,
                }
            )
        )

    async def begin_anew(self, epoch: str) -> None:
        """The database was restored: forget what was known of it, and let every client come again.

        They resume with the epoch they had, which is answered with `reset`.
        """
        log.warning("the database has another history now; everyone begins anew")
        self.epoch = epoch
        self.figures.epochs += 1
        for connection in self.roster:
            connection.close(Close.RESTARTING)
        self.cursors.clear()
        await self.following.let_go(feed.topic for feed in self.hub.feeds())

    def _restored(self) -> None:
        self.errand(self.upkeep.check_heads(), "check heads")


_running: dict[int, Node] = {}
_starting: dict[int, asyncio.Task[Node]] = {}


async def running_node() -> Node:
    """The node of the running loop, started at the first call: there is no start-up hook in ASGI
    that every server has.

    Raises Unavailable when the database can't be read.
    """
    loop = asyncio.get_running_loop()
    node = _running.get(id(loop))
    if node is not None:
        return node
    task = _starting.get(id(loop))
    if task is None:
        task = _starting[id(loop)] = loop.create_task(_start(), name="start node")
        task.add_done_callback(lambda _task: _starting.pop(id(loop), None))
    try:
        return await asyncio.shield(task)
    except ChatError:
        raise
    except Exception as error:
        log.exception("the node can't start")
        raise Unavailable(retry_after=3) from error


async def _start() -> Node:
    node = Node(NodeSettings.from_django())
    await node.start()
    _running[id(asyncio.get_running_loop())] = node
    return node


async def stop_node() -> None:
    """Stop the running loop's node, if it has one."""
    node = _running.pop(id(asyncio.get_running_loop()), None)
    if node is not None:
        await node.stop()


def any_node() -> Node | None:
    """A node that runs in this process, for callers on other threads; None when there is none."""
    return next(iter(_running.values()), None)
