"""The pages: entering, codes, rooms, oneself, the owner; the headers of every answer."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from chat.middleware import FIXED
from chat.models import BOARD_PK, Installation, Room, User
from chat.protocol import Post
from chat.services import feed, owner
from tests.support.people import client_of, make_owner, make_person, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files", "told")]


def boot_of(response: Any) -> dict[str, Any]:
    found = re.search(r'<script id="boot"[^>]*>(.*?)</script>', response.content.decode(), re.S)
    assert found, response.status_code
    boot: dict[str, Any] = json.loads(found[1])
    return boot


def say(author: User, text: str, room: int = BOARD_PK, nonce: str = "n") -> None:
    feed.record([feed.Draft(room, author.pk, Post("board", nonce, text))])


def test_the_entrance_shows_the_board_beneath():
    say(make_person("민수"), "안녕하세요 여러분")
    page = client_of().get("/")
    assert page.status_code == 200
    assert (
        "안녕하세요 여러분"
        in json.loads(
            re.findall(r'<script id="preview"[^>]*>(.*?)</script>', page.content.decode(), re.S)[0]
        )[0]["text"]
    )


def test_the_board_beneath_can_be_switched_off():
    Installation.objects.update(board_readable=False)
    say(make_person("민수"), "안녕하세요 여러분")
    assert "안녕하세요" not in client_of().get("/").content.decode()


def test_a_nickname_leads_to_the_board():
    client = client_of()
    entered = client.post("/enter", {"nickname": " 민수 "})
    assert (entered.status_code, entered["Location"]) == (303, "/rooms/board")
    boot = boot_of(client.get("/rooms/board"))
    assert boot["me"]["name"] == "민수"
    assert boot["room"] == "board"
    assert [room["id"] for room in boot["rooms"]] == ["board"]
    assert client.get("/")["Location"] == "/rooms"
    assert client.post("/enter", {"nickname": "else"})["Location"] == "/rooms/board"
    assert User.objects.count() == 1


def test_the_key_of_the_session_is_new_after_entering():
    client = client_of()
    client.cookies["sessionid"] = "fixed" * 6
    client.post("/enter", {"nickname": "민수"})
    assert client.cookies["sessionid"].value != "fixed" * 6


@pytest.mark.parametrize(
    ("typed", "status"), [("", 422), ("운영자", 422), ("a\u202eb", 422), ("x" * 5_000, 422)]
)
def test_a_refused_nickname_stays_in_its_field(typed, status):
    page = client_of().post("/enter", {"nickname": typed})
    assert page.status_code == status
    assert 'role="alert"' in page.content.decode()
    assert not User.objects.exists()


def test_a_taken_nickname_offers_another():
    make_person("민수")
    page = client_of().post("/enter", {"nickname": "민수"})
    assert page.status_code == 409
    assert 'value="민수2"' in page.content.decode()


def test_an_invited_newcomer_lands_in_the_room():
    room = make_room(make_person("alice"))
    client = client_of()
    entered = client.post("/enter", {"nickname": "민수", "code": f"{room.code}".lower()})
    assert entered["Location"] == f"/rooms/{room.pk}"
    assert boot_of(client.get(entered["Location"]))["room"] == room.public_id


def test_a_wrong_code_makes_no_guest_and_keeps_what_was_typed():
    page = client_of().post("/enter", {"nickname": "민수", "code": "ZZZZZZZZZZ"})
    assert page.status_code == 404
    assert "ZZZZZZZZZZ" in page.content.decode()
    assert "민수" in page.content.decode()
    assert not User.objects.exists()


def test_where_one_wanted_to_go_is_remembered_unless_it_is_elsewhere():
    for n, (wanted, given) in enumerate(
        [("/rooms/new", "/rooms/new"), ("https://evil.example/", None), ("//evil.example", None),
         ("/\\evil.example", None), ("javascript:alert(1)", None), ("", None)]
    ):  # fmt: skip
        entered = client_of().post("/enter", {"nickname": f"person {n}x", "next": wanted})
        assert entered["Location"] == (given or "/rooms/board")


def test_a_page_asked_for_without_a_nickname_is_where_entering_leads():
    visitor = client_of()
    for wanted in ("/rooms/board", "/me", "/rooms/new"):
        entrance = visitor.get(wanted)["Location"]
        page = visitor.get(entrance).content.decode()
        assert f'name="next" value="{wanted}"' in page
    assert visitor.get("/rooms")["Location"] == "/"
    assert visitor.post("/rooms/new", {"title": "x"})["Location"] == "/"


def test_signing_in_leads_where_one_wanted_unless_it_is_elsewhere():
    make_owner("minsu")
    visitor = client_of()
    entrance = visitor.get("/rooms/new?a=1&b=2")["Location"]
    login = re.search(r'href="(/login[^"]*)"', visitor.get(entrance).content.decode())
    assert login is not None
    page = visitor.get(login[1].replace("&amp;", "&")).content.decode()
    assert 'name="next" value="/rooms/new?a=1&amp;b=2"' in page
    assert f'href="{entrance.replace("&", "&amp;")}"' in page, "the way back knows it too"
    fields = {"username": "minsu", "password": "correct horse"}
    wrong = visitor.post("/login", {**fields, "password": "no", "next": "/me"})
    assert 'name="next" value="/me"' in wrong.content.decode()
    for wanted, given in [
        ("/rooms/new?a=1&b=2", None), ("https://evil.example/", "/rooms"), ("", "/rooms"),
        ("//evil.example", "/rooms"), ("/\\evil.example", "/rooms"), ("javascript:1", "/rooms"),
    ]:  # fmt: skip
        signed_in = client_of().post("/login", {**fields, "next": wanted})
        assert signed_in["Location"] == (given or wanted)


def test_entering_needs_the_forms_token():
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    page = client.post("/enter", {"nickname": "민수"})
    assert page.status_code == 403
    token = client.get("/").cookies["csrftoken"].value
    fields = {"nickname": "민수", "csrfmiddlewaretoken": token}
    assert client.post("/enter", fields).status_code == 303


def test_entering_a_code_in_place():
    alice, bob = make_person("alice"), make_person("bob")
    room, closed = make_room(alice), make_room(alice, closed=True)
    client = client_of(bob)
    assert client.get("/join").status_code == 200
    answers = [client.post("/join", {"code": code}) for code in ("ZZZZZZZZZZ", closed.code)]
    assert [page.status_code for page in answers] == [404, 404]
    assert client.post("/join", {"code": ""}).status_code == 422
    entered = client.post("/join", {"code": f"http://localhost/join#{room.code}"})
    assert (entered.status_code, entered["Location"]) == (303, f"/rooms/{room.pk}")
    for _ in range(8):
        client.post("/join", {"code": "ZZZZZZZZZZ"})
    refused = client.post("/join", {"code": "ZZZZZZZZZZ"})
    assert refused.status_code == 429
    assert refused.context["retry_after"] == int(refused["Retry-After"]) > 0


def test_an_invite_link_without_a_session_asks_for_a_name():
    page = client_of().get("/join")
    assert page.status_code == 200
    assert 'name="nickname"' in page.content.decode()


def test_a_room_of_ones_own():
    alice = make_person("alice")
    client = client_of(alice)
    assert client.get("/rooms/new").status_code == 200
    assert client.post("/rooms/new", {"title": ""}).status_code == 422
    made = client.post("/rooms/new", {"title": "회의", "listed": "on"})
    room = Room.objects.exclude(pk=BOARD_PK).get()
    assert made["Location"] == f"/rooms/{room.pk}"
    boot = boot_of(client.get(made["Location"]))
    assert boot["rooms"][1]["code"] == room.code
    assert (room.title, room.listed) == ("회의", True)


def test_the_code_never_stands_in_an_address():
    alice = make_person("alice")
    room = make_room(alice)
    client = client_of(make_person("bob"))
    entered = client.post("/join", {"code": room.code})
    assert str(room.code) not in entered["Location"]


def test_strangers_get_what_a_missing_room_gets():
    secret = make_room(make_person("alice"), "Secret garden")
    client = client_of(make_person("bob"))
    there, missing = client.get(f"/rooms/{secret.pk}"), client.get("/rooms/999")
    assert there.status_code == missing.status_code == 404
    assert there.content == missing.content
    for act in ("join", "leave"):
        assert client.post(f"/rooms/{secret.pk}/{act}").status_code == 404


def test_listed_rooms_are_joined_by_a_click_and_left():
    room = make_room(make_person("alice"), listed=True)
    client = client_of(make_person("bob"))
    assert client.get(f"/rooms/{room.pk}/join").status_code == 303
    assert client.get(f"/rooms/{room.pk}").status_code == 404
    assert client.post(f"/rooms/{room.pk}/join")["Location"] == f"/rooms/{room.pk}"
    assert client.get(f"/rooms/{room.pk}").status_code == 200
    assert client.post(f"/rooms/{room.pk}/leave")["Location"] == "/rooms"
    assert client.get(f"/rooms/{room.pk}").status_code == 404


def test_the_shell_carries_the_last_page_and_what_limits_allow():
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice)
    for n in range(60):
        say(alice, f"말 {n}", room.pk, f"n{n}")
    Room.objects.filter(pk=room.pk).update(history=Room.History.JOINED)
    boot = boot_of(client_of(alice).get(f"/rooms/{room.pk}"))
    assert [event["seq"] for event in boot["page"]] == list(range(11, 61))
    assert boot["head"] == 60
    assert boot["epoch"] == Installation.objects.get().epoch
    client = client_of(bob)
    client.post("/join", {"code": room.code})
    late = boot_of(client.get(f"/rooms/{room.pk}"))
    assert late["page"] == []
    assert late["rooms"][1]["last"] is None
    assert late["rooms"][1]["unread"] == 0


def test_text_in_the_page_can_not_break_out_of_it():
    alice = make_person("alice")
    say(alice, "</script><script>alert(1)</script>")
    page = client_of(alice).get("/rooms/board").content.decode()
    assert "<script>alert" not in page
    assert boot_of(client_of(alice).get("/rooms/board"))["page"][0]["text"].startswith("</script>")


def test_renaming_and_adding_a_login():
    alice, _bob = make_person("alice"), make_person("bob")
    client = client_of(alice)
    assert client.get("/me").status_code == 200
    taken = client.post("/me", {"act": "rename", "nickname": "bob"})
    assert (taken.status_code, taken.context["suggestion"]) == (409, "bob2")
    renamed = client.post("/me", {"act": "rename", "nickname": "민지"})
    assert renamed.status_code == 303
    assert '<p class="note-box" role="status"' in client.get(renamed["Location"]).content.decode()
    easy = client.post("/me", {"act": "login", "username": "alice", "password": "password"})
    assert easy.status_code == 422
    fields = {"act": "login", "username": "alice", "password": "correct horse"}
    assert '<p class="note-box"' not in client.get("/me?done=login").content.decode()
    added = client.post("/me", fields)
    assert added.status_code == 303
    done = client.get(added["Location"])
    assert '<p class="note-box" role="status"' in done.content.decode()
    assert done.context["me"]["login"] is True
    elsewhere = client_of()
    assert elsewhere.post("/login", {**fields, "password": "wrong"}).status_code == 401
    assert elsewhere.post("/login", fields)["Location"] == "/rooms"
    assert boot_of(elsewhere.get("/rooms"))["me"]["id"] == str(alice.pk)


def test_signing_out(told):
    client = client_of(make_person(username="alice"))
    key = client.cookies["sessionid"].value
    assert client.get("/logout").status_code == 303
    assert client.get("/rooms").status_code == 200
    assert client.post("/logout")["Location"] == "/"
    assert ("end_session", key) in told.facts
    assert client.get("/rooms")["Location"] == "/"


def test_signing_in_as_another_ends_the_first_session(told):
    member = make_owner("minsu")
    client = client_of(make_person("guest one"))
    key = client.cookies["sessionid"].value
    client.post("/login", {"username": "minsu", "password": "correct horse"})
    assert ("end_session", key) in told.facts
    assert not Session.objects.filter(session_key=key).exists()
    assert client.session[SESSION_KEY] == str(member.pk)


def test_the_session_rolls_once_a_day():
    client = client_of(make_person())
    assert "sessionid" in client.get("/rooms").cookies
    assert "sessionid" not in client.get("/rooms").cookies
    session = client.session
    session["rolled"] = session["rolled"] - 25 * 3600
    session.save()
    rolled = client.get("/rooms").cookies["sessionid"]
    assert rolled["max-age"] == 34_560_000


@pytest.mark.parametrize(("language", "words"), [("ko", "들어가기"), ("en", "Come in")])
def test_pages_speak_the_browsers_language(language, words):
    page = client_of().get("/", headers={"accept-language": language})
    assert words in page.content.decode()
    assert f'<html lang="{language}"' in page.content.decode()


def test_the_language_can_be_chosen():
    alice = make_person()
    client = client_of(alice)
    chosen = client.post("/language", {"language": "ko", "next": "/rooms"})
    assert chosen["Location"] == "/rooms"
    assert 'lang="ko"' in client.get("/rooms", headers={"accept-language": "en"}).content.decode()
    alice.refresh_from_db()
    assert alice.language == "ko"
    client.post("/language", {"language": "tlh"})
    alice.refresh_from_db()
    assert alice.language == "ko"


def test_the_owner_is_made_once_from_the_link():
    token = owner.link_token()
    assert token is not None
    assert client_of().get("/owner/wrong").status_code == 404
    client = client_of()
    assert client.get(f"/owner/{token}").status_code == 200
    easy = {"username": "boss", "password": "12345678"}
    assert client.post(f"/owner/{token}", easy).status_code == 422
    assert not User.objects.exists()
    made = client.post(f"/owner/{token}", {"username": "boss", "password": "correct horse"})
    assert made["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    used, made_up = client_of().get(f"/owner/{token}"), client_of().get("/owner/wrong")
    assert used.status_code == made_up.status_code == 404
    assert used.content == made_up.content, "nobody learns whether it ever was one"
    assert 'href="/login?next=/admin/"' in used.content.decode()
    late = {"username": "other", "password": "correct horse"}
    assert client_of().post(f"/owner/{token}", late).content == used.content
    assert owner.link_token() is None
    assert Installation.objects.get().owner_salt == ""


def test_every_start_shows_the_same_link_until_it_is_used(settings):
    token = owner.link_token()
    assert token == owner.link_token()  # Two web containers, or a restart.
    assert str(token) not in Installation.objects.get().owner_salt
    settings.SECRET_KEY = "another installation's"
    assert owner.link_token() != token
    assert client_of().get(f"/owner/{token}").status_code == 404


def test_a_used_link_stays_used_when_the_owner_is_gone():
    token = owner.link_token()
    client_of().post(f"/owner/{token}", {"username": "boss", "password": "correct horse"})
    User.objects.update(is_staff=False)
    assert client_of().get(f"/owner/{token}").status_code == 404
    assert owner.link_token() not in {None, token}


PATHS = (
    *("/", "/join", "/rooms", "/rooms/board", "/rooms/new", "/me", "/login", "/nope", "/rooms/99"),
    *("/healthz", "/readyz", "/metrics", "/admin/", "/admin/login/", "/admin/chat/room/"),
    *("/api/v1/me", "/api/v1/nope", "/get_group", "/create_group", "/owner/x"),
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["nobody", "guest", "owner"])
def test_every_answer_has_the_headers(path, who):
    user = None if who == "nobody" else make_person() if who == "guest" else make_owner()
    answer = client_of(user).get(path)
    for name, value in FIXED.items():
        assert answer[name] == value
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "connect-src 'self' ws://localhost;" in policy
    assert ("require-trusted-types-for" in policy) == (not path.startswith("/admin/"))
    assert "no-store" in answer["Cache-Control"]


def test_a_strange_host_does_not_get_into_the_policy():
    answer = Client(headers={"host": "a;script-src *"}).get("/healthz")
    assert "script-src *" not in answer["Content-Security-Policy"]


def test_the_policy_names_the_public_address(settings):
    settings.PUBLIC_URL = "https://chat.example.org"
    assert "wss://chat.example.org;" in client_of().get("/healthz")["Content-Security-Policy"]


def test_a_fault_of_ours_is_a_page(monkeypatch):
    def broken(*_args: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("chat.views.shell.boot", broken)
    client = client_of(make_person())
    client.raise_request_exception = False
    page = client.get("/rooms")
    assert page.status_code == 500
    assert "secret" not in page.content.decode()
    assert page["Content-Security-Policy"]


def test_metrics_are_for_allowed_addresses(settings):
    assert client_of().get("/metrics").status_code == 200
    settings.METRICS_ALLOW = "10.1.0.0/16"
    assert client_of().get("/metrics").status_code == 404
    assert client_of().get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200


def test_a_database_that_became_read_only_is_not_ready():
    expected = (200, "ok")
    if connection.vendor == "postgresql":
        expected = (503, "read only")
        with connection.cursor() as cursor:
            cursor.execute("SET transaction_read_only = on")
    answer = client_of().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == expected


def test_readiness_names_what_is_wrong(monkeypatch):
    assert client_of().get("/readyz").json()["state"] == "ready"
    monkeypatch.setattr("chat.views.status.bridge.bus_state", lambda: "down")
    assert client_of().get("/readyz").json()["state"] == "degraded"
    monkeypatch.setattr("chat.views.status.FREE_DISK", 1.0)
    full = client_of().get("/readyz")
    assert (full.status_code, full.json()["disk"]) == (503, "full")
    monkeypatch.setattr("chat.views.status.FREE_DISK", 0.0)
    monkeypatch.setattr("chat.views.status.bridge.draining", lambda: True)
    assert client_of().get("/readyz").status_code == 503
