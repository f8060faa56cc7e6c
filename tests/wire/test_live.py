"""The live interface, line by line, over real sockets; and the JSON interface beside it."""

import asyncio
import json
import socket as sockets
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.protocol import SUBPROTOCOL
from chatsite import settings
from tests.support.live import PATIENCE, Live, dial, live, new_nonce
from tests.support.server import Server, Visitor
from tests.wire.plain import ended


def trio(server: Server) -> tuple[Visitor, Visitor, Visitor, str]:
    """Alice and Bob in a room of Alice's, Charlie outside, and the room's id."""
    alice, bob, charlie = server.enter(), server.enter(), server.enter()
    return alice, bob, charlie, server.make_room(alice, bob)["id"]


# --- opening -------------------------------------------------------------------------------


async def test_hello_comes_first_and_says_what_a_client_needs(server):
    alice = server.enter()
    async with live(server, alice) as one:
        assert one.socket.subprotocol == SUBPROTOCOL
        hello = one.log[0]
    assert hello["type"] == "hello"
    assert hello["you"] == {"id": alice.id, "name": alice.name, "kind": "guest"}
    assert isinstance(hello["epoch"], str)
    assert hello["epoch"]
    assert hello["limits"]["text"] == 2_000
    assert hello["limits"]["text_bytes"] == 8_192
    assert hello["heartbeat"] == 1


ORIGINS = {
    "missing": None,
    "null": "null",
    "foreign": "https://elsewhere.example",
    "suffix": "http://{host}.elsewhere.example",
    "prefix": "http://elsewhere{host}",
    "other port": "http://127.0.0.1:1",
    "other scheme": "https://{host}",
    "other name": "http://localhost:{port}",
    "with a path": "http://{host}/",
    "user": "http://user@{host}",
}


