"""Reading feeds: backlogs by `change`, pages by `seq`, heads.

Always head first, then rows: a row that changed in between is left to the live feed, which
brings it under its new number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from chat import protocol
from chat.errors import NotFound
from chat.models import Feed, Installation, Message, Room
from chat.protocol import PAGE, PAGE_BYTES, PAGE_MAX, Entry
from chat.services.access import Access
from chat.services.remembered import Remembered
from chat.services.states import FIELDS, entries, load_states, room_entry
from chat.text import qualified


@dataclass(frozen=True, slots=True)
class Tail:
    """A feed from some number on: every state with a change in (`after`, `head`], in its order."""

    after: int
    head: int
    floor: int
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of messages, each encoded once; `more`: there are others beyond it."""

    events: list[bytes]
    reacted: list[int]
    """The `seq` of those that anyone reacted to."""
    head: int
    floor: int
    epoch: str
    more: bool
    newer: bool | None = None
    """Around a message: whether there are others after these."""


def epoch() -> str:
    """The name of this database's history; a restored backup has another one."""
    return Installation.objects.values_list("epoch", flat=True).get(pk=1)


def heads(rooms: Iterable[int]) -> dict[int, int]:
    """Room key → head, for the rooms that exist."""
    return dict(Feed.objects.filter(pk__in=list(rooms)).values_list("pk", "head"))


def tail(room: int, after: int) -> Tail:
    """The states that changed after `after`. Raises NotFound when there is no such room."""
    head, floor = _numbers(room)
    rows = Message.objects.filter(room=room, change__gt=after, change__lte=head, seq__gt=floor)
    states = load_states(rows.order_by("change").values_list(*FIELDS))
    found = entries(room, states)
    owner = Room.objects.get(pk=room)
    if after < owner.change <= head:
        found.append(room_entry(owner, floor))
        found.sort(key=lambda entry: entry.change)
    return Tail(after, head, floor, found)


def last_page(access: Access, limit: int = PAGE) -> list[Entry]:
    """The latest messages that are not deleted, oldest first."""
    _head, floor = _numbers(access.room.pk)
    rows = Message.objects.filter(
        room=access.room, seq__gt=max(floor, access.visible_from - 1), deleted_at__isnull=True
    )
    states = load_states(rows.order_by("-seq").values_list(*FIELDS)[:limit])
    return entries(access.room.pk, states[::-1])


@dataclass(frozen=True, slots=True)
class Latest:
    """A room's last page: its JSON array, and which of its messages bear reactions."""

    head: int
    epoch: str
    page: bytes
    reacted: tuple[int, ...]
    more: bool = False
    """Whether it was cut short because its messages are long."""


def latest(access: Access) -> Latest:
    """The last page as it is shown to `access`, read once for each state of the room."""
    room, visible_from = access.room.pk, access.visible_from
    stamp = _stamp(room)
    return _latest.get((room, visible_from), stamp, lambda: _read_latest(access, stamp))


def _read_latest(access: Access, stamp: "Stamp") -> Latest:
    found = last_page(access)
    page = newest(found)
    events = [entry.seen_from(access.visible_from) for entry in page]
    reacted = tuple(e.seq for e in page if b'"reactions":' in e.encoded)
    return Latest(stamp[0], stamp[3], protocol.frame(events), reacted, len(page) < len(found))


def body_of(user: int, access: Access, limit: int = PAGE, **wanted: int) -> bytes:
    """The page that `history` reads, as JSON; read once for each state of the room.

    One's own reactions are added to it, where there are any at all.
    """
    stamp = _stamp(access.room.pk)
    beyond = stamp[0] + 1
    for name in wanted.keys() & {"before", "around"}:
        # Above the head all numbers ask for the same page, which is then kept once.
        wanted[name] = min(wanted[name], beyond)
    key = (access.room.pk, access.visible_from, limit, *sorted(wanted.items()))
    common, reacted = _bodies.get(key, stamp, lambda: _read_body(access, limit, wanted))
    own = mine(user, access.room.pk, reacted) if reacted else {}
    reactions = {str(seq): emoji for seq, emoji in own.items()}
    return b"%b%b}" % (common, protocol.encode(reactions))


def _read_body(
    access: Access, limit: int, wanted: Mapping[str, int]
) -> tuple[bytes, Sequence[int]]:
    page = history(access, **wanted, limit=limit)
    return body(page), page.reacted


