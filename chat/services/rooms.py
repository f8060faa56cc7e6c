"""Rooms: making them, coming in by code or from the list, leaving, and what moderators change.

A change that members see takes a number in the room's feed. Callers tell the live side
afterwards (`chat.acts` does both).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat import limits
from chat.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, gettext_noop
from chat.models import BOARD_PK, Feed, Membership, Room, User, room_key
from chat.services import feed
from chat.services.codes import MAX_NUMBER, new_code, number_code, public_code, read_code
from chat.services.titles import clean_title

CODE_TRIES = 5
DAY = timedelta(days=1)


def create(user: User, title: str, *, listed: bool = False) -> Room:
    """A new room with an issued code, its maker already inside.

    Raises Invalid for the title, RateLimited after the day's number of rooms (not for staff).
    """
    title = clean_title(title)
    with transaction.atomic():
        if settings.RATE_LIMITS and not user.is_staff:
            _check_daily(user)
        room = _with_new_code(Room(title=title, listed=listed, created_by=user))
        Membership.objects.create(room=room, user=user)
    return room


def create_open(title: str | None, address: str) -> Room:
    """A listed room made without a session: the plain interface. Limited by `address`.

    Raises Invalid or RateLimited.
    """
    title = clean_title(title) if title is not None else ""
    limits.spend("rooms", address)
    room = _with_new_code(Room(title=title or "?", listed=True))
    if not title:
        room.title = room.code or ""
        room.save(update_fields=["title"])
    return room


def create_numbered(number: int, address: str) -> bool:
    """Make a listed room whose code is this number; False when there is one, left unchanged.

    Raises Invalid or RateLimited.
    """
    if not 0 <= number <= MAX_NUMBER:
        raise Invalid(gettext_noop("The number must be from 0 to 9007199254740991."))
    code = number_code(number)
    if Room.objects.filter(code=code).exists():
        return False
    limits.spend("rooms", address)
    try:
        _store(Room(title=code, code=code, listed=True))
    except IntegrityError:
        return False  # Someone else was first.
    return True


def find(typed: str, address: str, user_id: int | None = None) -> Room:
    """The open room with the code that was typed or pasted.

    Raises NotFound, the same and after the same work for codes that are unknown, of a closed
    room or expired; RateLimited after too many wrong ones, then for right ones too.
    """
    keys = [("wrong_codes_address", address)]
    if user_id is not None:
        keys.insert(0, ("wrong_codes_person", str(user_id)))
    with limits.attempt(*keys, failure=NotFound):
        return find_uncounted(typed)


def find_uncounted(typed: str) -> Room:
    """`find` for a caller that counts wrong codes itself. Raises NotFound."""
    room = Room.objects.filter(code=read_code(typed) or "-").first()
    if room is None or room.closed or _expired(room):
        raise NotFound(gettext_noop("No open room has this code."))
    return room


def opened(entries: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of these rooms, each with a code of it, that are open and have that code still."""
    found = Room.objects.filter(pk__in={key for key, _code in entries}, closed=False)
    codes = {room.pk: room.code for room in found if not _expired(room)}
    return {(key, code) for key, code in entries if codes.get(key) == code}


def join(user: User, room: Room) -> bool:
    """Make this person a member; False when they are one. Call it with what `find` gave."""
    with transaction.atomic():
        head = Feed.objects.values_list("head", flat=True).get(pk=room.pk)
        first = head + 1 if room.history == Room.History.JOINED else 0
        _row, made = Membership.objects.get_or_create(
            room=room, user=user, defaults={"visible_from": first, "read": head}
        )
    return made


def find_listed(public_id: str) -> Room:
    """The open listed room (or the board) with this id. Raises NotFound."""
    key = room_key(public_id)
    room = Room.objects.filter(pk=key).first() if key is not None else None
    if room is None or (not room.is_board and (not room.listed or room.closed)):
        raise NotFound
    return room


def leave(user: User, room: Room) -> bool:
    """End this person's membership; False when there was none. The board can't be left."""
    if room.is_board:
        raise Forbidden(gettext_noop("The board is everyone's: there is no leaving it."))
    removed, _rows = Membership.objects.filter(room=room, user=user).delete()
    return removed > 0


def arrange(user: User, room: Room, *, pinned: bool | None, muted: bool | None) -> bool:
    """Pin or mute a room in this person's own list; None leaves it, False: nothing differed.

    Call it with what `access` gave.
    """
    wanted = {"pinned": pinned, "muted": muted}
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given:
        return False
    with transaction.atomic():
        if room.is_board:
            Membership.objects.get_or_create(room=room, user=user)
        mine = Membership.objects.filter(room=room, user=user)
        return mine.exclude(**given).update(**given) > 0


