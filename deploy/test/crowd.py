"""People who talk while services are restarted, and what must hold afterwards.

Each keeps one socket after the other, resumes from its cursor and resends what was not acked
under the same nonce, as the page does.
"""

import asyncio
import itertools
import random
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from chat.protocol import SUBPROTOCOL
from tests.support.live import Event, Live, View

PACE = 1.2
"""Seconds between two posts of one person: within the limit of sixty a minute."""


@dataclass
class Site:
    """The chat at its public address. `trust` is the authority behind its certificate."""

    url: str
    trust: ssl.SSLContext | None = None

    def client(self) -> httpx.AsyncClient:
        """A fresh browser, as HTTP sees it."""
        verify: Any = self.trust or True
        return httpx.AsyncClient(
            base_url=self.url, timeout=20, verify=verify, headers={"Origin": self.url}
        )

    async def enter(self, nickname: str) -> "Person":
        """A new guest."""
        http = self.client()
        answer = await http.post("/api/v1/guests", json={"nickname": nickname})
        assert answer.status_code == 201, answer.text
        return Person(self, nickname, http, random.Random(nickname))


@dataclass
class Person:
    """Someone in one room, or on the board."""

    site: Site
    name: str
    http: httpx.AsyncClient
    random: random.Random
    room: str = "board"
    view: View = field(default_factory=View)
    unacked: dict[str, str] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    sockets: int = 0
    epoch: str = ""
    live: Live | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _later: set[asyncio.Task[None]] = field(default_factory=set)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)

    def dial(self, address: str | None = None) -> connect:
        """A socket at the public address, or straight at a web container's `address`, which is
        asked for the public name as the proxy asks it.
        """
        url = self.site.url.replace("http", "ws", 1)
        straight: dict[str, Any] = {"host": address, "port": 8000} if address is not None else {}
        return connect(
            f"{url}/ws/",
            origin=Origin(self.site.url),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers={"Cookie": self.cookie},
            ssl=self.site.trust if url.startswith("wss") else None,
            compression=None, proxy=None, max_size=None, open_timeout=5, **straight,
        )  # fmt: skip

    async def stay(self) -> None:
        """Be there, over one socket after the other, until `done` is set."""
        while not self.done.is_set():
            try:
                await self._once()
            except (OSError, WebSocketException, AssertionError, TimeoutError):
                pass
            await asyncio.sleep(self.random.uniform(0.1, 0.5))  # The page's jitter.

    async def talk(self, until: asyncio.Event) -> None:
        """Say something now and then."""
        while not until.is_set():
            await asyncio.sleep(PACE * self.random.uniform(0.9, 1.1))
            await self.say(f"{self.name} {next(self._numbers)} 안녕하세요")

    async def say(self, text: str) -> str:
        """Post; what is not acked on this socket is sent again on the next. The nonce."""
        nonce = f"c{self.random.getrandbits(60):x}"
        self.unacked[nonce] = text
        await self._post(nonce)
        return nonce

    async def settled(self, seconds: float) -> float:
        """Wait until one more message said now is acked, and all before it. The seconds it took."""
        began = time.monotonic()
        await self.say(f"{self.name} {next(self._numbers)} again")
        async with asyncio.timeout(seconds):
            while self.unacked:
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def history(self) -> list[Event]:
        """All of the room, read afresh over HTTP."""
        rows: dict[int, Event] = {}
        after, more = 0, True
        while more:
            path = f"/api/v1/rooms/{self.room}/messages"
            answer = await self.http.get(path, params={"after": after, "limit": 200})
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows |= {row["seq"]: row for row in page["messages"]}
            after = max([after, *(row["change"] for row in page["messages"])])
            more = page["more"]
        return [rows[seq] for seq in sorted(rows)]

    async def _post(self, nonce: str) -> None:
        live = self.live
        if live is None or live.closed or self.view.next is None:
            return
        try:
            await live.send("post", room=self.room, nonce=nonce, text=self.unacked[nonce])
        except (WebSocketException, OSError):
            pass  # The next socket sends it again.

    async def _once(self) -> None:
        async with self.dial() as socket:
            live = Live(socket)
            live.views[self.room] = self.view
            self.sockets += 1
            try:
                self.epoch = (await live.event("hello"))["epoch"]
                known = self.view.cursor if self.view.rows else None
                await live.subscribe(self.room, known, self.epoch if known else None)
                self.live = live
                for nonce in list(self.unacked):
                    await self._post(nonce)
                while not live.closed and not self.done.is_set():
                    self._note(live)
                    await self._news(live)
            finally:
                self.live = None
                await socket.close()
                await live.ended()
                self._note(live)
                self.breaches += live.breaches

    async def _news(self, live: Live) -> None:
        try:
            async with live._news, asyncio.timeout(0.2):
                await live._news.wait()
        except TimeoutError:
            pass

    def _note(self, live: Live) -> None:
        for event in live.claim("ack"):
            self.unacked.pop(event["nonce"], None)
            seq = self.acked.setdefault(event["nonce"], event["seq"])
            if seq != event["seq"]:
                self.breaches.append(f"acked as {seq} and as {event['seq']}")
        for event in live.claim("error"):
            self.refusals[event["code"]] += 1
            nonce = event.get("nonce")
            if event["code"] in {"unavailable", "rate_limited"} and nonce in self.unacked:
                wait = float(event.get("retry_after") or 1)
                self._later.add(asyncio.create_task(self._again(str(nonce), wait)))
            else:
                self.breaches.append(f"refused: {event}")

    async def _again(self, nonce: str, wait: float) -> None:
        await asyncio.sleep(wait)
        if nonce in self.unacked:
            await self._post(nonce)


async def breaches(people: list[Person]) -> list[str]:
    """What is wrong once all has been said: acked and lost, stored twice, seen otherwise."""
    found = [f"{person.name}: {breach}" for person in people for breach in person.breaches]
    found += [f"{p.name}: {len(p.unacked)} were never acked" for p in people if p.unacked]
    for room in sorted({person.room for person in people}):
        inside = [person for person in people if person.room == room]
        rows = await inside[0].history()
        if [row["seq"] for row in rows] != list(range(1, len(rows) + 1)):
            found.append(f"{room}: its numbers are not 1 to {len(rows)}")
        places: dict[str, list[int]] = {}
        for row in rows:
            places.setdefault(row["text"], []).append(row["seq"])
        found += [f"{room}: twice: {text}" for text, at in places.items() if len(at) > 1]
        stored = {row["nonce"]: row["seq"] for row in rows}
        for person in inside:
            lost = [nonce for nonce, seq in person.acked.items() if stored.get(nonce) != seq]
            found += [f"{person.name}: acked and not there: {nonce}" for nonce in lost]
            seen = {seq: row["text"] for seq, row in person.view.rows.items()}
            first = min(seen, default=1)
            if seen != {row["seq"]: row["text"] for row in rows if row["seq"] >= first}:
                found.append(f"{person.name} sees something else than what is stored in {room}")
    return found
