"""The plain interface's two requests: no cookies, no session, any origin unless PLAIN_INTERFACE
says otherwise.

Their form is older than this project's own and stays as it is; clients rely on it.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import visit
from chat.api import edge
from chat.errors import ChatError, Invalid, NotFound, gettext_noop
from chat.services import rooms
from chat.services.codes import MAX_NUMBER, public_code


def plain_endpoint(method: str, handler: edge.Handler) -> edge.Handler:
    """The view of one plain address: its one method, OPTIONS, and CORS on every answer."""

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        try:
            _check_open(request)
        except ChatError as error:
            return edge.refuse(error)
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Allow"] = f"{method}, OPTIONS"
        elif request.method == method or (method == "GET" and request.method == "HEAD"):
            try:
                response = handler(request)
            except Exception as error:
                response = edge.failure(error)
        else:
            response = edge.refuse(edge.MethodNotAllowed())
            response["Allow"] = f"{method}, OPTIONS"
        if settings.PLAIN_INTERFACE != "any":
            return response
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = f"{method}, OPTIONS"
        response["Access-Control-Allow-Headers"] = "content-type, *"
        response["Access-Control-Max-Age"] = "86400"
        return response

    return view


def _check_open(request: HttpRequest) -> None:
    """Whether the owner lets this caller in. Raises NotFound or ForeignOrigin."""
    if settings.PLAIN_INTERFACE == "off":
        raise NotFound
    if settings.PLAIN_INTERFACE == "own":
        edge.check_origin(request)


def list_groups(request: HttpRequest) -> HttpResponseBase:
    """The codes of the listed rooms; those made with an integer as that integer."""
    return edge.answer(rooms.listed_codes())


def make_group(request: HttpRequest) -> HttpResponseBase:
    """`true` for a room with a number, made or there already; else its issued code and title.

    The body's type isn't asked: some clients send JSON under another one, or none.
    """
    fields = edge.any_body(request)
    if type(fields) is not dict:
        raise Invalid(gettext_noop("Send a JSON object."))
    title = fields.get("title")
    address = visit.address(request)
    if title is None and "title" not in fields:
        room = rooms.create_open(None, address)
    elif (number := _whole_number(title)) is not None:
        rooms.create_numbered(number, address)
        return edge.answer(True)
    elif type(title) is str:
        room = rooms.create_open(title, address)
    else:
        raise edge.wrong("title")
    return edge.answer({"code": public_code(room.code or ""), "title": room.title})


def _whole_number(title: Any) -> int | None:
    """The number that a title is; None for any other title. Raises Invalid when it is too big."""
    if type(title) is int:
        number = title
    elif type(title) is str and title.isascii() and title.isdigit():
        if len(title) > 400:
            raise edge.wrong("title")
        number = int(title)
    else:
        return None
    if not 0 <= number <= MAX_NUMBER:
        raise Invalid(gettext_noop("The number must be from 0 to 9007199254740991."))
    return number


get_group = plain_endpoint("GET", list_groups)
create_group = plain_endpoint("POST", make_group)