Stamp = tuple[int, int, object, str]
"""A room's head and floor, the moment of its latest change, and the epoch. Whatever changes in a
room takes a number, so these name one state of it, for all processes and over a restore.
"""


def _stamp(room: int) -> Stamp:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.head, f.floor, f.at, i.epoch FROM chat_feed f, chat_installation i"
            " WHERE f.room_id = %s AND i.id = 1",
            [room],
        )
        row: Stamp | None = cursor.fetchone()
    if row is None:
        raise NotFound
    return row


_latest: Remembered[Stamp, Latest] = Remembered(256, lambda latest: len(latest.page))
_bodies: Remembered[Stamp, tuple[bytes, Sequence[int]]] = Remembered(512, lambda kept: len(kept[0]))


def history(
    access: Access,
    *,
    before: int | None = None,
    around: int | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> Page:
    """A page of what `access` may see: `before` and `around` by `seq`, `after` by `change`.

    Without any of them the last page. `limit` is cut to 1…200, and fewer come where so many are
    more than `PAGE_BYTES`. `more` speaks of the direction asked for (for `around`: of older ones).
    """
    limit = max(1, min(limit, PAGE_MAX))
    room = access.room.pk
    head, floor = _numbers(room)
    visible = Message.objects.filter(
        room=room, change__lte=head, seq__gt=max(floor, access.visible_from - 1)
    )

    def read(rows: QuerySet[Message], order: str, most: int) -> list[Entry]:
        return entries(room, load_states(rows.order_by(order).values_list(*FIELDS)[:most]))

    newer: bool | None = None
    if after is not None:
        ahead = read(visible.filter(change__gt=after), "change", limit + 1)
        found = ahead[: min(limit, fitting(ahead))]
        more = len(found) < len(ahead)
    elif around is not None:
        below = read(visible.filter(seq__lte=around), "-seq", limit // 2 + 1)
        above = read(visible.filter(seq__gt=around), "seq", limit - limit // 2 + 1)
        half = PAGE_BYTES // 2
        older = below[: min(max(limit // 2, 1), fitting(below, half))]
        later = above[: min(limit - limit // 2, fitting(above, half))]
        found = [*older[::-1], *later]
        more, newer = len(older) < len(below), len(later) < len(above)
    else:
        back = read(
            visible.filter(seq__lt=before) if before is not None else visible, "-seq", limit + 1
        )
        found = back[: min(limit, fitting(back))][::-1]
        more = len(found) < len(back)
    events = [
        b'{"seq":%d,"change":%d,"deleted":true}' % (entry.seq, entry.change)
        if entry.deleted
        else entry.seen_from(access.visible_from)
        for entry in found
    ]
    reacted = [entry.seq for entry in found if b'"reactions":' in entry.encoded]
    return Page(events, reacted, head, floor, epoch(), more, newer)


def fitting(found: Sequence[Entry], most: int = PAGE_BYTES) -> int:
    """How many of these, from the first on, are no more bytes than a page may have; one always."""
    size = 0
    for count, entry in enumerate(found):
        size += len(entry.encoded)
        if size > most and count:
            return count
    return len(found)


def newest(page: list[Entry]) -> list[Entry]:
    """The last of these that are no more bytes than a page may have, oldest first."""
    return page[len(page) - fitting(page[::-1]) :]


def body(page: Page) -> bytes:
    """The page as the JSON that `GET rooms/<id>/messages` answers, but for the end: one's own
    reactions and the closing brace.
    """
    return b'{"messages":%b,"head":%d,"epoch":"%b","more":%b,%b"mine":' % (
        protocol.frame(page.events),
        page.head,
        page.epoch.encode(),
        b"true" if page.more else b"false",
        b"" if page.newer is None else b'"newer":true,' if page.newer else b'"newer":false,',
    )


def mine(user: int, room: int, seqs: Iterable[int]) -> dict[int, list[str]]:
    """`seq` → the emoji with which this person reacted, where they did."""
    found: dict[int, list[str]] = {}
    rows = Message.objects.filter(room=room, seq__in=list(seqs), reactions__user=user)
    for seq, emoji in rows.values_list("seq", "reactions__emoji"):
        own = found.setdefault(seq, [])
        if qualified(emoji) not in own:
            own.append(qualified(emoji))
    return found


def _numbers(room: int) -> tuple[int, int]:
    """A room's head and floor."""
    numbers = Feed.objects.filter(pk=room).values_list("head", "floor").first()
    if numbers is None:
        raise NotFound
    return numbers