def of_person(user: User) -> QuerySet[Room]:
    """The rooms this person is in, without the board."""
    return Room.objects.filter(memberships__user=user).exclude(pk=BOARD_PK)


def listed() -> QuerySet[Room]:
    """The rooms that anyone may join, without the board."""
    return Room.objects.filter(listed=True, closed=False).exclude(pk=BOARD_PK)


def listed_codes() -> list[int | str]:
    """What `GET /get_group` answers, oldest first: integers for rooms made with one."""
    codes = listed().order_by("pk").values_list("code", flat=True)
    return [public_code(code) for code in codes if code]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a moderator may set on a room; None leaves it as it is."""

    title: str | None = None
    listed: bool | None = None
    closed: bool | None = None
    history: str | None = None


def change(room_pk: int, wanted: Settings) -> bool:
    """Change a room's settings under one number of its feed; False when nothing differs.

    A room that stops being listed gets a new code, since the old one was public. Raises
    NotFound, Invalid, or Conflict for what the board can't be.
    """
    title = None if wanted.title is None else clean_title(wanted.title, room_pk)
    if wanted.history is not None and wanted.history not in Room.History.values:
        raise Invalid
    if room_pk == BOARD_PK and (wanted.listed or wanted.closed or wanted.history == "joined"):
        raise Conflict(gettext_noop("The board is open to everyone, and stays so."))
    values = {
        "title": title, "listed": wanted.listed, "closed": wanted.closed, "history": wanted.history
    }  # fmt: skip
    with transaction.atomic():
        number = _next_number(room_pk)
        room = Room.objects.get(pk=room_pk)
        changed: dict[str, Any] = {
            name: value
            for name, value in values.items()
            if value is not None and value != getattr(room, name)
        }
        if not changed:
            transaction.set_rollback(True)  # Gives the number back.
            return False
        if changed.get("listed") is False:
            changed["code"] = _unused_code()
        Room.objects.filter(pk=room_pk).update(change=number, **changed)
    return True


def rotate_code(room_pk: int) -> str:
    """Give a room a new code, which is returned; the old one leads nowhere from now on.

    Raises NotFound, or Conflict for the board. Numbered, so that open pages learn of it.
    """
    if room_pk == BOARD_PK:
        raise Conflict(gettext_noop("The board is open to everyone, and stays so."))
    with transaction.atomic():
        number = _next_number(room_pk)
        code = _unused_code()
        Room.objects.filter(pk=room_pk).update(change=number, code=code, code_expires_at=None)
    return code


def set_code_expiry(room_pk: int, moment: datetime | None) -> None:
    """Let a room's code stop working at some moment. Members notice nothing: not numbered."""
    Room.objects.filter(pk=room_pk).exclude(pk=BOARD_PK).update(code_expires_at=moment)


def _check_daily(user: User) -> None:
    since = timezone.now() - DAY
    # The lock makes those who press twice wait for each other.
    User.objects.select_for_update().get(pk=user.pk)
    made = Room.objects.filter(created_by=user, created_at__gt=since).order_by("-created_at")
    limit = settings.CHAT["rooms_per_day"]
    times = list(made.values_list("created_at", flat=True)[:limit])
    if len(times) >= limit:
        wait = (times[-1] - since).total_seconds() if times else DAY.total_seconds()
        raise RateLimited(
            gettext_noop("You have made %(limit)d rooms today. More will be possible tomorrow."),
            {"limit": limit},
            retry_after=max(1.0, wait),
        )


def _with_new_code(room: Room) -> Room:
    """Store the room under a code that no other has."""
    for attempt in range(CODE_TRIES):
        room.code = new_code()
        try:
            return _store(room)
        except IntegrityError:
            if attempt == CODE_TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _store(room: Room) -> Room:
    with transaction.atomic():
        room.save(force_insert=True)
        Feed.objects.create(room=room)
    return room


def _unused_code() -> str:
    while True:
        code = new_code()
        if not Room.objects.filter(code=code).exists():
            return code


def _next_number(room_pk: int) -> int:
    try:
        return feed.next_numbers(room_pk)
    except Feed.DoesNotExist:
        raise NotFound from None


def _expired(room: Room) -> bool:
    return room.code_expires_at is not None and room.code_expires_at <= timezone.now()
