"""The ring: complete above `after`, in the order of changes, quotes kept up to date."""

import json

import orjson
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol import Entry, encode
from chat.realtime.ring import Ring
from tests.realtime.board import Rows, deleted, message, reply


def numbers(entries: list[Entry] | None) -> list[tuple[int, int]] | None:
    return None if entries is None else [(e.seq, e.change) for e in entries]


def quote_of(ring: Ring, seq: int) -> str | None:
    entry = next(e for e in ring.since(ring.after, 1_000) or [] if e.seq == seq)
    text: str | None = json.loads(entry.encoded)["reply_to"]["text"]
    return text


def test_a_newer_state_replaces_the_older() -> None:
    ring = Ring(0, [message(1), message(2), message(1, 3)], 10)
    assert numbers(ring.since(0, 9)) == [(2, 2), (1, 3)]
    assert numbers(ring.since(2, 9)) == [(1, 3)]
    assert numbers(ring.since(0, 2)) == [(2, 2)]
    assert ring.since(3, 9) == []


def test_the_oldest_falls_out_and_then_it_can_not_know() -> None:
    ring = Ring(0, [message(n) for n in range(1, 6)], 3)
    assert ring.after == 2
    assert ring.since(1, 9) is None
    assert numbers(ring.since(2, 9)) == [(3, 3), (4, 4), (5, 5)]


def test_the_latest_messages_leave_out_deleted_and_hidden_ones() -> None:
    ring = Ring(0, [*(message(n) for n in range(1, 6)), deleted(4, 6), message(1, 7)], 10)
    assert numbers(ring.latest(10, 7)) == [(1, 7), (2, 2), (3, 3), (5, 5)]
    assert numbers(ring.latest(2, 7)) == [(3, 3), (5, 5)]
    assert numbers(ring.latest(10, 7, visible_from=3)) == [(3, 3), (5, 5)]
    assert numbers(ring.latest(10, 6)) == [(2, 2), (3, 3), (5, 5)], "a later state comes live"


def test_the_latest_are_not_known_when_older_ones_may_be_missing() -> None:
    ring = Ring(10, [message(n) for n in range(11, 16)], 10)
    assert ring.latest(6, 20) is None
    assert numbers(ring.latest(2, 20)) == [(14, 14), (15, 15)]
    assert numbers(ring.latest(6, 20, visible_from=11)) == [(n, n) for n in range(11, 16)]
    edited = Ring(10, [message(3, 11), message(12)], 10)
    assert edited.latest(2, 20) is None, "message 3 is there, but 4 to 10 are not"


def test_reaching_back_adds_what_was_before_and_keeps_what_is_newer() -> None:
    ring = Ring(4, [message(5), message(2, 6)], 2)
    ring.reach_back(1, [message(3), message(4), message(5), message(2, 6)])
    assert ring.after == 1
    assert numbers(ring.since(1, 9)) == [(3, 3), (4, 4), (5, 5), (2, 6)]
    ring.reach_back(3, [])
    assert ring.after == 1, "what is known stays known"


def test_a_change_of_the_source_redraws_its_quotes() -> None:
    ring = Ring(0, [message(1, text="secret"), reply(2, 1, "secret")], 10)
    ring.put(message(1, 3, text="mended"))
    assert quote_of(ring, 2) == "mended"
    bold = message(1, 4, text="**bold**")
    bold.encoded = encode(orjson.loads(bold.encoded) | {"html": "<p><strong>bold</strong></p>"})
    ring.put(bold)
    assert quote_of(ring, 2) == "bold"
    ring.put(deleted(1, 5))
    assert quote_of(ring, 2) is None
    assert not any(b"secret" in e.encoded for e in ring.since(0, 9) or [])


def test_a_quote_read_before_its_source_was_deleted_is_redrawn_when_it_comes_in() -> None:
    ring = Ring(4, [message(5), deleted(1, 6)], 10)
    ring.reach_back(1, [message(2), reply(3, 1, "secret"), message(4)])
    assert quote_of(ring, 3) is None


def test_a_reply_that_fell_out_and_one_without_a_quote_are_no_trouble() -> None:
    lost = message(3)
    lost.reply_to = 1
    ring = Ring(0, [message(1), reply(2, 1, "x"), lost], 3)
    ring.put(deleted(1, 4))
    assert numbers(ring.since(1, 9)) == [(2, 2), (3, 3), (1, 4)]
    for number in range(5, 9):
        ring.put(message(number))
    ring.put(message(1, 9))
    assert ring.since(8, 9) == [message(1, 9)]


@given(
    st.lists(st.tuples(st.sampled_from("pped"), st.integers(0, 50)), max_size=60),
    st.integers(1, 12),
    st.integers(0, 40),
)
def test_since_is_what_the_database_says_or_none(
    steps: list[tuple[str, int]], capacity: int, reach: int
) -> None:
    rows = Rows()
    ring = Ring(0, [], capacity)
    for kind, n in steps:
        if kind == "p" or not rows.states:
            entries = rows.post()
        else:
            target = 1 + n % len(rows.states)
            entries = rows.edit(target) if kind == "e" else rows.delete(target)
        for entry in entries:
            ring.put(entry)
    if reach < ring.after:
        ring.reach_back(reach, rows.tail(reach).entries)
        assert ring.after == reach
    for change in range(rows.head + 1):
        known = ring.since(change, rows.head)
        assert (known is None) == (change < ring.after)
        assert known is None or known == rows.tail(change).entries
