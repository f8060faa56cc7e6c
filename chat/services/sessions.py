"""Django sessions as sockets need them: who one speaks for, and whether it still does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from chat.models import Membership, User
from chat.services.people import SEEN_STEP
from chat.services.session_store import SessionStore, possible

ROLLED = "rolled"
"""The session's own note of when its cookie was sent last."""
ROLL_AFTER = 24 * 3600


@dataclass(frozen=True, slots=True)
class Standing:
    """A session's person, and room key → (first visible `seq`, read cursor) of where they are.

    `password` as it is stored: with another one the session ends.
    """

    person: int
    name: str
    kind: str
    active: bool
    password: str
    rooms: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A session's person, as much of their row as pages show, and the rooms that they are in.

    `settled`: nothing is due that a request would write, such as when they were here last.
    """

    user: User
    rooms: dict[int, tuple[int, int]]
    settled: bool


def standings(session_keys: Sequence[str]) -> dict[str, Standing]:
    """Session key → who it speaks for; none for one that is unknown, expired or whose password
    changed.

    A deactivated person is there too: the caller closes with another code.
    """
    return {
        key: Standing(
            visit.user.pk,
            visit.user.nickname,
            visit.user.kind,
            visit.user.is_active,
            visit.user.password,
            visit.rooms,
        )
        for key, visit in visits(session_keys).items()
    }


def visits(session_keys: Sequence[str]) -> dict[str, Visit]:
    """Session key → whose it is, under the same rules as `standings`.

    Two statements by hand for all of them, since every socket and most pages begin with this:
    the ORM takes four times as long.
    """
    keys = [key for key in session_keys if possible(key)]
    if not keys:
        return {}
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_key, session_data FROM django_session WHERE expire_date > %s"
            f" AND session_key IN ({_marks(keys)})",
            [adapt(now), *keys],
        )
        given = {key: _content(data) for key, data in cursor.fetchall()}
        people = list({content.person for content in given.values()} - {0})
        if not people:
            return {}
        cursor.execute(
            "SELECT u.id, u.nickname, u.is_bot, u.is_staff, u.username, u.is_active, u.password,"
            " u.language, u.name_key IS NOT NULL AND u.seen_at > %s,"
            " m.room_id, m.visible_from, m.read FROM chat_user u"
            " LEFT JOIN chat_membership m ON m.user_id = u.id"
            f" WHERE u.id IN ({_marks(people)})",
            [adapt(now - SEEN_STEP), *people],
        )
        rows: dict[int, list[tuple[Any, ...]]] = {}
        for row in cursor.fetchall():
            rows.setdefault(row[0], []).append(row)
    due = now.timestamp() - ROLL_AFTER
    found = {}
    for key, content in given.items():
        mine = rows.get(content.person)
        if mine is not None and content.hash in (hashes := _hashes(mine[0][6])):
            # A session that only an earlier secret key knows is to be signed anew.
            settled = mine[0][8] and content.rolled > due and content.hash == hashes[0]
            found[key] = Visit(_user(mine[0][:8]), _rooms(mine), bool(settled))
    return found


@dataclass(frozen=True, slots=True)
class _Content:
    person: int
    hash: str
    rolled: float


@lru_cache(maxsize=4_096)
def _content(data: str) -> _Content:
    """What is signed in a session's row. Remembered: the same row says the same."""
    content = SessionStore().decode(data)
    person = content.get(SESSION_KEY)
    return _Content(
        int(person) if person else 0, content.get(HASH_SESSION_KEY, ""), content.get(ROLLED, 0)
    )


@lru_cache(maxsize=4_096)
def _hashes(password: str) -> tuple[str, ...]:
    """What sessions of this password hold, under today's secret key and those before."""
    user = User(password=password)
    return (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())


@lru_cache(maxsize=4_096)
def _user(row: tuple[Any, ...]) -> User:
    """The person of a row, made once: models are slow to make. Shared, so nobody may change it."""
    pk, nickname, is_bot, is_staff, username, is_active, password, language = row
    return User(
        pk=pk,
        nickname=nickname,
        is_bot=bool(is_bot),
        is_staff=bool(is_staff),
        username=username,
        is_active=bool(is_active),
        password=password,
        language=language,
    )


def _rooms(rows: list[tuple[Any, ...]]) -> dict[int, tuple[int, int]]:
    return {room: (first, read) for *_user, room, first, read in rows if room is not None}


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def ended(session_keys: Iterable[str]) -> set[str]:
    """Those of these sessions that no longer exist or have expired.

    By hand like `visits`, and `accounts` as well: they are asked about every socket twice a minute,
    and for ten thousand the ORM took 55 to 100 ms, four times as long. So no session is decoded
    here: `standings` is asked about those whose person has another password now.
    """
    keys = set(session_keys)
    if not keys:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_key FROM django_session WHERE expire_date > %s"
            f" AND session_key IN ({_marks(tuple(keys))})",
            [connection.ops.adapt_datetimefield_value(timezone.now()), *keys],
        )
        return keys.difference(key for (key,) in cursor.fetchall())


def accounts(people: Iterable[int]) -> dict[int, tuple[bool, str]]:
    """Person → whether they are active, and their password as it is stored."""
    asked = tuple(people)
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, is_active, password FROM chat_user WHERE id IN ({_marks(asked)})", asked
        )
        return {person: (bool(active), password) for person, active, password in cursor.fetchall()}


def memberships(people: Iterable[int]) -> set[tuple[int, int]]:
    """(person, room key) of every room these people are in."""
    rows = Membership.objects.filter(user__in=list(people))
    return set(rows.values_list("user_id", "room_id"))
