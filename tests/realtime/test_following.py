"""Following rooms where something comes between: rooms let go, pages too long, people who left."""

import asyncio
import json

import pytest

from chat.models import BOARD_PK, Room
from chat.protocol import PAGE_BYTES, Close, Post
from chat.services.feed import Stored
from tests.realtime.sockets import Socket, change, in_thread
from tests.support.people import make_room

pytestmark = pytest.mark.django_db(transaction=True)


async def hears(socket: Socket, room: Room, text: str) -> None:
    """Wait until the only message that this socket knows of a room says this."""

    def heard() -> bool:
        view = socket.reader.views.get(room.public_id, {})
        return [message["text"] for message in view.values()] == [text]

    await socket.reader.until(heard)


async def test_who_comes_while_rooms_are_let_go_hears_what_is_said(node, alice, bob, monkeypatch):
    """Leaving a topic on the bus takes a moment, in which somebody may come for the next one."""
    first, second = [await in_thread(make_room)(alice) for _ in range(2)]
    leaving, go_on, left = asyncio.Event(), asyncio.Event(), []

    async def leave(topic: str) -> None:
        left.append(topic)
        leaving.set()
        await go_on.wait()

    monkeypatch.setattr(node.broker, "leave", leave)
    gone = Socket(node, alice)
    for room in (first, second):
        await gone.subscribe(room.public_id)
        node.following.unsubscribe(gone.connection, room.public_id)
    await node.upkeep._let_go()
    letting_go = asyncio.create_task(node.upkeep._let_go())
    await leaving.wait()
    comer = Socket(node, alice)
    for room in (first, second):
        await comer.subscribe(room.public_id)
    go_on.set()
    await letting_go
    assert len(left) == 1, "the other one is followed again and must not be left"
    for room in (first, second):
        await change(node, alice, Post(room.public_id, f"n{room.pk}", "still here?"))
        await hears(comer, room, "still here?")


async def test_whoever_comes_again_while_everyone_begins_anew_hears_what_is_said(
    node, alice, monkeypatch
):
    rooms = [await in_thread(make_room)(alice) for _ in range(2)]
    leaving, go_on = asyncio.Event(), asyncio.Event()

    async def leave(_topic: str) -> None:
        leaving.set()
        await go_on.wait()

    monkeypatch.setattr(node.broker, "leave", leave)
    before = Socket(node, alice)
    for room in rooms:
        await before.subscribe(room.public_id)
    beginning = asyncio.create_task(node.begin_anew("another"))
    await leaving.wait()
    assert before.closed is Close.RESTARTING
    after = Socket(node, alice)
    for room in rooms:
        await after.subscribe(room.public_id)
    go_on.set()
    await beginning
    for room in rooms:
        await change(node, alice, Post(room.public_id, f"n{room.pk}", "anew"))
        await hears(after, room, "anew")


async def test_a_page_of_long_messages_is_cut_short_and_says_so(node, alice):
    """All of it in one go would be more than a slow reader may have waiting, time and again."""
    text = ("[a" + "\u20dd" * 15 + "](http://a.b)") * 133
    for number in range(50):
        stored = await change(node, alice, Post("board", f"n{number}", text))
        assert isinstance(stored, Stored), stored
    socket = Socket(node, alice)
    await socket.subscribe("board")
    view = socket.reader.views["board"]
    seqs = sorted(view)
    assert 0 < len(seqs) < 50
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert seqs[-1] == socket.reader.at["board"], "the newest are kept"
    assert sum(len(json.dumps(m, ensure_ascii=False).encode()) for m in view.values()) < PAGE_BYTES
    assert (await socket.reader.event("subscribed"))["more"] is True
    resumed = Socket(node, alice)
    await resumed.subscribe("board", 0, node.epoch)
    assert len(resumed.reader.views["board"]) == 50
    assert "more" not in await resumed.reader.event("subscribed")


async def test_nothing_is_kept_of_who_posts_and_is_gone(node, alice, bob):
    here = Socket(node, bob)
    await here.subscribe("board")
    for user in (alice, bob):
        await change(node, user, Post("board", f"n{user.pk}", "hello"))
    assert alice.pk not in node.cursors._known
    assert node.cursors.get(alice.pk, BOARD_PK) == 1, "what moved is written all the same"
    assert node.cursors._known[bob.pk] == {BOARD_PK: 2}
