"""What the page views share: the wrapper that turns refusals into error pages, and those pages."""

import functools
import logging
import math
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import visit
from chat.errors import ChatError, NicknameTaken
from chat.models import User

log = logging.getLogger(__name__)
P = ParamSpec("P")
View = Callable[P, HttpResponse]
PersonView = Callable[Concatenate[HttpRequest, User, P], HttpResponse]


class SeeOther(HttpResponseRedirect):
    """A redirect after a form: the browser goes on with GET."""

    status_code = 303


def page(*methods: str) -> Callable[[View[P]], View[P]]:
    """A page for these methods; a ChatError that it lets through becomes the error page."""

    def wrap(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(*args, **kwargs)
            except ChatError as error:
                request = args[0]
                assert isinstance(request, HttpRequest)
                return refused(request, error)

        checked: View[P] = require_http_methods(list(methods))(wrapped)
        return checked

    return wrap


def person_page(*methods: str) -> Callable[[PersonView[P]], Callable[..., HttpResponse]]:
    """A page for people with a nickname, who is passed on; visitors are sent to the entrance."""

    def wrap(view: PersonView[P]) -> Callable[..., HttpResponse]:
        @page(*methods)
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user = visit.person(request)
            if user is None:
                return SeeOther(_entrance(request))
            visit.follow_language(request, user)
            return view(request, user, *args, **kwargs)

        return wrapped

    return wrap


def _entrance(request: HttpRequest) -> str:
    """The entrance's address, which remembers the page that was asked for (a list is no place)."""
    if request.method not in {"GET", "HEAD"} or request.path == "/rooms":
        return "/"
    return f"/?{urlencode({'next': request.get_full_path()})}"


def safe_next(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """Where the person wanted to go, when that is a page of ours; else `otherwise`."""
    secure = settings.HTTPS or request.is_secure()
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None, secure):
        return wanted
    return otherwise


def add_refusal(form: Form, error: ChatError, field: str | None) -> int:
    """Put a refusal into its form, beside the field; returns the answer's HTTP status."""
    form.add_error(field if field in form.fields else None, visit.detail(error))
    return error.status


def wait_seconds(error: ChatError) -> int | None:
    """How long the refused one should wait, in whole seconds; None when waiting won't help."""
    return math.ceil(error.retry_after) if error.retry_after is not None else None


def suggestion(error: ChatError) -> str:
    """The free nickname that a refusal proposes, else an empty string."""
    return error.suggestion or "" if isinstance(error, NicknameTaken) else ""


def refused(request: HttpRequest, error: ChatError) -> HttpResponse:
    """The error page for a refusal."""
    response = error_page(request, error.status, visit.detail(error))
    if (seconds := wait_seconds(error)) is not None:
        response["Retry-After"] = str(seconds)
    return response


def error_page(
    request: HttpRequest,
    status: int,
    detail: str,
    title: str = "",
    action: tuple[str, str] = ("", ""),
) -> HttpResponse:
    """A page that says what went wrong and where one can go on.

    `title` and `action`, an address and its label, take the place of the usual ones.
    """
    titles = {
        400: _("That did not work"),
        401: _("Pick a nickname first"),
        403: _("Not here"),
        404: _("There is nothing here"),
        405: _("That did not work"),
        413: _("That is too long"),
        429: _("One moment, please"),
        503: _("Back in a moment"),
    }
    context = {
        "status": status,
        "title": title or titles.get(status, _("Something broke on our side")),
        "detail": detail,
        "action_url": action[0] or "/",
        "action_label": action[1] or _("To the yard"),
    }
    try:
        return render(request, "chat/error.html", context, status=status)
    except (TemplateDoesNotExist, ValueError):  # The static files' manifest may be missing.
        log.exception("the error page itself failed")
        return HttpResponse(f"{status} {detail}", status=status, content_type="text/plain")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form without its token: mostly a page left open across a sign-in."""
    return error_page(request, 403, _("This page was open for too long. Please try again."))
