"""What Django answers when no view did: error bodies for programs, pages for people."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from chat.api import edge
from chat.errors import BadRequest, ChatError, NotFound
from chat.middleware import PLAIN_PATHS
from chat.views.page import refused


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _answer(request, BadRequest())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _answer(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponseBase:
    return _answer(request, edge.Broken())


def _answer(request: HttpRequest, error: ChatError) -> HttpResponseBase:
    if request.path.startswith("/api/") or request.path in PLAIN_PATHS:
        return edge.refuse(error)
    return refused(request, error)
