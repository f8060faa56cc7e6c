"""Refuses, with the right words, an address that was answered with too much lately."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from chat import budget, visit
from chat.api import edge
from chat.errors import RateLimited
from chat.middleware import PLAIN_PATHS
from chat.views.page import refused
from chat.views.status import STATUS_PATHS

Handler = Callable[[HttpRequest], HttpResponseBase]


def fair(get_response: Handler) -> Handler:
    """Middleware for everything that is no file and that no supervisor asks for. The innermost, so
    that an error page knows what it needs.
    """

    def checked(request: HttpRequest) -> HttpResponseBase:
        if request.path not in STATUS_PATHS:
            try:
                budget.ask(visit.address(request))
            except RateLimited as error:
                json = request.path.startswith("/api/") or request.path in PLAIN_PATHS
                return edge.refuse(error) if json else refused(request, error)
        return get_response(request)

    return checked
