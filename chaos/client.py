"""Someone who talks through every fault: keeps a log, resumes by the protocol, resends by nonce."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.support.live import Event, Live, Place, View, dial
from tests.support.server import Visitor

PASSING = {"rate_limited", "unavailable", "storage_full"}
"""Refusals after which the same command is sent again."""
ANSWERS = {"not_found", "forbidden", "conflict", "invalid"}
"""Refusals that a change of something may rightly get: it was deleted meanwhile, for example."""
STOPPING = {4501, 4503}
HELLO_WITHIN = 10.0
FIRST, LONGEST, STABLE = 0.3, 30.0, 10.0
"""The page's backoff (`backoff.js`), in seconds."""
GRACE = 5.0


@dataclass
class Command:
    """What was asked for and is not answered yet."""

    fields: dict[str, Any]
    since: float
    sent: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Answer:
    """An ack: where it is stored, and how long it took from the first try."""

    room: str
    seq: int
    change: int
    at: float
    took: float
    tries: int


@dataclass(eq=False)
class Client:
    """One person with one socket at a time, in some rooms. `door` is what it connects to."""

    visitor: Visitor
    rooms: list[str]
    door: Callable[[], Place]
    random: random.Random
    views: dict[str, View] = field(default_factory=dict)
    unanswered: dict[str, Command] = field(default_factory=dict)
    acked: dict[str, Answer] = field(default_factory=dict)
    """The posts that were acked, by nonce."""
    posted: dict[str, Event] = field(default_factory=dict)
    """Every post that was ever tried, by nonce."""
    refusals: list[tuple[float, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Nonces whose answer was no."""
    epoch: str = ""
    heartbeat: float = 20.0
    socket: Live | None = None
    ready: bool = False
    """Connected, and every room complete."""
    stopped: int | None = None
    """The code after which it was to stay away, if there was one."""
    breaches: list[str] = field(default_factory=list)
    log: list[tuple[float, str, Any]] = field(default_factory=list)
    blackouts: list[tuple[float, float]] = field(default_factory=list)
    """When the line was lost, and for how long nothing got through."""
    sockets: int = 0
    seen: Callable[[Event, float], None] | None = None
    """Told of every live message, and when."""
    present: dict[str, Event] = field(default_factory=dict)
    """The latest `presence` of each room."""
    done: bool = False
    leaving: set[str] = field(default_factory=set)
    """Rooms that it may be refused by now."""
    heads: dict[str, int] = field(default_factory=dict)
    reading: bool = True
    _numbers: int = 0
    _tries: int = 0
    _lost_at: float | None = None
    _asked: float = 0.0
    _opened_at: float = 0.0

    @property
    def name(self) -> str:
        return self.visitor.name

    def gone(self) -> bool:
        """Whether it left, or was told to stay away."""
        return self.done or self.stopped is not None

    def note(self, what: str, detail: Any = None) -> None:
        """Write a line into the log."""
        self.log.append((asyncio.get_running_loop().time(), what, detail))

    async def stay(self) -> None:
        """Be connected, over one socket after the other, until told that it is done."""
        self._note_loss()
        while not self.gone():
            try:
                await self._once()
            except (OSError, WebSocketException, TimeoutError, EOFError) as error:
                self.note("lost", f"{type(error).__name__}: {error}")
            finally:
                self.ready = False
                self._note_loss()
            if not self.gone():
                wait = max(self._backoff(), self._asked)
                self.note("waits", round(wait, 2))
                await asyncio.sleep(wait)

    def _note_loss(self) -> None:
        if self._lost_at is None:
            self._lost_at = asyncio.get_running_loop().time()

    def _backoff(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._opened_at and now - self._opened_at >= STABLE:
            self._tries = 0
        self._opened_at = 0.0
        ceiling = min(LONGEST, FIRST * 2**self._tries)
        self._tries += 1
        return float(ceiling / 2 + self.random.random() * ceiling / 2)

    async def _once(self) -> None:
        self._asked = 0.0
        async with asyncio.timeout(HELLO_WITHIN):
            connection = await dial(self.door(), self.visitor, ping_interval=None)
        client = Heard(connection, self)
        client.views = self.views
        self.socket = client
        self.sockets += 1
        try:
            await self._open(client)
            while not client.closed and not self.done:
                await self._go_on(client)
        finally:
            self.ready = False
            self._take(client)
            connection.transport.abort()
            await client.ended()
            self._take(client)
            self.breaches += client.breaches
            client.breaches = []
            if client.code in STOPPING:
                self.stopped = client.code
            self.note("closed", client.code)
            self._note_loss()

    async def _open(self, client: "Heard") -> None:
        """Hello, every room from where it was left, then what has no answer yet."""
        loop = asyncio.get_running_loop()
        try:
            hello = await client.event("hello")
            self._opened_at = loop.time()
            self.heartbeat = hello["heartbeat"]
            known_by = self.epoch or hello["epoch"]
            for room in self.rooms:
                known = self.views.get(room)
                resumes = known is not None and known.head > 0
                after = known.head if known is not None and resumes else None
                await client.subscribe(room, after, known_by if resumes else None)
            self.epoch = hello["epoch"]
        except AssertionError as error:
            raise EOFError(str(error)) from error
        if self._lost_at is not None:
            self.blackouts.append((self._lost_at, loop.time() - self._lost_at))
            self.note("back", round(loop.time() - self._lost_at, 3))
            self._lost_at = None
        self.ready = True
        for command in self.unanswered.values():
            await self._send(client, command)

    async def _go_on(self, client: "Heard") -> None:
        """Take what came, and send again what waited for a refusal to pass."""
        loop = asyncio.get_running_loop()
        try:
            async with client._news, asyncio.timeout(0.2):
                await client._news.wait()
        except TimeoutError:
            pass
        self._take(client)
        now = loop.time()
        if now - client.last > self.heartbeat * 2 + GRACE:
            self.note("silent")
            raise TimeoutError("no heartbeat")
        for command in list(self.unanswered.values()):
            if command.not_before and command.not_before <= now and not client.closed:
                command.not_before = 0.0
                await self._send(client, command)

    def _take(self, client: "Heard") -> None:
        now = asyncio.get_running_loop().time()
        for event in client.claim("ack"):
            command = self.unanswered.pop(event["nonce"], None)
            known = self.acked.get(event["nonce"])
            if known is not None and (known.seq, known.change) != (event["seq"], event["change"]):
                self.breaches.append(f"acked as {known} and as {event}")
            if command is None or command.fields["type"] != "post":
                continue
            room = command.fields["room"]
            self.acked[event["nonce"]] = Answer(
                room, event["seq"], event["change"], now, now - command.since, command.sent
            )
        for event in client.claim("error"):
            self._refused(event, now)
        for event in client.claim("bye"):
            self._asked = float(event["retry_after"])
            self.note("bye", event["retry_after"])
        for event in client.claim("presence"):
            self.present[event["room"]] = event
        client.claim("heads", "message", "room", "skip", "subscribed", "hello", "typing", "rooms")

    def _refused(self, event: Event, now: float) -> None:
        nonce = event.get("nonce")
        self.refusals.append((now, event["code"]))
        self.note("refused", event)
        command = self.unanswered.get(nonce) if nonce else None
        if command is None:
            if nonce in self.refused and event["code"] in ANSWERS:
                return  # It was asked twice.
            if event["code"] not in PASSING and event.get("room") not in self.leaving:
                self.breaches.append(f"refused: {event}")
        elif event["code"] in PASSING:
            command.not_before = now + max(0.2, float(event.get("retry_after", 1)))
        elif event["code"] in ANSWERS and (
            command.fields["type"] != "post"
            or "reply_to" in command.fields
            or command.fields["room"] in self.leaving
        ):
            self.refused.add(str(nonce))
            del self.unanswered[str(nonce)]
            self.posted.pop(str(nonce), None)
        else:
            self.breaches.append(f"refused: {event}, asked: {command.fields}")
            del self.unanswered[str(nonce)]

    async def _send(self, client: Live, command: Command) -> None:
        command.sent += 1
        fields = {name: value for name, value in command.fields.items() if name != "type"}
        with suppress(ConnectionClosed, OSError):
            await client.send(command.fields["type"], **fields)

    async def ask(self, kind: str, **fields: Any) -> str:
        """Ask for a change and return its nonce; a lost socket leaves it for the next one."""
        self._numbers += 1
        nonce = f"c{self._numbers}"
        asked = {"type": kind, "nonce": nonce, **fields}
        command = Command(asked, asyncio.get_running_loop().time())
        self.unanswered[nonce] = command
        self.note("asks", asked)
        if kind == "post":
            self.posted[nonce] = asked
        if self.socket is not None and self.ready and not self.socket.closed:
            await self._send(self.socket, command)
            if self.random.random() < 0.03:  # Doubt: say it twice.
                await self._send(self.socket, command)
        return nonce

    async def say(self, room: str | None = None, tail: str = "") -> str:
        """Post something that nobody else says."""
        room = room or self.random.choice(self.rooms)
        text = f"{self.name} {self._numbers + 1} " + (tail or "말" * self.random.randrange(40))
        reply_to = self._some_row(room) if self.random.random() < 0.05 else None
        if reply_to is not None:
            return await self.ask("post", room=room, text=text, reply_to=reply_to)
        return await self.ask("post", room=room, text=text)

    async def fiddle(self) -> None:
        """Edit, delete or react to something that is there."""
        room = self.random.choice(self.rooms)
        kind = self.random.choice(("edit", "edit", "react", "react", "react", "delete"))
        seq = self._some_row(room, mine=kind != "react")
        if seq is None:
            await self.say(room)
        elif kind == "edit":
            text = f"{self.name} {self._numbers + 1} changed its mind"
            await self.ask("edit", room=room, seq=seq, text=text)
        elif kind == "react":
            emoji, on = self.random.choice("👍🎉😂"), self.random.random() < 0.7
            await self.ask("react", room=room, seq=seq, emoji=emoji, on=on)
        else:
            await self.ask("delete", room=room, seq=seq)

    def _some_row(self, room: str, *, mine: bool = False) -> int | None:
        view = self.views.get(room)
        rows = [] if view is None else list(view.rows.items())[-40:]
        found = [
            seq
            for seq, row in rows
            if "deleted" not in row and (not mine or row["author"]["id"] == self.visitor.id)
        ]
        return self.random.choice(found) if found else None

    def cut(self) -> None:
        """Lose the connection without a word."""
        self.ready = False
        if self.socket is not None:
            self.socket.socket.transport.abort()

    def written(self) -> str:
        """The log as JSON lines."""
        lines = ({"t": round(t, 3), "what": what, "detail": d} for t, what, d in self.log)
        return "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in lines)


class Heard(Live):
    """A socket whose client is told of what comes live, and when anything came at all."""

    def __init__(self, socket: ClientConnection, client: Client) -> None:
        self.client = client
        self.last = asyncio.get_running_loop().time()
        super().__init__(socket)

    def _take(self, event: Event) -> None:
        self.last = asyncio.get_running_loop().time()
        super()._take(event)
        client = self.client
        kind = event.get("type")
        if kind == "message":
            if client.seen is not None and client.ready:
                client.seen(event, self.last)
        elif kind == "heads":
            client.heads.update(event["heads"])
        self.log.clear()
