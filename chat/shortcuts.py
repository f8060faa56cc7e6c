"""The two answers that are asked for most, made ahead of Django: the room page and history.

The same session, the same access and the same functions as behind Django's middleware, but
what is asked at once shares one hop to a thread and one look at the sessions. Only what has
nothing due and nothing to refuse is answered here: everything else goes on to Django, which
also shows the headers, by its own answer to the first such request.
Through Django: room page 56, history 126 requests a second on one core.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import CookieError
from typing import Any

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.middleware import csrf
from django.utils.translation import get_language_from_request

from chat import budget
from chat.errors import ChatError, RateLimited
from chat.models import BOARD_PK, room_key
from chat.protocol import MAX_INTEGER, PAGE, PAGE_MAX
from chat.realtime.database import passing
from chat.realtime.gathering import Gathering
from chat.realtime.node import Node, any_node
from chat.services import history
from chat.services.access import Access, remembered
from chat.services.session_store import possible
from chat.services.sessions import Visit, visits
from chat.views import shell

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Answer = tuple[str, bytes, int]
"""Language, body, and the person who gets it."""

PAGE_PATH = re.compile(r"/rooms/([a-z0-9]{1,20})")
HISTORY_PATH = re.compile(r"/api/v1/rooms/([a-z0-9]{1,20})/messages")
QUERY = re.compile(rb"(?:limit=(?P<limit>\d{1,3}))?&?(?:before=(?P<before>\d{1,15}))?")
OWN = frozenset((b"content-length", b"x-request-id", b"set-cookie"))
"""Headers that are one answer's, not one kind's."""
HOSTS = 64
LONGEST_WORDS = 500
"""Signs of what asks for a language; Django reads as many of the header."""
SIGNS = csrf.CSRF_ALLOWED_CHARS
EVEN = 256 - 256 % len(SIGNS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, as far as its answer depends on it. `token`: of a page's form."""

    session: str
    room: int
    chosen: str
    accepted: str
    token: str | None
    limit: int = PAGE
    before: int | None = None


class Shortcuts:
    """An ASGI application in front of Django's."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._headers: dict[tuple[object, ...], Headers] = {}
        self._gathering: tuple[Node, Gathering[Asked, Answer]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_by(scope)
        node = any_node()
        if asked is None or node is None or node.loop is not asyncio.get_running_loop():
            await self._application(scope, receive, send)
            return
        answer = await self._answers_of(node).get(asked)
        if answer is None:
            await self._application(scope, receive, send)
            return
        language, body, person = answer
        address = budget.address_key(scope["client"][0]) if scope.get("client") else ""
        try:
            budget.ask(address, person)
        except RateLimited:
            await self._application(scope, receive, send)  # Which has the words for it.
            return
        kind = (asked.token is None, language, scope["scheme"], host_of(scope))
        headers = self._headers.get(kind)
        if headers is None:
            await self._application(scope, receive, self._learning(kind, send))
            return
        budget.spend(len(body), "", person)
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": body})

    def _learning(self, kind: tuple[object, ...], send: Send) -> Send:
        """Send on, and remember what Django's headers for this kind of answer are."""

        async def noting(event: Any) -> None:
            if event["type"] == "http.response.start" and event["status"] == 200:
                if len(self._headers) >= HOSTS:
                    self._headers.clear()
                lines = [(name.lower(), value) for name, value in event["headers"]]
                self._headers[kind] = [line for line in lines if line[0] not in OWN]
            await send(event)

        return noting

    def _answers_of(self, node: Node) -> Gathering[Asked, Answer]:
        if self._gathering is None or self._gathering[0] is not node:
            self._gathering = (
                node,
                Gathering(lambda some: node.database.read(answers, some), passing),
            )
        return self._gathering[1]


