"""What a client is told about people and rooms: one JSON for pages and interface."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Subquery

from chat.models import BOARD_PK, Feed, Membership, Message, Room, User, room_public_id
from chat.protocol import decoded, timestamp
from chat.services import history, rooms
from chat.services.access import Access, board_preview
from chat.text import quote

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
    """The rooms as this person may know them, in the given order; a fixed number of queries,
    and one a room joined for its unread messages.
    """
    keys = [room.pk for room in wanted]
    memberships = {m.room_id: m for m in Membership.objects.filter(user=user, room__in=keys)}
    inside = [key for key in keys if key in memberships or key == BOARD_PK]
    feeds = Feed.objects.in_bulk(keys)
    unread = history.unread(user, inside)
    people = _member_counts(keys)
    last = _last_messages(inside)
    return [
        _room_json(room, _Known(feeds[room.pk], memberships.get(room.pk), people, unread, last))
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
        data["page"] = decoded(entry.encoded for entry in page)
        mine = history.mine(user.pk, access.room.pk, [entry.seq for entry in page])
        data["mine"] = {str(seq): emoji for seq, emoji in mine.items()}
    return data


def preview() -> list[Any]:
    """The board's latest messages for visitors without a nickname; empty when that is off."""
    access = board_preview()
    if access is None:
        return []
    return decoded(entry.encoded for entry in history.last_page(access, PREVIEW))


@dataclass(frozen=True, slots=True)
class _Known:
    feed: Feed
    membership: Membership | None
    people: Mapping[int, int]
    unread: Mapping[int, int]
    last: Mapping[int, Message]


def _room_json(room: Room, known: _Known) -> dict[str, Any]:
    membership = known.membership
    joined = membership is not None or room.is_board
    visible_from = membership.visible_from if membership is not None else 0
    last = known.last.get(room.pk)
    if last is not None and last.seq < visible_from:
        last = None
    return {
        "id": room_public_id(room.pk),
        "title": room.title,
        "kind": "board" if room.is_board else "room",
        "listed": room.listed,
        "closed": room.closed,
        "joined": joined,
        "code": room.code if joined or room.listed else None,
        "head": known.feed.head,
        "floor": known.feed.floor,
        "members": known.people.get(room.pk, 0),
        "unread": known.unread.get(room.pk, 0),
        "read": membership.read if membership is not None else 0,
        "last": last
        and {
            "author": last.author_name, "text": quote(last.text), "at": timestamp(last.at)
        },
    }  # fmt: skip


def _member_counts(keys: Iterable[int]) -> dict[int, int]:
    rows = Membership.objects.filter(room__in=list(keys)).values("room_id")
    return dict(rows.annotate(people=Count("pk")).values_list("room_id", "people"))


def _last_messages(keys: Iterable[int]) -> dict[int, Message]:
    """Room key → its latest message that stands; one index step a room."""
    newest = Message.objects.filter(room=OuterRef("pk"), deleted_at__isnull=True).order_by("-seq")
    pks = Room.objects.filter(pk__in=list(keys)).values_list(Subquery(newest.values("pk")[:1]))
    found = Message.objects.filter(pk__in=[pk for (pk,) in pks if pk is not None])
    return {message.room_id: message for message in found}
