"""Clients that read slowly, say everything five times, lose their rights, or mean harm."""

import asyncio
import json
import socket
import sys
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection

from chaos.client import Client
from chaos.run import Fault, quantile
from chaos.stage import Plan, Stage, memory
from chaos.stranger import HARMS
from tests.support.live import Live, dial, live
from tests.support.server import ROOT

MIB = 1024 * 1024


async def slow_reader(stage: Stage) -> None:
    """Ten sockets stop reading in a busy room: closed with bounded memory, and whole again."""
    room = stage.clients[0].rooms[0]
    flooder = stage.clients[0]
    # The same with ten who read fills what a worker keeps in any case; the rest is the deaf ones'.
    reading = [Live(await dial(stage.servers[0], flooder.visitor)) for _ in range(10)]
    for reader in reading:
        await reader.subscribe(room)
    for count in (700, 900):
        await flood(stage, flooder, room, count)
    for reader in reading:
        await reader.socket.close()
    before = sum(memory(pid) for pid in stage.workers())
    deaf = [await deaf_socket(stage, flooder, room) for _ in range(10)]
    ports = {one.local_address[1] for one in deaf}
    await flood(stage, flooder, room, 900)
    took = await stage.until(
        "P9 clients that never read are closed",
        lambda: not ports & set(stage.far_ports_of_servers()),
        15,
    )
    stage.figures["closed after"] = f"{took:.1f} s"
    grown = sum(memory(pid) for pid in stage.workers()) - before
    stage.figures["memory for each"] = f"{grown / MIB / len(deaf):+.1f} MiB"
    # Unread, 900 of these messages are 7 MiB for each; a worker's heap wavers by some MiB in all.
    if grown > 3 * MIB * len(deaf):
        stage.findings.append(f"P9 {grown / MIB:.0f} MiB for {len(deaf)} slow readers")
    for one in deaf:
        one.transport.abort()


