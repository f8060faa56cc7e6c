"""The plain interface: text in, text out."""

import logging
from typing import ClassVar
from urllib.parse import parse_qs

from django.conf import settings

from chat import failpoints, limits
from chat.consumers.handshake import address_of, has_origin, origin_is_ours
from chat.consumers.socket import SocketConsumer
from chat.errors import ChatError, NotFound, RateLimited, TooBig
from chat.models import BOARD_PK, Room
from chat.protocol import Close, Post
from chat.realtime.connection import Person
from chat.services import people, rooms
from chat.services.feed import Stored
from chat.text import new_nonce

log = logging.getLogger(__name__)

WRONG = "wrong_codes_address"


class PlainConsumer(SocketConsumer):
    """The plain interface: text in, text out. `code` None is the board.

    A client is nobody until it speaks; then a guest is made for it, who hears the board even where
    only those who entered may. Cookies are not looked at, and origins as PLAIN_INTERFACE says.
    """

    on_board: ClassVar[bool] = False

    async def open(self) -> None:
        if settings.PLAIN_INTERFACE == "off":
            await self.refuse(Close.UNKNOWN_CODE)
            return
        foreign = has_origin(self.scope) and not origin_is_ours(self.scope)
        closed = settings.PLAIN_INTERFACE == "own" and not failpoints.is_off("doors")
        if closed and foreign:
            await self.deny(403, "Pages of other sites may not open this here.")
            return
        address = address_of(self.scope)
        if not self.node.roster.has_room_for(address, None):
            await self.refuse(Close.TOO_FAST)
            return
        try:
            self.room, entry = await self._find(address)
            # Before it is told that it is open: from then on it must miss nothing.
            await self.node.following.ready(self.room)
            if self.on_board:
                await self.node.listeners.look_at_board()
        except NotFound:
            await self.refuse(Close.UNKNOWN_CODE)
            return
        except RateLimited:
            await self.refuse(Close.TOO_FAST)
            return
        except Exception:
            log.exception("room not opened")
            await self.refuse(Close.RESTARTING)
            return
        await self.accept()
        # Looked at again: of a burst, all were within the limit before they waited.
        if not self.node.roster.has_room_for(address, None):
            await self.send_away(Close.TOO_FAST)
            return
        self.connect_as(None, "", {})
        self.connection.entry = entry
        self.connection.deaf = self.on_board and not self.node.listeners.board_readable
        self.node.following.listen(self.connection, self.room)
        # From here on it is looked at when its room changes; before, the code may have gone.
        if entry is not None and not await self.node.database.read(rooms.opened, [entry]):
            self.connection.close(Close.UNKNOWN_CODE)

    async def _find(self, address: str) -> tuple[int, tuple[int, str] | None]:
        """The room, and what a connection's `entry` says of it. Raises NotFound or RateLimited."""
        if self.on_board:
            return BOARD_PK, None
        node, code = self.node, self.scope["url_route"]["kwargs"]["code"]
        # Counted first: of a burst of guesses, all would be within the limit until they are told.
        await node.counting.ask(limits.spend, WRONG, address)
        try:
            room = await node.database.read(rooms.find_uncounted, code)
        except NotFound:
            raise
        except BaseException:
            await node.counting.ask(limits.give_back, (WRONG, address))
            raise
        await node.counting.ask(limits.give_back, (WRONG, address))
        return room.pk, (room.pk, room.code or "")

    async def heard(self, text: str) -> None:
        connection, node = self.connection, self.node
        if connection.frames is not None and connection.frames.take(node.loop.time()) > 0:
            self.close_soon(Close.TOO_FAST)
            return
        if not text:
            return
        if connection.person is None:
            try:
                if connection.address:
                    await node.counting.ask(limits.spend, "guests", connection.address)
                person = await node.database.write(self._make_guest)
            except NotFound:
                self.close_soon(Close.UNKNOWN_CODE)
                return
            except RateLimited:
                self.close_soon(Close.TOO_FAST)
                return
            except Exception:
                log.exception("no guest made")
                self.close_soon(Close.RESTARTING)
                return
            if connection not in node.roster:
                return
            node.roster.introduce(connection, person)
            node.presence.enter(self.room, (person.id, person.name, person.kind))
        assert connection.person is not None
        post = Post("", new_nonce(), text)
        node.changes.speak(connection.person.id, self.room, post, self._answer)

    def _make_guest(self) -> Person:
        """Who speaks from now on, a member of the room. Raises NotFound."""
        entry = self.connection.entry
        if entry is not None and not rooms.opened([entry]):
            raise NotFound
        query = parse_qs(self.scope.get("query_string", b"").decode(errors="replace"))
        nickname = query.get("nickname", [None])[0]
        user = people.guest_for_plain(nickname, self.language)
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
