"""Pages of history have a bound in bytes, and whoever goes on from them misses nothing."""

from typing import Any

import orjson
import pytest

from chat.boot import boot
from chat.models import Room
from chat.protocol import PAGE_BYTES, PAGE_MAX, Post
from chat.services import history
from chat.services.access import Access, access
from chat.services.feed import Draft, Stored, record
from tests.support.people import make_person, make_room

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 260
EVERY = list(range(1, COUNT + 1))


@pytest.fixture
def standing() -> Access:
    """Someone in a room of long messages, among them some that are short."""
    alice = make_person("alice")
    room = make_room(alice)
    texts = ["🌊" * 1_900 if number % 10 else "short" for number in range(COUNT)]
    drafts = [
        Draft(room.pk, alice.pk, Post(room.public_id, f"n{n}", text))
        for n, text in enumerate(texts)
    ]
    assert all(isinstance(outcome, Stored) for outcome in record(drafts).outcomes)
    return access(alice, Room.objects.get(pk=room.pk))


def page(standing: Access, limit: int = PAGE_MAX, **wanted: int) -> Any:
    body = history.body_of(0, standing, limit, **wanted)
    assert len(body) < PAGE_BYTES + 10_000
    return orjson.loads(body)


def seqs(found: Any) -> list[int]:
    return [message["seq"] for message in found["messages"]]


def test_backwards_to_the_first(standing):
    found = page(standing)
    known = seqs(found)
    assert known[-1] == COUNT
    while found["more"]:
        found = page(standing, before=known[0])
        assert seqs(found), "a page that has more holds something"
        known = seqs(found) + known
    assert known == EVERY


def test_forwards_by_change_to_the_last(standing):
    known: list[int] = []
    more, after = True, 0
    while more:
        found = page(standing, after=after)
        known += seqs(found)
        more, after = found["more"], found["messages"][-1]["change"]
    assert known == EVERY


def test_around_and_on_in_both_directions(standing):
    found = page(standing, around=130)
    known = seqs(found)
    assert known[0] < 130 < known[-1], "both sides have their part"
    assert (found["more"], found["newer"]) == (True, True)
    newer = found["newer"]
    while newer:
        on = page(standing, around=known[-1])
        later = [seq for seq in seqs(on) if seq > known[-1]]
        assert later, "around the end there is something after it while others are newer"
        known += later
        newer = on["newer"]
    assert known == list(range(known[0], COUNT + 1))
    assert page(standing, around=COUNT)["newer"] is False
    assert page(standing, around=1)["more"] is False


def test_one_message_comes_however_few_are_asked_for(standing):
    assert seqs(page(standing, 1)) == [COUNT]
    assert seqs(page(standing, 1, around=7)) == [7, 8]
    assert seqs(page(standing, 2, around=7)) == [7, 8]


def test_short_messages_are_all_on_their_page():
    alice = make_person("alice")
    room = make_room(alice)
    record([Draft(room.pk, alice.pk, Post("", f"n{n}", "short")) for n in range(PAGE_MAX)])
    found = page(access(alice, room))
    assert (len(found["messages"]), found["more"]) == (PAGE_MAX, False)
    assert "newer" not in found


def test_the_pages_first_data_tells_when_it_was_cut_short(standing, monkeypatch):
    alice = make_person("bob")
    data = orjson.loads(boot(alice, standing))
    assert (len(data["page"]), "more" in data) == (50, False)
    monkeypatch.setattr(history.fitting, "__defaults__", (100_000,))
    history._latest._known.clear()
    data = orjson.loads(boot(alice, standing))
    assert 0 < len(data["page"]) < 50
    assert data["more"] is True
    assert [message["seq"] for message in data["page"]] == EVERY[-len(data["page"]) :]
