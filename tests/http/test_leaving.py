"""Signing out: a guest, who could not come back, is asked first, wherever they do it."""

from typing import Any

import pytest
from django.test import Client

from chat.models import User
from tests.support.people import client_of, make_owner, make_person, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files", "told")]

EXITS = ("/logout", "/admin/logout/")


@pytest.fixture
def guest() -> User:
    return make_person("guest one")


def inside(client: Client) -> bool:
    return client.get("/rooms").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", EXITS)
def test_a_guest_is_asked_first_and_offered_to_keep_the_name(guest, path, method):
    client = client_of(guest)
    asked = getattr(client, method)(path)
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "guest one" in page
    assert 'href="/me#keep"' in page
    assert 'action="/logout"' in page
    assert inside(client)
    assert 'id="keep"' in client.get("/me").content.decode()


@pytest.mark.parametrize("path", EXITS)
def test_a_guest_who_is_sure_goes(guest, told: Any, path):
    client = client_of(guest)
    key = client.cookies["sessionid"].value
    assert client.post(path, {"sure": "yes"})["Location"] == "/"
    assert ("end_session", key) in told.facts
    assert not inside(client)


@pytest.mark.parametrize("path", EXITS)
def test_a_guest_among_the_staff_is_asked_as_well(path):
    client = client_of(make_person("helper one", is_staff=True))
    assert client.post(path).status_code == 200
    assert inside(client)


@pytest.mark.parametrize("path", EXITS)
def test_members_go_at_once(told: Any, path):
    client = client_of(make_owner("minsu"))
    key = client.cookies["sessionid"].value
    assert client.post(path)["Location"] == "/"
    assert ("end_session", key) in told.facts
    assert not inside(client)


@pytest.mark.parametrize("path", EXITS)
def test_an_address_alone_signs_nobody_out(guest, path):
    for person in (guest, make_owner("minsu")):
        client = client_of(person)
        client.get(f"{path}?sure=yes")
        assert inside(client)


def test_the_page_says_how_many_rooms_go_too(guest):
    client = client_of(guest)
    said = "You also leave"
    headers = {"Accept-Language": "en"}
    assert said not in client.get("/logout", headers=headers).content.decode()
    make_room(guest, "one")
    assert f"{said} the one room" in client.get("/logout", headers=headers).content.decode()
    make_room(guest, "two")
    assert f"{said} the 2 rooms" in client.get("/logout", headers=headers).content.decode()


def test_one_s_own_page_leads_a_guest_to_the_question_and_signs_a_member_out(guest):
    own = client_of(guest).get("/me").content.decode()
    assert 'href="/logout"' in own
    assert 'action="/logout"' not in own
    assert 'action="/logout"' in client_of(make_owner("minsu")).get("/me").content.decode()


def test_the_sign_in_page_tells_guests_that_their_name_would_be_left_behind(guest):
    said = 'href="/me#keep"'
    assert said in client_of(guest).get("/login").content.decode()
    assert said not in client_of(make_owner("minsu")).get("/login").content.decode()
    assert said not in Client().get("/login").content.decode()
