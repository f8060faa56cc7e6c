"""A client of the live interface, which holds the server to what every client relies on.

It keeps each room as a page would (states merged by `seq`, the higher `change` wins), and
notes every breach: frames that are no arrays, unknown events, numbers that are not consecutive.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from chat.protocol import EVENTS, SUBPROTOCOL
from chat.text import quote
from tests.support.server import Server, Visitor

PATIENCE = 10.0
Event = dict[str, Any]

_nonces = itertools.count(1)


class Place(Protocol):
    """Where a server answers: itself, or what stands before it."""

    @property
    def url(self) -> str: ...

    def socket(self, path: str) -> str: ...


def new_nonce() -> str:
    return f"n-{next(_nonces)}"


@dataclass
class View:
    """A room as a client knows it. `next` is None until `subscribed` made the backlog complete."""

    next: int | None = None
    head: int = 0
    rows: dict[int, Event] = field(default_factory=dict)
    room: Event | None = None
    mine: dict[str, list[str]] = field(default_factory=dict)
    resets: int = 0

    @property
    def cursor(self) -> int:
        """What to resume after: everything up to it is known."""
        return self.head

    def standing(self) -> dict[int, Event]:
        """The rows that are not deleted, with their quotes drawn anew from their sources."""
        shown = {seq: dict(row) for seq, row in self.rows.items() if "deleted" not in row}
        for row in shown.values():
            if quoted := row.get("reply_to"):
                source = self.rows.get(quoted["seq"])
                if source is not None:
                    text = source.get("text")
                    row["reply_to"] = {
                        **quoted,
                        "text": text and quote(text, source.get("html", "")),
                    }
        return shown


class Live:
    """One socket on `/ws/`. `event` waits for what comes and hands each event out once."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.log: list[Event] = []
        self.views: dict[str, View] = {}
        self.breaches: list[str] = []
        self.closed = False
        self._unclaimed: list[Event] = []
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @property
    def code(self) -> int | None:
        """The code that the server closed with."""
        return self.socket.close_code

    async def send(self, kind: str, **fields: Any) -> None:
        """Send a command; fields that are None are left out."""
        if kind == "subscribe":
            # From here on until `subscribed` what comes may be backlog.
            self.view(fields["room"]).next = None
        elif kind == "unsubscribe":
            self.view(fields["room"]).next = None
        given = {name: value for name, value in fields.items() if value is not None}
        await self.socket.send(json.dumps({"type": kind, **given}, ensure_ascii=False))

    def view(self, room: str) -> View:
        """What is known of a room."""
        return self.views.setdefault(room, View())

    async def event(self, kind: str, /, **wanted: Any) -> Event:
        """The next event of this type whose fields are as wanted, from those not yet handed out.

        Raises TimeoutError with what there was instead.
        """

        def find() -> Event | None:
            for at, event in enumerate(self._unclaimed):
                if event["type"] == kind and all(event.get(k) == v for k, v in wanted.items()):
                    return self._unclaimed.pop(at)
            return None

        async with self._news:
            try:
                async with asyncio.timeout(PATIENCE):
                    while (found := find()) is None:
                        if self.closed:
                            raise AssertionError(f"closed with {self.code} before {kind} {wanted}")
                        await self._news.wait()
            except TimeoutError:
                raise TimeoutError(f"no {kind} {wanted} in {self._unclaimed[-20:]}") from None
        return found

    async def subscribe(
        self, room: str, after: int | None = None, epoch: str | None = None
    ) -> Event:
        """Subscribe and wait until the backlog is complete."""
        await self.send("subscribe", room=room, after=after, epoch=epoch)
        return await self.event("subscribed", room=room)

    async def post(
        self, room: str, text: str, nonce: str | None = None, reply_to: int | None = None
    ) -> Event:
        """Post and wait for the ack."""
        nonce = nonce or new_nonce()
        await self.send("post", room=room, nonce=nonce, text=text, reply_to=reply_to)
        return await self.answer(nonce)

    async def change(self, kind: str, room: str, seq: int, **fields: Any) -> Event:
        """Edit, delete or react, and wait for the ack."""
        nonce = new_nonce()
        await self.send(kind, room=room, nonce=nonce, seq=seq, **fields)
        return await self.answer(nonce)

    async def answer(self, nonce: str) -> Event:
        """The ack of a change; an error is a failure."""
        found = await self.either(nonce)
        assert found["type"] == "ack", found
        return found

    async def either(self, nonce: str) -> Event:
        """The ack of a change, or the error it gets."""

        def find() -> Event | None:
            for at, event in enumerate(self._unclaimed):
                if event["type"] in {"ack", "error"} and event.get("nonce") == nonce:
                    return self._unclaimed.pop(at)
            return None

        async with self._news, asyncio.timeout(PATIENCE):
            while (found := find()) is None:
                assert not self.closed, f"closed with {self.code} before the answer to {nonce}"
                await self._news.wait()
        return found

    async def refused(self, kind: str, **fields: Any) -> Event:
        """Send a command and return the error it gets."""
        nonce = fields.setdefault("nonce", new_nonce())
        await self.send(kind, **fields)
        return await self.event("error", nonce=nonce)

    async def fence(self) -> None:
        """Return once the server has answered everything that was sent before."""
        nonce = new_nonce()
        await self.socket.send(json.dumps({"type": "fence?", "nonce": nonce}))
        await self.event("error", nonce=nonce)

    def unclaimed(self, *kinds: str) -> list[Event]:
        """The events of these types that came and were not handed out."""
        return [event for event in self._unclaimed if event["type"] in kinds]

    def claim(self, *kinds: str) -> list[Event]:
        """Take the events of these types that came and were not handed out."""
        found = self.unclaimed(*kinds)
        self._unclaimed = [event for event in self._unclaimed if event["type"] not in kinds]
        return found

    async def ended(self) -> int | None:
        """Wait until the server has closed; the code."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
            await self._reading
        return self.code

    async def _read(self) -> None:
        try:
            async for frame in self.socket:
                events = json.loads(frame)
                if not isinstance(frame, str) or not isinstance(events, list) or not events:
                    self.breaches.append(f"not an array of events: {frame!r:.200}")
                    continue
                for event in events:
                    self._take(event)
                async with self._news:
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:
            self.closed = True
            async with self._news:
                self._news.notify_all()

    def _take(self, event: Event) -> None:
        self.log.append(event)
        self._unclaimed.append(event)
        kind = event.get("type")
        if kind not in EVENTS:
            self.breaches.append(f"no such event: {event}")
        elif kind == "reset":
            view = self.view(event["room"])
            view.rows.clear()
            view.head, view.next, view.resets = 0, None, view.resets + 1
        elif kind == "subscribed":
            view = self.view(event["room"])
            view.next, view.head, view.mine = event["head"] + 1, event["head"], event["mine"]
        elif kind in {"message", "room", "skip"}:
            self._number(event, kind)

    def _number(self, event: Event, kind: str) -> None:
        view = self.view(event["room"])
        number = event["to"] if kind == "skip" else event["change"]
        if view.next is not None:
            if kind == "skip" and number < view.next:
                self.breaches.append(f"skips back, awaiting {view.next}: {event}")
            elif kind != "skip" and number != view.next:
                self.breaches.append(f"number {number} instead of {view.next}: {event}")
            view.next, view.head = number + 1, number
        if kind == "message":
            known = view.rows.get(event["seq"])
            if known is None or known["change"] < event["change"]:
                view.rows[event["seq"]] = event
        elif kind == "room":
            view.room = event


@asynccontextmanager
async def live(server: Server, visitor: Visitor, **options: Any) -> AsyncIterator[Live]:
    """A socket of this visitor that said hello. At the end it must have seen no breach."""
    async with dial(server, visitor, **options) as socket:
        client = Live(socket)
        try:
            await client.event("hello")
            yield client
        finally:
            await socket.close()
            await client._reading
    assert client.breaches == []


def dial(
    server: Place,
    visitor: Visitor | None = None,
    *,
    origin: str | None = "ours",
    path: str = "/ws/",
    cookie: str | None = None,
    compression: str | None = None,
    **options: Any,
) -> connect:
    """A socket on `/ws/`, opened by `async with` or `await`; its Origin is ours by default."""
    headers = [("Cookie", cookie or (visitor.cookie if visitor else ""))]
    return connect(
        server.socket(path),
        origin=Origin(server.url) if origin == "ours" else Origin(origin) if origin else None,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        additional_headers=[header for header in headers if header[1]],
        compression=compression,
        proxy=None,
        max_size=None,
        **options,
    )
