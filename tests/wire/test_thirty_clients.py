"""The proof: thirty clients, five rooms, connections cut at random, and nothing lost or doubled.

Every client posts, is cut now and then, resumes with its cursor and the epoch, and resends what
was not acked under the same nonce. The seed is printed; MADANG_SEED=… runs it again.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.support.live import PATIENCE, Event, Live, View, dial, live
from tests.support.server import Server, Visitor, own_redis, serve

CLIENTS = 30
ROOMS = 5
RATE = 100
"""Posts a second, of all clients together."""
SECONDS = 12.0
CUT_EVERY = 0.12
"""Seconds between two cuts, on average, over all clients."""


@dataclass
class Client:
    """Someone in two or three rooms, over one socket after the other."""

    visitor: Visitor
    rooms: list[str]
    random: random.Random
    views: dict[str, View] = field(default_factory=dict)
    unacked: dict[str, tuple[str, str]] = field(default_factory=dict)
    acked: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Nonce → room and seq."""
    epoch: str = ""
    socket: Live | None = None
    breaches: list[str] = field(default_factory=list)
    said: int = 0
    sockets: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def stay(self, server: Server) -> None:
        """Be connected, over one socket after the other, until `done` is set."""
        while not self.done.is_set():
            try:
                await self._once(server)
            except (OSError, WebSocketException, AssertionError, TimeoutError) as error:
                # Cut in the middle of something: the next socket takes it up again.
                if self.socket is not None and not self.socket.closed:
                    self.breaches.append(f"{type(error).__name__}: {error}")
                    return

    async def _once(self, server: Server) -> None:
        connection = await dial(server, self.visitor)
        client = self.socket = Live(connection)
        self.sockets += 1
        client.views = self.views
        try:
            self.epoch = (await client.event("hello"))["epoch"]
            for room in self.rooms:
                known = self.views.get(room)
                after = known.cursor if known is not None and known.rows else None
                await client.subscribe(room, after, self.epoch if after is not None else None)
            for nonce, (room, text) in list(self.unacked.items()):
                await client.send("post", room=room, nonce=nonce, text=text)
            while not client.closed and not self.done.is_set():
                await self._acks(client)
        finally:
            self._note(client)
            connection.transport.abort()
            await client.ended()
            self._note(client)
            self.breaches += client.breaches

    async def _acks(self, client: Live) -> None:
        self._note(client)
        try:
            async with client._news, asyncio.timeout(0.2):
                await client._news.wait()
        except TimeoutError:
            pass

    def _note(self, client: Live) -> None:
        for event in client.claim("ack"):
            room, _text = self.unacked.pop(event["nonce"], ("", ""))
            known = self.acked.get(event["nonce"])
            if known is None:
                self.acked[event["nonce"]] = (room, event["seq"])
            elif known[1] != event["seq"]:
                self.breaches.append(f"acked as {known} and as {event}")
        self.breaches += [f"refused: {event}" for event in client.claim("error")]

    async def post(self) -> None:
        """Say something in one of the rooms; a lost socket leaves it for the next one."""
        self.said += 1
        nonce, room = f"p{self.said}", self.random.choice(self.rooms)
        text = f"{self.visitor.name} {self.said} " + "말" * self.random.randrange(40)
        self.unacked[nonce] = (room, text)
        client = self.socket
        if client is not None and not client.closed:
            try:
                await client.send("post", room=room, nonce=nonce, text=text)
                if self.random.random() < 0.05:  # Doubt: say it twice.
                    await client.send("post", room=room, nonce=nonce, text=text)
            except (ConnectionClosed, OSError):
                pass

    def cut(self) -> None:
        """Lose the connection without a word."""
        if self.socket is not None:
            self.socket.socket.transport.abort()


@pytest.fixture
def lone() -> Iterator[Server]:
    """One process on SQLite, or on what the whole run uses."""
    with serve(RATE_LIMITS="off") as server:
        yield server


@pytest.fixture
def two_workers(postgres_database: str, valkey_url: str) -> Iterator[Server]:
    """Two worker processes on Postgres and Valkey."""
    with serve(
        RATE_LIMITS="off",
        WORKERS=2,
        DATABASE_URL=postgres_database,
        DATABASE_POOL=12,
        REDIS_URL=own_redis(valkey_url),
    ) as server:
        yield server


async def test_thirty_clients_in_one_process(lone):
    await prove(lone, SECONDS / 2)


@pytest.mark.workers
async def test_thirty_clients_on_two_workers(two_workers):
    await prove(two_workers, SECONDS)


