"""A node on a real database: following, changes and facts, without a socket in between."""

import asyncio
import json
import random
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection

from chat.errors import ChatError, NotFound, RateLimited
from chat.models import BOARD_PK, Feed, Membership, Message, Room, User
from chat.protocol import Close, Delete, Edit, Post, React, Read, Typing
from chat.realtime import bridge, changes, cursors
from chat.realtime.presence import LEASE
from chat.services import history, people, rooms
from chat.services.feed import Draft, Stored, record
from tests.realtime.sockets import Socket, board_view, change, in_thread, running, settings
from tests.support.people import make_person, make_room

pytestmark = pytest.mark.django_db(transaction=True)


async def test_subscribing_while_messages_arrive_leaves_no_gap_and_no_repeat(node, alice, bob):
    chance = random.Random(5)
    first = Socket(node, bob)
    await first.subscribe("board")
    acked: list[int] = []
    sockets: list[tuple[Socket, int | None]] = [(first, None)]

    async def talk() -> None:
        for number in range(120):
            outcome = await change(node, alice, Post("board", f"n{number}", f"text {number}"))
            assert isinstance(outcome, Stored)
            acked.append(outcome.seq)
            if number % 7 == 3:
                seq = chance.choice(acked)
                await change(node, alice, Edit("board", f"e{number}", seq, f"edited {number}"))
            if number % 31 == 5:
                await change(node, alice, Delete("board", f"d{number}", chance.choice(acked[-9:])))

    talking = asyncio.create_task(talk())
    while not talking.done() and len(sockets) < 60:
        socket = Socket(node, bob)
        after = chance.choice([None, 0, first.reader.at["board"]])
        await socket.subscribe("board", after, node.epoch)
        sockets.append((socket, after))
    await talking
    head = (await in_thread(history.heads)([BOARD_PK]))[BOARD_PK]
    stored = await in_thread(board_view)()
    assert len(sockets) > 20
    newest = sorted(seq for seq, event in stored.items() if "deleted" not in event)[-50:]
    for socket, after in sockets:
        reader = socket.reader
        await reader.reached("board", head)
        view = reader.views["board"]
        assert view == {seq: stored[seq] for seq in view}
        if after is None:
            assert set(newest) <= set(view)
        else:
            changed = {seq for seq, event in stored.items() if event["change"] > after}
            assert changed <= set(view)


async def test_a_commit_with_an_unknown_outcome_is_stored_once_and_told(
    node, alice, bob, monkeypatch
):
    reader = Socket(node, bob)
    await reader.subscribe("board")
    failures = [True]

    def stored_but_not_told(*args: Any, **kwargs: Any) -> Any:
        recorded = record(*args, **kwargs)
        if failures:
            failures.pop()
            raise OperationalError("the connection was lost")
        return recorded

    monkeypatch.setattr(changes, "record", stored_but_not_told)
    outcome = await change(node, alice, Post("board", "only-once", "hello"))
    assert isinstance(outcome, Stored)
    assert outcome.repeated
    await reader.reader.until(lambda: reader.reader.at["board"] == outcome.seq)
    assert await in_thread(Message.objects.filter(nonce="only-once").count)() == 1


async def test_a_full_disk_is_said_reading_goes_on_and_it_recovers_by_itself(node, alice, bob):
    if connection.vendor != "sqlite":
        return  # C9 of bin/chaos fills a real disk; here SQLite is told that it may not grow.
    reader = Socket(node, bob)
    await reader.subscribe("board")
    assert isinstance(await change(node, alice, Post("board", "before", "hello")), Stored)

    def allow_no_page_more() -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # Or else there are free pages left.
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")

    await node.database.write(allow_no_page_more)
    refused = await change(node, alice, Post("board", "full", "가" * 2_000))
    assert isinstance(refused, ChatError)
    assert (refused.code, refused.retry_after) == ("storage_full", 10)
    newcomer = Socket(node, bob)
    await newcomer.subscribe("board")
    assert [row["text"] for row in newcomer.reader.views["board"].values()] == ["hello"]
    # The connection that failed was given up, and the next one may grow again.
    stored = await change(node, alice, Post("board", "full", "가" * 2_000))
    assert isinstance(stored, Stored)
    assert not stored.repeated
    await reader.reader.reached("board", stored.seq)


