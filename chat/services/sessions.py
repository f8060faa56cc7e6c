"""Django sessions as sockets need them: who one speaks for, and whether it still does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.models import Membership, User, kind_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A session's person, and room key → (first visible `seq`, read cursor) of where they are."""

    person: int
    name: str
    kind: str
    active: bool
    rooms: dict[int, tuple[int, int]]


def standings(session_keys: Sequence[str]) -> dict[str, Standing]:
    """Session key → who it speaks for; none for one that is unknown, expired or whose password
    changed.

    A deactivated person is there too: the caller closes with another code. Two statements by
    hand for all of them, since every socket begins with this: the ORM takes four times as long.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_key, session_data FROM django_session WHERE expire_date > %s"
            f" AND session_key IN ({_marks(session_keys)})",
            [connection.ops.adapt_datetimefield_value(timezone.now()), *session_keys],
        )
        given: dict[str, tuple[int, str]] = {}
        for key, data in cursor.fetchall():
            content = SessionStore().decode(data)
            if SESSION_KEY in content:
                given[key] = int(content[SESSION_KEY]), content.get(HASH_SESSION_KEY, "")
        people = list({person for person, _hash in given.values()})
        if not people:
            return {}
        cursor.execute(
            "SELECT u.id, u.nickname, u.is_bot, u.is_staff, u.username, u.is_active, u.password,"
            " m.room_id, m.visible_from, m.read FROM chat_user u"
            " LEFT JOIN chat_membership m ON m.user_id = u.id"
            f" WHERE u.id IN ({_marks(people)})",
            people,
        )
        rows: dict[int, list[tuple[Any, ...]]] = {}
        for row in cursor.fetchall():
            rows.setdefault(row[0], []).append(row)
    found = {}
    for key, (person, given_hash) in given.items():
        if person in rows and (known := _standing(rows[person], given_hash)) is not None:
            found[key] = known
    return found


def _standing(rows: list[tuple[Any, ...]], given_hash: str) -> Standing | None:
    """A person from their rows, one a room; None when the session is of another password."""
    pk, name, is_bot, is_staff, username, is_active, password = rows[0][:7]
    user = User(pk=pk, password=password)
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    if not any(constant_time_compare(given_hash, known) for known in hashes):
        return None
    rooms = {room: (first, read) for *_user, room, first, read in rows if room is not None}
    return Standing(pk, name, kind_of(is_bot, is_staff, username), bool(is_active), rooms)


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def ended(session_keys: Iterable[str]) -> set[str]:
    """Those of these sessions that no longer exist or have expired."""
    keys = set(session_keys)
    live = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return keys - set(live.values_list("session_key", flat=True))


def banned(people: Iterable[int]) -> set[int]:
    """Those of these people who were deactivated."""
    inactive = User.objects.filter(pk__in=list(people), is_active=False)
    return set(inactive.values_list("pk", flat=True))


def memberships(people: Iterable[int]) -> set[tuple[int, int]]:
    """(person, room key) of every room these people are in."""
    rows = Membership.objects.filter(user__in=list(people))
    return set(rows.values_list("user_id", "room_id"))
