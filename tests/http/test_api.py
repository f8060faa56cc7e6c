"""The JSON interface: sessions, types, origins, refusals, rooms and messages."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from chat import acts, protocol
from chat.api import schema, urls
from chat.models import BOARD_PK, Room, User
from chat.services import history, rooms
from tests.support.people import client_of, make_person, make_room

pytestmark = pytest.mark.django_db
API = "/api/v1/"


def ask(client: Client, method: str, path: str, body: Any = None, **more: Any) -> Any:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    more.setdefault("content_type", "application/json")
    if more["content_type"]:
        more["CONTENT_TYPE"] = more["content_type"]  # The client leaves it out of empty requests.
    return client.generic(method, API + path, data, **more)


def code(response: Any) -> tuple[int, str]:
    error = response.json()["error"]
    assert set(error) <= {"code", "detail", "retry_after", "suggestion"}
    assert error["detail"]
    return response.status_code, error["code"]


def test_a_guest_is_made_and_stays_the_same_person():
    client = client_of()
    made = ask(client, "POST", "guests", {"nickname": "민수", "unknown": 1})
    assert made.status_code == 201
    cookie = made.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 34_560_000)
    again = ask(client, "POST", "guests", {"nickname": "Ann"})
    assert again.status_code == 200
    assert again.json() == made.json() == ask(client, "GET", "me").json()
    assert made.json()["kind"] == "guest"
    assert User.objects.count() == 1


def test_a_taken_nickname_carries_a_suggestion():
    make_person("민수")
    refused = ask(client_of(), "POST", "guests", {"nickname": "민수"})
    assert code(refused) == (409, "nickname_taken")
    assert refused.json()["error"]["suggestion"] == "민수2"


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b'{"nickname": NaN}', 400, "bad_request"),
        (b'{"nickname": "\\ud800"}', 400, "bad_request"),
        (b'{"nickname": "\xff"}', 400, "bad_request"),
        (b"[" * 100_000, 413, "too_big"),
        (b"[" * 50_000, 400, "bad_request"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"nickname": 1}', 422, "invalid"),
        (b'{"nickname": null}', 422, "invalid"),
        (b'{"nickname": ["a"]}', 422, "invalid"),
        (b'{"nickname": "a\\u0000b"}', 422, "invalid"),
        (b'{"nickname": "' + b"x" * 70_000 + b'"}', 413, "too_big"),
    ],
)
def test_bad_bodies_are_refused(body, status, name):
    assert code(ask(client_of(), "POST", "guests", body)) == (status, name)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_another_content_type_is_refused(kind):
    refused = ask(client_of(), "POST", "guests", {"nickname": "a"}, content_type=kind)
    assert code(refused) == (415, "bad_type")


def test_a_charset_behind_the_type_is_fine():
    made = ask(
        client_of(), "POST", "guests", {"nickname": "a"},
        content_type="application/json; charset=utf-8",
    )  # fmt: skip
    assert made.status_code == 201


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:8000",
        "https://localhost",
        "http://localhost.evil",
    ],
)
def test_foreign_origins_are_refused(origin):
    client = client_of(make_person())
    for method, path, body in (("POST", "guests", {"nickname": "a"}), ("PATCH", "me", {})):
        refused = ask(client, method, path, body, headers={"origin": origin})
        assert code(refused) == (403, "origin")
    assert ask(client, "DELETE", "me/session", headers={"origin": origin}).status_code == 403
    assert ask(client, "GET", "me", headers={"origin": origin}).status_code == 200


def test_our_own_origin_is_fine():
    made = ask(
        client_of(), "POST", "guests", {"nickname": "a"}, headers={"origin": "http://localhost"}
    )
    assert made.status_code == 201


def test_with_a_public_url_that_is_our_origin(settings):
    settings.PUBLIC_URL = "https://chat.example.org"
    fields = {"nickname": "a"}
    own, other = {"origin": "https://chat.example.org"}, {"origin": "http://localhost"}
    assert code(ask(client_of(), "POST", "guests", fields, headers=other)) == (403, "origin")
    assert ask(client_of(), "POST", "guests", fields, headers=own).status_code == 201


def test_what_is_not_there_is_said_in_json():
    client = client_of()
    for path in ("/api/v1/nope", "/api/v1/", "/api/", "/api/v2/rooms"):
        for method in ("GET", "POST", "DELETE"):
            assert code(client.generic(method, path)) == (404, "not_found")
    wrong = client.put("/api/v1/me")
    assert code(wrong) == (405, "bad_request")
    assert wrong["Allow"] == "GET, HEAD, PATCH"


def test_a_fault_of_ours_is_said_in_json(monkeypatch, caplog):
    def broken(*_args: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("chat.api.people.me_json", broken)
    refused = ask(client_of(make_person()), "GET", "me")
    assert refused.status_code == 500
    assert b"secret" not in refused.content
    assert "secret detail" in caplog.text


def test_a_foreign_host_is_refused_in_json():
    assert code(Client(headers={"host": "evil.example"}).get("/api/v1/me")) == (400, "bad_request")


def test_without_a_session_only_the_entrances_answer():
    client = client_of()
    for method, path in (
        *(("GET", "me"), ("PATCH", "me"), ("DELETE", "me/session"), ("POST", "me/login")),
        *(("GET", "rooms"), ("POST", "rooms"), ("POST", "rooms/join"), ("GET", "rooms/board")),
        *(("POST", "rooms/board/leave"), ("GET", "rooms/board/messages")),
        ("POST", "rooms/board/messages"),
    ):
        assert code(ask(client, method, path, {})) == (401, "unauthenticated"), path


@pytest.mark.parametrize(("language", "words"), [("ko", "먼저"), ("en", "first")])
def test_refusals_come_in_the_callers_language(language, words):
    refused = ask(client_of(), "GET", "me", headers={"accept-language": language})
    assert words in refused.json()["error"]["detail"]


def test_changing_oneself(told):
    client = client_of(make_person("민수"))
    changed = ask(client, "PATCH", "me", {"nickname": "민지", "language": "ko"})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["language"]) == ("민지", "ko")
    assert changed.cookies["madang_language"].value == "ko"
    assert [fact[0] for fact in told.facts] == ["renamed"]
    assert code(ask(client, "PATCH", "me", {"language": "tlh"})) == (422, "invalid")
    assert code(ask(client, "PATCH", "me", {"nickname": "운영자"})) == (422, "invalid")


def test_the_chosen_language_follows_the_person():
    client = client_of(make_person("민수", language="ko"))
    refused = ask(client, "GET", "rooms/99", headers={"accept-language": "en"})
    assert "여기" in refused.json()["error"]["detail"] or "없" in refused.json()["error"]["detail"]


def test_a_login_keeps_the_person_and_renews_the_session(told):
    client = client_of(make_person("민수"))
    before = client.cookies["sessionid"].value
    fields = {"username": "minsu", "password": "correct horse"}
    added = ask(client, "POST", "me/login", fields)
    assert added.json()["kind"] == "member"
    assert client.cookies["sessionid"].value != before
    assert ask(client, "GET", "me").json()["login"] is True
    assert ("renew_session", before) in told.facts
    assert (
        ask(client_of(), "GET", "me", headers={"cookie": f"sessionid={before}"}).status_code == 401
    )

    elsewhere = client_of()
    assert ask(elsewhere, "POST", "login", fields).json() == added.json()
    wrong = ask(client_of(), "POST", "login", {**fields, "password": "wrong"})
    assert code(wrong) == (401, "unauthenticated")
    nobody = ask(client_of(), "POST", "login", {**fields, "username": "nobody"})
    assert nobody.json() == wrong.json()


def test_signing_out_ends_the_session_and_its_sockets(told):
    client = client_of(make_person())
    key = client.cookies["sessionid"].value
    assert ask(client, "DELETE", "me/session", content_type="").status_code == 204
    assert told.facts == [("end_session", key)]
    assert ask(client_of(), "GET", "me", headers={"cookie": f"sessionid={key}"}).status_code == 401


def test_an_unknown_session_key_is_not_adopted():
    client = client_of()
    client.cookies["sessionid"] = "a" * 32
    ask(client, "POST", "guests", {"nickname": "a"})
    assert client.cookies["sessionid"].value != "a" * 32


def test_making_and_finding_rooms(told):
    alice, bob = make_person("alice"), make_person("bob")
    maker, other = client_of(alice), client_of(bob)
    made = ask(maker, "POST", "rooms", {"title": "회의"})
    assert made.status_code == 201
    room = made.json()
    assert {"id", "title", "code", "listed", "head"} <= set(room)
    assert (room["title"], room["listed"], room["head"], room["joined"]) == ("회의", False, 0, True)
    assert code(ask(other, "GET", f"rooms/{room['id']}")) == (404, "not_found")
    assert ask(other, "GET", "rooms").json()["listed"] == []
    joined = ask(other, "POST", "rooms/join", {"code": room["code"].lower()})
    assert joined.status_code == 200
    assert joined.json()["id"] == room["id"]
    assert [r["id"] for r in ask(other, "GET", "rooms").json()["rooms"]] == ["board", room["id"]]
    assert ask(other, "POST", f"rooms/{room['id']}/leave", {}).status_code == 200
    assert code(ask(other, "GET", f"rooms/{room['id']}")) == (404, "not_found")
    assert told.facts == [
        ("joined", alice.pk, int(room["id"])),
        ("joined", bob.pk, int(room["id"])),
        ("left", bob.pk, int(room["id"])),
    ]


def test_listed_rooms_are_joined_by_id_and_others_are_not(told):
    alice, bob = make_person("alice"), make_person("bob")
    listed, secret = make_room(alice, listed=True), make_room(alice)
    client = client_of(bob)
    shown = ask(client, "GET", "rooms").json()["listed"]
    assert [(r["id"], r["joined"], r["code"], r["last"]) for r in shown] == [
        (listed.public_id, False, listed.code, None)
    ]
    assert ask(client, "POST", "rooms/join", {"room": listed.public_id}).json()["joined"] is True
    for wanted in (secret.public_id, "999", "x", "-1", "0", "9" * 30):
        assert code(ask(client, "POST", "rooms/join", {"room": wanted})) == (404, "not_found")
    for body in ({}, {"code": "a", "room": "b"}, {"code": 1}, {"room": None}):
        assert code(ask(client, "POST", "rooms/join", body)) == (422, "invalid")


def test_wrong_codes_are_all_answered_alike_and_limited(told):
    alice = make_person("alice")
    closed = make_room(alice, closed=True)
    client = client_of(make_person("bob"))
    answers = [
        ask(client, "POST", "rooms/join", {"code": typed}).content
        for typed in ("ZZZZZZZZZZ", closed.code, "", "한글", "x" * 9_000) * 2
    ]
    assert len(set(answers)) == 1
    refused = ask(client, "POST", "rooms/join", {"code": "ZZZZZZZZZZ"})
    assert code(refused) == (429, "rate_limited")
    assert 0 < refused.json()["error"]["retry_after"] <= 600
    assert int(refused["Retry-After"]) > 0


def test_the_board_is_everyones(told):
    client = client_of(make_person())
    assert ask(client, "GET", "rooms/board").json()["kind"] == "board"
    assert ask(client, "POST", "rooms/join", {"room": "board"}).status_code == 200
    assert code(ask(client, "POST", "rooms/board/leave", {})) == (403, "forbidden")


def test_a_room_is_pinned_and_muted_for_oneself(told):
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice)
    client, path = client_of(alice), f"rooms/{room.public_id}/mine"
    changed = ask(client, "PATCH", path, {"pinned": True, "muted": None})
    assert (changed.json()["pinned"], changed.json()["muted"]) == (True, False)
    assert ask(client, "PATCH", path, {"pinned": True}).json()["pinned"]
    assert told.facts == [("arranged", alice.pk, room.pk)], "what changed nothing is not told"
    assert ask(client, "PATCH", "rooms/board/mine", {"muted": True}).json()["muted"]
    mine = {r["id"]: (r["pinned"], r["muted"]) for r in ask(client, "GET", "rooms").json()["rooms"]}
    assert mine == {"board": (False, True), room.public_id: (True, False)}
    assert code(ask(client, "PATCH", path, {"pinned": 1})) == (422, "invalid")
    assert code(ask(client_of(bob), "PATCH", path, {"pinned": True})) == (404, "not_found")


def test_a_board_that_nobody_renamed_goes_by_its_name_in_the_readers_language(told):
    client = client_of(make_person())

    def titles() -> list[str]:
        asked = [
            client.get(API + "rooms", headers={"accept-language": lang}) for lang in ("ko", "en")
        ]
        return [answer.json()["rooms"][0]["title"] for answer in asked]

    assert titles() == ["마당", "The yard"]
    acts.change_room(BOARD_PK, rooms.Settings(title="우리 집"))
    assert titles() == ["우리 집", "우리 집"]
    acts.change_room(BOARD_PK, rooms.Settings(title=""))
    assert titles() == ["마당", "The yard"]
    told_of = [e for e in history.tail(BOARD_PK, 0).entries if e.seq == 0]
    assert protocol.decoded([told_of[0].encoded])[0]["title"] == ""


@pytest.mark.parametrize(
    "query",
    ["before=x", "before=-1", "limit=0", "limit=201", "limit=", "before=1&after=2", "after=１"],
)
def test_bad_pages_of_history_are_refused(query):
    client = client_of(make_person())
    assert code(ask(client, "GET", f"rooms/board/messages?{query}")) == (422, "invalid")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "a"},
        {"nonce": "a"},
        {"text": 1, "nonce": "a"},
        {"text": "a", "nonce": "a b"},
        {"text": "a", "nonce": "x" * 65},
        {"text": "a", "nonce": ""},
        {"text": "a", "nonce": "a", "reply_to": "1"},
        {"text": "a", "nonce": "a", "reply_to": True},
        {"text": "a", "nonce": "a", "reply_to": -1},
        {"text": "a", "nonce": "a", "reply_to": 2**53},
    ],
)
def test_bad_messages_are_refused_before_they_go_anywhere(fields):
    client = client_of(make_person())
    assert code(ask(client, "POST", "rooms/board/messages", fields)) == (422, "invalid")


def test_the_description_names_every_address_and_method():
    described = {path.lstrip("/"): value for path, value in schema.PATHS.items()}
    named = [entry for entry in urls.urlpatterns if entry.name != "api-missing"]
    paths = {re.sub(r"<\w+:(\w+)>", r"{\1}", str(entry.pattern)) for entry in named}
    assert paths == set(described)
    client = client_of()
    for path, item in described.items():
        allowed = client.generic("TRACE", API + path.replace("{room_id}", "board"))["Allow"]
        methods = {name.upper() for name in item if name != "parameters"}
        assert set(allowed.split(", ")) - {"HEAD"} == methods, path
    document = client.get(API + "openapi.json").json()
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert used == set(document["components"]["schemas"]) - {"Author"} | {"Author"}


def test_number_of_queries_does_not_grow_with_strangers_rooms(django_assert_max_num_queries):
    alice, bob = make_person("alice"), make_person("bob")
    for n in range(15):
        make_room(alice, f"room {n}", listed=True)
    client = client_of(bob)
    ask(client, "GET", "rooms")
    with django_assert_max_num_queries(20):
        assert len(ask(client, "GET", "rooms").json()["listed"]) == 15


def test_forty_people_behind_one_address_come_in_within_a_minute():
    for n in range(40):
        assert ask(client_of(), "POST", "guests", {"nickname": f"손님 {n}번"}).status_code == 201
    for n in range(20):
        ask(client_of(), "POST", "guests", {"nickname": f"또 {n}번"})
    assert code(ask(client_of(), "POST", "guests", {"nickname": "더"})) == (429, "rate_limited")


class TestPlain:
    """The two plain requests."""

    def make(self, body: bytes, **more: Any) -> Any:
        more.setdefault("content_type", "application/json")
        return client_of().generic("POST", "/create_group", body, **more)

    @pytest.mark.parametrize(("body", "listed"), [
        (b'{"title": 1234}', 1234), (b'{"title": "1234"}', 1234), (b'{"title": "007"}', 7),
        (b'{"title": 0}', 0), (b'{"title": 9007199254740991}', 9007199254740991),
    ])  # fmt: skip
    def test_a_number_makes_a_room_with_that_code(self, body, listed):
        assert self.make(body).json() is True
        assert self.make(body).json() is True
        assert client_of().get("/get_group").json() == [listed]
        assert Room.objects.exclude(pk=BOARD_PK).count() == 1

    def test_without_a_number_a_code_is_issued(self):
        first, second = self.make(b"{}").json(), self.make('{"title": "이름"}'.encode()).json()
        assert len(first["code"]) == 10
        assert second["title"] == "이름"
        assert client_of().get("/get_group").json() == [first["code"], second["code"]]

    @pytest.mark.parametrize("body", [
        b"", b"x", b"[]", b"1", b"null", b'{"title": true}', b'{"title": 1.5}', b'{"title": -1}',
        b'{"title": 9007199254740992}', b'{"title": 123456789012345678901234567890}',
        b'{"title": null}', b'{"title": ""}', b'{"title": "  "}', b'{"title": []}',
        b'{"title": "\\u0000"}', b'{"title": "\\ud800"}', b'{"title": "' + b"9" * 5_000 + b'"}',
    ])  # fmt: skip
    def test_anything_else_is_refused_and_makes_nothing(self, body):
        refused = self.make(body)
        assert refused.status_code in {400, 422}
        assert refused.json()["error"]["code"] in {"bad_request", "invalid"}
        assert refused["Access-Control-Allow-Origin"] == "*"
        assert Room.objects.exclude(pk=BOARD_PK).count() == 0

    def test_too_big(self):
        assert self.make(b'{"title": "' + b"x" * 70_000 + b'"}').status_code == 413

    @pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "text/html"])
    def test_the_type_and_the_origin_do_not_matter(self, kind):
        made = self.make(
            b'{"title": 5}', content_type=kind, headers={"origin": "https://a.example"}
        )
        assert made.json() is True
        assert made["Access-Control-Allow-Origin"] == "*"
        assert made["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Credentials" not in made

    @pytest.mark.parametrize("path", ["/get_group", "/create_group"])
    def test_browsers_may_ask_beforehand(self, path):
        answer = client_of().options(path, headers={"origin": "https://a.example"})
        assert answer.status_code == 204
        assert "*" in answer["Access-Control-Allow-Headers"]
        assert client_of().delete(path).status_code == 405

    def test_making_is_limited_by_address(self):
        for n in range(60):
            self.make(b'{"title": %d}' % n)
        assert self.make(b'{"title": 5}').json() is True
        refused = self.make(b'{"title": 1000}')
        assert refused.status_code == 429
        assert refused.json()["error"]["retry_after"] > 0