async def test_a_broken_draft_is_refused_and_its_neighbours_are_stored(node, alice, monkeypatch):
    def picky(drafts: Any, *args: Any) -> Any:
        if any(draft.change.text == "poison" for draft in drafts):
            raise ValueError("poison")
        return record(drafts, *args)

    monkeypatch.setattr(changes, "record", picky)
    texts = ["one", "poison", "two"]
    outcomes = await asyncio.gather(
        *(change(node, alice, Post("board", f"n-{text}", text)) for text in texts)
    )
    assert [isinstance(outcome, Stored) for outcome in outcomes] == [True, False, True]


async def test_a_source_deleted_while_the_page_is_read_is_not_quoted(node, alice, bob, monkeypatch):
    for nonce, text, source in (("a", "secret", None), ("b", "re", 1)):
        await change(node, alice, Post("board", nonce, text, source))
    # Too much happened since for the ring, which begins behind them.
    await in_thread(Feed.objects.filter(pk=BOARD_PK).update)(head=400)
    read = node.database.read

    async def slow_read(function: Any, *args: Any) -> Any:
        found = await read(function, *args)
        if function.__name__ == "_page" and "secret" in str(found):
            assert isinstance(await change(node, alice, Delete("board", "d", 1)), Stored)
        return found

    monkeypatch.setattr(node.database, "read", slow_read)
    socket = Socket(node, bob)
    await socket.subscribe("board")
    assert socket.reader.views["board"][2]["reply_to"]["text"] is None
    assert "secret" not in json.dumps(socket.reader.events)


async def test_a_room_that_is_not_ones_own_is_not_found(node, alice, bob):
    room = await in_thread(make_room)(alice)
    socket = Socket(node, bob)
    for name in (room.public_id, "999", "nonsense"):
        with pytest.raises(NotFound):
            await socket.subscribe(name)
        assert isinstance(await change(node, bob, Post(name, f"n-{name}", "hello")), NotFound)
    assert node.hub.get(f"room.{room.pk}") is None


async def test_whoever_left_hears_nothing_more_and_whoever_joined_may_follow(node, alice, bob):
    room = await in_thread(make_room)(alice)
    await in_thread(Membership.objects.create)(room=room, user=bob)
    socket = Socket(node, bob)
    await socket.subscribe(room.public_id)
    node.facts.tell("left", bob.pk, room.pk)
    refusal = await socket.reader.event("error")
    assert (refusal["code"], refusal["room"]) == ("not_found", room.public_id)
    await change(node, alice, Post(room.public_id, "secret", "after he left"))
    assert "after he left" not in json.dumps(socket.reader.events)
    assert socket.closed is None
    node.facts.tell("joined", bob.pk, room.pk)
    await socket.subscribe(room.public_id)
    assert socket.connection.rooms[room.pk] is None


async def test_facts_that_the_bus_lost_are_read_again(node, alice, bob):
    room = await in_thread(make_room)(alice)
    await in_thread(Membership.objects.create)(room=room, user=bob)
    inside, banned = Socket(node, bob, session=""), Socket(node, alice, session="")
    await inside.subscribe(room.public_id)
    await banned.subscribe("board")
    await in_thread(Membership.objects.filter(user=bob).delete)()
    await in_thread(User.objects.filter(pk=alice.pk).update)(is_active=False)
    await node.upkeep._recheck()
    assert banned.closed is Close.BANNED
    assert (await inside.reader.event("error"))["code"] == "not_found"
    assert inside.connection.subscriptions == {}


async def test_a_session_that_ended_closes_its_sockets_and_no_others(node, alice):
    one, other = Socket(node, alice, "one"), Socket(node, alice, "other")
    node.facts.tell("session_ended", "one")
    assert one.closed is Close.NO_SESSION
    assert one.reader.kinds()[-1] == "signed_out"
    assert other.closed is None