def asked_by(scope: Scope) -> Asked | None:
    """What a request asks for, when that may be answered here."""
    if scope["method"] != "GET":
        return None
    path, query = scope["path"], scope["query_string"]
    page, old = PAGE_PATH.fullmatch(path), HISTORY_PATH.fullmatch(path)
    found = page or old
    room = room_key(found[1]) if found is not None else None
    if room is None or (page is not None and query) or scope.get("root_path"):
        return None
    if settings.SECURE_SSL_REDIRECT and scope["scheme"] != "https":
        return None
    cookie = accepted = b""
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookie = value
        elif name == b"accept-language":
            accepted = value
    cookies = cookies_of(cookie)
    session = cookies.get(settings.SESSION_COOKIE_NAME, "")
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    accept = accepted.decode("latin-1")
    # What is remembered by these words must not be as long as headers may be.
    if not possible(session) or len(chosen) + len(accept) > LONGEST_WORDS:
        return None
    if page is not None:
        token = token_of(cookies)
        return Asked(session, room, chosen, accept, token) if token is not None else None
    wanted = QUERY.fullmatch(query)
    if wanted is None:
        return None
    limit = int(wanted["limit"] or PAGE)
    before = min(int(wanted["before"]), MAX_INTEGER) if wanted["before"] else None
    if not 1 <= limit <= PAGE_MAX:
        return None
    return Asked(session, room, chosen, accept, None, limit, before)


def answers(some: list[Asked]) -> dict[Asked, Answer]:
    """Language, body and person for each that can be answered; none for what is Django's."""
    known = visits(list({asked.session for asked in some}))
    found = {}
    for asked in some:
        visit = known.get(asked.session)
        access = access_of(visit, asked.room) if visit is not None else None
        if visit is None or access is None:
            continue
        own = visit.user.language if not asked.chosen else ""
        language = own or requested(asked.chosen, asked.accepted)
        try:
            if asked.token is not None:
                body = shell.body(language, visit.user, access, asked.token)
            else:
                wanted = {} if asked.before is None else {"before": asked.before}
                body = history.body_of(visit.user.pk, access, asked.limit, **wanted)
        except ChatError:
            continue
        found[asked] = language, body, visit.user.pk
    return found


def access_of(visit: Visit, room: int) -> Access | None:
    """What a session's person may see of a room; None when that is Django's to say."""
    if not visit.settled or not visit.user.is_active:
        return None
    place = visit.rooms.get(room, (0, 0) if room == BOARD_PK else None)
    return remembered(room, *place) if place is not None else None


@lru_cache(maxsize=256)
def requested(chosen: str, accepted: str) -> str:
    """The language that Django would take from this cookie and this header."""
    request = HttpRequest()
    request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: chosen} if chosen else {}
    request.META = {"HTTP_ACCEPT_LANGUAGE": accepted}
    return get_language_from_request(request)


def token_of(cookies: Mapping[str, str]) -> str | None:
    """A masked token of the CSRF cookie, as a form bears it; None where Django must make one."""
    cookie = cookies.get(settings.CSRF_COOKIE_NAME, "")
    secret = secret_of(cookie) if 0 < len(cookie) <= csrf.CSRF_TOKEN_LENGTH else None
    return masked(secret) if secret is not None else None


@lru_cache(maxsize=1_024)
def secret_of(cookie: str) -> str | None:
    """What Django takes from a CSRF cookie; None where it would make another one."""
    request = HttpRequest()
    request.COOKIES = {settings.CSRF_COOKIE_NAME: cookie}
    csrf.CsrfViewMiddleware(lambda _request: None).process_request(request)  # type: ignore[arg-type]
    known = "CSRF_COOKIE" in request.META and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
    return str(request.META["CSRF_COOKIE"]) if known else None


def masked(secret: str) -> str:
    """The secret as Django masks it for a form, every time otherwise.

    Django asks the system for each sign of the mask, which was a tenth of a page's time.
    """
    mask: list[int] = []
    while len(mask) < len(secret):
        # What is above the last whole round would make some signs likelier than others.
        mask += [byte % len(SIGNS) for byte in os.urandom(48) if byte < EVEN]
    pairs = zip(mask, map(SIGNS.index, secret), strict=False)
    ciphered = "".join([SIGNS[(sign + place) % len(SIGNS)] for sign, place in pairs])
    return "".join([SIGNS[sign] for sign in mask[: len(secret)]]) + ciphered


def cookies_of(header: bytes) -> dict[str, str]:
    try:
        return parse_cookie(header.decode("latin-1"))
    except CookieError:
        return {}


def host_of(scope: Scope) -> bytes:
    """The Host header; empty without one."""
    return next((value for name, value in scope["headers"] if name == b"host"), b"")
