"""HTTP and sockets together, on a running server: the admin beside a busy room, and access."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from chat.protocol import COMMANDS
from tests.http.test_access import COMMAND_ROWS
from tests.support.live import live
from tests.support.server import Server, Visitor, serve

POSTS = 400
SAVES = 3
A_SECOND = 200
FIELDS: dict[str, dict[str, Any]] = {
    "post": {"text": "hello"},
    "edit": {"seq": 1, "text": "else"},
    "delete": {"seq": 1},
    "react": {"seq": 1, "emoji": "👍", "on": True},
    "read": {"seq": 1},
    "typing": {"on": True},
}


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serve(RATE_LIMITS="off", HEAD_CHECK_SECONDS=1) as server:
        yield server


@pytest.fixture(scope="module")
def owner(running: Server) -> Iterator[httpx.Client]:
    """A browser of the owner, made from the link that the start printed."""
    link = re.search(r"/owner/\S+", running.log.read_text())
    assert link
    with httpx.Client(base_url=running.url, follow_redirects=True, timeout=20) as client:
        client.get(link[0])
        made = submit(client, link[0], username="boss", password="correct horse")
        assert made.url.path == "/admin/"
        yield client


def submit(client: httpx.Client, path: str, **fields: Any) -> httpx.Response:
    """Send a form with its token."""
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    return client.post(path, data={**token, **fields}, headers={"referer": str(client.base_url)})


def test_static_files_come_in_the_form_that_a_browser_takes(running: Server) -> None:
    """Over plain http, as phones reach a server in their own network, browsers take no Brotli."""
    page = running.call("GET", "/rooms/board", running.enter()).text
    paths = re.findall(r'"(/static/[^"]+\.(?:css|js|txt))"', page)
    assert len(paths) >= 4
    for path in paths:
        for accepted, sent in (("gzip, deflate", "gzip"), ("gzip, br", "br"), ("identity", None)):
            answer = running.call("GET", path, headers={"Accept-Encoding": accepted})
            assert answer.status_code == 200
            assert answer.headers.get("content-encoding") == sent, (path, accepted)
            assert answer.headers["vary"] == "Accept-Encoding"


async def test_saving_a_room_in_the_admin_beside_a_flood_of_posts(running, owner):
    alice = running.enter()
    room = running.make_room(alice, title="Before")
    public_id = room["id"]
    path = f"/admin/chat/room/{public_id}/change/"
    done = asyncio.Event()

    def save(title: str) -> None:
        fields = {"title": title, "history": "all", "listed": "on"}
        saved = submit(owner, path, **fields)
        assert saved.status_code == 200, saved.text[:500]

    saves = 0

    async def edit() -> None:
        nonlocal saves
        while not done.is_set():
            await asyncio.to_thread(save, f"Title {saves}")
            saves += 1

    async with live(running, alice) as socket:
        await socket.subscribe(public_id)
        editing = asyncio.create_task(edit())
        began = time.monotonic()
        nonces: list[str] = []
        # On a slow machine a save takes longer than the posts: then there are more of them.
        while len(nonces) < POSTS or (saves < SAVES and len(nonces) < 10 * POSTS):
            nonces.append(f"flood-{len(nonces)}")
            await socket.send("post", room=public_id, nonce=nonces[-1], text=nonces[-1])
            await asyncio.sleep(max(0.0, began + len(nonces) / A_SECOND - time.monotonic()))
        acks = {nonce: (await socket.answer(nonce))["seq"] for nonce in nonces}
        done.set()
        await editing
        await socket.fence()
        assert saves >= SAVES
        assert sorted(acks.values(), key=int) == list(acks.values())
        stored = running.rows(
            "SELECT nonce, seq, change FROM chat_message WHERE room_id = ? ORDER BY seq",
            int(public_id),
        )
        assert [(nonce, seq) for nonce, seq, _change in stored] == list(acks.items())
        assert all(seq == change for _nonce, seq, change in stored)
        [(head,)] = running.rows("SELECT head FROM chat_feed WHERE room_id = ?", int(public_id))
        [(change, title)] = running.rows(
            "SELECT change, title FROM chat_room WHERE id = ?", int(public_id)
        )
        assert title == f"Title {saves - 1}"
        assert head == len(nonces) + saves
        assert change not in {seq for _nonce, seq, _change in stored}
        # And the open page heard of it, in order and without a hole.
        last = await socket.event("room", room=public_id, title=title)
        assert last["change"] == change
        assert socket.breaches == []


async def test_deactivating_in_the_admin_closes_the_socket_for_good(running, owner):
    alice = running.enter()
    async with live(running, alice) as socket:
        await socket.subscribe("board")
        owner.get("/admin/chat/user/")
        await asyncio.to_thread(
            submit, owner, "/admin/chat/user/", action="deactivate", _selected_action=alice.id
        )
        assert await socket.ended() == 4501
    assert running.call("GET", "/api/v1/me", alice).status_code == 401


async def test_signing_out_closes_this_sessions_sockets_alone(running):
    alice, bob = running.enter(), running.enter()
    async with live(running, alice) as one, live(running, bob) as other:
        await one.subscribe("board")
        await other.subscribe("board")
        assert running.call("DELETE", "/api/v1/me/session", alice).status_code == 204
        assert await one.ended() == 4503
        await other.post("board", "still here")


async def test_messages_deleted_in_the_admin_vanish_from_open_pages(running, owner):
    alice = running.enter()
    async with live(running, alice) as socket:
        await socket.subscribe("board")
        ack = await socket.post("board", "buy this")
        [(pk,)] = running.rows(
            "SELECT id FROM chat_message WHERE room_id = 0 AND seq = ?", ack["seq"]
        )
        owner.get("/admin/chat/message/")
        await asyncio.to_thread(
            submit, owner, "/admin/chat/message/", action="delete_for_everyone",
            _selected_action=str(pk),
        )  # fmt: skip
        gone = await socket.event("message", room="board", seq=ack["seq"], deleted=True)
        assert "text" not in gone


async def test_a_deleted_text_is_nowhere_from_then_on(running, owner):
    """Deleted by staff over the live interface; then every interface is asked for it."""
    alice, bob = running.enter(), running.enter()
    secret = f"hush{alice.id}"
    boss = Visitor("", "", f"sessionid={owner.cookies['sessionid']}")
    async with live(running, alice) as one, live(running, boss) as staff:
        await one.subscribe("board")
        await staff.subscribe("board")
        seq = (await one.post("board", f"**{secret}** @{bob.name}"))["seq"]
        reply = (await one.post("board", "re", reply_to=seq))["seq"]
        await one.change("react", "board", seq, emoji="👍", on=True)
        async with live(running, bob) as before:
            # It is there now, wherever one looks.
            await before.subscribe("board")
            assert secret in str(before.log)
            assert before.view("board").rows[reply]["reply_to"]["text"].startswith(secret)
        for found in everywhere(running, owner, bob, seq):
            assert secret in found
        after = one.view("board").head
        await staff.change("delete", "board", seq)
        await one.event("message", room="board", seq=seq, deleted=True)
        for event in (e for e in one.log if e.get("change", 0) > after):
            assert secret not in str(event)
        assert secret not in str(one.view("board").standing())
    for cursor in (None, 0, seq - 1, after):
        async with live(running, bob) as fresh:
            await fresh.subscribe("board", after=cursor)
            assert secret not in str(fresh.log), cursor
            if cursor != after:
                assert fresh.view("board").rows[reply]["reply_to"]["text"] is None
    async with live(running, bob) as listing:
        shown = [r for r in (await listing.event("rooms"))["rooms"] if r["id"] == "board"]
        assert secret not in str(shown)
    for found in everywhere(running, owner, bob, seq):
        assert secret not in found
    found = running.call("GET", f"/api/v1/search?q={secret}", bob)
    assert found.json()["hits"] == []
    for table in ("chat_message", "chat_reaction", "chat_mention", "chat_room", "chat_feed"):
        assert secret not in str(running.rows(f"SELECT * FROM {table}")), table
    assert running.rows(
        "SELECT count(*) FROM chat_mention n JOIN chat_message m ON m.id = n.message_id"
        " WHERE m.room_id = 0 AND m.seq = ?",
        seq,
    ) == [(0,)]


def everywhere(server: Server, owner: httpx.Client, person: Visitor, seq: int) -> Iterator[str]:
    """What HTTP shows of the board, by every way that leads to a message."""
    for query in (
        f"around={seq}", f"before={seq + 1}", f"after={seq - 1}", f"around={seq + 1}&limit=3", ""
    ):  # fmt: skip
        page = server.call("GET", f"/api/v1/rooms/board/messages?{query}", person)
        yield json.dumps(page.json(), ensure_ascii=False)
    yield server.call("GET", "/rooms/board", person).text
    yield server.call("GET", "/").text  # The board beneath the entrance.
    [(pk,)] = server.rows("SELECT id FROM chat_message WHERE room_id = 0 AND seq = ?", seq)
    yield owner.get(f"/admin/chat/message/{pk}/change/").text
    yield owner.get("/admin/chat/message/").text


async def test_only_staff_delete_what_others_said(running, owner):
    alice, bob = running.enter(), running.enter()
    room = running.make_room(alice)["id"]
    boss = Visitor("", "", f"sessionid={owner.cookies['sessionid']}")
    async with live(running, alice) as one, live(running, bob) as two, live(running, boss) as staff:
        await one.subscribe("board")
        seq = (await one.post("board", "hers"))["seq"]
        refused = await two.refused("delete", room="board", seq=seq)
        assert refused["code"] == "forbidden"
        assert (await staff.refused("edit", room="board", seq=seq, text="x"))["code"] == "forbidden"
        hidden = (await one.post(room, "in a room"))["seq"]
        assert (await staff.refused("delete", room=room, seq=hidden))["code"] == "not_found"
        await staff.change("delete", "board", seq)
        await one.event("message", room="board", seq=seq, deleted=True)


@pytest.mark.parametrize("who", ["stranger", "left"])
@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_commands_reach_no_room_that_is_not_ones_own(running, name, who):
    alice, bob = running.enter(), running.enter()
    room = running.make_room(alice, *([bob] if who == "left" else []))
    said = {"text": "a secret", "nonce": "n1"}
    path = f"/api/v1/rooms/{room['id']}"
    assert running.call("POST", f"{path}/messages", alice, json=said).status_code == 201
    if who == "left":
        assert running.call("POST", f"{path}/leave", bob, json={}).status_code == 200
    async with live(running, bob) as socket:
        fields = {"room": room["id"], **FIELDS.get(name, {})}
        if name in {"post", "edit", "delete", "react"}:
            fields["nonce"] = "mine"
        await socket.send(name, **fields)
        if COMMAND_ROWS[name] == "nothing":
            await socket.fence()
            assert [event for event in socket.log if event["type"] == "error"][:-1] == []
        else:
            refused = await socket.event("error", code=COMMAND_ROWS[name])
            assert refused.get("nonce") == fields.get("nonce")
        await socket.post("board", "whatever came is here by now")
        assert "a secret" not in str(socket.log)
    [(text, change)] = running.rows(
        "SELECT text, change FROM chat_message WHERE room_id = ?", int(room["id"])
    )
    assert (text, change) == ("a secret", 1)
