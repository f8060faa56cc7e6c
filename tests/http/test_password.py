"""A member's own password, changed on their own page."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from chat.models import User
from chat.services import passwords
from tests.support.people import client_of, make_owner, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files", "told", "quick")]

OLD, NEW = "correct horse", "another horse"


@pytest.fixture
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice() -> User:
    person = make_owner("alice")
    person.set_password(OLD)
    person.save()
    return person


def change(client: Client, old: str = OLD, new: str = NEW, **more: Any) -> Any:
    fields = {"act": "password", "old_password": old, "new_password": new}
    return client.post("/me", fields, headers={"Accept-Language": "en"}, **more)


def signs_in(password: str) -> bool:
    client = Client()
    client.post("/login", {"username": "alice", "password": password})
    return SESSION_KEY in client.session


def test_a_new_password_ends_other_sessions_and_keeps_this_one(alice, told):
    here, there = client_of(alice), client_of(alice)
    before = here.cookies["sessionid"].value
    changed = change(here)
    assert changed["Location"] == "/me?done=password"
    page = here.get(changed["Location"], headers={"Accept-Language": "en"}).content.decode()
    assert "signed out on all other devices" in page
    assert there.get("/me").status_code == 303
    assert here.cookies["sessionid"].value != before
    assert told.facts == [("renew_session", before), ("password_changed", alice.pk)]
    assert signs_in(NEW)
    assert not signs_in(OLD)


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ("wrong horse", NEW, "old_password", "not your current password"),
        ("", NEW, "old_password", "password you have now"),
        (OLD, "", "new_password", "Write a new password"),
        (OLD, "short", "new_password", "too short"),
        (OLD, "password1", "new_password", "too common"),
        (OLD, "alice", "new_password", "same as your name"),
        (OLD, OLD, "new_password", "have already"),
        (OLD, "nul\0in the middle", None, ""),
        (OLD, "x" * 1_001, "new_password", ""),
    ],
)
def test_a_refusal_stands_beside_its_field_and_changes_nothing(alice, told, old, new, field, said):
    client = client_of(alice)
    refused = change(client, old, new)
    assert refused.status_code == 422
    form = refused.context["password_form"]
    assert said in str(form.errors)
    if field:
        assert list(form.errors) == [field]
        page = refused.content.decode()
        assert f'aria-describedby="id_{field}_error"' in page
        assert f'id="id_{field}_error" role="alert"' in page
    assert OLD not in refused.content.decode()
    assert told.facts == []
    assert client.get("/me").status_code == 200
    assert signs_in(OLD)


def test_wrong_passwords_are_counted_by_person_and_the_right_one_waits_then(alice):
    client = client_of(alice)
    for _ in range(10):
        assert change(client, "wrong horse").status_code == 422
    refused = change(client)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "data-countdown" in refused.content.decode()
    assert change(client_of(alice), REMOTE_ADDR="10.9.9.9").status_code == 429
    assert signs_in(OLD)


def test_changes_that_succeed_are_not_counted(alice):
    client, words = client_of(alice), [f"horse number {n}" for n in range(13)]
    for old, new in zip([OLD, *words], words, strict=False):
        assert change(client, old, new).status_code == 303


def test_of_two_at_once_the_second_must_know_the_new_one(alice):
    stale = User.objects.get(pk=alice.pk)
    passwords.change(alice, OLD, NEW, "10.0.0.1")
    with pytest.raises(passwords.WrongPassword):
        passwords.change(stale, OLD, "a third horse", "10.0.0.1")
    assert User.objects.get(pk=alice.pk).check_password(NEW)


def test_guests_have_none_to_change():
    client = client_of(make_person("guest one"))
    assert 'value="password"' not in client.get("/me").content.decode()
    assert change(client).status_code == 403
