"""The security headers of every answer: pages, JSON, errors and static files alike."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import urlsplit
from wsgiref.headers import Headers

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from chat import devices
from chat.origins import WEB_SCHEME

PLAIN_PATHS = ("/get_group", "/create_group")
"""Answered to any origin, so other sites' pages must be allowed to read them."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'{sockets}; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types madang"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}

Handler = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class response_headers:
    """Middleware that adds the headers; the outermost, so that errors get them too."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self.__acall__(request)
        response = cast(HttpResponseBase, self.get_response(request))
        add_headers(request, response)
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response = await cast(Awaitable[HttpResponseBase], self.get_response(request))
        add_headers(request, response)
        return response


def known_devices(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Middleware by which an answer to a sign-in lets the device remember it."""

    def remembered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        devices.tell(request, response)
        return response

    return remembered


def add_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Put the headers on a response. What a view set itself stays."""
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    plain = request.path in PLAIN_PATHS and settings.PLAIN_INTERFACE == "any"
    response.headers.setdefault(
        "Cross-Origin-Resource-Policy", "cross-origin" if plain else "same-origin"
    )
    # Whatever isn't static is about a person, or changes from one moment to the next.
    response.headers.setdefault("Cache-Control", "no-store")
    trusted_types = "" if request.path.startswith("/admin/") else TRUSTED_TYPES
    response.headers.setdefault(
        "Content-Security-Policy", POLICY.format(sockets=_sockets(request)) + trusted_types
    )


def add_static_headers(headers: Headers, _path: str, _url: str) -> None:
    """The same for a file served in front of Django; servestatic calls this once a file."""
    for name, value in FIXED.items():
        headers[name] = value
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = POLICY.format(sockets="") + TRUSTED_TYPES


def _sockets(request: HttpRequest) -> str:
    """Our WebSocket address: not every browser takes it as covered by 'self'."""
    if settings.PUBLIC_URL:
        parts = urlsplit(settings.PUBLIC_URL)
        scheme, host = parts.scheme, parts.netloc
    else:
        scheme, host = request.scheme or "http", request.META.get("HTTP_HOST", "")
        # The header is the client's own: an address that could break out of the list is left out.
        if not host or not all(sign.isalnum() or sign in ".-:[]_" for sign in host):
            return ""
    for live, web in WEB_SCHEME.items():
        if web == scheme:
            return f" {live}://{host}"
    return ""
