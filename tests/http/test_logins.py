"""Signing in: who is locked out by whom, and where passwords are hashed."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import resolve

from chat import hashing
from chat.models import User
from chat.services import owner
from chatsite.onehop import WAITING
from tests.support.people import make_person
from tests.support.server import Server, serve

PASSWORD = "correct horse"


@pytest.fixture
def quick(settings: Any, told: Any) -> None:
    """Passwords are hashed at once: for tests that try many."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice(db: None, told: Any) -> User:
    """The owner, with a login."""
    person = make_person("alice", username="alice", is_staff=True, is_superuser=True)
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client: Client, way: str, password: str = PASSWORD, address: str = "10.0.0.1") -> Any:
    """Sign in as alice by one of the three entrances."""
    typed = {"username": "alice", "password": password}
    if way == "api":
        return client.post(
            "/api/v1/login", typed, content_type="application/json", REMOTE_ADDR=address
        )
    path = {"page": "/login", "admin": "/admin/login/?next=/admin/"}[way]
    return client.post(path, typed, REMOTE_ADDR=address)


WAYS = ("page", "api", "admin")


def succeeded(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("guessed_by", WAYS)
@pytest.mark.parametrize("way", WAYS)
def test_a_device_that_signed_in_before_goes_on_however_often_strangers_guess(
    quick, static_files, settings, alice, way, guessed_by
):
    own = Client()
    sign_in(own, way)
    assert succeeded(own)
    del own.cookies[settings.SESSION_COOKIE_NAME]
    stranger, newcomer, elsewhere = Client(), Client(), Client()
    for _ in range(11):
        sign_in(stranger, guessed_by, "wrong horse")
    sign_in(newcomer, way)
    assert not succeeded(newcomer)
    sign_in(elsewhere, way, address="10.0.0.2")
    assert succeeded(elsewhere)
    sign_in(own, way)
    assert succeeded(own)


def test_a_device_is_known_for_the_logins_that_were_used_on_it_and_cannot_be_made_up(
    quick, static_files, alice
):
    other = make_person("bob", username="bob")
    other.set_password(PASSWORD)
    other.save()
    bobs, forged = Client(), Client()
    bobs.post("/login", {"username": "bob", "password": PASSWORD}, REMOTE_ADDR="10.0.0.1")
    cookie = bobs.cookies["madang_device"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "bob" not in cookie.value
    forged.cookies["madang_device"] = cookie.value[:-3] + "abc"
    for _ in range(10):
        sign_in(Client(), "api", "wrong horse")
    for client in (bobs, forged):
        assert sign_in(client, "api").status_code == 429


def test_making_a_login_makes_the_device_known(static_files, db, told):
    client = Client()
    for path, body in (
        ("guests", {"nickname": "alice"}),
        ("me/login", {"username": "alice", "password": PASSWORD}),
    ):
        client.post(f"/api/v1/{path}", body, content_type="application/json")
    assert "madang_device" in client.cookies


@pytest.mark.parametrize("username", ["alice", "nobody", "gone"])
def test_a_wrong_login_costs_one_hash_whether_the_name_is_known_or_not(
    static_files, alice, monkeypatch, username
):
    gone = make_person("gone", username="gone", is_active=False)
    gone.set_password(PASSWORD)
    gone.save()
    made: list[int] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
        made.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    answer = Client().post(
        "/api/v1/login", {"username": username, "password": "wrong"},
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 401
    assert made == [PBKDF2PasswordHasher.iterations]


# --- on a real server -------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def lavish() -> Iterator[Server]:
    """One that lets people guess as fast as they like."""
    with serve(LIMIT_LOGINS=100_000, LIMIT_WRONG_CODES_ADDRESS=100_000) as running:
        yield running


def test_pages_do_not_wait_for_passwords(lavish):
    server = lavish
    guests = [server.enter() for _ in range(3)]
    server.call(
        "POST", "/api/v1/me/login", server.enter(),
        json={"username": "taken", "password": PASSWORD},
    )  # fmt: skip
    done = threading.Event()
    answers: list[int] = []

    def hammer(at: int) -> None:
        while not done.is_set():
            answer = server.call(
                "POST", "/api/v1/login", guests[at % 3],
                json={"username": "taken", "password": "wrong"},
            )  # fmt: skip
            answers.append(answer.status_code)

    with ThreadPoolExecutor(8) as pool:
        hammering = [pool.submit(hammer, at) for at in range(8)]
        try:
            typical = median(
                server.call("GET", "/rooms/board", guests[0]).elapsed.total_seconds()
                for _ in range(20)
            )
        finally:
            done.set()
        for one in hammering:
            one.result()
    assert set(answers) == {401}
    assert typical < 0.25, "pages wait for hashes"


def test_three_guests_who_try_taken_names_are_refused_and_others_notice_nothing(server):
    someone, *guests = [server.enter() for _ in range(4)]
    server.call(
        "POST", "/api/v1/me/login", someone, json={"username": "mine", "password": PASSWORD}
    )

    def tries(guest: Any) -> list[int]:
        return [
            server.call(
                "POST", "/api/v1/me/login", guest, json={"username": "mine", "password": PASSWORD}
            ).status_code
            for _ in range(30)
        ]

    with ThreadPoolExecutor(3) as pool:
        for answers in pool.map(tries, guests):
            assert answers == [409] * 10 + [429] * 20


def test_when_too_many_wait_for_a_hash_the_next_is_told_to_come_again(settings, db):
    token = hashing.crowded.set(True)
    try:
        answer = Client().post(
            "/api/v1/login", {"username": "alice", "password": PASSWORD},
            content_type="application/json",
        )  # fmt: skip
    finally:
        hashing.crowded.reset(token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert answer.json()["error"]["retry_after"] == 5
    assert WAITING > 4


def test_whatever_may_hash_a_password_is_marked(static_files, alice):
    """Every form and body with a password in it, wherever it is: none is hashed elsewhere."""
    marked = {
        path: hashing.may_hash(resolve(path).func)
        for path in (
            "/login", "/me", "/api/v1/login", "/api/v1/me/login", "/admin/login/",
            "/admin/password_change/", f"/owner/{owner.link_token() or 'none'}",
        )
    }  # fmt: skip
    assert all(marked.values()), marked
    for path in ("/", "/enter", "/join", "/rooms/new", "/api/v1/me", "/api/v1/rooms", "/language"):
        assert not hashing.may_hash(resolve(path).func), path
