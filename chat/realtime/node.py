"""One a process and loop: starts and stops the rest, and holds the use cases of the sockets.

The only part of realtime that knows the domain. Consumers call it on the loop, everyone else
through `bridge`.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from chat.errors import ChatError, Invalid, NotFound, RateLimited, Unavailable
from chat.models import BOARD_PK, User, room_key, room_public_id
from chat.protocol import (
    PAGE,
    PAGE_MAX,
    RESUME_MAX,
    Change,
    Close,
    Edit,
    Entry,
    Post,
    Read,
    Subscribe,
    Typing,
    encode,
)
from chat.realtime import bodies, cursors
from chat.realtime.broker import Broker
from chat.realtime.connection import Connection, Person, PlainSubscription, Subscription
from chat.realtime.database import Database, disk_full, passing, refusal, write_here
from chat.realtime.figures import Figures, Lag
from chat.realtime.hub import Feed, Hub
from chat.realtime.outbox import Frame, frames_of
from chat.realtime.pace import Pace
from chat.realtime.presence import Presence
from chat.realtime.upkeep import Upkeep
from chat.realtime.writer import Writer
from chat.services import history, sessions
from chat.services.access import Access, access, remembered
from chat.services.feed import Draft, Outcome, Recorded, Stored, record
from chat.text import Limits, check_storable, check_text

log = logging.getLogger(__name__)
sockets_log = logging.getLogger("chat.sockets")

CONTROL = "control"
OPENING = 200
"""States that a room starts with; a reconnect from further back reads the rest once."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What `settings.CHAT` says, for this process."""

    key: bytes
    rate_limits: bool = True
    limits: Limits = field(default_factory=Limits)
    posts_per_second: int = 5
    posts_per_minute: int = 60
    sockets_person: int = 20
    sockets_address: int = 500
    edit_window: timedelta = timedelta(minutes=15)
    heartbeat: float = 20.0
    head_check: float = 3.0
    outbox_bytes: int = 1024 * 1024
    outbox_events: int = 1_000

    @classmethod
    def from_django(cls) -> "NodeSettings":
        """The settings of this installation."""
        chat = settings.CHAT
        return cls(
            key=blake2b(settings.SECRET_KEY.encode(), person=b"madang bus").digest(),
            rate_limits=settings.RATE_LIMITS,
            limits=Limits(chat["text_graphemes"], chat["text_bytes"], chat["frame_bytes"]),
            posts_per_second=chat["posts_per_second"],
            posts_per_minute=chat["posts_per_minute"],
            sockets_person=chat["sockets_person"],
            sockets_address=chat["sockets_address"],
            edit_window=timedelta(minutes=chat["edit_minutes"]),
            heartbeat=chat["heartbeat"],
            head_check=chat["head_check"],
            outbox_bytes=chat["outbox_bytes"],
            outbox_events=chat["outbox_events"],
        )


def room_topic(room: int) -> str:
    """The topic of a room's feed."""
    return f"room.{room}"


