"""Django sessions as sockets need them: who one speaks for, and whether it still does."""

from collections.abc import Iterable
from dataclasses import dataclass

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


def standing(session_key: str) -> Standing | None:
    """Who this session speaks for; None when it is unknown, expired or its password changed.

    A deactivated person is returned too: the caller closes with another code. Two statements
    by hand, since every socket begins with this: the ORM takes four times as long.
    """
    if not session_key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
            [session_key, connection.ops.adapt_datetimefield_value(timezone.now())],
        )
        row = cursor.fetchone()
        data = SessionStore().decode(row[0]) if row is not None else {}
        cursor.execute(
            "SELECT u.id, u.nickname, u.is_bot, u.is_staff, u.username, u.is_active, u.password,"
            " m.room_id, m.visible_from, m.read"
            " FROM chat_user u LEFT JOIN chat_membership m ON m.user_id = u.id WHERE u.id = %s",
            [data.get(SESSION_KEY) or 0],
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    pk, name, is_bot, is_staff, username, is_active, password = rows[0][:7]
    user = User(pk=pk, password=password)
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    given = data.get(HASH_SESSION_KEY, "")
    if not any(constant_time_compare(given, known) for known in hashes):
        return None
    rooms = {room: (first, read) for *_user, room, first, read in rows if room is not None}
    return Standing(pk, name, kind_of(is_bot, is_staff, username), bool(is_active), rooms)


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
