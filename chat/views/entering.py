"""Coming in: a nickname on the first page, a code or an invite link, a listed room by a click."""

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat import acts, boot, visit
from chat.errors import ChatError, NotFound, RateLimited
from chat.forms import CodeForm, NicknameForm
from chat.models import Room, User
from chat.services import people, rooms
from chat.views.page import (
    SeeOther,
    add_refusal,
    page,
    person_page,
    safe_next,
    suggestion,
    wait_seconds,
)


@page("GET", "HEAD")
def front(request: HttpRequest) -> HttpResponse:
    """The entrance; people who have a nickname go on to their rooms."""
    if visit.person(request) is not None:
        return SeeOther("/rooms")
    form = NicknameForm(initial={"next": request.GET.get("next", "")[:400]})
    return _entrance(request, form)


@page("GET", "HEAD", "POST")
def enter(request: HttpRequest) -> HttpResponse:
    """Make a guest, and take them to the board, to the code's room, or to where they wanted."""
    if request.method != "POST":
        return SeeOther("/")
    user = visit.person(request)
    form = NicknameForm(request.POST)
    if not form.is_valid():
        return _entrance(request, form, 422)
    code = form.cleaned_data["code"]
    address = visit.address(request)
    room: Room | None = None
    if user is None:
        try:
            # The code first: a wrong one should not leave a guest behind at every try.
            room = rooms.find(code, address) if code else None
            user = people.make_guest(form.cleaned_data["nickname"], address)
        except (NotFound, RateLimited) as error:
            return _entrance(request, form, add_refusal(form, error, None), wait_seconds(error))
        except ChatError as error:
            status = add_refusal(form, error, "nickname")
            return _entrance(request, form, status, suggested=suggestion(error))
        visit.sign_in(request, user)
        if room is not None:
            acts.join_found(user, room)
    elif code:
        return _join(request, user, CodeForm({"code": code}))
    if room is not None:
        return SeeOther(_room_url(room))
    return SeeOther(safe_next(request, form.cleaned_data["next"], "/rooms/board"))


@page("GET", "HEAD", "POST")
def join(request: HttpRequest) -> HttpResponse:
    """Enter a code. Invite links carry it behind the `#`, so it reaches us in a POST alone."""
    user = visit.person(request)
    if user is None:
        return _entrance(
            request, NicknameForm(initial={"code": request.POST.get("code", "")[:400]})
        )
    visit.follow_language(request, user)
    if request.method != "POST":
        return render(request, "chat/join.html", {"form": CodeForm()})
    return _join(request, user, CodeForm(request.POST))


@person_page("GET", "HEAD", "POST")
def join_listed(request: HttpRequest, user: User, room_id: str) -> HttpResponse:
    """Enter a listed room. A GET (a reload) just goes to the room."""
    if request.method != "POST":
        return SeeOther(f"/rooms/{room_id}")
    return SeeOther(_room_url(acts.join_listed(user, room_id)))


def _join(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse:
    status, wait = 422, None
    if form.is_valid():
        try:
            room = acts.join_by_code(user, form.cleaned_data["code"], visit.address(request))
        except ChatError as error:
            status, wait = add_refusal(form, error, "code"), wait_seconds(error)
        else:
            return SeeOther(_room_url(room))
    response = render(request, "chat/join.html", {"form": form, "retry_after": wait}, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


def _entrance(
    request: HttpRequest,
    form: Form,
    status: int = 200,
    wait: int | None = None,
    suggested: str = "",
) -> HttpResponse:
    context = {
        "form": form, "suggestion": suggested, "preview": boot.preview(), "retry_after": wait
    }  # fmt: skip
    response = render(request, "chat/enter.html", context, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


def _room_url(room: Room) -> str:
    return f"/rooms/{room.public_id}"