async def test_a_session_under_another_key_calls_its_sockets_back(node, alice):
    one, other = Socket(node, alice, "one"), Socket(node, alice, "other")
    node.facts.tell("session_renewed", "one")
    assert one.closed is Close.RESTARTING
    assert "signed_out" not in one.reader.kinds()
    assert other.closed is None


async def test_a_new_name_is_everybodys(node, alice, bob):
    named, reader = Socket(node, alice), Socket(node, bob)
    await named.subscribe("board")
    await reader.subscribe("board")
    await in_thread(people.rename)(alice, "앨리스")
    await node.facts._renamed(alice.pk)
    node.facts.typing(named.connection, Typing("board", on=True))
    assert (await reader.reader.event("typing"))["author"]["name"] == "앨리스"


async def test_a_read_cursor_goes_as_far_as_there_is_and_is_written(node, alice, bob):
    socket, other = Socket(node, bob), Socket(node, bob)
    await socket.subscribe("board")
    for number in range(3):
        await change(node, alice, Post("board", f"n{number}", "text"))
    await socket.reader.until(lambda: socket.reader.at["board"] == 3)
    for seq in (2, 1_000, 1):
        node.facts.read(socket.connection, Read("board", seq))
    told = [event["seq"] for event in other.reader.events if event["type"] == "read"]
    assert told == [2, 3]
    await node.upkeep.store_cursors()
    row = await in_thread(Membership.objects.get)(room=BOARD_PK, user=bob)
    assert row.read == 3


async def test_the_list_of_rooms_is_told_each_room_once_and_knows_what_was_just_read(
    node, alice, bob
):
    room = await in_thread(make_room)(alice)
    await in_thread(rooms.join)(bob, room)

    def listed(socket: Socket) -> list[dict[str, Any]]:
        return [r for e in socket.reader.events if e["type"] == "rooms" for r in e["rooms"]]

    reading = Socket(node, bob)
    await reading.subscribe("board")
    for number in range(3):
        await change(node, alice, Post("board", f"n{number}", f"text {number}"))
    await reading.reader.until(lambda: reading.reader.at["board"] == 3)
    node.facts.read(reading.connection, Read("board", 2))
    fresh = Socket(node, bob)
    fresh.connection.rooms = {BOARD_PK: (0, 0), room.pk: (0, 0)}
    await node.upkeep._every_second()
    assert sorted(entry["id"] for entry in listed(fresh)) == sorted(["board", room.public_id])
    [board] = [entry for entry in listed(fresh) if entry["id"] == "board"]
    assert (board["head"], board["read"], board["unread"]) == (3, 2, 1), "not written down yet"
    assert (board["last"]["text"], board["last"]["seq"]) == ("text 2", 3)
    assert await in_thread(bridge.cursors)(bob.pk) == {}, "this node is not the process's"

    await in_thread(rooms.arrange)(bob, room, pinned=True, muted=None)
    node.facts.tell("arranged", bob.pk, room.pk)
    await node.upkeep._every_second()
    for socket, before in ((reading, 0), (fresh, 2)):
        told = listed(socket)[before:]
        assert [(r["id"], r["pinned"]) for r in told] == [(room.public_id, True)]
    await in_thread(rooms.leave)(bob, room)
    node.facts.tell("left", bob.pk, room.pk)
    await node.upkeep._every_second()
    assert listed(fresh)[3:] == [{"id": room.public_id, "joined": False}]


async def test_reading_and_typing_count_only_where_one_follows(node, alice, bob):
    socket, reader = Socket(node, alice), Socket(node, bob)
    await reader.subscribe("board")
    node.facts.read(socket.connection, Read("board", 1))
    node.facts.typing(socket.connection, Typing("board", on=True))
    node.facts.typing(socket.connection, Typing("nonsense", on=True))
    assert "typing" not in reader.reader.kinds()
    assert node.cursors.take() == []


