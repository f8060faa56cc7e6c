"""Rooms: codes, joining, leaving, settings and their numbers."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from chat.models import BOARD_PK, Feed, Membership, Room
from chat.services import codes, history, rooms
from chat.services.access import access
from tests.support.people import make_person, make_room


def test_codes_are_ten_signs_without_look_alikes():
    found = {codes.new_code() for _ in range(500)}
    assert len(found) == 500
    for code in found:
        assert len(code) == 10
        assert set(code) <= set("23456789ABCDEFGHJKMNPQRSTUVWXYZ")
        assert not code.isdigit()
        assert codes.read_code(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        "ABCDEFGHJK",
        "abcdefghjk",
        "ABCDE-FGHJK",
        " abcde fghjk ",
        "ABCDE–FGHJK",
        "ＡＢＣＤＥＦＧＨＪＫ",
        "ａｂｃｄｅ　ｆｇｈｊｋ",
        "ABCDE\u200bFGHJK\ufeff",
        "https://chat.example.org/join#ABCDEFGHJK",
        "http://192.168.0.7:8000/join#abcde-fghjk",
        "/join#ABCDEFGHJK",
        "ws://localhost:8000/ws/ABCDEFGHJK",
        "https://chat.example.org/join#%41BCDEFGHJK",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed):
    assert codes.read_code(typed) == "ABCDEFGHJK"


@pytest.mark.parametrize("typed", ["", "한글", "#", "😀", "A" * 33, "A" * 1_000, "a/b", "'; --"])
def test_what_cannot_be_a_code_is_none(typed):
    assert codes.read_code(typed) == ""


@given(st.text(max_size=450))
def test_reading_a_code_never_fails(text):
    code = codes.read_code(text)
    assert code == "" or (code.isascii() and code.isalnum() and len(code) <= 32)


def test_numbers_are_codes_of_their_own():
    assert codes.read_code("0042") == codes.read_code("/ws/42") == codes.number_code(42) == "42"
    assert codes.public_code("42") == 42
    assert codes.public_code("ABCDEFGHJK") == "ABCDEFGHJK"


@pytest.mark.django_db
def test_the_maker_is_inside_and_others_come_by_code():
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice)
    access(alice, room.public_id)
    with pytest.raises(NotFound):
        access(bob, room.public_id)
    found = rooms.find((room.code or "").lower(), "10.0.0.1", bob.pk)
    assert rooms.join(bob, found)
    assert not rooms.join(bob, found)
    access(bob, room.public_id)


@pytest.mark.django_db
def test_unknown_closed_and_expired_codes_are_one_answer_after_the_same_work(
    django_assert_num_queries,
):
    alice = make_person("alice")
    closed = make_room(alice, closed=True)
    expired = make_room(alice, code_expires_at=timezone.now() - timedelta(seconds=1))
    said = set()
    for code in ("ZZZZZZZZZZ", "", "한글", closed.code, expired.code):
        with django_assert_num_queries(1), pytest.raises(NotFound) as refused:
            rooms.find(str(code), "10.0.0.1", alice.pk)
        said.add((refused.value.code, refused.value.sentence))
    assert len(said) == 1


@pytest.mark.django_db
def test_ten_wrong_codes_and_even_the_right_one_must_wait():
    alice, bob = make_person("alice"), make_person("bob")
    code = make_room(alice).code or ""
    for _ in range(10):
        with pytest.raises(NotFound):
            rooms.find("ZZZZZZZZZZ", "10.0.0.1", bob.pk)
    with pytest.raises(RateLimited) as refused:
        rooms.find(code, "10.0.0.9", bob.pk)
    assert 0 < (refused.value.retry_after or 0) <= 600
    rooms.find(str(code), "10.0.0.1", alice.pk)


@pytest.mark.django_db
def test_a_hundred_wrong_codes_from_an_address():
    code = make_room(make_person("alice")).code or ""
    for _ in range(100):
        with pytest.raises(NotFound):
            rooms.find("ZZZZZZZZZZ", "10.0.0.1")
    with pytest.raises(RateLimited):
        rooms.find(code, "10.0.0.1")
    rooms.find(code, "10.0.0.2")


@pytest.mark.django_db
def test_twenty_rooms_a_day():
    alice = make_person("alice")
    for n in range(20):
        rooms.create(alice, f"room {n}")
    with pytest.raises(RateLimited) as refused:
        rooms.create(alice, "one more")
    assert refused.value.retry_after == pytest.approx(86_400, abs=60)
    Room.objects.order_by("-pk").filter(created_by=alice).update(
        created_at=timezone.now() - timedelta(hours=25)
    )
    rooms.create(alice, "the next day")


@pytest.mark.django_db
@pytest.mark.parametrize("title", ["", "  ", "x" * 61, "a\u202eb", "a\nb", "\ud800", "\u3164"])
def test_titles_have_rules(title):
    with pytest.raises(Invalid):
        rooms.create(make_person("alice"), title)


@pytest.mark.django_db
def test_a_numbered_room_is_made_once():
    assert rooms.create_numbered(1234, "10.0.0.1")
    assert not rooms.create_numbered(1234, "10.0.0.1")
    room = Room.objects.get(code="1234")
    assert (room.title, room.listed) == ("1234", True)
    assert rooms.find("1234", "10.0.0.1") == room
    for number in (-1, 2**53):
        with pytest.raises(Invalid):
            rooms.create_numbered(number, "10.0.0.1")


@pytest.mark.django_db
def test_the_list_holds_open_listed_rooms_alone():
    alice = make_person("alice")
    listed = make_room(alice, "Open", listed=True)
    make_room(alice, "Secret")
    make_room(alice, "Shut", listed=True, closed=True)
    rooms.create_numbered(7, "10.0.0.1")
    assert rooms.listed_codes() == [listed.code, 7]
    assert rooms.find_listed(listed.public_id) == listed
    for room in Room.objects.exclude(pk=BOARD_PK).filter(title__in=("Secret", "Shut")):
        with pytest.raises(NotFound):
            rooms.find_listed(room.public_id)


@pytest.mark.django_db
def test_newcomers_see_what_comes_after_them_where_history_is_limited():
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice, history=Room.History.JOINED)
    Feed.objects.filter(pk=room.pk).update(head=9)
    rooms.join(bob, room)
    assert access(bob, room).visible_from == 10
    assert access(bob, room).read == 9


@pytest.mark.django_db
def test_leaving_ends_access_and_the_board_is_never_left():
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice)
    rooms.join(bob, room)
    assert rooms.leave(bob, room)
    assert not rooms.leave(bob, room)
    with pytest.raises(NotFound):
        access(bob, room)
    with pytest.raises(Forbidden):
        rooms.leave(bob, Room.objects.get(pk=BOARD_PK))
    assert Membership.objects.filter(user=bob, room_id=BOARD_PK).exists()


@pytest.mark.django_db
def test_a_change_of_settings_takes_one_number():
    room = make_room(make_person("alice"))
    assert rooms.change(room.pk, rooms.Settings(title=" New  name ", closed=True))
    room.refresh_from_db()
    assert (room.title, room.closed, room.change) == ("New name", True, 1)
    assert Feed.objects.get(pk=room.pk).head == 1
    assert [entry.change for entry in history.tail(room.pk, 0).entries] == [1]


@pytest.mark.django_db
def test_what_changes_nothing_takes_no_number():
    room = make_room(make_person("alice"))
    assert not rooms.change(room.pk, rooms.Settings(title="Garden", closed=False))
    assert Feed.objects.get(pk=room.pk).head == 0


@pytest.mark.django_db
def test_a_room_made_unlisted_gets_a_new_code():
    room = make_room(make_person("alice"), listed=True)
    old = room.code or ""
    rooms.change(room.pk, rooms.Settings(listed=False))
    room.refresh_from_db()
    assert room.code != old
    with pytest.raises(NotFound):
        rooms.find(old, "10.0.0.1")


@pytest.mark.django_db
def test_a_rotated_code_replaces_the_old_one():
    room = make_room(make_person("alice"))
    old = room.code or ""
    new = rooms.rotate_code(room.pk)
    assert rooms.find(new, "10.0.0.1") == room
    with pytest.raises(NotFound):
        rooms.find(old, "10.0.0.1")
    assert Feed.objects.get(pk=room.pk).head == 1


@pytest.mark.django_db
def test_the_board_stays_open_but_may_be_renamed():
    for wanted in (rooms.Settings(closed=True), rooms.Settings(listed=True)):
        with pytest.raises(Conflict):
            rooms.change(BOARD_PK, wanted)
    with pytest.raises(Conflict):
        rooms.rotate_code(BOARD_PK)
    assert Room.objects.get(pk=BOARD_PK).title == ""
    assert not rooms.change(BOARD_PK, rooms.Settings(title=" "))
    assert rooms.change(BOARD_PK, rooms.Settings(title="Our yard"))
    assert Room.objects.get(pk=BOARD_PK).title == "Our yard"
    with pytest.raises(NotFound):
        rooms.change(999_999, rooms.Settings(title="x"))
