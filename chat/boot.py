"""What a client is told about people and rooms: one JSON for pages and interface."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Count

from chat.models import BOARD_PK, Feed, Membership, Room, User, room_public_id
from chat.protocol import decoded
from chat.realtime import bridge
from chat.services import history, rooms
from chat.services.access import Access, board_preview
from chat.services.unread import summaries

LISTED_MAX = 200
PREVIEW = 12


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
    return rooms_json(user, [room])[0]


def my_rooms_json(user: User) -> list[dict[str, Any]]:
    """The board, then the person's rooms, those with the latest change first."""
    mine = rooms.of_person(user).order_by("-feed__at", "-pk")
    return rooms_json(user, [Room.objects.get(pk=BOARD_PK), *mine])


def listed_json(user: User) -> list[dict[str, Any]]:
    """The rooms that this person could join by a click, newest first."""
    others = rooms.listed().exclude(memberships__user=user).order_by("-pk")
    return rooms_json(user, list(others[:LISTED_MAX]))


def rooms_json(user: User, wanted: list[Room]) -> list[dict[str, Any]]:
    """The rooms as this person may know them, in the given order; a fixed number of queries."""
    keys = [room.pk for room in wanted]
    feeds = Feed.objects.in_bulk(keys)
    rows = Membership.objects.filter(user=user, room__in=keys)
    inside = {BOARD_PK, *rows.values_list("room_id", flat=True)}
    pairs = [(user.pk, key) for key in keys if key in inside]
    live = {(user.pk, key): seq for key, seq in bridge.cursors(user.pk).items()}
    known = summaries(pairs, live)
    people = _member_counts(keys)
    return [
        _room_json(room, feeds[room.pk], known.get((user.pk, room.pk)), people.get(room.pk, 0))
        for room in wanted
    ]


def boot(user: User, opened: Room | None, access: Access | None) -> dict[str, Any]:
    """What the shell page starts from; `opened` is the room its address names."""
    data: dict[str, Any] = {
        "me": me_json(user),
        "room": opened.public_id if opened is not None else None,
        "rooms": my_rooms_json(user),
        "listed": listed_json(user),
        "epoch": history.epoch(),
        "limits": {
            name: settings.CHAT[key]
            for name, key in (
                ("text", "text_graphemes"),
                ("text_bytes", "text_bytes"),
                ("nickname", "nickname"),
                ("title", "title"),
                ("edit_minutes", "edit_minutes"),
            )
        },
        "heartbeat": settings.CHAT["heartbeat"],
        "page": [],
        "head": 0,
        "mine": {},
    }
    if access is not None:
        # Head first: what changes in between comes again over the socket.
        data["head"] = history.heads([access.room.pk])[access.room.pk]
        page = history.last_page(access)
        data["page"] = decoded(entry.seen_from(access.visible_from) for entry in page)
        mine = history.mine(user.pk, access.room.pk, [entry.seq for entry in page])
        data["mine"] = {str(seq): emoji for seq, emoji in mine.items()}
    return data


def preview() -> list[Any]:
    """The board's latest messages for visitors without a nickname; empty when that is off."""
    access = board_preview()
    if access is None:
        return []
    return decoded(entry.encoded for entry in history.last_page(access, PREVIEW))


def _room_json(room: Room, feed: Feed, mine: dict[str, Any] | None, members: int) -> dict[str, Any]:
    """`mine` is what one's own list shows of it; None for a room that one is not in."""
    return {
        "id": room_public_id(room.pk),
        "title": room.shown_title,
        "kind": "board" if room.is_board else "room",
        "listed": room.listed,
        "closed": room.closed,
        "joined": mine is not None,
        "code": room.code if mine is not None or room.listed else None,
        "floor": feed.floor,
        "members": members,
        **(_STRANGE | {"head": feed.head} if mine is None else mine),
    }


_STRANGE = {"read": 0, "unread": 0, "last": None, "pinned": False, "muted": False}


def _member_counts(keys: Iterable[int]) -> dict[int, int]:
    rows = Membership.objects.filter(room__in=list(keys)).values("room_id")
    return dict(rows.annotate(people=Count("pk")).values_list("room_id", "people"))