class Node:
    """This process' part of the chat."""

    def __init__(self, config: NodeSettings) -> None:
        self.config = config
        self.database = Database()
        self.hub = Hub(self._repair)
        self.writer: Writer[Draft, Stored | ChatError, Recorded] = Writer(
            self._record,
            self._told,
            self,
            self.database.writing,
            lane=lambda draft: draft.room,
        )
        layer: Any = get_channel_layer()
        self.broker = Broker(layer, config.key, self._heard, self._restored)
        self.presence = Presence(lambda: asyncio.get_running_loop().time())
        self.cursors = cursors.Cursors()
        self.upkeep = Upkeep(self)
        self.figures = Figures()
        self.lag = Lag()
        self.epoch = ""
        self.draining = False
        self.connections: set[Connection] = set()
        self.by_person: dict[int, set[Connection]] = defaultdict(set)
        self.by_address: dict[str, int] = defaultdict(int)
        self.watchers: dict[int, set[int]] = defaultdict(set)
        self.paces: dict[int, Pace] = {}
        self._opening: dict[int, asyncio.Task[Feed]] = {}
        self._errands: set[asyncio.Task[None]] = set()

    # --- life ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Read what must be known, then take part. Database errors propagate."""
        self.loop = asyncio.get_running_loop()
        self.epoch = await self.database.read(history.epoch)
        self.writer.start()
        await self.broker.start()
        await self.broker.join(CONTROL)
        self.upkeep.start()
        self.lag.start()

    async def drain(self, spread: float = 8.0) -> None:
        """Announce the end, finish what is queued, and close every socket with 1012."""
        self.draining = True
        for connection in list(self.connections):
            wait = round(random.uniform(0.2, spread), 1)
            connection.say(encode({"type": "bye", "retry_after": wait}))
        try:
            async with asyncio.timeout(5.0):
                await self.writer.flushed()
        except TimeoutError:
            log.error("drained with drafts not committed")
        await self.upkeep.store_cursors()
        for connection in list(self.connections):
            connection.close(Close.RESTARTING)

    async def stop(self) -> None:
        """Commit what is queued, say goodbye to the bus and end the threads."""
        self.lag.stop()
        await self.upkeep.stop()
        await self.writer.stop()
        await self.upkeep.store_cursors()
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self.hub.stop()
        await self.broker.stop()
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

    # --- connections --------------------------------------------------------------------

    async def standing(self, session: str) -> sessions.Standing | None:
        """Who a session speaks for; None when there is no such session."""
        return await self.database.read(sessions.standing, session)

    def room_for(self, address: str, person: int | None) -> bool:
        """Whether one more socket of this person and address is within the limits."""
        if not self.config.rate_limits:
            return True
        if self.by_address.get(address, 0) >= self.config.sockets_address:
            return False
        return person is None or len(self.by_person.get(person, ())) < self.config.sockets_person

    def connected(self, connection: Connection) -> None:
        """Take a socket in."""
        self.connections.add(connection)
        self.figures.opened += 1
        sockets_log.info("socket opened", extra=connection.named())
        self.by_address[connection.address] += 1
        if connection.person is not None:
            self.introduce(connection, connection.person)

    def introduce(self, connection: Connection, person: Person) -> None:
        """From now on this socket speaks for a person."""
        connection.person = person
        self.by_person[person.id].add(connection)
        for room in connection.rooms:
            self.watchers[room].add(person.id)

    def disconnected(self, connection: Connection) -> None:
        """Let a socket go, however it ended; safe to call twice."""
        if connection not in self.connections:
            return
        self.connections.discard(connection)
        sockets_log.info("socket gone", extra=connection.named())
        connection.outbox.close()
        for subscription in list(connection.subscriptions.values()):
            self._detach(subscription)
        self.by_address[connection.address] -= 1
        if not self.by_address[connection.address]:
            del self.by_address[connection.address]
        person = connection.person
        if person is None:
            return
        others = self.by_person[person.id]
        others.discard(connection)
        if not others:
            del self.by_person[person.id]
            self.cursors.forget(person.id)
            for room in connection.rooms:
                self.watchers[room].discard(person.id)
                if not self.watchers[room]:
                    del self.watchers[room]

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

    # --- following rooms ----------------------------------------------------------------

    async def subscribe(self, connection: Connection, command: Subscribe) -> None:
        """Send the backlog after the command's cursor, then `subscribed`, then all that follows.

        Raises NotFound for rooms that are not theirs.
        """
        assert connection.person is not None
        key = room_key(command.room)
        known = connection.rooms.get(key) if key is not None else None
        if key is not None and known is not None:
            standing = remembered(key, *known)
        else:
            standing = await self.database.read(_access, connection.person.id, command.room)
        await self._follow(connection, standing, command.after, command.epoch)

    async def _follow(
        self, connection: Connection, standing: Access, after: int | None, epoch: str | None
    ) -> None:
        room = standing.room.pk
        topic = room_topic(room)
        assert connection.person is not None
        person = connection.person
        self.cursors.load(person.id, room, standing.read)
        mine: dict[int, list[str]] = {}
        asked: set[int] = set()
        reset = False
        while True:
            feed = await self._open(room)
            if after is not None and not reset:
                reset = await self._outdated(feed, after, epoch)
            found = await self._backlog(feed, standing, None if reset else after)
            reacted = {e.seq for e in found if b'"reactions":' in e.encoded}
            if not reacted <= asked:
                mine = await self.database.read(history.mine, person.id, room, reacted)
                asked = reacted
                continue
            if self.hub.get(topic) is feed and connection in self.connections:
                break
            if connection not in self.connections:
                return
        # Nothing is awaited from here on: what comes later comes live.
        if (known := connection.subscriptions.get(topic)) is not None:
            self._detach(known)
        subscription = Subscription(connection, room, standing.visible_from, self._restart)
        self._attach(feed, subscription)
        how = "fresh" if after is None else "reset" if reset else "resumed"
        self.figures.subscriptions[how] += 1
        public_id = room_public_id(room)
        if reset:
            connection.say(encode({"type": "reset", "room": public_id}))
        for frame in frames_of((entry.encoded for entry in found), PAGE_MAX):
            connection.outbox.offer(frame)
        connection.say(
            encode(
                {
                    "type": "subscribed",
                    "room": public_id,
                    "head": feed.sent,
                    "mine": {str(seq): emoji for seq, emoji in mine.items() if seq in reacted},
                }
            ),
            self.presence.event(room, public_id),
        )

    async def _outdated(self, feed: Feed, after: int, epoch: str | None) -> bool:
        """Whether a cursor can't be continued."""
        if epoch is not None and epoch != self.epoch:
            return True
        if after > feed.sent:
            # Perhaps another process told the client sooner than the bus told us.
            room = int(feed.topic.removeprefix("room."))
            head = (await self.database.read(history.heads, [room])).get(room, 0)
            if after > head:
                return True
            await self.hub.caught_up(feed.topic, head)
        return feed.sent - after > RESUME_MAX

    async def _backlog(self, feed: Feed, standing: Access, after: int | None) -> list[Entry]:
        """What a subscriber gets before `feed.sent`; nothing is awaited after it is complete."""
        visible_from = standing.visible_from
        room = standing.room
        while True:
            if after is not None:
                known = feed.ring.since(after, feed.sent)
                if known is not None:
                    return [e for e in known if not e.seq or e.seq >= visible_from]
                tail = await self.database.read(history.tail, room.pk, after)
                if tail.head >= feed.ring.after:
                    feed.ring.reach_back(after, tail.entries)
                continue
            latest = feed.ring.latest(PAGE, feed.sent, visible_from)
            if latest is not None:
                return latest
            head, page = await self.database.read(_page, standing)
            newer = feed.ring.since(head, feed.sent) if feed.sent > head else []
            if newer is not None:
                states = {e.seq: e for e in page if e.change <= feed.sent}
                states |= {e.seq: e for e in newer if e.seq and e.seq >= visible_from}
                shown = (e for e in states.values() if not e.deleted)
                return sorted(shown, key=lambda entry: entry.seq)[-PAGE:]

    async def listen(self, connection: Connection, room: int) -> None:
        """Follow a room by the plain interface: from now on, what others say."""
        feed = await self._open(room)
        if connection in self.connections:
            self._attach(feed, PlainSubscription(connection, room, 0, self._restart))

    def unsubscribe(self, connection: Connection, room: str) -> None:
        """Stop following a room; nothing happens when it was not followed."""
        key = room_key(room)
        if key is not None and (known := connection.subscriptions.get(room_topic(key))):
            self._detach(known)

    def _attach(self, feed: Feed, subscription: Subscription) -> None:
        connection = subscription.connection
        feed.subscribers[subscription] = None
        connection.subscriptions[feed.topic] = subscription
        if connection.person is not None:
            person = connection.person
            self.presence.enter(subscription.room, (person.id, person.name, person.kind))

    def _detach(self, subscription: Subscription) -> None:
        connection = subscription.connection
        topic = room_topic(subscription.room)
        connection.subscriptions.pop(topic, None)
        feed = self.hub.get(topic)
        if feed is not None:
            feed.subscribers.pop(subscription, None)
        if connection.person is not None:
            self.presence.leave(subscription.room, connection.person.id)

    def _restart(self, subscription: Subscription) -> None:
        """A feed jumped: begin anew, as after a cursor that can't be continued."""

        async def again() -> None:
            connection = subscription.connection
            assert connection.person is not None
            room = room_public_id(subscription.room)
            standing = await self.database.read(_access, connection.person.id, room)
            await self._follow(connection, standing, -1, "")

        self._detach(subscription)
        self.errand(again(), "restart")

    async def _open(self, room: int) -> Feed:
        """The feed of a room, followed from now on. Raises NotFound."""
        feed = self.hub.get(room_topic(room))
        if feed is not None:
            return feed
        task = self._opening.get(room)
        if task is None:
            task = self._opening[room] = self.loop.create_task(self._open_once(room))
            task.add_done_callback(lambda _task: self._opening.pop(room, None))
        return await asyncio.shield(task)

    async def _open_once(self, room: int) -> Feed:
        topic = room_topic(room)
        self.hub.prepare(topic)
        try:
            await self.broker.join(topic)
            tail = await self.database.read(_opening_tail, room)
        except BaseException:
            self.hub.close(topic)
            raise
        return self.hub.open(topic, room_public_id(room), tail)

    async def _repair(self, topic: str, after: int) -> history.Tail:
        return await self.database.read(_tail_or_jump, int(topic.removeprefix("room.")), after)

    # --- changes ------------------------------------------------------------------------

    def change(
        self, person: int, command: Change, done: Callable[[Stored | ChatError], None]
    ) -> None:
        """Queue a change; `done` gets the ack's numbers after COMMIT, or the refusal at once."""
        room = room_key(command.room)
        if room is None:
            self._refuse(NotFound(), done)
            return
        try:
            if isinstance(command, Post | Edit):
                check_text(command.text, self.config.limits)
            self._pace(person)
        except ChatError as error:
            self._refuse(error, done)
            return
        self.writer.submit(Draft(room, person, command), partial(self._stored, person, room, done))

    def speak(
        self, person: int, room: int, post: Post, done: Callable[[Stored | ChatError], None]
    ) -> None:
        """`change` for the plain interface, where blank text is text as well."""
        try:
            check_storable(post.text, self.config.limits)
            self._pace(person)
        except ChatError as error:
            self._refuse(error, done)
            return
        self.writer.submit(Draft(room, person, post), partial(self._stored, person, room, done))

    def _pace(self, person: int) -> None:
        pace = self.paces.get(person)
        if pace is None:
            pace = Pace(self.config.posts_per_second, self.config.posts_per_minute)
            self.paces[person] = pace
        wait = pace.take(self.loop.time())
        if wait > 0 and self.config.rate_limits:
            raise RateLimited(retry_after=wait)

    def _stored(
        self,
        person: int,
        room: int,
        done: Callable[[Stored | ChatError], None],
        outcome: Stored | ChatError,
    ) -> None:
        if isinstance(outcome, ChatError):
            self._refuse(outcome, done)
            return
        if outcome.change == outcome.seq:
            self.cursors.move(person, room, outcome.seq)
        self.figures.acks += 1
        self.figures.repeats += outcome.repeated
        done(outcome)

    def _refuse(self, error: ChatError, done: Callable[[Stored | ChatError], None]) -> None:
        self.figures.nacks[error.code] += 1
        done(error)

    def _record(self, drafts: list[Draft]) -> Recorded:
        return write_here(record, drafts, self.config.edit_window)

    def _told(self, recorded: Recorded) -> None:
        """After COMMIT: our own subscribers first, then the other processes."""
        for room, news in recorded.news.items():
            topic = room_topic(room)
            self.hub.publish(topic, news.first, news.entries)
            self.broker.publish(topic, bodies.feed(news.first, news.entries))
            self.upkeep.grew(room, news.entries[-1].change)

    def passing(self, error: Exception) -> bool:
        """The writer's rule: trying again can help."""
        return passing(error)

    def refusal(self, error: Exception | None) -> Stored | ChatError:
        """The writer's rule: what to answer when a draft could not be stored."""
        if error is not None and disk_full(error):
            log.error("the disk is full")
        return refusal(error)

    def doubt(self, drafts: Sequence[Draft]) -> None:
        """The writer's rule: a commit failed and may have stored something; look."""
        rooms = {draft.room for draft in drafts}
        self.errand(self.upkeep.check_heads(rooms), "check heads")

    async def post(self, person: int, post: Post) -> tuple[Stored, bytes]:
        """Post for a caller that waits: the ack's numbers and the message's encoded state.

        Raises the refusal.
        """
        answer: asyncio.Future[Stored | ChatError] = self.loop.create_future()

        def done(outcome: Stored | ChatError) -> None:
            if not answer.done():
                answer.set_result(outcome)

        self.change(person, post, done)
        outcome = await answer
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome, await self.database.read(_encoded, person, post.room, outcome.seq)

    async def announce(self, room: int) -> None:
        """A service committed changes to a room's feed: tell everyone."""
        await self.upkeep.check_heads([room])

    # --- what has no number -------------------------------------------------------------

    def read(self, connection: Connection, command: Read) -> None:
        """Move a person's read cursor, never backwards and not past what there is."""
        key = room_key(command.room)
        feed = self.hub.get(room_topic(key)) if key is not None else None
        if feed is None or feed.topic not in connection.subscriptions or connection.person is None:
            return
        seq = min(command.seq, feed.sent)
        if self.cursors.move(connection.person.id, int(key or BOARD_PK), seq):
            self.tell("read", connection.person.id, int(key or BOARD_PK), seq)

    def typing(self, connection: Connection, command: Typing) -> None:
        """Pass on that someone types; at most what a socket's frames admit."""
        key = room_key(command.room)
        topic = room_topic(key) if key is not None else ""
        if topic not in connection.subscriptions or connection.person is None:
            return
        event = encode(
            {
                "type": "typing",
                "room": command.room,
                "author": connection.person.event(),
                "on": command.on,
            }
        )
        self.hub.hint(topic, Frame.of(event))
        self.broker.publish(topic, bodies.packed("hint", event))

    # --- facts that every process must know ---------------------------------------------

    def tell(self, fact: str, *values: Any) -> None:
        """Apply a fact here and tell the other processes."""
        self._learn(fact, values)
        self.broker.publish(CONTROL, bodies.packed("fact", fact, list(values)))

    def _learn(self, fact: str, values: Sequence[Any]) -> None:
        match fact, *values:
            case "session_ended", str(session):
                self.end_sessions({session})
            case "person_ended", int(person):
                self.end_people({person})
            case "left", int(person), int(room):
                self.left(person, room)
            case "joined", int(person), int(room):
                self._joined(person, room)
            case "renamed", int(person):
                self.errand(self._renamed(person), "rename")
            case "read", int(person), int(room), int(seq):
                self._read_elsewhere(person, room, seq)
            case _:
                log.warning("unknown fact %s", fact)

    def end_sessions(self, ended: Iterable[str]) -> None:
        """Close the sockets of sessions that ended."""
        keys = set(ended)
        for connection in [c for c in self.connections if c.session and c.session in keys]:
            connection.say(encode({"type": "signed_out"}))
            connection.close(Close.NO_SESSION)

    def end_people(self, banned: Iterable[int]) -> None:
        """Close the sockets of people who were deactivated."""
        for person in banned:
            for connection in list(self.by_person.get(person, ())):
                connection.close(Close.BANNED)

    def left(self, person: int, room: int) -> None:
        """Someone is no longer in a room: nothing of it reaches them from now on."""
        for connection in list(self.by_person.get(person, ())):
            connection.rooms.pop(room, None)
            subscription = connection.subscriptions.get(room_topic(room))
            if subscription is not None and room != BOARD_PK:
                self._detach(subscription)
                connection.refuse(NotFound(), room=room_public_id(room))
        if person in self.watchers.get(room, ()):
            self.watchers[room].discard(person)

    def _joined(self, person: int, room: int) -> None:
        for connection in self.by_person.get(person, ()):
            connection.rooms[room] = None
            self.watchers[room].add(person)

    async def _renamed(self, person: int) -> None:
        user = await self.database.read(User.objects.get, pk=person)
        known = Person(user.pk, user.nickname, user.kind)
        for connection in self.by_person.get(person, ()):
            connection.person = known
        self.presence.rename((known.id, known.name, known.kind))

    def _read_elsewhere(self, person: int, room: int, seq: int) -> None:
        self.cursors.load(person, room, seq)
        event = encode({"type": "read", "room": room_public_id(room), "seq": seq})
        for connection in self.by_person.get(person, ()):
            connection.say(event)

    def _heard(self, topic: str, body: bytes) -> None:
        """What another process told."""
        kind, values = bodies.unpacked(body)
        match kind, *values:
            case "feed", int(first), list(rows):
                self.hub.publish(topic, first, bodies.entries_of(rows))
            case "head", int(head):
                self.hub.expect(topic, head)
            case "hint", bytes(event):
                self.hub.hint(topic, Frame.of(event))
            case "heads", list(pairs):
                for room, head in pairs:
                    self.hub.expect(room_topic(room), head)
                    self.upkeep.heard_of(room)
            case "lease", str(node), list(rooms):
                for room, ids, names in rooms:
                    self.presence.hear(node, room, ids, names)
            case "fact", str(fact), list(fact_values):
                self._learn(fact, fact_values)
            case _:
                log.warning("unknown bus message %s", kind)

    def _restored(self) -> None:
        self.errand(self.upkeep.check_heads(), "check heads")


def _access(person: int, room: str) -> Access:
    return access(User.objects.filter(pk=person).first(), room)


def _page(standing: Access) -> tuple[int, list[Entry]]:
    """The head before reading, and the last page."""
    head = history.heads([standing.room.pk])[standing.room.pk]
    return head, history.last_page(standing)


def _opening_tail(room: int) -> history.Tail:
    head = history.heads([room]).get(room)
    if head is None:
        raise NotFound
    return history.tail(room, max(0, head - OPENING))


def _tail_or_jump(room: int, after: int) -> history.Tail:
    """The tail after a number; when that is too long, a later one, which tells by its `after`."""
    head = history.heads([room]).get(room, 0)
    return history.tail(room, head - OPENING if head - after > RESUME_MAX else after)


def _encoded(person: int, room: str, seq: int) -> bytes:
    page = history.history(_access(person, room), around=seq, limit=1)
    return page.events[0]


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


__all__ = ["Invalid", "Node", "NodeSettings", "Outcome", "any_node", "running_node", "stop_node"]