async def test_whoever_is_gone_is_no_ghost_neither_typing_nor_there(node, alice, bob, monkeypatch):
    def told(kind: str) -> list[dict[str, Any]]:
        return [event for event in reader.reader.events if event["type"] == kind]

    cut, left, reader = Socket(node, bob), Socket(node, bob), Socket(node, alice)
    for socket in (reader, cut, left):
        await socket.subscribe("board")
    node.facts.typing(cut.connection, Typing("board", on=True))
    node.disconnected(cut.connection)
    assert [(e["author"]["name"], e["on"]) for e in told("typing")] == [
        ("bob", True),
        ("bob", False),
    ]
    await node.upkeep._every_second()
    assert told("presence")[-1]["count"] == 2, "bob has another window"
    node.facts.typing(left.connection, Typing("board", on=True))
    node.following.unsubscribe(left.connection, "board")
    assert told("typing")[-1]["on"] is False
    # Another worker was killed: its people go when its lease ends, and not later.
    node.presence.hear("killed", BOARD_PK, [bob.pk, 99], [(bob.pk, "bob", "guest")])
    await node.upkeep._every_second()
    assert told("presence")[-1]["count"] == 3
    now = asyncio.get_running_loop().time()
    monkeypatch.setattr(node.presence, "_clock", lambda: now + LEASE - 1)
    await node.upkeep._every_second()
    assert told("presence")[-1]["count"] == 3
    monkeypatch.setattr(node.presence, "_clock", lambda: now + LEASE + 1)
    await node.upkeep._every_second()
    assert [person["name"] for person in told("presence")[-1]["people"]] == ["alice"]
    assert told("presence")[-1]["count"] == 1


async def test_posts_are_paced_by_person(alice, bob):
    async with running(settings(rate_limits=True, posts_per_second=2)) as node:
        outcomes = [await change(node, alice, Post("board", f"n{i}", "text")) for i in range(3)]
        refused = outcomes[2]
        assert isinstance(refused, RateLimited)
        assert refused.retry_after is not None
        assert 0 < refused.retry_after <= 1
        assert isinstance(await change(node, bob, Post("board", "b", "text")), Stored)


async def test_another_worker_knows_how_far_one_read_before_it_is_written(alice, bob):
    async with running(settings()) as one, running(settings()) as other:
        socket, elsewhere = Socket(one, bob), Socket(other, bob)
        for there in (socket, elsewhere):
            await there.subscribe("board")
        await change(one, alice, Post("board", "a", "text"))
        for there in (socket, elsewhere):
            await there.reader.reached("board", 1)
        one.facts.read(socket.connection, Read("board", 1))
        assert (await elsewhere.reader.event("read"))["seq"] == 1
        await change(one, alice, Post("board", "b", "more"))
        await change(one, bob, Post("board", "c", "answer"))
        await elsewhere.reader.reached("board", 3)
        assert other.cursors.of(bob.pk) == {BOARD_PK: 3}, "who answers has read"
        assert (await in_thread(Membership.objects.get)(room=BOARD_PK, user=bob)).read == 0


async def test_reactions_among_many_are_told_to_ones_own_windows_everywhere(alice, bob):
    def crowded() -> None:
        crowd = [make_person(f"p{number}") for number in range(20)]
        record([Draft(BOARD_PK, alice.pk, Post("board", "a", "text"))])
        record([Draft(BOARD_PK, one.pk, React("board", "r", 1, "👍", on=True)) for one in crowd])

    def told(socket: Socket) -> list[tuple[int, list[str]]]:
        own = [event for event in socket.reader.events if event["type"] == "reacted"]
        return [(event["change"], event["mine"]) for event in own]

    def twice(socket: Socket) -> bool:
        return len(told(socket)) == 2

    await in_thread(crowded)()
    async with running(settings()) as one, running(settings()) as other:
        windows = [Socket(one, bob), Socket(one, bob), Socket(other, bob)]
        others = Socket(other, alice)
        for socket in [*windows, others]:
            await socket.subscribe("board")
        for emoji, on in (("🎉", True), ("👍", True), ("👍", False)):
            await change(one, bob, React("board", "r", 1, emoji, on=on))
        for socket in windows:
            await socket.reader.until(partial(twice, socket))
            assert told(socket) == [(4, ["👍", "🎉"]), (5, ["🎉"])], "where people name me, they do"
        await others.reader.reached("board", 5)
        assert told(others) == [], "what is mine is told to nobody else"


