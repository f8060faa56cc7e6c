"""The page that the script starts in: what is the same for all is rendered once, the rest joined.

Rendering took 5 ms a page, for the same bytes but for three values. The template is given
nothing but what is in the key of its rendering, so it can't show one person's words to another.
"""

import re
import secrets
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import translation

from chat.boot import boot
from chat.models import User
from chat.services.access import Access

_TOKEN, _BOOT = (secrets.token_hex(20).encode() for _ in range(2))
"""Stand in the template's output where a value of each request belongs."""
ESCAPED = ((b"<", b"\\u003C"), (b">", b"\\u003E"), (b"&", b"\\u0026"))


def answer(request: HttpRequest, user: User, access: Access | None) -> HttpResponse:
    """The page with the room of `access` open, or with the list alone."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return HttpResponse(body(language, user, access, get_token(request)))


def body(language: str, user: User, access: Access | None, token: str) -> bytes:
    """The page's bytes. `token` is the form's, as Django's CSRF protection masks it."""
    render = _rendered.__wrapped__ if settings.DEBUG else _rendered
    parts = list(render(language, "list" if access is None else "room", bool(user.username)))
    with translation.override(language):
        content = boot(user, access)
    for sign, escaped in ESCAPED:  # As `json_script` does; such signs stand in strings alone.
        content = content.replace(sign, escaped)
    values = {_TOKEN: token.encode(), _BOOT: content}
    parts[1::2] = [values[mark] for mark in parts[1::2]]
    return b"".join(parts)


@lru_cache(maxsize=32)
def _rendered(language: str, view: str, login: bool) -> tuple[bytes, ...]:
    """What stands between the marks, and the marks: text, mark, text, mark, … text."""
    context = {
        "view": view,
        "login": login,
        "csrf_token": _TOKEN.decode(),
        "boot": _BOOT.decode(),
    }
    with translation.override(language):
        page = render_to_string("chat/app.html", context).encode()
    return tuple(re.split(b"(%b|%b)" % (_TOKEN, _BOOT), page))
