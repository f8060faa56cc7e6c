"""Rooms as they stand in someone's list: head, what is unread, what was said last, pins, mutes.

For many people and rooms at once, in a fixed number of statements.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Subquery

from chat.models import BOARD_PK, Message, Room
from chat.protocol import timestamp
from chat.services.history import heads
from chat.text import quote

UNREAD_MAX = 200
CHUNK = 500

Pair = tuple[int, int]
"""A person's key and a room's."""


@dataclass(frozen=True, slots=True)
class Place:
    """One person's row of a room. `unread` counts messages of others, `UNREAD_MAX` at most."""

    member: bool
    visible_from: int
    read: int
    pinned: bool
    muted: bool
    unread: int


@dataclass(frozen=True, slots=True)
class Said:
    """The latest message of a room that was not deleted."""

    seq: int
    author: str
    text: str
    html: str
    at: datetime


def summaries(
    pairs: Collection[Pair], live: Mapping[Pair, int] | None = None
) -> dict[Pair, dict[str, Any]]:
    """What a list shows of each room that its person is in (everyone is on the board), as clients
    are told it.

    `live` holds read cursors that may be further than those in the database.
    """
    rooms = {room for _person, room in pairs}
    # Head first: whatever is said in between is told by the next one.
    known, last = heads(rooms), last_said(rooms)
    return {
        (person, room): _summary(place, known[room], last.get(room))
        for (person, room), place in places(pairs, live or {}).items()
        if room in known and (place.member or room == BOARD_PK)
    }


def places(pairs: Collection[Pair], live: Mapping[Pair, int]) -> dict[Pair, Place]:
    """These people's rows of these rooms, and what is unread after the further cursor."""
    found: dict[Pair, Place] = {}
    rest = iter(pairs)
    with connection.cursor() as cursor:
        while some := list(islice(rest, CHUNK)):
            marks = "(CAST(%s AS bigint), CAST(%s AS bigint), CAST(%s AS bigint))"
            asked = ", ".join([marks, *["(%s, %s, %s)"] * (len(some) - 1)])
            cursor.execute(
                f"WITH asked (person, room, live) AS (VALUES {asked}),"
                " placed AS (SELECT a.person, a.room, s.id IS NOT NULL AS member,"
                " coalesce(s.visible_from, 0) AS first, coalesce(s.pinned, false) AS pinned,"
                " coalesce(s.muted, false) AS muted,"
                " CASE WHEN s.read > a.live THEN s.read ELSE a.live END AS seen"
                " FROM asked a LEFT JOIN chat_membership s"
                " ON s.user_id = a.person AND s.room_id = a.room)"
                " SELECT p.person, p.room, p.member, p.first, p.seen, p.pinned, p.muted,"
                " (SELECT count(*) FROM (SELECT 1 FROM chat_message m WHERE m.room_id = p.room"
                " AND m.seq > p.seen AND m.deleted_at IS NULL AND m.author_id <> p.person"
                f" LIMIT {UNREAD_MAX}) AS rest) FROM placed p",
                [value for pair in some for value in (*pair, live.get(pair, 0))],
            )
            for person, room, member, first, read, *flags, unread in cursor.fetchall():
                pinned, muted = map(bool, flags)  # SQLite says 0 and 1.
                found[person, room] = Place(bool(member), first, read, pinned, muted, unread)
    return found


def last_said(rooms: Iterable[int]) -> dict[int, Said]:
    """Room key → its latest message that stands; one index step a room."""
    newest = Message.objects.filter(room=OuterRef("pk"), deleted_at__isnull=True).order_by("-seq")
    pks = Room.objects.filter(pk__in=list(rooms)).values_list(Subquery(newest.values("pk")[:1]))
    found = Message.objects.filter(pk__in=[pk for (pk,) in pks if pk is not None])
    rows = found.values_list("room_id", "seq", "author_name", "text", "html", "at")
    return {room: Said(seq, author, text, html, at) for room, seq, author, text, html, at in rows}


def _summary(place: Place, head: int, last: Said | None) -> dict[str, Any]:
    return {
        "head": head,
        "read": place.read,
        "unread": place.unread,
        "last": last_json(last) if last is not None and last.seq >= place.visible_from else None,
        "pinned": place.pinned,
        "muted": place.muted,
    }


def last_json(said: Said) -> dict[str, Any]:
    """What was said last, as a list shows it."""
    return {
        "seq": said.seq,
        "author": said.author,
        "text": quote(said.text, said.html),
        "at": timestamp(said.at),
    }
