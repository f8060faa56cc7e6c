"""`GET /api/v1/search`: what it answers, what it refuses, and that it follows a running room."""

import asyncio
import sqlite3
import time
from contextlib import closing
from urllib.parse import urlencode

import pytest
from django.test import Client

from chat import limits
from chat.protocol import Post
from chat.services import feed, rooms
from tests.http.test_api import ask, code
from tests.support.live import live
from tests.support.people import client_of, make_person, make_room
from tests.support.server import Server, Visitor, serve


def look(client: Client, **query: object):
    return ask(client, "GET", f"search?{urlencode(query)}")


@pytest.mark.django_db
class TestAnswers:
    def test_a_hit_is_the_message_with_its_room_and_what_to_mark(self):
        alice = make_person("alice")
        room = make_room(alice, "독서 모임")
        texts = ["회의를 합시다", "아니요", "그럼 내일 회의?"]
        feed.record(
            [feed.Draft(room.pk, alice.pk, Post("", f"n{i}", t)) for i, t in enumerate(texts)]
        )
        answer = look(client_of(alice), q="ㅎㅇ")
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        found = answer.json()
        assert {name: found[name] for name in ("more", "next", "partial")} == {
            "more": False, "next": None, "partial": False,
        }  # fmt: skip
        assert [hit["ranges"] for hit in found["hits"]] == [[[6, 8]], [[0, 2]]]
        first = found["hits"][0]
        assert (first["room"], first["title"]) == (room.public_id, "독서 모임")
        history = ask(client_of(alice), "GET", f"rooms/{room.public_id}/messages").json()
        assert first["message"] == history["messages"][-1]

    def test_pages_follow_each_other(self):
        alice = make_person("alice")
        room = make_room(alice)
        feed.record([feed.Draft(room.pk, alice.pk, Post("", f"n{i}", "회의")) for i in range(5)])
        client = client_of(alice)
        seqs: list[int] = []
        before: dict[str, str] = {}
        while True:
            page = look(client, q="회의", room=room.public_id, limit=2, **before).json()
            seqs += [hit["message"]["seq"] for hit in page["hits"]]
            assert page["more"] == (page["next"] is not None)
            if not page["more"]:
                break
            before = {"before": page["next"]}
        assert seqs == [5, 4, 3, 2, 1]

    def test_filters_narrow_it_down(self):
        alice, bob = make_person("alice"), make_person("bob")
        room = make_room(alice)
        rooms.join(bob, room)
        for person, place in ((alice, room.pk), (bob, room.pk), (bob, 0)):
            feed.record([feed.Draft(place, person.pk, Post("", f"n{place}", "회의"))])
        client = client_of(alice)

        def count(**query: object) -> int:
            return len(look(client, q="회의", **query).json()["hits"])

        assert count() == 3
        assert count(room="board") == 1
        assert count(person=bob.pk) == 2
        assert count(person=bob.pk, room=room.public_id) == 1
        assert count(**{"from": "2020-01-01", "to": "2020-12-31"}) == 0
        assert count(**{"from": "2020-01-01T00:00:00+09:00"}) == 3

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"q": ""},
            {"q": "  "},
            {"q": "가" * 101},
            {"q": "a\u0301" * 900},
            {"q": "a\0b"},
            {"q": "a", "person": "x"},
            {"q": "a", "person": "9" * 30},
            {"q": "a", "from": "yesterday"},
            {"q": "a", "to": "2026-02-31"},
            {"q": "a", "from": "9999-12-31T23:59:59-23:59"},
            {"q": "a", "to": "9999-12-31"},
            {"q": "a", "before": "12"},
            {"q": "a", "before": "board.x"},
            {"q": "a", "limit": "0"},
            {"q": "a", "limit": "51"},
            {"q": "a", "limit": "-1"},
        ],
    )
    def test_what_makes_no_sense_is_refused(self, query):
        client = client_of(make_person("alice"))
        assert code(look(client, **query)) == (422, "invalid")

    @pytest.mark.parametrize(
        "q",
        [
            '"',
            '" AND room OR',
            "NEAR(a b)",
            "*",
            "a*",
            "'; DROP TABLE",
            "%_%",
            "\\",
            "(",
            "가" * 100,
        ],
    )
    def test_signs_of_query_languages_are_only_signs(self, q):
        client = client_of(make_person("alice"))
        feed.record([feed.Draft(0, make_person("bob").pk, Post("", "n", f"so {q} it is"))])
        answer = look(client, q=q.replace('"', "") or "so")
        assert [hit["message"]["seq"] for hit in answer.json()["hits"]] == [1]

    def test_a_room_of_others_is_not_there(self):
        room = make_room(make_person("alice"))
        charlie = client_of(make_person("charlie"))
        assert code(look(charlie, q="a", room=room.public_id)) == (404, "not_found")
        assert code(look(charlie, q="a", before=f"{room.public_id}.1")) == (404, "not_found")
        assert code(look(charlie, q="a", room="nope")) == (404, "not_found")

    def test_too_many_are_refused_with_the_time_to_wait(self, settings):
        settings.CHAT = {**settings.CHAT, "searches_per_minute": 2}
        limits.reset()
        client, other = client_of(make_person("alice")), client_of(make_person("bob"))
        answers = [look(client, q="a") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 0 < answers[2].json()["error"]["retry_after"] <= 60
        assert look(other, q="a").status_code == 200


def seqs(server: Server, visitor: Visitor, q: str) -> list[int]:
    answer = server.call("GET", "/api/v1/search", visitor, params={"q": q})
    assert answer.status_code == 200, answer.text
    return [hit["message"]["seq"] for hit in answer.json()["hits"]]


def indexed(server: Server) -> int:
    """How many messages the running server's index holds."""
    if "DATABASE_URL" in server.environment:
        return int(server.rows("SELECT count(*) FROM chat_searchdocument")[0][0])
    try:
        with closing(
            sqlite3.connect(f"{server.environment['DATA_DIR']}/madang.search.sqlite3")
        ) as it:
            return int(it.execute("SELECT count(*) FROM document").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def await_indexed(server: Server, count: int) -> None:
    until = time.monotonic() + 20
    while indexed(server) != count:
        assert time.monotonic() < until, f"not {count} messages are indexed"
        time.sleep(0.05)


async def test_a_running_server_finds_at_once_and_indexes_behind():
    with serve() as server:
        alice = server.enter()
        async with live(server, alice) as socket:
            await socket.subscribe("board")
            await socket.post("board", "회의를 합시다")
            assert seqs(server, alice, "ㅎㅇ") == [1]
            await socket.change("edit", "board", 1, text="산책을 갑시다")
            assert (seqs(server, alice, "회의"), seqs(server, alice, "산책")) == ([], [1])
            await asyncio.to_thread(await_indexed, server, 1)
            assert seqs(server, alice, "산책") == [1]
            await socket.change("delete", "board", 1)
            assert seqs(server, alice, "산책") == []
            await asyncio.to_thread(await_indexed, server, 0)
