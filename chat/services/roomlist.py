"""The rooms of a person's list as clients are told them: one statement, and two more at most.

Every page begins with this, so it is by hand: with the ORM it was nine statements, 3 ms.
What was said last is remembered by room and head, and the members of a large room are counted
every few seconds only.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from chat.models import BOARD_PK, room_public_id, shown_title
from chat.services.unread import last_json, last_said, places

LISTED_MAX = 200
LARGE = 200
COUNTED_FOR = 5.0
"""Seconds for which the number of members of a large room is remembered."""
REMEMBERED = 4_096

_ROWS = (
    "SELECT r.id, r.title, r.code, r.listed, r.closed, f.head, f.floor, f.at, s.id,"
    " coalesce(s.visible_from, 0), coalesce(s.read, 0), coalesce(s.pinned, false),"
    " coalesce(s.muted, false) FROM chat_room r JOIN chat_feed f ON f.room_id = r.id"
    " LEFT JOIN chat_membership s ON s.room_id = r.id AND s.user_id = %s"
)
_MINE = (
    f" WHERE r.id = {BOARD_PK} OR r.id IN (SELECT room_id FROM chat_membership WHERE user_id = %s)"
    f" ORDER BY r.id = {BOARD_PK} DESC, f.at DESC, r.id DESC"
)
_LISTED = (
    f" WHERE r.listed AND NOT r.closed AND r.id <> {BOARD_PK} AND s.id IS NULL"
    f" ORDER BY r.id DESC LIMIT {LISTED_MAX}"
)
_COUNTED = "SELECT room_id, count(*) FROM chat_membership WHERE room_id IN ({}) GROUP BY room_id"

Stamp = tuple[int, object]
"""Head and moment of a room's latest change: whatever changes in a room takes a number, so these
name one state of it, also when a restored database counts on from an earlier head."""

Last = tuple[int, dict[str, Any]]
"""The `seq` of what was said last in a room, and how a list shows it."""

_last: dict[int, tuple[Stamp, Last | None]] = {}
_members: dict[int, tuple[float, int]] = {}


def mine(person: int, live: Mapping[int, int]) -> list[dict[str, Any]]:
    """The board, then the person's rooms, those with the latest change first.

    `live`: room key → a read cursor that may be further than the one in the database.
    """
    return _told(person, live, _ask(_ROWS + _MINE, [person, person]))


def listed(person: int) -> list[dict[str, Any]]:
    """The rooms that this person could join by a click, newest first, 200 at most."""
    return _told(person, {}, _ask(_ROWS + _LISTED, [person]))


def some(person: int, live: Mapping[int, int], rooms: Sequence[int]) -> list[dict[str, Any]]:
    """These rooms as this person may know them, in the given order."""
    if not rooms:
        return []
    marks = ", ".join(["%s"] * len(rooms))
    found = _ask(f"{_ROWS} WHERE r.id IN ({marks})", [person, *rooms])
    place = {room: number for number, room in enumerate(rooms)}
    return _told(person, live, sorted(found, key=lambda row: place[row[0]]))


def _ask(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _told(
    person: int, live: Mapping[int, int], rows: list[tuple[Any, ...]]
) -> list[dict[str, Any]]:
    if not rows:
        return []
    inside = {row[0]: row for row in rows if row[8] is not None or row[0] == BOARD_PK}
    # Nothing is unread where one has read up to the head; the rest is counted in one statement.
    behind = [room for room, row in inside.items() if row[5] > max(row[10], live.get(room, 0))]
    unread = {
        room: place.unread
        for (_person, room), place in places(
            [(person, room) for room in behind],
            {(person, room): live[room] for room in behind if room in live},
        ).items()
    }
    last = _last_said({room: (row[5], row[7]) for room, row in inside.items()})
    members = _member_counts([row[0] for row in rows])
    told = []
    for row in rows:
        room, title, code, is_listed, closed, head, floor = row[:7]
        first, read, pinned, muted = row[9:]
        joined = room in inside
        said = last.get(room)
        told.append(
            {
                "id": room_public_id(room),
                "title": shown_title(room, title),
                "kind": "board" if room == BOARD_PK else "room",
                "listed": bool(is_listed),
                "closed": bool(closed),
                "joined": joined,
                "code": code if joined or is_listed else None,
                "floor": floor,
                "members": members.get(room, 0),
                "head": head,
                "read": max(read, live.get(room, 0)),
                "unread": unread.get(room, 0),
                "last": said[1] if said is not None and said[0] >= first else None,
                "pinned": bool(pinned),
                "muted": bool(muted),
            }
        )
    return told


def _last_said(stamps: Mapping[int, Stamp]) -> dict[int, Last | None]:
    """Room key → what was said last, for rooms in these states or later ones."""
    known = {
        room: _last[room][1]
        for room, stamp in stamps.items()
        if room in _last and _last[room][0] == stamp
    }
    if rest := stamps.keys() - known.keys():
        found = last_said(rest)
        for room in rest:
            said = found.get(room)
            known[room] = (said.seq, last_json(said)) if said is not None else None
            while len(_last) >= REMEMBERED:
                _last.pop(next(iter(_last)), None)
            _last[room] = stamps[room], known[room]
    return known


def _member_counts(rooms: Iterable[int]) -> dict[int, int]:
    now = time.monotonic()
    counts = {}
    for room in rooms:
        until, count = _members.get(room, (0.0, 0))
        if now < until:
            counts[room] = count
    if rest := [room for room in rooms if room not in counts]:
        marks = ", ".join(["%s"] * len(rest))
        for room, count in _ask(_COUNTED.format(marks), rest):
            counts[room] = count
            if count >= LARGE:
                _members[room] = now + COUNTED_FOR, count
    return counts
