"""The shell with the rooms in it, making a room, leaving one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat import acts
from chat.errors import ChatError
from chat.forms import RoomForm
from chat.models import User
from chat.services.access import access
from chat.views import shell
from chat.views.page import SeeOther, add_refusal, person_page


@person_page("GET", "HEAD")
def home(request: HttpRequest, user: User) -> HttpResponse:
    """The list of rooms; on a wide screen the shell shows the board beside it."""
    return shell.answer(request, user, None)


@person_page("GET", "HEAD")
def room(request: HttpRequest, user: User, room_id: str) -> HttpResponse:
    """The shell with this room open. Strangers get what a room that isn't there gets."""
    return shell.answer(request, user, access(user, room_id))


@person_page("GET", "HEAD", "POST")
def new(request: HttpRequest, user: User) -> HttpResponse:
    """Make a room and go there; the shell shows its code and link."""
    if request.method != "POST":
        return render(request, "chat/room_new.html", {"form": RoomForm()})
    form = RoomForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            made = acts.create_room(
                user, form.cleaned_data["title"], listed=form.cleaned_data["listed"]
            )
        except ChatError as error:
            status = add_refusal(form, error, "title")
        else:
            return SeeOther(f"/rooms/{made.public_id}")
    return render(request, "chat/room_new.html", {"form": form}, status=status)


@person_page("GET", "HEAD", "POST")
def leave(request: HttpRequest, user: User, room_id: str) -> HttpResponse:
    """Leave a room. A GET (a reload) just goes to the list."""
    if request.method == "POST":
        acts.leave_room(user, access(user, room_id).room)
    return SeeOther("/rooms")
