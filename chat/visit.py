"""Who a request speaks for: its session's person, signing in and out, address, language."""

import time

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from chat import acts, budget, devices
from chat.errors import ChatError, Unauthenticated
from chat.models import User
from chat.services import people
from chat.services.sessions import ROLL_AFTER, ROLLED

BACKEND = "django.contrib.auth.backends.ModelBackend"


def person(request: HttpRequest) -> User | None:
    """The active person of the request's session, or None. Keeps session and nickname alive.

    Raises RateLimited where they, or their address, were answered with too much lately.
    """
    user = request.user if isinstance(request.user, User) else None
    budget.ask(address(request), user.pk if user is not None else None)
    if user is None:
        return None
    now = int(time.time())
    if now - request.session.get(ROLLED, 0) > ROLL_AFTER:
        request.session[ROLLED] = now  # Saved, and the cookie sent again for another 400 days.
    people.touch(user)
    return user


def required_person(request: HttpRequest) -> User:
    """The same, or Unauthenticated."""
    user = person(request)
    if user is None:
        raise Unauthenticated
    return user


def check_login(request: HttpRequest, username: str, password: str) -> User:
    """The person with this login, whom this device is to know from now on.

    Raises what `people.check_login` raises.
    """
    name = people.login_name(username)
    user = people.check_login(username, password, address(request), devices.known(request, name))
    devices.remember(request, name)
    return user


def sign_in(request: HttpRequest, user: User) -> None:
    """Begin this person's session under a new key. Another person's one on this device ends."""
    before = request.session.session_key
    login(request, user, backend=BACKEND)
    request.session[ROLLED] = int(time.time())
    if before is not None and before != request.session.session_key:
        acts.end_session(before)


def sign_out(request: HttpRequest) -> None:
    """End the request's session; its sockets close."""
    key = request.session.session_key
    logout(request)
    acts.end_session(key)


def keep_session(request: HttpRequest, user: User) -> None:
    """Go on under a new session key after the person's password changed."""
    devices.remember(request, people.login_name(user.username or ""))
    before = request.session.session_key
    update_session_auth_hash(request, user)
    if before != request.session.session_key:
        acts.renew_session(before)


def address(request: HttpRequest) -> str:
    """The caller's address as limits count it."""
    return budget.address_key(request.META.get("REMOTE_ADDR") or "")


def language(request: HttpRequest) -> str:
    """The language of the answer, `ko` or `en`."""
    active = translation.get_language() or settings.LANGUAGE_CODE
    return active if active in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def follow_language(request: HttpRequest, user: User | None) -> None:
    """Answer in the person's own language when this device has not chosen one."""
    if user is not None and user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(user.language)


def remember_language(response: HttpResponseBase, code: str) -> None:
    """Choose the language of this device."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )  # fmt: skip


def detail(error: ChatError) -> str:
    """The refusal's sentence in the active language."""
    sentence = translation.gettext(error.sentence)
    return sentence % error.params if error.params else sentence
