"""The HTTP half of the site: static files in front, a bound on bodies, then Django."""

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.utils import translation
from django.utils.translation import get_language_from_request
from servestatic import ServeStaticASGI

from chat import budget
from chat.errors import ChatError, RateLimited, TooBig
from chat.middleware import FIXED, add_static_headers
from chat.protocol import error_body
from chat.shortcuts import Shortcuts
from chat.views.status import ASKED_HOST, STATUS_PATHS
from chatsite.logs import request_id
from chatsite.onehop import OneHopHandler

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NUMBER = re.compile(rb"[A-Za-z0-9-]{1,64}")
ASKED = ASKED_HOST.lower().encode()


def http_application() -> Application:
    """The ASGI application for `http` scopes. Call it once, after STATIC_ROOT is filled."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    files: Application = ServeStaticASGI(
        known(Shortcuts(limited_bodies(OneHopHandler(), limit))),
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        max_age=3600,
        allow_all_origins=False,
        add_headers_function=add_static_headers,
    )
    return counted(files)


def counted(application: Application) -> Application:
    """Count the bytes that an address gets, and refuse files where that was too much lately; all
    else has better words for it (`fairness`).
    """

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is None or not settings.RATE_LIMITS or scope["path"] in STATUS_PATHS:
            await application(scope, receive, send)
            return
        address = budget.address_key(client[0])
        if scope["path"].startswith(settings.STATIC_URL):
            try:
                budget.ask(address)
            except RateLimited as error:
                await _refuse(scope, send, error)
                return

        async def sent(event: Any) -> None:
            if body := event.get("body"):
                budget.spend(len(body), address)
            await send(event)

        await application(scope, receive, sent)

    return counting


def known(application: Application) -> Application:
    """Give each request a number, its trusted proxy's or a new one, and tell it in the answer.

    Supervisors ask by whatever name or address they have, so the Host of what they ask for is
    not looked at.
    """

    async def numbered(scope: Scope, receive: Receive, send: Send) -> None:
        given = b""
        if settings.TRUSTED_PROXIES:
            given = next((v for n, v in scope["headers"] if n == b"x-request-id"), b"")
        number = given.decode() if NUMBER.fullmatch(given) else secrets.token_hex(8)
        if scope["path"] in STATUS_PATHS:
            headers = [(n, v) for n, v in scope["headers"] if n not in {b"host", ASKED}]
            asked = next((v for n, v in scope["headers"] if n == b"host"), b"")
            scope = {**scope, "headers": [*headers, (b"host", b"localhost"), (ASKED, asked)]}

        async def told(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {
                    **event,
                    "headers": [*event["headers"], (b"x-request-id", number.encode())],
                }
            await send(event)

        mark = request_id.set(number)
        try:
            await application(scope, receive, told)
        finally:
            request_id.reset(mark)

    return numbered


def limited_bodies(application: Application, limit: int) -> Application:
    """Answer 413 to bodies over `limit` bytes, before Django would put them on the disk."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        length = next((v for n, v in scope["headers"] if n == b"content-length"), b"0")
        if not length.isdigit() or int(length) > limit:
            await _refuse(scope, send, TooBig())
            return
        received, refused = 0, False

        async def counted() -> Any:
            nonlocal received, refused
            event = await receive()
            received += len(event.get("body", b""))
            if received > limit:
                # Django stops at once when it hears that the client has gone.
                refused = True
                return {"type": "http.disconnect"}
            return event

        async def unless_refused(event: Any) -> None:
            if not refused:
                await send(event)

        await application(scope, counted, unless_refused)
        if refused:
            await _refuse(scope, send, TooBig())

    return limited


async def _refuse(scope: Scope, send: Send, error: ChatError) -> None:
    with translation.override(get_language_from_request(ASGIRequest(dict(scope), BytesIO()))):
        body = error_body(error, translation.gettext(error.sentence))
    headers = [(name.lower().encode(), value.encode()) for name, value in FIXED.items()]
    headers += [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"access-control-allow-origin", b"*"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(max(1, round(error.retry_after))).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
