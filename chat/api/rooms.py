"""Rooms: the list, making, joining, one room, leaving."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from chat import acts, visit
from chat.api import edge
from chat.boot import listed_json, my_rooms_json, room_json
from chat.protocol import author
from chat.services.access import access
from chat.services.company import company


def list_rooms(request: HttpRequest) -> HttpResponseBase:
    """Mine, the board first, and the listed ones that I am not in."""
    user = edge.person(request)
    return edge.answer({"rooms": my_rooms_json(user), "listed": listed_json(user)})


def make_room(request: HttpRequest) -> HttpResponseBase:
    user = edge.person(request)
    fields = edge.body(request)
    title, listed = edge.string(fields, "title"), edge.flag(fields, "listed", default=False)
    return edge.answer(room_json(user, acts.create_room(user, title, listed=listed)), 201)


def join_room(request: HttpRequest) -> HttpResponseBase:
    """By `code`, or by `room` for a listed one."""
    user = edge.person(request)
    fields = edge.body(request)
    code, public_id = edge.string(fields, "code", None), edge.string(fields, "room", None)
    if (code is None) == (public_id is None):
        raise edge.wrong("code")
    if code is not None:
        room = acts.join_by_code(user, code, visit.address(request))
    else:
        room = acts.join_listed(user, public_id)
    return edge.answer(room_json(user, room))


def show_room(request: HttpRequest, room_id: str) -> HttpResponseBase:
    user = edge.person(request)
    return edge.answer(room_json(user, access(user, room_id).room))


def leave_room(request: HttpRequest, room_id: str) -> HttpResponseBase:
    user = edge.person(request)
    edge.body(request, empty=True)
    acts.leave_room(user, access(user, room_id).room)
    return edge.answer({})


def arrange_room(request: HttpRequest, room_id: str) -> HttpResponseBase:
    """Pin or mute a room in one's own list; what is absent stays."""
    user = edge.person(request)
    room = access(user, room_id).room
    fields = edge.body(request)
    pinned, muted = edge.flag(fields, "pinned", None), edge.flag(fields, "muted", None)
    acts.arrange_room(user, room, pinned=pinned, muted=muted)
    return edge.answer(room_json(user, room))


def list_people(request: HttpRequest, room_id: str) -> HttpResponseBase:
    """Who may be meant by a name that begins with `q`, at most twenty."""
    user = edge.person(request)
    room = access(user, room_id).room
    typed = request.GET.get("q", "").strip()
    if len(typed) > settings.CHAT["nickname"] * 8 or "\0" in typed:
        raise edge.wrong("q")
    found = company(user, room, typed)
    return edge.answer({"people": [author(p.pk, p.nickname, p.kind) for p in found]})


rooms = edge.endpoint(GET=list_rooms, POST=make_room)
join = edge.endpoint(POST=join_room)
room = edge.endpoint(GET=show_room)
mine = edge.endpoint(PATCH=arrange_room)
people = edge.endpoint(GET=list_people)
leave = edge.endpoint(POST=leave_room)