async def test_several_workers_together_keep_a_persons_pace(alice, bob, monkeypatch):
    config = settings(rate_limits=True, posts_per_second=100, posts_per_minute=6)
    async with running(config) as one, running(config) as other:
        heard, note = asyncio.Event(), one.changes.posted_elsewhere

        def noted(person: int, count: int) -> None:
            note(person, count)
            heard.set()

        monkeypatch.setattr(one.changes, "posted_elsewhere", noted)
        for number in range(3):
            for node in (one, other):
                post = Post("board", f"{node is one}{number}", "text")
                assert isinstance(await change(node, alice, post), Stored)
        await other.upkeep._every_second()
        await asyncio.wait_for(heard.wait(), 10)
        assert isinstance(await change(one, alice, Post("board", "m", "text")), RateLimited)
        assert isinstance(await change(one, bob, Post("board", "b", "text")), Stored)


async def test_draining_says_bye_stores_what_is_queued_and_closes(node, alice):
    socket = Socket(node, alice)
    outcomes: list[Stored | ChatError] = []
    for number in range(20):
        node.changes.submit(alice.pk, Post("board", f"n{number}", "text"), outcomes.append)
    await node.drain()
    bye = await socket.reader.event("bye")
    assert 0.2 <= bye["retry_after"] <= 1.0
    assert [outcome.seq for outcome in outcomes if isinstance(outcome, Stored)] == list(
        range(1, 21)
    )
    assert socket.closed is Close.RESTARTING


async def test_a_room_without_readers_is_let_go_and_opened_anew(node, alice):
    room = await in_thread(make_room)(alice)
    socket = Socket(node, alice)
    await socket.subscribe(room.public_id)
    node.following.unsubscribe(socket.connection, room.public_id)
    await node.upkeep._let_go()
    assert node.hub.get(f"room.{room.pk}") is not None
    await node.upkeep._let_go()
    assert node.hub.get(f"room.{room.pk}") is None
    await change(node, alice, Post(room.public_id, "n", "meanwhile"))
    await socket.subscribe(room.public_id)
    assert [row["text"] for row in socket.reader.views[room.public_id].values()] == ["meanwhile"]


async def test_a_closed_room_takes_no_posts_and_says_so(node, alice):
    room = await in_thread(make_room)(alice)
    await in_thread(Room.objects.filter(pk=room.pk).update)(closed=True)
    outcome = await change(node, alice, Post(room.public_id, "n", "hello"))
    assert isinstance(outcome, ChatError)
    assert outcome.code == "forbidden"


async def test_whoever_should_begin_anew_and_cannot_is_called_back(node, alice, monkeypatch):
    """A feed that jumped while the database was away: nothing of it would ever come again."""
    room = await in_thread(make_room)(alice)
    socket = Socket(node, alice)
    await socket.subscribe(str(room.pk))

    async def away(*_args: Any) -> None:
        raise OperationalError("no database")

    monkeypatch.setattr(node.database, "read", away)
    for subscription in list(socket.connection.subscriptions.values()):
        subscription.restart()
    async with asyncio.timeout(10):
        while node._errands:
            await asyncio.wait(node._errands)
    assert socket.closed is Close.RESTARTING


async def test_processes_that_store_the_same_cursors_never_wait_for_each_other(alice):
    """Two sockets of a crowd close on two workers at once, each in an order of its own."""
    people_ = await in_thread(lambda: [make_person(f"crowd {n}") for n in range(60)])()
    rows = [(person.pk, BOARD_PK) for person in people_]
    for seq in range(1, 11):
        one = [(person, room, seq) for person, room in rows]
        async with asyncio.timeout(20):
            await asyncio.gather(in_thread(cursors.store)(one), in_thread(cursors.store)(one[::-1]))
    own = Membership.objects.filter(room=BOARD_PK, user__in=people_)
    assert await in_thread(lambda: list(own.values_list("read", flat=True)))() == [10] * 60
