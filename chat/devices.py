"""A device remembers, in a signed cookie, which logins were used there: whoever logged in on it
before can go on, however often strangers guessed at their password.

It says nothing about who one is: it only has its wrong tries counted apart.
"""

import secrets
from hashlib import blake2b

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SALT = "device"
LOGINS = 5
"""Logins that one device remembers, the latest first."""
NEWS = "madang.device"
"""Where a request keeps the cookie that its answer shall set."""


def known(request: HttpRequest, name: str) -> str:
    """The device's own id when this login was used on it, else an empty string."""
    device, logins = _content(request)
    return device if _mark(name) in logins else ""


def remember(request: HttpRequest, name: str) -> None:
    """This login was used here: the answer's cookie will say so."""
    device, logins = _content(request)
    mark = _mark(name)
    kept = [mark, *(one for one in logins if one != mark)][:LOGINS]
    request.META[NEWS] = signing.dumps([device or secrets.token_hex(8), *kept], salt=SALT)


def tell(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the cookie on the answer to a request in which a login was used."""
    if value := request.META.get(NEWS):
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME, value,
            max_age=settings.SESSION_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )  # fmt: skip


def _content(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        device, *logins = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""),
            salt=SALT,
            max_age=settings.SESSION_COOKIE_AGE,
        )
    except (signing.BadSignature, ValueError):
        return "", []
    return device, logins


def _mark(name: str) -> str:
    """A login as the cookie holds it: others at this device need not read it there."""
    return blake2b(name.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12).hexdigest()
