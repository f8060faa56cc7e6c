"""One's own page, signing in and out, the language, and the owner's first visit."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.i18n import set_language

from chat import acts, devices, limits, visit
from chat.boot import me_json
from chat.errors import ChatError, Conflict, Invalid, NotFound
from chat.forms import NewLoginForm, PasswordForm, RenameForm, SignInForm
from chat.hashing import hashes
from chat.models import User
from chat.services import owner, passwords, people, rooms
from chat.views.page import (
    SeeOther,
    add_refusal,
    error_page,
    page,
    person_page,
    safe_next,
    suggestion,
    wait_seconds,
)

LOGIN_FIELDS = {"conflict": "username", "invalid": "password"}
"""Beside which field a refusal of a new login stands; others are about neither."""
PASSWORD = ("old_password", "new_password")


@hashes
@sensitive_post_parameters("password")
@page("GET", "HEAD", "POST")
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with a login; this device's earlier person is left behind."""
    wanted = request.GET.get("next", "")[:400]
    form = SignInForm(request.POST if request.method == "POST" else None, initial={"next": wanted})
    status, wait = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                user = visit.check_login(
                    request, form.cleaned_data["username"], form.cleaned_data["password"]
                )
            except ChatError as error:
                status, wait = add_refusal(form, error, None), wait_seconds(error)
            else:
                visit.sign_in(request, user)
                return SeeOther(safe_next(request, form.cleaned_data["next"], "/rooms"))
    here = visit.person(request)
    guest = here is not None and not here.username
    context = {"form": form, "retry_after": wait, "guest": guest}
    response = render(request, "chat/login.html", context, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


@page("GET", "HEAD", "POST")
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out. Guests are asked first, since nobody can come back without a login."""
    user = visit.person(request)
    if user is not None and not user.username and request.POST.get("sure") != "yes":
        context = {
            "me": me_json(user),
            "rooms": rooms.of_person(user).count(),
        }
        return render(request, "chat/sign_out.html", context)
    if request.method == "POST":
        visit.sign_out(request)
    return SeeOther("/")


@hashes
@sensitive_post_parameters("password", *PASSWORD)
@person_page("GET", "HEAD", "POST")
def me(request: HttpRequest, user: User) -> HttpResponse:
    """Rename oneself (`act=rename`), add a login to keep this identity (`act=login`), or change
    the password (`act=password`)."""
    act = request.POST.get("act", "rename") if request.method == "POST" else ""
    rename_form = RenameForm(
        request.POST if act == "rename" else None, initial={"nickname": user.nickname}
    )
    login_form = NewLoginForm(request.POST if act == "login" else None)
    password_form = PasswordForm(request.POST if act == "password" else None)
    status, suggested, wait = 200, "", None
    if request.method == "POST":
        form = {"login": login_form, "password": password_form}.get(act, rename_form)
        status = 422
        if form.is_valid():
            try:
                if act == "login":
                    people.add_login(
                        user,
                        form.cleaned_data["username"],
                        form.cleaned_data["password"],
                        visit.address(request),
                    )
                    visit.keep_session(request, user)
                elif act == "password":
                    old, new = (form.cleaned_data[name] for name in PASSWORD)
                    passwords.change(user, old, new, visit.address(request))
                    visit.keep_session(request, user)
                    acts.password_changed(user)
                else:
                    acts.rename(user, form.cleaned_data["nickname"])
            except ChatError as error:
                suggested, wait = suggestion(error), wait_seconds(error)
                status = add_refusal(form, error, _field(act, error))
            else:
                return SeeOther(f"/me?done={act if act in {'login', 'password'} else 'rename'}")
    context = {
        "me": me_json(user), "rename_form": rename_form, "login_form": login_form,
        "password_form": password_form, "retry_after": wait if act == "password" else None,
        "suggestion": suggested, "done": request.GET.get("done", ""),
    }  # fmt: skip
    response = render(request, "chat/me.html", context, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


def _field(act: str, error: ChatError) -> str | None:
    """Beside which field of one's own page a refusal stands."""
    if act == "login":
        return LOGIN_FIELDS.get(error.code)
    if act == "password":
        if isinstance(error, passwords.WrongPassword):
            return "old_password"
        return "new_password" if isinstance(error, Invalid) else None
    return "nickname"


@page("GET", "HEAD", "POST")
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of this device, and of this person where there is one."""
    response = set_language(request)
    user = visit.person(request)
    if user is not None and request.method == "POST":
        try:
            people.set_language(user, request.POST.get("language", ""))
        except ChatError:
            return response  # An unknown language changes nothing, as in Django's view.
    assert isinstance(response, HttpResponse)
    return response


@hashes
@sensitive_post_parameters("password")
@page("GET", "HEAD", "POST")
def owner_page(request: HttpRequest, token: str) -> HttpResponse:
    """Make the owner's account from the one-time link; then sign in and go to the admin."""
    try:
        with limits.attempt(("wrong_codes_address", visit.address(request)), failure=NotFound):
            owner.check_token(token)
    except NotFound:
        return _used_up(request)
    form = NewLoginForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                with transaction.atomic():
                    made = people.make_account(
                        form.cleaned_data["username"], form.cleaned_data["password"]
                    )
                    made = owner.make_owner(token, made)
            except NotFound:
                return _used_up(request)  # Another request was first.
            except ChatError as error:
                field = "username" if isinstance(error, Conflict) else None
                status = add_refusal(form, error, field)
            else:
                devices.remember(request, people.login_name(form.cleaned_data["username"]))
                visit.sign_in(request, made)
                return SeeOther("/admin/")
    return render(request, "chat/owner.html", {"form": form}, status=status)


def _used_up(request: HttpRequest) -> HttpResponse:
    """What a link says that makes no owner: the same whether it did once or never."""
    detail = _(
        "An owner’s link works once, and only until there is an owner. If that is you, sign in."
        " If there is none yet, the server’s log shows the link that works, at every start."
    )
    return error_page(
        request, 404, detail, _("This link makes no owner"), ("/login?next=/admin/", _("Sign in"))
    )
