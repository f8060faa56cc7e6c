"""The two interfaces over WebSockets. A consumer decodes, calls the node and maps errors.

Neither has a layer channel of its own: the hub delivers. And neither makes the stock
dispatch's hop to Django's shared thread on every frame (`channels.consumer.AsyncConsumer`),
because no database work happens on it.
"""

import asyncio
import logging
from collections.abc import Mapping
from http.cookies import CookieError
from typing import Any, ClassVar
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.conf import settings
from django.http import parse_cookie
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from chat import protocol
from chat.errors import ChatError, NotFound, RateLimited, TooBig
from chat.models import BOARD_PK, Room
from chat.origins import is_ours
from chat.protocol import (
    SUBPROTOCOL,
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
from chat.realtime.connection import Connection, Person
from chat.realtime.node import Node, running_node
from chat.realtime.outbox import DirectOutbox, Outbox, SendOutbox
from chat.services import people, rooms
from chat.services.feed import Stored
from chat.text import new_nonce

log = logging.getLogger(__name__)
sockets_log = logging.getLogger("chat.sockets")

ABUSE = 300
"""Refused frames in a row after which a socket is closed: its client does not listen."""
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
        await self.send({"type": "websocket.close", "code": int(code)})
        if (node := getattr(self, "node", None)) is not None:
            node.figures.closes[int(code)] += 1

    def connect_as(
        self, person: Person | None, session: str, own_rooms: dict[int, tuple[int, int] | None]
    ) -> None:
        """Give the node a connection for this socket."""
        self.connection = Connection(
            person=person,
            address=address_of(self.scope),
            outbox=self.outbox(),
            close=self.close_soon,
            translate=self.translate,
            session=session,
            rooms=own_rooms,
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
        self.node.figures.closes[int(code)] += connection in self.node.connections
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
        if connection is None or connection not in self.node.connections:
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
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Also when the server cancels us, or a handler failed.
            self.gone()

    def translate(self, error: ChatError) -> str:
        """An error's sentence in this client's language."""
        return worded(error, self.language)

    @property
    def language(self) -> str:
        return language_of(self.scope)


class ChatConsumer(SocketConsumer):
    """The live interface on `/ws/`: one JSON object a frame in, JSON arrays of events out."""

    async def open(self) -> None:
        if not origin_is_ours(self.scope):
            log.info("socket from a foreign origin refused")
            await self.send({"type": "websocket.close"})  # Before accepting: HTTP 403.
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
        if not self.node.room_for(address_of(self.scope), standing.person):
            await self.refuse(Close.TOO_FAST)
            return
        await self.accept()
        person = Person(standing.person, standing.name, standing.kind)
        self.connect_as(person, session, dict(standing.rooms))
        self.node.greet(self.connection)

    async def heard(self, text: str) -> None:
        connection, node = self.connection, self.node
        wait = connection.frames.take(node.loop.time()) if node.config.rate_limits else 0.0
        try:
            if wait > 0:
                raise RateLimited(retry_after=wait)
            command = protocol.decode(text)
        except ChatError as error:
            node.figures.nacks[error.code] += 1
            self._refused(error, error.params.get("nonce"), error.params.get("room"))
            return
        connection.refused = 0
        await self._do(command)

    async def _do(self, command: Command) -> None:
        connection, node = self.connection, self.node
        assert connection.person is not None
        try:
            match command:
                case Post() | Edit() | Delete() | React():
                    node.change(
                        connection.person.id,
                        command,
                        lambda outcome: self._answer(command, outcome),
                    )
                case Subscribe():
                    await node.subscribe(connection, command)
                case Unsubscribe():
                    node.unsubscribe(connection, command.room)
                case Read():
                    node.read(connection, command)
                case Typing():
                    node.typing(connection, command)
        except ChatError as error:
            connection.refuse(error, room=command.room)
        except Exception:
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


class PlainConsumer(SocketConsumer):
    """The plain interface: text in, text out. `code` None is the board.

    A client is nobody until it speaks; then a guest is made for it. Cookies and origins are
    not looked at.
    """

    on_board: ClassVar[bool] = False

    async def open(self) -> None:
        address = address_of(self.scope)
        if not self.node.room_for(address, None):
            await self.refuse(Close.TOO_FAST)
            return
        try:
            self.room = await self.node.database.read(self._find, address)
        except NotFound:
            await self.refuse(Close.UNKNOWN_CODE)
            return
        except RateLimited:
            await self.refuse(Close.TOO_FAST)
            return
        except Exception:
            log.exception("room not found out")
            await self.refuse(Close.RESTARTING)
            return
        await self.accept()
        self.connect_as(None, "", {})
        await self.node.listen(self.connection, self.room)

    def _find(self, address: str) -> int:
        if self.on_board:
            return BOARD_PK
        code = self.scope["url_route"]["kwargs"]["code"]
        return rooms.find(code, address).pk

    async def heard(self, text: str) -> None:
        if not text:
            return
        connection, node = self.connection, self.node
        if connection.person is None:
            try:
                person = await node.database.write(self._make_guest)
            except RateLimited:
                self.close_soon(Close.TOO_FAST)
                return
            except Exception:
                log.exception("no guest made")
                self.close_soon(Close.RESTARTING)
                return
            if connection not in node.connections:
                return
            node.introduce(connection, person)
            node.presence.enter(self.room, (person.id, person.name, person.kind))
        assert connection.person is not None
        post = Post("", new_nonce(), text)
        node.speak(connection.person.id, self.room, post, self._answer)

    def _make_guest(self) -> Person:
        query = parse_qs(self.scope.get("query_string", b"").decode(errors="replace"))
        nickname = query.get("nickname", [None])[0]
        user = people.guest_for_plain(nickname, self.language, address_of(self.scope))
        if not self.on_board:
            rooms.join(user, Room.objects.get(pk=self.room))
        return Person(user.pk, user.nickname, user.kind)

    def _answer(self, outcome: Stored | ChatError) -> None:
        """There are no acks here, and only a closing code to say no with."""
        if isinstance(outcome, Stored):
            return
        if isinstance(outcome, TooBig):
            self.close_soon(Close.TOO_LONG)
        elif isinstance(outcome, RateLimited):
            self.close_soon(Close.TOO_FAST)
        elif isinstance(outcome, NotFound) or outcome.code == "forbidden":
            self.close_soon(Close.UNKNOWN_CODE)
        elif outcome.code == "invalid":
            self.close_soon(Close.BAD_TEXT)
        else:
            self.close_soon(Close.RESTARTING)


class BoardConsumer(PlainConsumer):
    """The plain interface of the board."""

    on_board = True


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


def header(scope: Mapping[str, Any], name: bytes) -> str:
    """A request header's value, empty when it is not there."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def cookies_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The request's cookies; none when the header can't be read."""
    try:
        return parse_cookie(header(scope, b"cookie"))
    except CookieError:
        return {}


def origin_is_ours(scope: Mapping[str, Any]) -> bool:
    """Whether a page of this site opened the socket; a missing Origin is none of ours."""
    return is_ours(
        header(scope, b"origin"),
        str(scope.get("scheme", "ws")),
        header(scope, b"host"),
        settings.PUBLIC_URL,
        settings.OWN_HOSTS,
    )


def address_of(scope: Mapping[str, Any]) -> str:
    """The client's address, as the server or its trusted proxy tells it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def language_of(scope: Mapping[str, Any]) -> str:
    """The reader's language: what was chosen, then what the browser asks for, else ours."""
    chosen = cookies_of(scope).get(settings.LANGUAGE_COOKIE_NAME, "")
    wanted = [chosen] if chosen else []
    wanted += [tag for tag, _q in parse_accept_lang_header(header(scope, b"accept-language"))]
    for tag in wanted:
        try:
            return get_supported_language_variant(tag)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def worded(error: ChatError, language: str) -> str:
    """An error's sentence in a language."""
    with translation.override(language):
        sentence = translation.gettext(error.sentence)
    return sentence % error.params if error.params else sentence
