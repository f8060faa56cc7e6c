"""What every socket shares: opening, frames in order, and an end however it comes."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer

from chat import failpoints
from chat.consumers.handshake import address_of, asks_for_us, language_of, worded
from chat.errors import ChatError
from chat.protocol import SUBPROTOCOL, Close
from chat.realtime.connection import Connection, Person
from chat.realtime.node import Node, running_node
from chat.realtime.outbox import DirectOutbox, Outbox, SendOutbox
from chat.realtime.pace import Pace

sockets_log = logging.getLogger("chat.sockets")

ASKED_LATER = (b"cookie", b"accept-language")
"""Headers that tell the language of what is said to a client."""
LEAVE_WITHIN = 5.0
"""Seconds for a closing handshake before the connection is cut."""


class SocketConsumer(AsyncConsumer):
    """What both interfaces share: opening, frames in order, and an end however it comes."""

    channel_layer_alias = "none"  # Not configured, so no layer channel is made.
    node: Node
    connection: Connection

    async def dispatch(self, message: dict[str, Any]) -> None:
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, _message: Mapping[str, Any]) -> None:
        if not asks_for_us(self.scope) and not failpoints.is_off("doors"):
            await self.deny(400, "This is not a name of this server.")
            return
        try:
            self.node = await running_node()
        except ChatError:
            await self.refuse(Close.RESTARTING)
            return
        if self.node.draining:
            await self.refuse(Close.RESTARTING)
            return
        await self.open()

    async def open(self) -> None:
        """Accept or refuse; to be told by each interface."""
        raise NotImplementedError

    async def heard(self, text: str) -> None:
        """Take a text frame."""
        raise NotImplementedError

    async def accept(self) -> None:
        """Complete the handshake, with our subprotocol where it was offered."""
        offered = SUBPROTOCOL in self.scope["subprotocols"]
        await self.send(
            {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if offered else None}
        )

    async def refuse(self, code: Close) -> None:
        """Accept, so that the client learns the code, and close."""
        await self.accept()
        await self.send_away(code)

    async def deny(self, status: int, words: str) -> None:
        """Refuse before the handshake, with words for whoever writes a client where the server
        can pass them on; elsewhere it is a 403.
        """
        if "websocket.http.response" not in (self.scope.get("extensions") or {}):
            await self.send({"type": "websocket.close"})
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
        start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
        await self.send(start)
        await self.send({"type": "websocket.http.response.body", "body": words.encode() + b"\n"})

    async def send_away(self, code: Close) -> None:
        """Close what was accepted and is no connection of the node's."""
        await self.send({"type": "websocket.close", "code": int(code)})
        if (node := getattr(self, "node", None)) is not None:
            node.figures.closes[int(code)] += 1

    def connect_as(
        self, person: Person | None, session: str, own_rooms: dict[int, tuple[int, int] | None]
    ) -> None:
        """Give the node a connection for this socket."""
        config = self.node.config
        # Of a kilobyte of headers a socket, no more is asked for from now on.
        headers: Any = self.scope["headers"]
        headers[:] = [pair for pair in headers if pair[0] in ASKED_LATER]
        self.connection = Connection(
            person=person,
            address=address_of(self.scope),
            outbox=self.outbox(),
            close=self.close_soon,
            translate=self.translate,
            session=session,
            rooms=own_rooms,
            frames=Pace(config.frames_per_second, config.frames_per_minute)
            if config.rate_limits
            else None,
        )
        self.node.connected(self.connection)

    def outbox(self) -> Outbox:
        """The fastest outbox that this server allows."""
        config = self.node.config
        extensions: Mapping[str, Any] = self.scope.get("extensions") or {}
        sink = extensions.get("madang.frames")
        if sink is not None:
            return DirectOutbox(sink, self.too_slow, config.outbox_bytes)
        return SendOutbox(self.send, self.too_slow, config.outbox_bytes, config.outbox_events)

    def too_slow(self) -> None:
        self.close_soon(Close.TOO_SLOW)

    def close_soon(self, code: Close) -> None:
        """Stop saying anything, close, and cut the connection if its client does not follow."""
        connection = self.connection
        self.node.figures.closes[int(code)] += connection in self.node.roster
        sockets_log.info("socket closed", extra={**connection.named(), "code": int(code)})
        self.node.disconnected(connection)

        async def close() -> None:
            try:
                async with asyncio.timeout(LEAVE_WITHIN):
                    await self.send({"type": "websocket.close", "code": int(code)})
            except Exception:
                connection.outbox.abort()

        self.node.errand(close(), "close")

    async def websocket_receive(self, message: Mapping[str, Any]) -> None:
        connection = getattr(self, "connection", None)
        if connection is None or connection not in self.node.roster:
            return
        text = message.get("text")
        if text is None:
            self.close_soon(Close.BINARY)
        elif too_long(text, self.node.config.limits.frame_bytes):
            self.close_soon(Close.TOO_LONG)
        else:
            await self.heard(text)

    async def websocket_disconnect(self, _message: Mapping[str, Any]) -> None:
        self.gone()
        raise StopConsumer

    def gone(self) -> None:
        connection = getattr(self, "connection", None)
        if connection is not None:
            self.node.disconnected(connection)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take one event after the other. The stock loop makes a task for each, to listen to a
        layer channel as well, which we don't have: a tenth of the time that a post takes.
        """
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            return
        finally:
            # Also when the server cancels us, or a handler failed.
            self.gone()

    def translate(self, error: ChatError) -> str:
        """An error's sentence in this client's language."""
        return worded(error, self.language)

    @property
    def language(self) -> str:
        return language_of(self.scope)


class LostConsumer(AsyncConsumer):
    """Any other WebSocket path: refused before the handshake."""

    channel_layer_alias = "none"

    async def websocket_connect(self, _message: Mapping[str, Any]) -> None:
        await self.send({"type": "websocket.close"})

    async def websocket_disconnect(self, _message: Mapping[str, Any]) -> None:
        raise StopConsumer


def too_long(text: str, limit: int) -> bool:
    """Whether a frame is over the limit: for servers that set none themselves."""
    return len(text) * 4 > limit and len(text.encode(errors="replace")) > limit
