"""The live interface on `/ws/`: one JSON object a frame in, JSON arrays of events out."""

import logging
from typing import Any

from django.conf import settings

from chat import failpoints, protocol
from chat.consumers.handshake import address_of, cookies_of, origin_is_ours
from chat.consumers.socket import SocketConsumer
from chat.errors import ChatError, RateLimited
from chat.protocol import (
    Close,
    Command,
    Delete,
    Edit,
    Post,
    React,
    Read,
    Subscribe,
    Typing,
    Unsubscribe,
)
from chat.realtime.connection import Person
from chat.realtime.database import passing
from chat.services.feed import Stored

log = logging.getLogger(__name__)

WITHOUT_SUBPROTOCOL = (
    f"Offer the WebSocket subprotocol {protocol.SUBPROTOCOL} here. "
    "Clients that speak plain text open /ws/notice_board or /ws/<code>."
)
ABUSE = 300
"""Refused frames in a row after which a socket is closed: its client does not listen."""


class ChatConsumer(SocketConsumer):
    """The live interface on `/ws/`: one JSON object a frame in, JSON arrays of events out."""

    async def open(self) -> None:
        if not origin_is_ours(self.scope):
            log.info("socket from a foreign origin refused")
            await self.send({"type": "websocket.close"})  # Before accepting: HTTP 403.
            return
        if protocol.SUBPROTOCOL not in self.scope["subprotocols"]:
            # Taken in, it would hear arrays of events that it asked for by no name.
            await self.deny(400, WITHOUT_SUBPROTOCOL)
            return
        session = cookies_of(self.scope).get(settings.SESSION_COOKIE_NAME, "")
        try:
            standing = await self.node.standing(session)
        except Exception:
            log.exception("session not read")
            await self.refuse(Close.RESTARTING)
            return
        if standing is None:
            await self.refuse(Close.NO_SESSION)
            return
        if not standing.active:
            await self.refuse(Close.BANNED)
            return
        await self.accept()
        # Not before: of a burst, all would be within the limit until they were taken in.
        if not self.node.roster.has_room_for(address_of(self.scope), standing.person):
            await self.send_away(Close.TOO_FAST)
            return
        person = Person(standing.person, standing.name, standing.kind)
        self.connect_as(person, session, dict(standing.rooms))
        self.connection.password = standing.password
        self.node.greet(self.connection)

    async def heard(self, text: str) -> None:
        connection, node = self.connection, self.node
        wait = connection.frames.take(node.loop.time()) if connection.frames else 0.0
        try:
            if wait > 0:
                raise RateLimited(retry_after=wait)
            command = protocol.decode(text)
        except ChatError as error:
            node.figures.nacks[error.code] += 1
            self._refused(error, error.params.get("nonce"), error.params.get("room"))
            return
        # One by one: the frames that a flood still gets through must not excuse the others.
        connection.refused = max(0, connection.refused - 1)
        failpoints.passing("on_frame")
        await self._do(command)

    async def _do(self, command: Command) -> None:
        connection, node = self.connection, self.node
        assert connection.person is not None
        try:
            match command:
                case Post() | Edit() | Delete() | React():
                    node.changes.submit(
                        connection.person.id,
                        command,
                        lambda outcome: self._answer(command, outcome),
                    )
                case Subscribe():
                    await node.following.subscribe(connection, command)
                case Unsubscribe():
                    node.following.unsubscribe(connection, command.room)
                case Read():
                    node.facts.read(connection, command)
                case Typing():
                    node.facts.typing(connection, command)
        except ChatError as error:
            connection.refuse(error, room=command.room)
        except Exception as error:
            if isinstance(command, Subscribe) and passing(error):
                # Nobody would hear that room again: the client comes back and asks anew.
                log.warning("subscribing failed: %s", type(error).__name__)
                self.close_soon(Close.RESTARTING)
                return
            # One bad frame must not end the socket: its client would send it again.
            log.exception("command failed", extra={**connection.named(), "room": command.room})
            connection.refuse(ChatError("Something went wrong here."), room=command.room)

    def _answer(self, command: Post | Edit | Delete | React, outcome: Stored | ChatError) -> None:
        if isinstance(outcome, Stored):
            self.connection.say(protocol.encode_ack(command.nonce, outcome.seq, outcome.change))
        else:
            self._refused(outcome, command.nonce, command.room)

    def _refused(self, error: ChatError, nonce: Any, room: Any) -> None:
        connection = self.connection
        connection.refused += 1
        if connection.refused > ABUSE:
            self.close_soon(Close.TOO_FAST)
        else:
            connection.refuse(error, nonce, room)
