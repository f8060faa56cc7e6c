"""The first owner: made once, from a link that only the server's console shows."""

import hmac
import secrets
from base64 import urlsafe_b64encode

from django.conf import settings
from django.db import transaction

from chat.errors import NotFound
from chat.models import Installation, User


def link_token() -> str | None:
    """The token of the owner's link; None when staff exists.

    It follows from the installation's key and a salt in its row, so that every process prints
    the same link at every start, until it is used.
    """
    row = Installation.objects.filter(pk=1)
    if User.objects.filter(is_staff=True).exists():
        row.exclude(owner_salt="").update(owner_salt="")
        return None
    # Of two first starts at once only one finds it empty.
    row.filter(owner_salt="").update(owner_salt=secrets.token_hex(16))
    return _token(row.get().owner_salt)


def check_token(token: str) -> None:
    """Raise NotFound unless this is the token of an installation without an owner."""
    if not _stands(Installation.objects.get(pk=1), token):
        raise NotFound


def make_owner(token: str, user: User) -> User:
    """Turn this new or standing person, who has a login, into the owner; the token is used up.

    Raises NotFound when the token isn't right, or another request was first.
    """
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(pk=1)
        if not _stands(row, token):
            raise NotFound
        row.owner_salt = ""
        row.save(update_fields=["owner_salt"])
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
    return user


def _stands(row: Installation, token: str) -> bool:
    if not row.owner_salt or User.objects.filter(is_staff=True).exists():
        return False
    known = _token(row.owner_salt).encode()
    return hmac.compare_digest(known, token.encode("utf-8", "replace"))


def _token(salt: str) -> str:
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"owner's link {salt}".encode(), "sha256")
    return urlsafe_b64encode(digest[:18]).decode()
