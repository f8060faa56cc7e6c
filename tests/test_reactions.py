"""Reactions: what one may be, how many, whose, and how they are told."""

from pathlib import Path

import pytest

from chat.errors import ChatError
from chat.models import BOARD_PK, Membership, Message, Reaction, User
from chat.protocol import Change, Delete, Edit, Post, React, decoded
from chat.services import history
from chat.services.access import access
from chat.services.feed import Draft, Outcome, Recorded, Stored, record
from chat.text import is_emoji, qualified
from tests.support.people import client_of, make_person, make_room

EMOJI_LIST = "chat/static/chat/emoji.txt"
db = pytest.mark.django_db(transaction=True)


def react(emoji: str, on: bool = True, seq: int = 1) -> React:
    return React("", "r", seq, emoji, on)


def write(author: User, *changes: Change, room: int = BOARD_PK) -> Recorded:
    return record([Draft(room, author.pk, change) for change in changes])


def refusal(outcome: Outcome) -> str:
    assert isinstance(outcome, ChatError)
    return outcome.code


@pytest.mark.static
@pytest.mark.parametrize(
    "text",
    [
        *"👍😀🥹🫶",
        "❤️",
        "☝🏽",
        "👍🏿",
        "🇰🇷",
        "1️⃣",
        "#⃣",
        "👨‍👩‍👧‍👦",
        "👩🏽‍❤️‍💋‍👨🏽",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "🏳️‍🌈",
        "©️",
        "☠️",
        "❤️‍🔥",
    ],
)
def test_every_emoji_is_one(text):
    assert is_emoji(text)


@pytest.mark.static
@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "a",
            "ㅋ",
            "가",
            "1",
            "1\ufe0f",
            "<b>",
            "❤",
            "👍👍",
            "👍 ",
            "a👍",
            "👍a",
            "🇰",
            "🇰🇷🇰",
        ),
        *("😀\u0301", "😀\u0301\u0301", "👍\u200d", "\u200d👍", "😀\U000e0061", "👍" * 20, ":+1:"),
        "👨" + "\u200d👨" * 20,
    ],
)
def test_nothing_else_is_one(text):
    assert not is_emoji(text)


FORMS = [
    ("👍\ufe0f", "👍"),
    ("👍\ufe0e", "👍"),
    ("❤", "❤\ufe0f"),
    ("1\u20e3", "1\ufe0f\u20e3"),
    ("☝\ufe0f🏽", "☝🏽"),
    ("👁\u200d🗨", "👁\ufe0f\u200d🗨\ufe0f"),
    ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
    ("🤦🏽\u200d♀", "🤦🏽\u200d♀\ufe0f"),
    ("👩\u200d❤\u200d💋\u200d👨", "👩\u200d❤\ufe0f\u200d💋\u200d👨"),
    ("🏴\u200d☠", "🏴\u200d☠\ufe0f"),
    ("🇰\ufe0f🇷", "🇰🇷"),
    ("©", "©\ufe0f"),
]


@pytest.mark.static
@pytest.mark.parametrize(("form", "whole"), FORMS)
def test_an_emoji_has_one_qualified_form(form: str, whole: str) -> None:
    assert qualified(form) == whole == qualified(whole)
    assert is_emoji(whole)


@pytest.mark.static
def test_what_the_page_offers_is_qualified() -> None:
    words = Path(EMOJI_LIST).read_text().split("\n")
    offered = [line.split(" ")[0] for line in words if " " in line]
    assert len(offered) > 300
    assert [emoji for emoji in offered if qualified(emoji) != emoji or not is_emoji(emoji)] == []


@db
@pytest.mark.parametrize(("form", "whole"), FORMS[:4])
def test_two_forms_of_an_emoji_are_one_chip(alice, bob, form, whole):
    write(alice, Post("", "a", "hi"))
    write(alice, react(whole))
    [entry] = write(bob, react(form)).news[BOARD_PK].entries
    both = [str(alice.pk), str(bob.pk)]
    assert decoded([entry.encoded])[0]["reactions"] == [
        {"emoji": whole, "count": 2, "people": both}
    ]
    assert write(bob, react(whole)).outcomes == [Stored(1, 3)], "nothing changes"
    assert set(Reaction.objects.values_list("emoji", flat=True)) == {whole}
    write(bob, react(form, on=False))
    assert Reaction.objects.get().user == alice