@pytest.mark.parametrize("name", ORIGINS)
async def test_an_origin_that_is_not_ours_is_refused_before_accepting(name, server):
    pattern = ORIGINS[name]
    port = server.host.partition(":")[2]
    origin = pattern.format(host=server.host, port=port) if pattern else None
    with pytest.raises(InvalidStatus) as refused:
        await dial(server, server.enter(), origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("cookie", [None, "sessionid=", "sessionid=abc", "sessionid=" + "a" * 32])
async def test_without_a_session_it_closes_with_4503(cookie, server):
    async with dial(server, cookie=cookie) as socket:
        assert await ended(socket) == 4503


async def test_an_ended_session_opens_nothing(server):
    alice = server.enter()
    assert server.call("DELETE", "/api/v1/me/session", alice).status_code == 204
    async with dial(server, alice) as socket:
        assert await ended(socket) == 4503


async def test_signing_out_ends_the_sessions_sockets(server):
    alice, bob = server.enter(), server.enter()
    async with live(server, alice) as one, live(server, alice) as two, live(server, bob) as other:
        server.call("DELETE", "/api/v1/me/session", alice)
        for socket in (one, two):
            await socket.event("signed_out")
            assert await socket.ended() == 4503
        await other.fence()


async def test_a_deactivated_person_is_closed_with_4501_and_stays_out(bused):
    alice, bob = bused.enter(), bused.enter()
    async with live(bused, alice) as one, live(bused, bob) as other:
        bused.shell(
            "from chat import acts; from chat.models import User; from chat.realtime import bridge;"
            f"acts.deactivate(User.objects.get(pk={alice.id})); bridge.stop()"
        )
        assert await one.ended() == 4501
        await other.fence()
    async with dial(bused, alice) as socket:
        assert await ended(socket) == 4501


async def test_the_twenty_first_socket_of_a_person_is_closed_with_4429(strict):
    alice, bob = strict.enter(), strict.enter()
    opened = [await dial(strict, alice) for _ in range(20)]
    try:
        async with dial(strict, alice) as socket:
            assert await ended(socket) == 4429
        async with live(strict, bob):
            pass
        await opened.pop().close()
        async with live(strict, alice) as another:
            await another.fence()
    finally:
        for socket in opened:
            await socket.close()


# --- subscribing -----------------------------------------------------------------------------


async def test_a_first_subscription_brings_the_last_page_then_what_follows(server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two:
        await one.subscribe(room)
        for number in range(60):
            await one.post(room, f"{number}")
        subscribed = await two.subscribe(room)
        kinds = [e["type"] for e in two.log if e.get("room") == room and e["type"] != "presence"]
        assert kinds == ["message"] * 50 + ["subscribed"]
        assert subscribed["head"] == 60
        assert subscribed["mine"] == {}
        assert sorted(two.view(room).rows) == list(range(11, 61))
        await one.post(room, "live")
        seen = await two.event("message", text="live")
        assert (seen["seq"], seen["change"]) == (61, 61)


async def test_a_message_says_who_what_and_when(server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two:
        await two.subscribe(room)
        ack = await one.post(room, " 안녕\r\n ", nonce="said-1")
        seen = await two.event("message")
        assert ack == {"type": "ack", "nonce": "said-1", "seq": 1, "change": 1}
        at = seen.pop("at")
        assert seen == {
            "type": "message", "room": room, "seq": 1, "change": 1, "nonce": "said-1",
            "author": {"id": alice.id, "name": alice.name, "kind": "guest"}, "text": " 안녕\r\n ",
        }  # fmt: skip
        assert at.endswith("Z")
        assert len(at) == len("2026-01-01T00:00:00.000Z")


async def test_resuming_brings_the_states_with_a_higher_change(server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one:
        epoch = one.log[0]["epoch"]
        for number in range(5):
            await one.post(room, f"{number}")
        await one.change("edit", room, 1, text="edited")
        await one.change("delete", room, 2)
        async with live(server, bob) as two:
            await two.subscribe(room, after=4, epoch=epoch)
            changes = [(e["seq"], e["change"]) for e in two.log if e["type"] == "message"]
            assert changes == [(5, 5), (1, 6), (2, 7)]
            assert two.view(room).rows[2] == {
                "type": "message", "room": room, "seq": 2, "change": 7, "deleted": True
            }  # fmt: skip
            assert two.unclaimed("reset") == []
            await two.subscribe(room, after=7, epoch=epoch)
            assert len([e for e in two.log if e["type"] == "message"]) == 3


@pytest.mark.parametrize("cause", ["epoch", "ahead", "behind"])
async def test_a_cursor_that_can_not_be_continued_is_reset(cause, server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two:
        epoch = one.log[0]["epoch"]
        count = 1_002 if cause == "behind" else 3
        nonces = [new_nonce() for _ in range(count)]
        for nonce in nonces:
            await one.send("post", room=room, nonce=nonce, text="x")
        for nonce in nonces:
            await one.answer(nonce)
        if cause == "behind":
            await two.subscribe(room, after=2, epoch=epoch)
            assert two.view(room).resets == 0
        cursor = {"epoch": 2, "ahead": count + 1, "behind": 1}[cause]
        await two.send("unsubscribe", room=room)
        two.log.clear()
        await two.subscribe(room, cursor, "another" if cause == "epoch" else epoch)
        kinds = [e["type"] for e in two.log if e.get("room") == room and e["type"] != "presence"]
        assert kinds == ["reset", *["message"] * min(count, 50), "subscribed"]
        assert two.view(room).head == count


async def test_subscribed_tells_my_reactions(server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two:
        await one.post(room, "a")
        await one.post(room, "b")
        await two.change("react", room, 2, emoji="👍", on=True)
        assert (await two.subscribe(room))["mine"] == {"2": ["👍"]}
        assert (await one.subscribe(room))["mine"] == {}
        shown = one.view(room).rows[2]["reactions"]
        assert shown == [{"emoji": "👍", "count": 1, "people": [bob.id]}]


async def test_strangers_and_rooms_that_are_not_get_the_same_answer(server):
    _alice, _bob, charlie, room = trio(server)
    async with live(server, charlie) as stranger:
        answers = []
        for name in (room, "999999", "nothing", "-1"):
            await stranger.send("subscribe", room=name)
            error = await stranger.event("error", room=name)
            answers.append({k: v for k, v in error.items() if k != "room"})
            post = await stranger.refused("post", room=name, text="x")
            assert post["code"] == "not_found"
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["code"] == "not_found"


async def test_numbers_below_ones_history_are_skipped(server):
    alice, bob = server.enter(), server.enter()
    room = server.make_room(alice)
    server.execute("UPDATE chat_room SET history = 'joined' WHERE code = ?", room["code"])
    async with live(server, alice) as one, live(server, bob) as two:
        await one.post(room["id"], "before bob")
        server.call("POST", "/api/v1/rooms/join", bob, json={"code": room["code"]})
        await two.subscribe(room["id"])
        await one.post(room["id"], "with bob")
        await two.event("message", text="with bob")
        await one.change("edit", room["id"], 1, text="still not for bob")
        assert (await two.event("skip"))["to"] == 3
        await one.change("edit", room["id"], 2, text="for bob")
        assert (await two.event("message", text="for bob"))["change"] == 4
        assert 1 not in two.view(room["id"]).rows


async def test_a_change_of_the_room_is_numbered(bused):
    alice, _bob, _charlie, room = trio(bused)
    async with live(bused, alice) as one:
        await one.subscribe(room)
        await one.post(room, "a")
        bused.shell(
            "from chat import acts; from chat.services import rooms\n"
            "from chat.realtime import bridge\n"
            f"acts.change_room({room}, rooms.Settings(title='새 이름', closed=True)); bridge.stop()"
        )
        event = await one.event("room")
        assert (event["change"], event["title"], event["closed"]) == (2, "새 이름", True)
        assert (await one.refused("post", room=room, text="closed"))["code"] == "forbidden"


async def test_unsubscribing_and_leaving_end_the_stream(server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two:
        await two.subscribe(room)
        await two.send("unsubscribe", room=room)
        await two.fence()
        await one.post(room, "unheard")
        await two.subscribe(room)
        server.call("POST", f"/api/v1/rooms/{room}/leave", bob, json={})
        await two.event("error", room=room, code="not_found")
        await one.post(room, "unheard too")
        await two.fence()
        assert [e["text"] for e in two.log if e["type"] == "message"] == ["unheard"]


# --- changes ---------------------------------------------------------------------------------


async def test_a_repeated_nonce_gets_the_first_answer_everywhere(server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one, live(server, alice) as two, live(server, bob) as three:
        await three.subscribe(room)
        first = await one.post(room, "once", nonce="same")
        assert await one.post(room, "once", nonce="same") == first
        assert await two.post(room, "once", nonce="same") == first
        body = {"text": "once", "nonce": "same"}
        again = server.call("POST", f"/api/v1/rooms/{room}/messages", alice, json=body)
        assert (again.status_code, again.json()["seq"]) == (200, first["seq"])
        for other in ({"text": "other"}, {"text": "once", "reply_to": 1}):
            error = await one.refused("post", room=room, nonce="same", **other)
            assert error["code"] == "conflict"
        assert (await one.refused("post", room="board", nonce="same", text="once"))[
            "code"
        ] == "conflict"
        await three.post(room, "bob's own", nonce="same")
        await three.fence()
        said = [e["text"] for e in three.log if e["type"] == "message"]
        assert said == ["once", "bob's own"]


async def test_edit_delete_reply_and_react(server):
    alice, bob, _charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two:
        await two.subscribe(room)
        await one.post(room, "원문")
        await two.post(room, "답", reply_to=1)
        reply = await two.event("message", seq=2)
        assert reply["reply_to"] == {
            "seq": 1, "author": {"id": alice.id, "name": alice.name, "kind": "guest"},
            "text": "원문",
        }  # fmt: skip
        await one.change("edit", room, 1, text="고침")
        edited = await two.event("message", seq=1, text="고침")
        assert edited["change"] == 3
        assert edited["edited_at"]
        await two.change("react", room, 1, emoji="👍", on=True)
        shown = await two.event("message", change=4)
        assert shown["reactions"] == [{"emoji": "👍", "count": 1, "people": [bob.id]}]
        await two.change("react", room, 1, emoji="👍", on=False)
        assert "reactions" not in await two.event("message", change=5)
        for kind, more in (("edit", {"text": "not mine"}), ("delete", {})):
            error = await two.refused(kind, room=room, seq=1, **more)
            assert error["code"] == "forbidden"
        assert (await two.refused("react", room=room, seq=1, emoji="x", on=True))[
            "code"
        ] == "invalid"
        await one.change("delete", room, 1)
        assert await two.event("message", change=6) == {
            "type": "message", "room": room, "seq": 1, "change": 6, "deleted": True
        }  # fmt: skip
        async with live(server, bob) as fresh:
            await fresh.subscribe(room, 0)
            assert fresh.view(room).rows[2]["reply_to"]["text"] is None
            assert fresh.view(room).standing() == two.view(room).standing()


async def test_posting_over_http_reaches_sockets_and_the_other_way_round(server):
    alice, bob, charlie, room = trio(server)
    path = f"/api/v1/rooms/{room}/messages"
    async with live(server, bob) as two:
        await two.subscribe(room)
        body = {"text": "by script", "nonce": "s1"}
        posted = await asyncio.to_thread(server.call, "POST", path, alice, json=body)
        assert posted.status_code == 201
        assert await two.event("message", nonce="s1") == posted.json()
        await two.post(room, "by socket")
        page = server.call("GET", path, alice).json()
        assert [m["text"] for m in page["messages"]] == ["by script", "by socket"]
        assert page["head"] == 2
        assert server.call("POST", path, charlie, json=body).status_code == 404


# --- what has no number ------------------------------------------------------------------------


async def test_heads_come_by_the_heartbeat(server):
    alice, _bob, _charlie, room = trio(server)
    async with live(server, alice) as one:
        await one.subscribe(room)
        await one.post(room, "a")
        assert (await one.event("heads", heads={room: 1}))["heads"] == {room: 1}
    assert settings.CHAT["heartbeat"] <= 25


async def test_a_read_cursor_moves_forward_on_the_other_sockets(server):
    alice, bob, _charlie, room = trio(server)
    async with (
        live(server, alice) as one,
        live(server, alice) as two,
        live(server, bob) as other,
    ):
        for number in range(3):
            await other.post(room, f"{number}")
        await one.subscribe(room)
        await one.send("read", room=room, seq=2)
        assert (await two.event("read", room=room))["seq"] == 2
        await one.send("read", room=room, seq=1)
        await one.send("read", room=room, seq=3)
        assert (await two.event("read", room=room))["seq"] == 3
        await other.fence()
        assert other.unclaimed("read") == []


async def test_rooms_that_one_does_not_follow_tell_head_and_unread(server):
    alice, bob, charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two, live(server, charlie) as out:
        await one.post(room, "news")
        async with asyncio.timeout(PATIENCE):
            while True:
                listed = (await two.event("rooms"))["rooms"]
                if found := [entry for entry in listed if entry["id"] == room and entry["head"]]:
                    break
        assert (found[0]["head"], found[0]["unread"]) == (1, 1)
        await out.fence()
        assert not [r for e in out.unclaimed("rooms") for r in e["rooms"] if r["id"] == room]


async def test_typing_and_presence_reach_those_in_the_room(server):
    alice, bob, charlie, room = trio(server)
    async with live(server, alice) as one, live(server, bob) as two, live(server, charlie) as out:
        await one.subscribe(room)
        await two.subscribe(room)
        both = await one.event("presence", room=room, count=2)
        assert {person["id"] for person in both["people"]} == {alice.id, bob.id}
        await two.send("typing", room=room, on=True)
        typing = await one.event("typing", room=room)
        assert (typing["author"]["id"], typing["on"]) == (bob.id, True)
        await out.send("typing", room=room, on=True)
        await out.fence()
        await one.fence()
        assert one.unclaimed("typing") == []
        assert out.unclaimed("typing", "presence") == []
        await two.socket.close()
        await one.event("presence", room=room, count=1)


# --- bad input -----------------------------------------------------------------------------------

BAD_FRAMES = [
    "",
    " ",
    "x",
    "null",
    "[]",
    '"post"',
    "1",
    "{}",
    '{"type": null}',
    '{"type": []}',
    '{"type": "nothing"}',
    '{"type": "__class__"}',
    '{"type": "post"}',
    '{"type": "post", "room": "board", "nonce": "a", "text": NaN}',
    '{"type": "post", "room": "board", "nonce": "a", "text": "\\ud800"}',
    '{"type": "post", "room": "board", "nonce": "a", "text": "a\\u0000b"}',
    '{"type": "post", "room": "board", "nonce": "a", "text": ""}',
    '{"type": "post", "room": "board", "nonce": "a", "text": " \\u200b\\n"}',
    '{"type": "post", "room": "board", "nonce": "a", "text": 5}',
    '{"type": "post", "room": "board", "nonce": "", "text": "x"}',
    '{"type": "post", "room": "board", "nonce": "a b", "text": "x"}',
    '{"type": "post", "room": "board", "nonce": "' + "n" * 65 + '", "text": "x"}',
    '{"type": "post", "room": 1, "nonce": "a", "text": "x"}',
    '{"type": "post", "room": "board", "nonce": "a", "text": "x", "reply_to": -1}',
    '{"type": "post", "room": "board", "nonce": "a", "text": "x", "reply_to": 999999999}',
    '{"type": "post", "room": "board", "nonce": "a", "text": "' + "가" * 2_001 + '"}',
    '{"type": "edit", "room": "board", "nonce": "a", "seq": true, "text": "x"}',
    '{"type": "edit", "room": "board", "nonce": "a", "seq": 1.0, "text": "x"}',
    '{"type": "delete", "room": "board", "nonce": "a", "seq": 9007199254740993}',
    '{"type": "delete", "room": "board", "nonce": "a", "seq": 0}',
    '{"type": "react", "room": "board", "nonce": "a", "seq": 1, "emoji": "x", "on": 1}',
    '{"type": "subscribe", "room": "board", "after": "1"}',
    '{"type": "subscribe", "room": "board", "after": -1}',
    '{"type": "subscribe", "room": ""}',
    '{"type": "read", "room": "board", "seq": "1"}',
    '{"type": "typing", "room": "board", "on": "yes"}',
    "[" * 60_000,
    '{"a":' * 10_000,
    '{"type": "post", "type": 1}',
    "{" + '"a":1,' * 5_000 + '"b":1}',
]


@pytest.mark.parametrize("at", range(len(BAD_FRAMES)))
async def test_bad_frames_get_an_error_and_the_socket_stays(at, server):
    async with live(server, server.enter()) as one:
        await one.socket.send(BAD_FRAMES[at])
        error = await one.event("error")
        assert error["code"] in {"bad_request", "invalid", "too_big", "not_found"}
        assert error["detail"]
        assert "%(" not in error["detail"]
        await one.post("board", "still here")


async def test_errors_are_in_the_clients_language(server):
    alice = server.enter()
    details = []
    for language in ("ko", "en"):
        cookie = f"{alice.cookie}; madang_language={language}"
        async with dial(server, cookie=cookie) as socket:
            client = Live(socket)
            details.append((await client.refused("post", room="board", text=""))["detail"])
            await socket.close()
            await client.ended()
    assert details[0] != details[1]
    assert details[1].isascii()


async def test_unknown_fields_are_ignored(server):
    alice = server.enter()
    async with live(server, alice) as one:
        await one.send("post", room="board", nonce="extra", text="x", colour="red", seq=5)
        await one.answer("extra")


async def test_a_frame_over_64_kib_closes_with_1009_and_binary_with_1003(server):
    async with live(server, server.enter()) as calm:
        for frame, code in (("x" * 65_537, 1009), (b"\x00", 1003)):
            async with dial(server, server.enter()) as socket:
                with suppress(ConnectionClosed):
                    await socket.send(frame)
                assert await ended(socket) == code
        await calm.fence()


async def test_bad_utf8_closes_with_1007(server):
    async with dial(server, server.enter()) as socket:
        async with socket.send_context():
            socket.protocol.send_text(b'{"type": "\xff"}')
        assert await ended(socket) == 1007


async def test_posting_too_fast_is_refused_with_a_time_and_the_socket_stays(strict):
    alice = strict.enter()
    async with live(strict, alice) as one:
        nonces = [new_nonce() for _ in range(8)]
        for nonce in nonces:
            await one.send("post", room="board", nonce=nonce, text="fast")
        for nonce in nonces[:5]:
            await one.answer(nonce)
        for nonce in nonces[5:]:
            error = await one.event("error", nonce=nonce)
            assert error["code"] == "rate_limited"
            assert 0 < error["retry_after"] <= 60
        await one.fence()


async def test_a_flood_is_closed_though_some_of_its_frames_are_admitted(strict):
    """Two hundred a second get through, however many are refused between them."""
    async with live(strict, strict.enter()) as one:
        with suppress(ConnectionClosed):
            for _ in range(40):
                for _ in range(100):
                    await one.send("read", room="board", seq=0)
                await asyncio.sleep(0.02)  # In which four more are admitted.
        assert await one.ended() == 4429


async def test_a_flood_that_does_not_listen_is_cut(strict):
    """It never reads that it is closed, so no close of ours would reach it."""
    flood = await dial(strict, strict.enter(), max_queue=1, ping_interval=None)
    frame = json.dumps({"type": "post", "room": "board", "nonce": "f", "text": "!"})
    with suppress(ConnectionClosed):
        async with asyncio.timeout(8):
            while True:
                await flood.send(frame)
                await asyncio.sleep(0)
    assert flood.close_code == 1006


async def test_a_client_that_abuses_the_protocol_is_closed_with_4429(server):
    async with live(server, server.enter()) as one:
        for _ in range(400):
            try:
                await one.socket.send("?")
            except ConnectionClosed:
                break
        assert await one.ended() == 4429


async def test_a_client_that_never_reads_is_closed_with_4408_and_others_hear_all(server):
    alice, bob, carol, room = (*(server.enter() for _ in range(3)), "")
    room = server.make_room(alice, bob, carol)["id"]
    async with live(server, alice) as writer, live(server, bob) as reader:
        await reader.subscribe(room)
        with sockets.socket() as raw:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
            raw.setblocking(False)
            host, _colon, port = server.host.partition(":")
            await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
            slow = await dial(server, carol, sock=raw, max_queue=1)
            await slow.send(json.dumps({"type": "subscribe", "room": room}))
            await reader.event("presence", room=room, count=2)
            slow.transport.pause_reading()
            alone = [e for e in reader.unclaimed("presence") if e["count"] == 1]
            said = 0
            while [e for e in reader.unclaimed("presence") if e["count"] == 1] == alone:
                assert said < 4_000, "the slow client was never given up"
                for _ in range(20):
                    said += 1
                    await writer.send("post", room=room, nonce=f"m{said}", text="가" * 2_000)
                await writer.answer(f"m{said}")
            slow.transport.resume_reading()
            assert await ended(slow) in {4408, 1006}
            slow.transport.abort()
        await reader.event("message", nonce=f"m{said}")
        assert sorted(reader.view(room).rows) == list(range(1, said + 1))


# --- Daphne ----------------------------------------------------------------------------


async def test_two_people_talk_on_daphne(on_daphne):
    alice, bob, charlie, room = trio(on_daphne)
    async with (
        live(on_daphne, alice) as one,
        live(on_daphne, bob) as two,
        live(on_daphne, charlie) as out,
    ):
        epoch = one.log[0]["epoch"]
        await one.subscribe(room)
        await two.subscribe(room)
        await one.post(room, "안녕, 밥")
        assert (await two.event("message"))["text"] == "안녕, 밥"
        await two.post(room, "안녕, 앨리스", reply_to=1)
        assert (await one.event("message", seq=2))["reply_to"]["seq"] == 1
        assert (await out.refused("post", room=room, text="in?"))["code"] == "not_found"
        two.socket.transport.abort()
        await two.ended()
        await one.post(room, "아직 거기?")
        async with live(on_daphne, bob) as again:
            again.views = two.views
            await again.subscribe(room, after=2, epoch=epoch)
            assert again.view(room).standing() == one.view(room).standing()
    with pytest.raises(InvalidStatus):
        await dial(on_daphne, alice, origin="https://elsewhere.example")
    async with dial(on_daphne) as socket:
        assert await ended(socket) == 4503
