"""A room's history, and posting without a socket."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from chat.api import edge
from chat.protocol import COMMANDS, MAX_INTEGER, PAGE, PAGE_MAX
from chat.realtime import bridge
from chat.services import history
from chat.services.access import access

_make, _required, _optional = COMMANDS["post"]
POST_FIELDS = {name: check for name, check in (_required | _optional).items() if name != "room"}
"""The checks that the same command has on a socket."""
DIRECTIONS = ("before", "around", "after")


def list_messages(request: HttpRequest, room_id: str) -> HttpResponseBase:
    """A page of history: at most one of `before`, `around` (by seq), `after` (by change)."""
    user = edge.person(request)
    standing = access(user, room_id)
    given = {name: _number(request, name) for name in DIRECTIONS if name in request.GET}
    if len(given) > 1:
        raise edge.wrong(sorted(given)[-1])
    limit = _number(request, "limit") if "limit" in request.GET else PAGE
    if not 1 <= limit <= PAGE_MAX:
        raise edge.wrong("limit")
    return edge.answer(history.body_of(user.pk, standing, limit, **given))


def post_message(request: HttpRequest, room_id: str) -> HttpResponseBase:
    """201 with the message once it is stored; 200 with the same for a repeated nonce."""
    user = edge.person(request)
    standing = access(user, room_id)
    fields = edge.body(request)
    for name, check in POST_FIELDS.items():
        if not check(fields.get(name)) and (name != "reply_to" or fields.get(name) is not None):
            raise edge.wrong(name)
    posted = bridge.post(
        user.pk, standing.room.pk, fields["nonce"], fields["text"], fields.get("reply_to")
    )
    return edge.answer(posted.event, 200 if posted.repeated else 201)


messages = edge.endpoint(GET=list_messages, POST=post_message)


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise edge.wrong(name)
    return min(int(text), MAX_INTEGER)
