"""Guests, oneself, logging in and out."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_variables

from chat import acts, visit
from chat.api import edge
from chat.boot import me_json
from chat.hashing import hashes
from chat.services import people


def make_guest(request: HttpRequest) -> HttpResponseBase:
    """201 with a new person and their session's cookie; with a session 200 and its person."""
    user = visit.person(request)
    if user is not None:
        return edge.answer(me_json(user))
    nickname = edge.string(edge.body(request), "nickname")
    user = people.make_guest(nickname, visit.address(request))
    visit.sign_in(request, user)
    return edge.answer(me_json(user), 201)


def show_me(request: HttpRequest) -> HttpResponseBase:
    return edge.answer(me_json(edge.person(request)))


def change_me(request: HttpRequest) -> HttpResponseBase:
    """Another nickname or language; what is absent stays."""
    user = edge.person(request)
    fields = edge.body(request)
    nickname = edge.string(fields, "nickname", None)
    language = edge.string(fields, "language", None)
    if nickname is not None:
        acts.rename(user, nickname)
    if language is not None:
        people.set_language(user, language)
    response = edge.answer(me_json(user))
    if language is not None:
        visit.remember_language(response, language)
    return response


def end_session(request: HttpRequest) -> HttpResponseBase:
    """Sign out here; the session's sockets close."""
    edge.person(request)
    visit.sign_out(request)
    return HttpResponse(status=204)


@sensitive_variables("password")
def add_login(request: HttpRequest) -> HttpResponseBase:
    """Add a user name and a password to the person that one is."""
    user = edge.person(request)
    fields = edge.body(request)
    username, password = edge.string(fields, "username"), edge.string(fields, "password")
    people.add_login(user, username, password, visit.address(request))
    visit.keep_session(request, user)
    return edge.answer(me_json(user))


@sensitive_variables("password")
def log_in(request: HttpRequest) -> HttpResponseBase:
    """Begin a session for the person with this login."""
    fields = edge.body(request)
    username, password = edge.string(fields, "username"), edge.string(fields, "password")
    user = visit.check_login(request, username, password)
    visit.sign_in(request, user)
    return edge.answer(me_json(user))


guests = edge.endpoint(POST=make_guest)
me = edge.endpoint(GET=show_me, PATCH=change_me)
session = edge.endpoint(DELETE=end_session)
my_login = hashes(edge.endpoint(POST=add_login))
login = hashes(edge.endpoint(POST=log_in))