@db
def test_forms_that_older_versions_stored_are_one_when_read_and_go_together(alice, bob):
    write(alice, Post("", "a", "hi"))
    message = Message.objects.get()
    for person, emoji in ((bob, "👍\ufe0f"), (alice, "👍"), (bob, "👍")):
        Reaction.objects.create(message=message, user=person, emoji=emoji)
    found = client_of(bob).get("/api/v1/rooms/board/messages").json()
    both = [str(bob.pk), str(alice.pk)]
    assert found["messages"][0]["reactions"] == [{"emoji": "👍", "count": 2, "people": both}]
    assert found["mine"] == {"1": ["👍"]}
    write(bob, react("👍", on=False))
    assert Reaction.objects.get().user == alice


@db
def test_toggling_is_idempotent_and_what_changes_nothing_takes_no_number(alice, bob):
    write(alice, Post("", "a", "hi"))
    for on, change in ((False, 1), (True, 2), (True, 2), (False, 3), (False, 3)):
        recorded = write(bob, react("👍", on))
        assert recorded.outcomes == [Stored(1, change)]
    assert history.heads([BOARD_PK]) == {BOARD_PK: 3}
    assert not Reaction.objects.exists()


@db
def test_a_batch_of_reactions_is_one_change_and_ends_as_the_last_one_said(alice, bob):
    write(alice, Post("", "a", "hi"))
    write(alice, react("🔥"))
    recorded = write(
        bob, react("👍"), react("👍", on=False), react("👍"), react("🎉"), react("🎉", on=False)
    )
    assert set(recorded.outcomes) == {Stored(1, 3)}
    [entry] = recorded.news[BOARD_PK].entries
    assert decoded([entry.encoded])[0]["reactions"] == [
        {"emoji": "🔥", "count": 1, "people": [str(alice.pk)]},
        {"emoji": "👍", "count": 1, "people": [str(bob.pk)]},
    ]
    assert history.tail(BOARD_PK, 0).entries == [entry]


@db
def test_a_message_holds_twenty_kinds_and_any_number_of_people(alice, bob):
    write(alice, Post("", "a", "hi"))
    kinds = [chr(0x1F600 + n) for n in range(21)]
    outcomes = write(bob, *map(react, kinds)).outcomes
    assert refusal(outcomes[20]) == "conflict"
    assert all(isinstance(outcome, Stored) for outcome in outcomes[:20])
    assert refusal(write(alice, react(kinds[20])).outcomes[0]) == "conflict"
    crowd = [make_person(f"p{n}") for n in range(25)]
    record([Draft(BOARD_PK, person.pk, react(kinds[0])) for person in crowd])
    [entry] = history.tail(BOARD_PK, 0).entries
    first = decoded([entry.encoded])[0]["reactions"][0]
    assert (first["count"], len(first["people"])) == (26, 20)
    write(bob, react(kinds[5], on=False))
    assert isinstance(write(alice, react(kinds[20])).outcomes[0], Stored), "there is room again"


@db
def test_no_reactions_where_one_may_not_or_nothing_is(alice, bob):
    room = make_room(alice)
    write(alice, Post("", "a", "before"), Post("", "b", "after"), Post("", "c", "x"), room=room.pk)
    write(alice, Delete("", "d", 3), room=room.pk)
    assert refusal(write(bob, react("👍", seq=2), room=room.pk).outcomes[0]) == "not_found"
    Membership.objects.create(room=room, user=bob, visible_from=2)
    drafts = [react("👍", seq=seq) for seq in (1, 2, 3, 4, 99)]
    outcomes = write(bob, *drafts, react("x", seq=2), room=room.pk).outcomes
    assert isinstance(outcomes[1], Stored)
    codes = [refusal(outcome) for at, outcome in enumerate(outcomes) if at != 1]
    assert codes == ["not_found"] * 4 + ["invalid"]
    write(bob, react("🎉", seq=2), Delete("", "e", 2), room=room.pk)
    write(alice, react("🎉", seq=2), Delete("", "f", 2), react("👍", seq=2), room=room.pk)
    assert not Reaction.objects.exists()


@db
def test_an_edit_keeps_reactions_and_history_tells_mine(alice, bob):
    write(alice, Post("", "a", "hi"), Post("", "b", "ho"))
    write(bob, react("👍"), react("🎉", seq=2))
    write(alice, react("👍"), Edit("", "e", 1, "hi!"))
    found = client_of(bob).get("/api/v1/rooms/board/messages").json()
    assert found["mine"] == {"1": ["👍"], "2": ["🎉"]}
    assert found["messages"][0]["reactions"][0]["count"] == 2
    assert found["messages"][0]["text"] == "hi!"
    write(bob, react("👍", on=False), react("🎉", on=False, seq=2))
    found = client_of(bob).get("/api/v1/rooms/board/messages").json()
    assert found["mine"] == {}
    assert "reactions" not in found["messages"][1]
    assert access(bob, "board").can_post
