"""Plain clients that only listen: their code is looked at again when their room changes."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from chat.models import BOARD_PK, Room, User
from chat.protocol import Close, Post
from chat.realtime.connection import Connection, Person
from chat.realtime.node import Node
from chat.realtime.outbox import Frame
from chat.services import rooms
from chat.services.feed import Draft, record
from tests.realtime.sockets import in_thread, running, settings
from tests.support.people import make_person, make_room

pytestmark = pytest.mark.django_db(transaction=True)

LOSSES: dict[str, Callable[[Room], object]] = {
    "a new code": lambda room: rooms.rotate_code(room.pk),
    "unlisted": lambda room: rooms.change(room.pk, rooms.Settings(listed=False)),
    "closed": lambda room: rooms.change(room.pk, rooms.Settings(closed=True)),
}


class Plain:
    """A plain client: what it heard, and the code it was closed with."""

    def __init__(self, node: Node, room: Room | None, user: User | None = None) -> None:
        self.node = node
        self.heard: list[str] = []
        self.closed: Close | None = None
        self.key = room.pk if room is not None else BOARD_PK
        self.connection = Connection(
            person=Person(user.pk, user.nickname, user.kind) if user is not None else None,
            address="10.0.0.1",
            outbox=self,
            close=self._close,
            translate=lambda error: error.sentence,
            entry=(room.pk, room.code or "") if room is not None else None,
        )
        node.connected(self.connection)

    def _close(self, code: Close) -> None:
        self.closed = code
        self.node.disconnected(self.connection)

    def offer(self, frame: Frame) -> None:
        self.heard.append(frame.payload.decode())

    async def drained(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def waiting(self) -> int:
        return 0


async def listening(node: Node, room: Room | None, user: User | None = None) -> Plain:
    client = Plain(node, room, user)
    await node.following.ready(client.key)
    node.following.listen(client.connection, client.key)
    return client


@pytest.fixture
def room(alice) -> Room:
    return make_room(alice, listed=True)


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_listener_hears_nothing_said_after_its_code_was_lost(loss, alice, room):
    bob = await in_thread(make_person)("bob")
    await in_thread(rooms.join)(bob, room)
    other = await in_thread(make_room)(alice, "Other")

    def lose_and_go_on() -> None:
        LOSSES[loss](room)
        if loss != "closed":
            record([Draft(room.pk, alice.pk, Post(room.public_id, "n2", "after"))])

    async with running(settings()) as node:
        silent, member = await listening(node, room), await listening(node, room, bob)
        elsewhere, board = await listening(node, other), await listening(node, None)
        before = Draft(room.pk, alice.pk, Post(room.public_id, "n1", "before"))
        await in_thread(record)([before])
        await node.changes.announce(room.pk)
        await in_thread(lose_and_go_on)()
        await node.changes.announce(room.pk)
        assert silent.closed is Close.UNKNOWN_CODE
        assert silent.heard == ["before"]
        assert silent.connection.subscriptions == {}
        # Who spoke is a member, as everyone who came in by the old code.
        assert member.heard == (["before"] if loss == "closed" else ["before", "after"])
        assert [c.closed for c in (member, elsewhere, board)] == [None, None, None]


async def test_a_member_who_is_removed_is_closed_and_hears_no_json(alice, room):
    await in_thread(rooms.join)(bob := await in_thread(make_person)("bob"), room)
    async with running(settings()) as node:
        member = await listening(node, room, bob)
        assert await in_thread(rooms.leave)(bob, room)
        node.facts.tell("left", bob.pk, room.pk)
        assert member.closed is Close.UNKNOWN_CODE
        assert member.heard == []


async def test_another_title_sends_no_listener_away(room):
    async with running(settings()) as node:
        silent = await listening(node, room)
        await in_thread(rooms.change)(room.pk, rooms.Settings(title="Yard"))
        await node.changes.announce(room.pk)
        assert silent.closed is None


async def test_what_the_bus_lost_is_looked_up_by_one_query_for_all(alice, room):
    made = [await in_thread(make_room)(alice, title) for title in ("lost", "expired")]
    async with running(settings()) as node:
        lost, expired = [await listening(node, one) for one in made]
        good, board = await listening(node, room), await listening(node, None)
        await in_thread(Room.objects.filter(pk=made[0].pk).update)(code="ABCDEFGHJK")
        await in_thread(rooms.set_code_expiry)(made[1].pk, timezone.now())
        await node.upkeep._recheck()
        assert [c.closed for c in (lost, expired)] == [Close.UNKNOWN_CODE] * 2
        assert [c.closed for c in (good, board)] == [None, None]
        assert node.database.reads["opened"] == 1
