"""Following rooms: the backlog first, then all that comes, with no gap and no repeat between."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from chat import budget, failpoints
from chat.errors import NotFound
from chat.models import User, room_key, room_public_id
from chat.protocol import PAGE, PAGE_MAX, RESUME_MAX, Close, Entry, Subscribe, encode
from chat.realtime.connection import Connection, PlainSubscription, Subscription
from chat.realtime.hub import Feed
from chat.realtime.outbox import Frame, frames_of
from chat.realtime.ring import redraw
from chat.realtime.topics import room_of, room_topic
from chat.services import history
from chat.services.access import Access, access, remembered

if TYPE_CHECKING:
    from chat.realtime.node import Node

OPENING = 200
"""States that a room starts with; a reconnect from further back reads the rest once."""
PIECE = 256 * 1024
"""Bytes of a backlog that are handed out at once: what is in memory for each reader."""
PATIENCE = 60.0
"""Seconds for a piece to get on its way."""


class Following:
    """Who follows what: opens feeds, hands out backlogs, attaches sockets to what comes live."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._opening: dict[int, asyncio.Task[Feed]] = {}

    async def subscribe(self, connection: Connection, command: Subscribe) -> None:
        """Send the backlog after the command's cursor, then `subscribed`, then all that follows.

        Raises NotFound for rooms that are not theirs, and RateLimited where so much was answered
        lately that more has to wait.
        """
        assert connection.person is not None
        budget.ask(connection.address, connection.person.id)
        key = room_key(command.room)
        known = connection.rooms.get(key) if key is not None else None
        if key is not None and known is not None:
            standing = remembered(key, *known)
        else:
            standing = await self._node.database.read(access_of, connection.person.id, command.room)
        await self._follow(connection, standing, command.after, command.epoch)

    async def _follow(
        self, connection: Connection, standing: Access, after: int | None, epoch: str | None
    ) -> None:
        room = standing.room.pk
        topic = room_topic(room)
        assert connection.person is not None
        person = connection.person
        if connection in self._node.roster:
            self._node.cursors.load(person.id, room, standing.read)
        mine: dict[int, list[str]] = {}
        asked: set[int] = set()
        told: set[int] = set()
        reset = False
        more = False

        def hand_out(some: list[Entry]) -> None:
            for frame in frames_of((e.seen_from(standing.visible_from) for e in some), PAGE_MAX):
                budget.spend(len(frame.payload), connection.address, person.id)
                connection.outbox.offer(frame)

        while True:
            feed = await self._open(room)
            if after is not None and not reset:
                reset = await self._outdated(feed, after, epoch)
            found = await self._backlog(feed, standing, None if reset else after)
            if after is None or reset:
                fresh = history.newest(found)
                found, more = fresh, len(fresh) < len(found)
            reacted = {e.seq for e in found if b'"reactions":' in e.encoded}
            if not reacted <= asked:
                asked |= reacted
                mine = await self._node.database.read(history.mine, person.id, room, asked)
                continue
            if connection not in self._node.roster:
                return
            told |= reacted
            if after is not None and not reset and (piece := _too_much(found)):
                hand_out(piece)
                after = piece[-1].change
                await self._drained(connection)
            elif self._node.hub.get(topic) is feed:
                break
        # Nothing is awaited from here on: what comes later comes live.
        if (known := connection.subscriptions.get(topic)) is not None:
            self.detach(known)
        subscription = Subscription(connection, room, standing.visible_from, self._restart)
        self._attach(feed, subscription)
        how = "fresh" if after is None else "reset" if reset else "resumed"
        self._node.figures.subscriptions[how] += 1
        public_id = room_public_id(room)
        if reset:
            connection.say(encode({"type": "reset", "room": public_id}))
        hand_out(found)
        subscribed = {
            "type": "subscribed",
            "room": public_id,
            "head": feed.sent,
            "mine": {str(seq): emoji for seq, emoji in mine.items() if seq in told},
        }
        if more:
            subscribed["more"] = True
        here = self._node.presence.event(room, public_id)
        complete = Frame.of(encode(subscribed), here, packs=True)
        budget.spend(len(complete.payload), connection.address, person.id)
        connection.outbox.offer(complete)

    async def _drained(self, connection: Connection) -> None:
        """Wait until what was offered is on its way; a reader that takes none of it is closed."""
        try:
            async with asyncio.timeout(PATIENCE):
                await connection.outbox.drained()
        except TimeoutError:
            connection.close(Close.TOO_SLOW)

    async def _outdated(self, feed: Feed, after: int, epoch: str | None) -> bool:
        """Whether a cursor can't be continued."""
        if epoch is not None and epoch != self._node.epoch:
            return True
        if after > feed.sent:
            # Perhaps another process told the client sooner than the bus told us.
            room = room_of(feed.topic)
            head = (await self._node.database.read(history.heads, [room])).get(room, 0)
            if after > head:
                return True
            await self._node.hub.caught_up(feed.topic, head)
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
                tail = await self._node.database.read(history.tail, room.pk, after)
                if tail.head >= feed.ring.after:
                    feed.ring.reach_back(after, tail.entries)
                continue
            latest = feed.ring.latest(PAGE, feed.sent, visible_from)
            if latest is not None:
                return latest
            head, page = await self._node.database.read(_page, standing)
            newer = feed.ring.since(head, feed.sent) if feed.sent > head else []
            if newer is not None:
                states = {e.seq: e for e in page if e.change <= feed.sent}
                states |= {e.seq: e for e in newer if e.seq and e.seq >= visible_from}
                shown = [e for e in states.values() if not e.deleted]
                # A source that changed since the page was read must not be quoted as it was.
                redraw(shown, newer)
                return sorted(shown, key=lambda entry: entry.seq)[-PAGE:]

    async def ready(self, room: int) -> None:
        """Return once `listen` can follow this room at once. Raises NotFound."""
        await self._open(room)

    def listen(self, connection: Connection, room: int) -> None:
        """Follow a room that is `ready` by the plain interface: from now on, what others say."""
        feed = self._node.hub.get(room_topic(room))
        if feed is None:
            connection.close(Close.RESTARTING)  # It was let go since: whoever comes again opens it.
        else:
            self._attach(feed, PlainSubscription(connection, room, 0, self._restart))

    def unsubscribe(self, connection: Connection, room: str) -> None:
        """Stop following a room; nothing happens when it was not followed."""
        key = room_key(room)
        if key is not None and (known := connection.subscriptions.get(room_topic(key))):
            self.detach(known)

    def _attach(self, feed: Feed, subscription: Subscription) -> None:
        connection = subscription.connection
        feed.subscribers[subscription] = None
        connection.subscriptions[feed.topic] = subscription
        if connection.person is not None:
            person = connection.person
            self._node.presence.enter(subscription.room, (person.id, person.name, person.kind))

    def detach(self, subscription: Subscription) -> None:
        """Stop delivering to a subscription."""
        connection = subscription.connection
        topic = room_topic(subscription.room)
        connection.subscriptions.pop(topic, None)
        feed = self._node.hub.get(topic)
        if feed is not None:
            feed.subscribers.pop(subscription, None)
        self._node.facts.stopped_typing(connection, subscription.room)
        if connection.person is not None:
            self._node.presence.leave(subscription.room, connection.person.id)

    def _restart(self, subscription: Subscription) -> None:
        """A feed jumped: begin anew, as after a cursor that can't be continued."""

        async def again() -> None:
            connection = subscription.connection
            assert connection.person is not None
            room = room_public_id(subscription.room)
            try:
                standing = await self._node.database.read(access_of, connection.person.id, room)
                await self._follow(connection, standing, -1, "")
            except Exception:
                # Otherwise nothing of that room would come any more, and nobody would notice.
                connection.close(Close.RESTARTING)
                raise

        self.detach(subscription)
        self._node.errand(again(), "restart")

    async def _open(self, room: int) -> Feed:
        """The feed of a room, followed from now on. Raises NotFound."""
        feed = self._node.hub.get(room_topic(room))
        if feed is not None:
            return feed
        task = self._opening.get(room)
        if task is None:
            task = self._opening[room] = self._node.loop.create_task(self._open_once(room))
            task.add_done_callback(lambda _task: self._opening.pop(room, None))
        return await asyncio.shield(task)

    async def _open_once(self, room: int) -> Feed:
        topic = room_topic(room)
        self._node.hub.prepare(topic)
        try:
            await self._node.broker.join(topic)
            tail = await self._node.database.read(_opening_tail, room)
        except BaseException:
            self._node.hub.close(topic)
            raise
        return self._node.hub.open(topic, room_public_id(room), tail)

    async def let_go(self, topics: Iterable[str]) -> None:
        """Follow these topics no more. Whoever comes for one meanwhile begins anew with it: all are
        closed before the bus is told of the first, or one could be left with somebody on it.
        """
        hub = self._node.hub
        gone = list(topics)
        for topic in gone:
            hub.close(topic)
        for topic in gone:
            if not hub.follows(topic):
                await self._node.broker.leave(topic)

    async def repair(self, topic: str, after: int) -> history.Tail:
        """What the hub fills a hole with: the tail after a number, from the database."""
        room = room_of(topic)
        tail = await self._node.database.read(_tail_or_jump, room, after)
        if tail.after != after or any(not entry.seq for entry in tail.entries):
            # The room itself changed, or may have. What comes after that is not for whoever only
            # listens and whose code leads nowhere since.
            await self._node.listeners.look(room)
        if failpoints.is_off("gap_repair"):
            return history.Tail(after, tail.head, tail.floor, [])
        return tail


def _too_much(found: list[Entry]) -> list[Entry]:
    """The first piece of a backlog that is larger than one, in the order of changes; else none."""
    size = 0
    for at, entry in enumerate(found):
        size += len(entry.encoded)
        if size > PIECE and at:
            return found[:at]
    return []


def access_of(person: int, room: str) -> Access:
    """What a person, given by key, may do in a room. Raises NotFound."""
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
