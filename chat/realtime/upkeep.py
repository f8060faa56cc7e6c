"""What a node does by the clock: heads, heartbeats, leases, cursors, and facts read again.

Each duty bounds what the bus may have lost. None of them holds anything up.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from chat.models import BOARD_PK, room_public_id
from chat.protocol import encode
from chat.realtime import bodies, cursors
from chat.realtime.outbox import Frame
from chat.realtime.presence import RENEW
from chat.realtime.topics import CONTROL, room_of, room_topic
from chat.services import history, sessions
from chat.services.unread import summaries

if TYPE_CHECKING:
    from chat.realtime.connection import Connection
    from chat.realtime.node import Node

log = logging.getLogger(__name__)

RECHECK = 30.0
INDEX = 1.0
CURSORS = 5.0
CHUNK = 500


class Upkeep:
    """A node's duties, each a task of its own."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._tasks: list[asyncio.Task[None]] = []
        self._grown: dict[int, int] = {}
        self._stale: set[int] = set()
        self._arranged: set[tuple[int, int]] = set()
        self._idle: set[str] = set()

    def start(self) -> None:
        """Begin, on the running loop."""
        duties: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (1.0, self._every_second),
            (self._node.config.head_check, self._check),
            (self._node.config.heartbeat, self._beat),
            (RENEW, self._renew),
            (CURSORS, self.store_cursors),
            (RECHECK, self._recheck),
            (INDEX, self._node.indexing.turn),
        ]
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._repeat(every, duty), name=f"upkeep {duty.__name__}")
            for every, duty in duties
        ]

    async def stop(self) -> None:
        """End all duties."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, every: float, duty: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(every)
            try:
                await duty()
            except Exception:
                log.warning("%s failed", duty.__name__, exc_info=True)

    # --- heads --------------------------------------------------------------------------

    async def _check(self) -> None:
        """What bounds the losses: whether the database is the one we know, and its heads."""
        epoch = await self._node.database.read(history.epoch)
        if epoch != self._node.epoch:
            await self._node.begin_anew(epoch)
        await self.check_heads()

    def grew(self, room: int, head: int) -> None:
        """A commit of this process moved a room's head; told to all within the second."""
        self._grown[room] = head
        self._stale.add(room)
        self._node.indexing.grew(room)

    def heard_of(self, room: int) -> None:
        """Another process moved a room's head."""
        self._stale.add(room)

    def arranged(self, person: int, room: int) -> None:
        """Someone's list changed at this room: all their sockets are told within the second."""
        if self._node.roster.of(person):
            self._arranged.add((person, room))

    async def check_heads(self, rooms: Iterable[int] | None = None) -> None:
        """Compare heads with the database and catch up: of these rooms, or of all followed.

        Rooms named here are told to the other processes as well.
        """
        hub, broker = self._node.hub, self._node.broker
        followed = {feed.topic: feed for feed in hub.feeds()}
        keys = [room_of(topic) for topic in followed]
        named = list(rooms) if rooms is not None else []
        wanted = named or keys
        if not wanted:
            return
        heads = await self._node.database.read(history.heads, wanted)
        for room, head in heads.items():
            topic = room_topic(room)
            if named:
                self._stale.add(room)
                broker.publish(topic, bodies.head(head))
                self._grown[room] = head
                self._node.indexing.grew(room)
            feed = followed.get(topic)
            if feed is not None and head >= feed.next:
                self._stale.add(room)
                self._node.figures.behind += not named
                # A little patience unless asked: a commit of ours may be about to be told.
                if named:
                    await hub.caught_up(topic, head)
                else:
                    hub.expect(topic, head)

    # --- every second: presence, and the rooms of one's list ----------------------------

    async def _every_second(self) -> None:
        node = self._node
        # Every second, so that nobody is shown for longer than their lease.
        node.presence.expire()
        for room, event in node.presence.changes(room_public_id):
            node.hub.hint(room_topic(room), Frame.of(event, packs=True))
        if told := node.presence.to_tell():
            self._lease(told)
        if self._grown:
            grown, self._grown = self._grown, {}
            pairs = [list(pair) for pair in grown.items()]
            node.broker.publish(CONTROL, bodies.packed("heads", pairs))
        # So that several workers together let nobody post faster than one would, but for a second.
        if posted := node.changes.posted():
            node.broker.publish(CONTROL, bodies.packed("posted", posted))
        await self._tell_rooms()

    async def _tell_rooms(self) -> None:
        """Rooms that grew, to members who do not follow them now; all to whoever just came."""
        wanted = self._listed()
        if not wanted:
            return
        pairs = {pair for listed in wanted.values() for pair in listed}
        live = {pair: self._node.cursors.get(*pair) for pair in pairs}
        found = await self._node.database.read(summaries, pairs, live)
        for connection, listed in wanted.items():
            rooms = [
                {"id": room_public_id(pair[1]), **found.get(pair, {"joined": False})}
                for pair in listed
            ]
            connection.say(encode({"type": "rooms", "rooms": rooms}))

    def _listed(self) -> "dict[Connection, dict[tuple[int, int], None]]":
        """Who is to be told now, of which (person, room); each once, in order."""
        roster = self._node.roster
        stale, self._stale = self._stale, set()
        arranged, self._arranged = self._arranged, set()
        wanted: dict[Connection, dict[tuple[int, int], None]] = defaultdict(dict)
        for room in stale:
            for connection in roster.watching(room):
                if connection.person is not None:
                    wanted[connection][connection.person.id, room] = None
        for person, room in arranged:
            for connection in roster.of(person):
                if connection.session:
                    wanted[connection][person, room] = None
        for connection in roster.newcomers():
            if connection.person is not None and connection.session:
                for room in {*connection.rooms, BOARD_PK}:
                    if room_topic(room) not in connection.subscriptions:
                        wanted[connection][connection.person.id, room] = None
        return wanted

    # --- heartbeat ----------------------------------------------------------------------

    async def _beat(self) -> None:
        """Send `heads`; sockets that follow the same rooms share one frame."""
        node = self._node
        frames: dict[tuple[str, ...], Frame] = {}
        everyone = iter(node.roster)
        while some := list(islice(everyone, 200)):
            for connection in some:
                if not connection.session:
                    continue  # Plain clients hear what is said, and nothing else.
                topics = tuple(sorted(connection.subscriptions))
                frame = frames.get(topics)
                if frame is None:
                    heads = {
                        feed.room: feed.sent
                        for topic in topics
                        if (feed := node.hub.get(topic)) is not None
                    }
                    frame = frames[topics] = Frame.of(encode({"type": "heads", "heads": heads}))
                connection.outbox.offer(frame)
            frames.clear()
            await asyncio.sleep(0)

    # --- leases and cursors -------------------------------------------------------------

    async def _renew(self) -> None:
        node = self._node
        self._lease(node.presence.leased())
        node.changes.forget_paces()
        await self._let_go()

    def _lease(self, rooms: Iterable[int]) -> None:
        node = self._node
        leases = [[room, *node.presence.lease(room)] for room in rooms]
        if leases:
            node.broker.publish(CONTROL, bodies.packed("lease", node.broker.node, leases))

    async def _let_go(self) -> None:
        """Stop following rooms that had no subscriber at the last two looks."""
        hub = self._node.hub
        idle = {feed.topic for feed in hub.feeds() if not feed.subscribers}
        gone, self._idle = idle & self._idle, idle - self._idle
        await self._node.following.let_go(gone)

    async def store_cursors(self) -> None:
        """Write the read cursors that moved."""
        node = self._node
        moved = node.cursors.take()
        if not moved:
            return
        try:
            await node.database.write(cursors.store, moved)
        except Exception:
            node.cursors.give_back(moved)
            raise

    # --- facts read again ---------------------------------------------------------------

    async def _recheck(self) -> None:
        """Whether sessions, people, memberships and codes behind our sockets still stand."""
        node = self._node
        await node.listeners.look()
        await node.listeners.look_at_board()
        everyone = iter([c for c in node.roster if c.person is not None])
        while some := list(islice(everyone, CHUNK)):
            keys = [c.session for c in some if c.session]
            people = {c.person.id for c in some if c.person is not None}
            node.facts.end_sessions(await node.database.read(sessions.ended, keys))
            accounts = await node.database.read(sessions.accounts, people)
            node.facts.end_people(one for one, (active, _) in accounts.items() if not active)
            await self._recheck_passwords(some, accounts)
            # Everyone may be on the board: only who follows another room is asked about.
            following = {
                (c.person.id, subscription.room)
                for c in some
                if c.person is not None
                for subscription in c.subscriptions.values()
                if subscription.room != BOARD_PK
            }
            if following:
                asked = {person for person, _room in following}
                inside = await node.database.read(sessions.memberships, asked)
                for person, room in following - inside:
                    node.facts.left(person, room)

    async def recheck_passwords(self, person: int) -> None:
        """End the sessions of this person, who has a new password, that do not hold it."""
        accounts = await self._node.database.read(sessions.accounts, {person})
        await self._recheck_passwords(self._node.roster.of(person), accounts)

    async def _recheck_passwords(
        self, some: "Iterable[Connection]", accounts: Mapping[int, tuple[bool, str]]
    ) -> None:
        """End the sessions that a new password of their person ended."""
        node = self._node
        changed = [
            c
            for c in some
            if c.session
            and c.person is not None
            and accounts.get(c.person.id, (True, ""))[1] != c.password
        ]
        if not changed:
            return
        keys = {c.session for c in changed}
        standings = await node.database.read(sessions.standings, list(keys))
        node.facts.end_sessions(keys - standings.keys())
        for connection in changed:
            if (standing := standings.get(connection.session)) is not None:
                connection.password = standing.password  # Set by way of this session: it goes on.