async def prove(server: Server, seconds: float) -> None:
    seed = int(os.environ.get("MADANG_SEED") or random.randrange(2**32))
    print(f"MADANG_SEED={seed}")
    chance = random.Random(seed)
    clients, members = settle(server, chance)
    async with asyncio.TaskGroup() as group:
        staying = [group.create_task(client.stay(server)) for client in clients]
        await talk(clients, chance, seconds)
        await quiet(server, clients)
        for client in clients:
            client.done.set()
        await asyncio.wait(staying, timeout=PATIENCE)
        for task in staying:
            task.cancel()
    for client in clients:
        assert client.breaches == []
        assert not client.unacked, f"{client.visitor.name} was left without an ack"
    assert sum(client.sockets for client in clients) > CLIENTS * 2, "hardly anyone was cut"
    assert sum(client.said for client in clients) > seconds * RATE * 0.8, "too few were said"
    check_database(server, clients, members)
    await check_views(server, clients)


def settle(server: Server, chance: random.Random) -> tuple[list[Client], dict[str, set[str]]]:
    """The people, their rooms (each in two or three, the board among some), and who is where."""
    visitors = [server.enter(f"이웃 {number}") for number in range(1, CLIENTS + 1)]
    made = [server.make_room(visitors[number], title=f"방 {number}") for number in range(ROOMS - 1)]
    members: dict[str, set[str]] = {"board": {v.id for v in visitors}}
    members |= {room["id"]: {visitors[at].id} for at, room in enumerate(made)}
    clients = []
    for at, visitor in enumerate(visitors):
        own = {room["id"] for room in made if visitor.id in members[room["id"]]}
        for room in chance.sample(made, 2):
            if room["id"] not in own:
                body = {"code": room["code"]}
                server.call("POST", "/api/v1/rooms/join", visitor, json=body).raise_for_status()
                own.add(room["id"])
                members[room["id"]].add(visitor.id)
        rooms = sorted(own) + (["board"] if at % 3 == 0 else [])
        clients.append(Client(visitor, rooms, random.Random(chance.random())))
    return clients, members


async def talk(clients: list[Client], chance: random.Random, seconds: float) -> None:
    """Post at the rate, and cut connections, by the clock."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    said = 0
    next_cut = chance.expovariate(1 / CUT_EVERY)
    # On a slow machine it takes longer to say as much.
    while (now := loop.time() - start) < seconds or said < seconds * RATE * 0.85:
        while said < now * RATE:
            await chance.choice(clients).post()
            said += 1
        while next_cut < now:
            chance.choice(clients).cut()
            next_cut += chance.expovariate(1 / CUT_EVERY)
        await asyncio.sleep(0.01)  # The pace of the posts, not a wait for anything.


async def quiet(server: Server, clients: list[Client]) -> None:
    """Return once all is acked and has reached every client; or after a while, to fail then."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not any(client.unacked for client in clients):
            heads = all_heads(server)
            if all(
                room in client.views and client.views[room].head == heads[room]
                for client in clients
                for room in client.rooms
            ):
                return
        await asyncio.sleep(0.1)


def all_heads(server: Server) -> dict[str, int]:
    """The head of each room, from the database."""
    return {public(room): head for room, head in server.rows("SELECT room_id, head FROM chat_feed")}


def check_database(server: Server, clients: list[Client], members: dict[str, set[str]]) -> None:
    """Every acked nonce once, numbers 1..head in each room, authors in rooms of theirs alone."""
    rows = server.rows("SELECT room_id, seq, change, author_id, nonce, text FROM chat_message")
    by_nonce = Counter((str(author), nonce) for _r, _s, _c, author, nonce, _t in rows)
    assert set(by_nonce.values()) == {1}
    places = {(str(r[3]), r[4]): (public(r[0]), int(r[1])) for r in rows}
    acked = {
        (client.visitor.id, nonce): place
        for client in clients
        for nonce, place in client.acked.items()
    }
    assert places == acked
    heads = {
        public(room): head for room, head in server.rows("SELECT room_id, head FROM chat_feed")
    }
    for room, head in heads.items():
        mine = [row for row in rows if public(row[0]) == room]
        assert sorted(row[1] for row in mine) == list(range(1, head + 1))
        assert sorted(row[2] for row in mine) == list(range(1, head + 1))
        assert {str(row[3]) for row in mine} <= members[room]


async def check_views(server: Server, clients: list[Client]) -> None:
    """What each client has is what the server tells someone who comes anew."""
    for client in clients:
        async with live(server, client.visitor) as fresh:
            for room in client.rooms:
                await fresh.subscribe(room, 0, client.epoch)
                seen, now = client.views[room].standing(), fresh.view(room).standing()
                assert client.views[room].head == fresh.view(room).head
                assert sorted(seen) == list(range(min(seen), client.views[room].head + 1))
                # Either may begin with a last page, further up than the other.
                first = max(min(seen), min(now))
                assert {s: e for s, e in seen.items() if s >= first} == {
                    s: e for s, e in now.items() if s >= first
                }
        strange = {row["room"] for row in rows_of(client)} - set(client.rooms)
        assert not strange
        assert set(client.views) == set(client.rooms)


def rows_of(client: Client) -> list[Event]:
    return [row for view in client.views.values() for row in view.rows.values()]


def public(room: int) -> str:
    """The id by which clients know a room."""
    return str(room) if room else "board"
