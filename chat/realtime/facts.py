"""What has no number: cursors, typing, and facts that every process must know."""

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from chat.errors import NotFound
from chat.models import BOARD_PK, User, room_key, room_public_id
from chat.protocol import Close, Read, Typing, encode
from chat.realtime import bodies
from chat.realtime.connection import Connection, Person
from chat.realtime.outbox import Frame
from chat.realtime.topics import CONTROL, room_of, room_topic
from chat.services.drafts import Reacted

if TYPE_CHECKING:
    from chat.realtime.node import Node

log = logging.getLogger(__name__)


class Facts:
    """Tells facts to the other processes and applies what they tell."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def read(self, connection: Connection, command: Read) -> None:
        """Move a person's read cursor, never backwards and not past what there is."""
        key = room_key(command.room)
        feed = self._node.hub.get(room_topic(key)) if key is not None else None
        if feed is None or feed.topic not in connection.subscriptions or connection.person is None:
            return
        seq = min(command.seq, feed.sent)
        if self._node.cursors.move(connection.person.id, int(key or BOARD_PK), seq):
            self.tell("read", connection.person.id, int(key or BOARD_PK), seq)

    def typing(self, connection: Connection, command: Typing) -> None:
        """Pass on that someone types or stopped, as often as others need to know."""
        key = room_key(command.room)
        if key is None or room_topic(key) not in connection.subscriptions:
            return
        typists = self._node.typists
        news = typists.began if command.on else typists.ended
        if news(connection, key):
            self._hint_typing(connection, key, command.on)

    def stopped_typing(self, connection: Connection, room: int) -> None:
        """A socket no longer follows a room, however that came: it does not type there either."""
        if self._node.typists.ended(connection, room):
            self._hint_typing(connection, room, on=False)

    def _hint_typing(self, connection: Connection, room: int, on: bool) -> None:
        assert connection.person is not None
        event = encode(
            {
                "type": "typing",
                "room": room_public_id(room),
                "author": connection.person.event(),
                "on": on,
            }
        )
        self._node.hub.hint(room_topic(room), Frame.of(event))
        self._node.broker.publish(room_topic(room), bodies.packed("hint", event))

    def reacted(self, room: int, reacted: Iterable[Reacted]) -> None:
        """Tell people of their own reactions where the message does not name them all."""
        rows = [[one.person, one.seq, one.change, one.emoji] for one in reacted]
        self._tell_reacted(room, rows)
        # By the room's topic: only processes where somebody follows the room need to know.
        self._node.broker.publish(room_topic(room), bodies.packed("reacted", rows))

    def _tell_reacted(self, room: int, rows: Sequence[Sequence[Any]]) -> None:
        public_id = room_public_id(room)
        for person, seq, change, mine in rows:
            event = {"type": "reacted", "room": public_id, "seq": seq, "change": change}
            encoded = encode({**event, "mine": mine})
            for connection in self._node.roster.of(person):
                if connection.session:
                    connection.say(encoded)

    def tell(self, fact: str, *values: Any) -> None:
        """Apply a fact here and tell the other processes."""
        self._learn(fact, values)
        self._node.broker.publish(CONTROL, bodies.packed("fact", fact, list(values)))

    def _learn(self, fact: str, values: Sequence[Any]) -> None:
        match fact, *values:
            case "session_ended", str(session):
                self.end_sessions({session})
            case "session_renewed", str(session):
                for connection in self._node.roster.of_sessions({session}):
                    connection.close(Close.RESTARTING)
            case "password_changed", int(person):
                self._node.errand(self._node.upkeep.recheck_passwords(person), "new password")
            case "person_ended", int(person):
                self.end_people({person})
            case "left", int(person), int(room):
                self.left(person, room)
            case "joined", int(person), int(room):
                self._joined(person, room)
            case "arranged", int(person), int(room):
                self._node.upkeep.arranged(person, room)
            case "board_opened", bool():
                self._node.errand(self._node.listeners.look_at_board(), "look at the board")
            case "renamed", int(person):
                self._node.errand(self._renamed(person), "rename")
            case "read", int(person), int(room), int(seq):
                self._read_elsewhere(person, room, seq)
            case _:
                log.warning("unknown fact %s", fact)

    def end_sessions(self, ended: Iterable[str]) -> None:
        """Close the sockets of sessions that ended."""
        for connection in self._node.roster.of_sessions(ended):
            connection.say(encode({"type": "signed_out"}))
            connection.close(Close.NO_SESSION)

    def end_people(self, banned: Iterable[int]) -> None:
        """Close the sockets of people who were deactivated."""
        for person in banned:
            for connection in self._node.roster.of(person):
                connection.close(Close.BANNED)

    def left(self, person: int, room: int) -> None:
        """Someone is no longer in a room: nothing of it reaches them from now on."""
        for connection in self._node.roster.of(person):
            connection.rooms.pop(room, None)
            subscription = connection.subscriptions.get(room_topic(room))
            if subscription is not None and connection.entry is not None:
                # By the plain interface everything said is a text of somebody's, errors too.
                connection.close(Close.UNKNOWN_CODE)
            elif subscription is not None and room != BOARD_PK:
                self._node.following.detach(subscription)
                connection.refuse(NotFound(), room=room_public_id(room))
        self._node.roster.unwatch(person, room)
        self._node.upkeep.arranged(person, room)

    def _joined(self, person: int, room: int) -> None:
        for connection in self._node.roster.of(person):
            connection.rooms[room] = None
        self._node.roster.watch(person, room)
        self._node.upkeep.arranged(person, room)

    async def _renamed(self, person: int) -> None:
        user = await self._node.database.read(User.objects.get, pk=person)
        known = Person(user.pk, user.nickname, user.kind)
        for connection in self._node.roster.of(person):
            connection.person = known
        self._node.presence.rename((known.id, known.name, known.kind))

    def _read_elsewhere(self, person: int, room: int, seq: int) -> None:
        self._node.cursors.hear(person, room, seq)
        event = encode({"type": "read", "room": room_public_id(room), "seq": seq})
        for connection in self._node.roster.of(person):
            connection.say(event)

    def heard(self, topic: str, body: bytes) -> None:
        """What another process told."""
        kind, values = bodies.unpacked(body)
        match kind, *values:
            case "feed", int(first), list(rows):
                entries = bodies.entries_of(rows)
                self._node.hub.publish(topic, first, entries)
                for entry in entries:
                    if entry.seq and entry.seq == entry.change:
                        # Who says something has read what stands before it.
                        self._node.cursors.hear(entry.author, room_of(topic), entry.seq)
            case "head", int(head):
                self._node.hub.expect(topic, head)
            case "hint", bytes(event):
                self._node.hub.hint(topic, Frame.of(event))
            case "heads", list(pairs):
                for room, head in pairs:
                    self._node.hub.expect(room_topic(room), head)
                    self._node.upkeep.heard_of(room)
            case "posted", list(pairs):
                for person, count in pairs:
                    self._node.changes.posted_elsewhere(person, count)
            case "lease", str(node), list(rooms):
                for room, ids, names in rooms:
                    self._node.presence.hear(node, room, ids, names)
            case "reacted", list(rows):
                self._tell_reacted(room_of(topic), rows)
            case "fact", str(fact), list(fact_values):
                self._learn(fact, fact_values)
            case _:
                log.warning("unknown bus message %s", kind)
