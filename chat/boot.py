"""What a client is told about people and rooms: one JSON for pages and interface."""

from typing import Any

from django.conf import settings

from chat.models import Room, User
from chat.protocol import decoded, encode
from chat.realtime import bridge
from chat.services import history, roomlist
from chat.services.access import Access, board_preview

PREVIEW = 12
NOTHING = history.Latest(0, "", b"[]", ())
LIMITS = (
    ("text", "text_graphemes"),
    ("text_bytes", "text_bytes"),
    ("nickname", "nickname"),
    ("title", "title"),
    ("edit_minutes", "edit_minutes"),
)
"""Names in the page → those in settings.CHAT."""


def me_json(user: User) -> dict[str, Any]:
    """The person themself."""
    return {
        "id": str(user.pk),
        "name": user.nickname,
        "kind": user.kind,
        "login": bool(user.username),
        "staff": user.is_staff,
        "language": user.language,
    }


def room_json(user: User, room: Room) -> dict[str, Any]:
    """One room as this person may know it."""
    return roomlist.some(user.pk, bridge.cursors(user.pk), [room.pk])[0]


def my_rooms_json(user: User) -> list[dict[str, Any]]:
    """The board, then the person's rooms, those with the latest change first."""
    return roomlist.mine(user.pk, bridge.cursors(user.pk))


def listed_json(user: User) -> list[dict[str, Any]]:
    """The rooms that this person could join by a click, newest first."""
    return roomlist.listed(user.pk)


def boot(user: User, access: Access | None) -> bytes:
    """What the shell page starts from, as JSON; `access` is to the room its address names.

    The messages come as they were encoded once, and no page of a room is read twice.
    """
    shown = history.latest(access) if access is not None else NOTHING
    mine: dict[int, list[str]] = {}
    if access is not None and shown.reacted:
        mine = history.mine(user.pk, access.room.pk, shown.reacted)
    data = {
        "me": me_json(user),
        "room": access.room.public_id if access is not None else None,
        "rooms": my_rooms_json(user),
        "listed": listed_json(user),
        "epoch": shown.epoch or history.epoch(),
        "limits": {name: settings.CHAT[key] for name, key in LIMITS},
        "heartbeat": settings.CHAT["heartbeat"],
        "head": shown.head,
        "mine": {str(seq): emoji for seq, emoji in mine.items()},
    }
    if shown.more:
        data["more"] = True  # Not told by the number of messages here: fewer fit.
    return b'%b,"page":%b}' % (encode(data)[:-1], shown.page)


def preview() -> list[Any]:
    """The board's latest messages for visitors without a nickname; empty when that is off."""
    access = board_preview()
    if access is None:
        return []
    return decoded(entry.encoded for entry in history.last_page(access, PREVIEW))