async def deaf_socket(stage: Stage, client: Client, room: str) -> ClientConnection:
    """A socket that follows a room, has little room for what comes, and never reads."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    port = int(stage.servers[0].host.rpartition(":")[2])
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
    deaf = await dial(stage.servers[0], client.visitor, sock=narrow, ping_interval=None)
    await deaf.send(json.dumps({"type": "subscribe", "room": room}))
    await deaf.recv()
    deaf.transport.pause_reading()
    return deaf


async def flood(stage: Stage, client: Client, room: str, count: int) -> None:
    """Post long messages, and wait until all are acked."""
    for _ in range(count):
        await client.say(room, tail="🌊" * 1_900)
        if len(client.unanswered) > 50:
            await stage.until("acks", lambda: len(client.unanswered) < 20, 20)
    await stage.until("acks", lambda: not client.unanswered, 20)


async def doubled(stage: Stage) -> None:
    """Three people say each thing five times at once, over sockets to all workers."""
    for client in stage.clients[:3]:
        room = client.rooms[0]
        async with asyncio.timeout(60):
            sockets = [
                Live(await dial(stage.doors[at % len(stage.doors)], client.visitor))
                for at in range(5)
            ]
            for one in sockets:
                await one.event("hello")
            for number in range(20):
                nonce, text = f"five{number}", f"{client.name} says {number} five times"
                await asyncio.gather(
                    *(one.send("post", room=room, nonce=nonce, text=text) for one in sockets)
                )
                answers = {
                    (a["seq"], a["change"]) for a in [await one.answer(nonce) for one in sockets]
                }
                if len(answers) > 1:
                    stage.findings.append(f"O2 {nonce} was acked as {answers}")
                client.posted[nonce] = {"type": "post", "room": room, "text": text}
            for one in sockets:
                await one.socket.close()


async def revoked(stage: Stage) -> None:
    """People lose a room while a hundred messages a second flow there."""
    room = stage.clients[0].rooms[0]
    inside = [c for c in stage.clients[1:] if room in c.rooms][:6]
    others = [c for c in stage.clients if room in c.rooms and c not in inside]
    late: list[str] = []

    async def flow() -> None:
        while True:
            await stage.chance.choice(others).say(room)
            await asyncio.sleep(0.01)

    flowing = asyncio.create_task(flow())
    for client in inside:
        await asyncio.sleep(0.3)
        client.rooms.remove(room)
        client.leaving.add(room)
        gone = await stage.off_loop(
            stage.servers[0].call, "POST", f"/api/v1/rooms/{room}/leave", client.visitor, json={}
        )
        revoked_at = stage.now()
        if gone.status_code not in {200, 204}:
            stage.findings.append(f"leaving: {gone.status_code} {gone.text}")
        client.seen = watch(client, room, revoked_at, stage, late)
    await asyncio.sleep(3)
    flowing.cancel()
    for client in inside:
        if client.socket is None:
            continue
        known = client.views[room].head
        await client.socket.send("subscribe", room=room, after=known)
        await client.socket.send("post", room=room, nonce="late", text="still here?")
    await asyncio.sleep(1)
    rows = await stage.rows("SELECT count(*) FROM chat_message WHERE nonce = ?", "late")
    if rows[0][0]:
        stage.findings.append("O6 someone wrote after leaving")
    stage.findings += [f"O6 {words}" for words in late[:5]]


def watch(
    client: Client, room: str, since: float, stage: Stage, late: list[str]
) -> Callable[[dict[str, object], float], None]:
    """Note what still comes of a room a second after it was left."""

    def seen(event: dict[str, object], when: float) -> None:
        if event["room"] == room and when > since + 1.0:
            late.append(
                f"{client.name} saw {room} {event['seq']} {when - since:.1f} s after leaving"
            )

    return seen


async def skewed(stage: Stage) -> None:
    """Pages of another version: fields that nobody knows, commands that do not exist."""
    for client in stage.clients[:5]:
        async with live(stage.servers[0], client.visitor) as page:
            room = client.rooms[0]
            await page.send("subscribe", room=room, after=0, epoch=client.epoch, theme="dark")
            await page.event("subscribed", room=room)
            nonce = "skew"
            await page.send(
                "post", room=room, nonce=nonce, text=f"{client.name} of tomorrow", mood={"a": [1]}
            )
            await page.answer(nonce)
            client.posted[nonce] = {"room": room, "text": f"{client.name} of tomorrow"}
            error = await page.refused("teleport", room=room)
            if error["code"] != "bad_request":
                stage.findings.append(f"an unknown command: {error}")
            await page.post(room, f"{client.name} goes on", nonce="skew-2")
            client.posted["skew-2"] = {"room": room, "text": f"{client.name} goes on"}


async def hostile(stage: Stage) -> None:
    """All that a stranger can do with sockets alone, one after the other, with limits on."""
    calm = quantile([a.took for c in stage.clients for a in c.acked.values()], 0.99)
    for name in HARMS:
        visitor = await stage.off_loop(stage.servers[0].enter)
        stage.members["board"].add(visitor.id)
        before = sum(memory(pid) for pid in stage.workers())
        began = stage.now()
        # A process of its own, so that what it does is not done on our clients' loop.
        stranger = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chaos.stranger", name, stage.servers[0].host, visitor.cookie),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        told, _nothing = await stranger.communicate()
        took = [a.took for c in stage.clients for a in c.acked.values() if a.at >= began]
        p99 = quantile(took, 0.99)
        grown = (sum(memory(pid) for pid in stage.workers()) - before) / MIB
        words, *wrong = told.decode().splitlines() or ["it broke off"]
        stage.figures[name] = f"{words}, ack p99 {p99 * 1000:.0f} ms, memory {grown:+.1f} MiB"
        stage.findings += [f"{name}: {line}" for line in wrong]
        if p99 > max(2 * calm, 0.25):
            stage.findings.append(f"{name}: ack p99 {p99 * 1000:.0f} ms, calm {calm * 1000:.0f}")
        if grown > 32:
            stage.findings.append(f"{name}: memory {grown:+.1f} MiB")


LIMITED = {"RATE_LIMITS": "on", "LIMIT_POSTS_PER_SECOND": 1000, "LIMIT_POSTS_PER_MINUTE": 60_000}

PEOPLE: list[Fault] = [
    Fault("C14", "a client that never reads in a busy room", slow_reader, each_commit=True),
    Fault(
        "C18",
        "everything said five times at once",
        doubled,
        Plan(servers=2, workers=1),
        each_commit=True,
    ),
    Fault("C20", "rooms left while a hundred messages a second flow", revoked, each_commit=True),
    Fault("C24", "pages of another version", skewed),
    Fault(
        "C26",
        "a hostile stranger, with limits on",
        hostile,
        Plan(settings={**LIMITED, "LIMIT_GUESTS_PER_MINUTE": 1000}, rate=30.0),
        heals_within=20,
    ),
]
