"""The first owner: made once, from a link whose token only the server's console shows."""

import secrets
from hashlib import sha256

from django.db import transaction

from chat.errors import NotFound
from chat.models import Installation, User


def new_token() -> str | None:
    """A fresh token for the owner's link, replacing earlier ones; None when staff exists."""
    if User.objects.filter(is_staff=True).exists():
        Installation.objects.exclude(owner_digest="").update(owner_digest="")
        return None
    token = secrets.token_urlsafe(24)
    Installation.objects.filter(pk=1).update(owner_digest=_digest(token))
    return token


def check_token(token: str) -> None:
    """Raise NotFound unless this is the token of an installation without an owner."""
    if not _stands(Installation.objects.get(pk=1).owner_digest, token):
        raise NotFound


def make_owner(token: str, user: User) -> User:
    """Turn this new or standing person, who has a login, into the owner; the token is used up.

    Raises NotFound when the token isn't right, or another request was first.
    """
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(pk=1)
        if not _stands(row.owner_digest, token):
            raise NotFound
        row.owner_digest = ""
        row.save(update_fields=["owner_digest"])
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
    return user


def _stands(digest: str, token: str) -> bool:
    if not digest or User.objects.filter(is_staff=True).exists():
        return False
    return secrets.compare_digest(digest, _digest(token))


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
