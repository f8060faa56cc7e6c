"""Django sessions as sockets need them: who one speaks for, and whether it still does."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.models import Membership, User


@dataclass(frozen=True, slots=True)
class Standing:
    """A session's person, and room key → (first visible `seq`, read cursor) of where they are."""

    user: User
    rooms: dict[int, tuple[int, int]]


def standing(session_key: str) -> Standing | None:
    """Who this session speaks for; None when it is unknown, expired or its password changed.

    A deactivated person is returned too: the caller closes with another code.
    """
    if not session_key:
        return None
    data = SessionStore(session_key).load()
    user = User.objects.filter(pk=data.get(SESSION_KEY) or 0).first()
    if user is None:
        return None
    given = data.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    if not any(constant_time_compare(given, known) for known in hashes):
        return None
    rows = Membership.objects.filter(user=user).values_list("room_id", "visible_from", "read")
    return Standing(user, {room: (first, read) for room, first, read in rows})


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
