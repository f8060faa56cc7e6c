"""The edge of the JSON interface: who may call, what bodies may be, how refusals look."""

import logging
from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import visit
from chat.errors import (
    BadRequest,
    BadType,
    ChatError,
    ForeignOrigin,
    Invalid,
    NotFound,
    StorageFull,
    TooBig,
    Unavailable,
    gettext_noop,
)
from chat.models import User
from chat.origins import is_ours
from chat.protocol import error_body

log = logging.getLogger(__name__)

Handler = Callable[..., HttpResponseBase]
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
MISSING: Any = object()


class MethodNotAllowed(BadRequest):
    status = 405
    sentence = gettext_noop("This address doesn't do that.")


class Broken(Unavailable):
    """A fault of ours."""

    status = 500
    sentence = gettext_noop("The error was written down. Please try again in a moment.")


def endpoint(**handlers: Handler) -> Handler:
    """The view of one address: a handler a method, refusals as error bodies.

    `GET` answers HEAD too. No CSRF token is asked: an Origin, when sent, must be ours, and a
    body must be JSON by its type, which another site's page can't send without asking.
    """

    @csrf_exempt
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            method = request.method or ""
            handler = handlers.get("GET" if method == "HEAD" else method)
            if handler is None:
                return _wrong_method(handlers)
            if method not in SAFE:
                _check_sender(request)
            return handler(request, **kwargs)
        except Exception as error:
            return failure(error)

    return view


def person(request: HttpRequest) -> User:
    """The session's person, in whose language the answer is given. Raises Unauthenticated."""
    user = visit.required_person(request)
    visit.follow_language(request, user)
    return user


def answer(content: Any, status: int = 200) -> HttpResponse:
    """A JSON answer: of an object, or of bytes that are JSON already."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return HttpResponse(body, status=status, content_type="application/json")


def refuse(error: ChatError) -> HttpResponse:
    """The refusal as an answer, in the active language."""
    response = answer(error_body(error, visit.detail(error)), error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def failure(error: Exception) -> HttpResponse:
    """Whatever went wrong in a handler as an answer."""
    if isinstance(error, ChatError):
        return refuse(error)
    if isinstance(error, RequestDataTooBig):
        return refuse(TooBig())
    if isinstance(error, UnreadablePostError):
        return refuse(BadRequest())
    if isinstance(error, DatabaseError):
        log.error("the database refused a request", exc_info=error)
        full = isinstance(error, OperationalError) and (
            "disk is full" in str(error) or "No space left" in str(error)
        )
        return refuse(StorageFull() if full else Unavailable(retry_after=5))
    log.error("a request failed", exc_info=error)
    return refuse(Broken())


def body(request: HttpRequest, *, empty: bool = False) -> dict[str, Any]:
    """The request's JSON object; `empty` lets a missing body pass for an empty one.

    Raises TooBig, BadRequest for what is no JSON (NaN, lone surrogates and deep nesting among
    it), Invalid for JSON of another kind.
    """
    value = any_body(request, empty=empty)
    if type(value) is not dict:
        raise Invalid(gettext_noop("Send a JSON object."))
    return value


def any_body(request: HttpRequest, *, empty: bool = False) -> Any:
    """The request's JSON, whatever it is."""
    raw = request.body
    if len(raw) > settings.CHAT["frame_bytes"]:
        raise TooBig
    if empty and not raw:
        return {}
    try:
        return orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        raise BadRequest(gettext_noop("This is not valid JSON.")) from None


def string(fields: dict[str, Any], name: str, default: Any = MISSING) -> Any:
    """A field that must be a string, without NUL; `default` when it is absent or null."""
    value = fields.get(name)
    if value is None and default is not MISSING:
        return default
    if type(value) is not str or "\0" in value:
        raise wrong(name)
    return value


def flag(fields: dict[str, Any], name: str, default: Any) -> Any:
    """A field that must be true or false; `default` when it is absent or null."""
    value = fields.get(name)
    if value is None:
        return default
    if type(value) is not bool:
        raise wrong(name)
    return value


def wrong(name: str) -> Invalid:
    """The refusal of a field."""
    return Invalid(gettext_noop("The field “%(field)s” is missing or wrong."), {"field": name})


@csrf_exempt
def missing(request: HttpRequest) -> HttpResponseBase:
    """Any address below `/api/` that there isn't."""
    return refuse(NotFound())


def check_origin(request: HttpRequest) -> None:
    """Raise ForeignOrigin for a page of another site; a script has no origin, which is fine."""
    origin = request.headers.get("Origin")
    if origin is not None and not is_ours(
        origin,
        request.scheme or "http",
        request.META.get("HTTP_HOST", ""),
        settings.PUBLIC_URL,
        settings.OWN_HOSTS,
    ):
        raise ForeignOrigin


def _check_sender(request: HttpRequest) -> None:
    check_origin(request)
    if request.content_type == "application/json":
        return
    if request.method == "DELETE" and not request.content_type and not request.body:
        return
    raise BadType


def _wrong_method(handlers: dict[str, Handler]) -> HttpResponse:
    response = refuse(MethodNotAllowed())
    response["Allow"] = ", ".join(sorted({*handlers, *(("HEAD",) if "GET" in handlers else ())}))
    return response
