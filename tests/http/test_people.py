"""Nicknames, guests, logins."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import Conflict, Invalid, NicknameTaken, RateLimited, Unauthenticated
from chat.models import BOARD_PK, Feed, Membership, User
from chat.services import names, people
from chat.text import graphemes
from tests.support.people import make_person


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("민수", "민수"),
        ("  민수\u3000김 ", "민수 김"),
        ("\u1106\u1175\u11ab\u1109\u116e", "민수"),
        ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
        ("👩🏽‍💻 Ann", None),
        ("O'Brien-이", None),
        ("가" * 20, None),
        ("👍🏽" * 20, None),
    ],
)
def test_a_fair_nickname_is_kept(typed, kept):
    assert names.clean_nickname(typed, 20) == (kept or typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "\u3164",
        "\u2800\u2800",
        "a\u200bb",
        "a\u200db",
        "\u202eabc",
        "\u2066abc\u2069",
        "a\x00b",
        "a\nb",
        "a\tb",
        "\ud800",
        "\ufeffabc",
        "a\u00adb",
        "e" + "\u0301" * 9,
        "가" * 21,
        "😀" * 21,
        "x" * 5_000,
    ],
)
def test_an_unfair_nickname_is_refused(typed):
    with pytest.raises(Invalid):
        names.clean_nickname(typed, 20)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "admin",
            "Admin",
            "ADMIN",
            "a d m i n",
            "ad.min",
            "аdmin",
            "ａｄｍｉｎ",
            "ádmin",
            "4dm1n",
        ),
        *(
            "admin1",
            "Administrator",
            "superadmin",
            "운영자",
            "운 영 자",
            "운영자님",
            "관리자1",
            "부운영자",
        ),
        *("system", "시스템", "알림", "staff", "STAFF 2", "마당", "M a d a n g", "ѕtaff", "공지"),
    ],
)
def test_nobody_passes_for_the_staff(typed):
    with pytest.raises(Invalid):
        names.clean_nickname(typed, 20)
    assert names.clean_nickname(typed, 20, may_be_staff=True)


@pytest.mark.parametrize("typed", ["badminton", "ecosystem", "앞마당", "Groot", "Allen", "운영"])
def test_innocent_names_pass(typed):
    assert names.clean_nickname(typed, 20) == typed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "alice"),
        ("Alice", "ＡＬＩＣＥ"),
        ("Alice", "Аlісе"),
        ("민수", "민 수"),
        ("Bem", "Bern"),
        ("IIII", "llll"),
        ("Straße", "STRASSE"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one, other):
    assert names.skeleton(one) == names.skeleton(other)


def test_different_names_have_different_skeletons():
    found = {
        names.skeleton(name) for name in ("민수", "민서", "Ann", "Anna", "Ann3", "Anne", "민수2")
    }
    assert len(found) == 7


@given(st.text(max_size=60))
def test_whatever_is_kept_is_short_and_seen(text):
    try:
        name = names.clean_nickname(text, 20)
    except Invalid:
        return
    assert 1 <= graphemes(name) <= 20
    assert len(name) <= (User._meta.get_field("nickname").max_length or 0)
    assert len(names.skeleton(name)) <= 320
    assert not names.unseen(name)
    assert names.clean_nickname(name, 20) == name


@given(st.text(min_size=1, max_size=30), st.integers(2, 99_999))
def test_a_numbered_name_stays_within_its_length(text, number):
    assert graphemes(names.numbered(text, number, 20)) <= 20


@pytest.mark.parametrize("language", ["ko", "en"])
def test_given_names_could_have_been_typed(language):
    for _ in range(50):
        name = names.given_name(language)
        assert names.clean_nickname(name, 20) == name


@pytest.mark.django_db
def test_a_guest_has_no_login_and_has_read_the_board():
    Feed.objects.filter(pk=BOARD_PK).update(head=7)
    guest = make_person("민수")
    assert (guest.kind, guest.username, guest.has_usable_password()) == ("guest", None, False)
    assert Membership.objects.get(room_id=BOARD_PK, user=guest).read == 7


@pytest.mark.django_db
def test_a_taken_nickname_is_answered_with_a_free_one():
    make_person("민수")
    make_person("민수2")
    with pytest.raises(NicknameTaken) as refused:
        people.make_guest("민 수")
    assert refused.value.suggestion == "민수3" or refused.value.suggestion == "민 수3"
    people.make_guest(refused.value.suggestion)


@pytest.mark.django_db
def test_a_name_of_someone_long_gone_is_free_and_they_get_another_when_they_return():
    gone = make_person("민수", seen_at=timezone.now() - timedelta(days=31))
    now = people.make_guest("민수")
    gone.refresh_from_db()
    assert gone.name_key is None
    people.touch(gone)
    back = User.objects.get(pk=gone.pk)
    assert back.nickname == "민수2"
    assert back.name_key == names.skeleton("민수2")
    assert now.nickname == "민수"


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_do_not_both_get_the_name():
    ready, won, refused = threading.Barrier(4), [], []

    def ask() -> None:
        ready.wait()
        try:
            won.append(people.make_guest("민수"))
        except NicknameTaken as error:
            refused.append(error.suggestion)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(refused)) == (1, 3)


@pytest.mark.django_db
def test_a_plain_client_is_never_refused_for_its_name():
    assert people.guest_for_plain("민수").nickname == "민수"
    assert people.guest_for_plain("민수").nickname == "민수2"
    for bad in ("", "admin", "\u202e", "x" * 500, "운영자"):
        name = people.guest_for_plain(bad, "en").nickname
        assert names.clean_nickname(name, 20) == name
    assert people.guest_for_plain(None).nickname


@pytest.mark.django_db
def test_an_address_makes_sixty_guests_a_minute():
    for n in range(60):
        people.make_guest(f"guest {n} x", "10.0.0.1")
    with pytest.raises(RateLimited) as refused:
        people.make_guest("one more", "10.0.0.1")
    assert 0 < (refused.value.retry_after or 0) <= 60
    people.make_guest("elsewhere", "10.0.0.2")


@pytest.mark.django_db
def test_rate_limits_can_be_switched_off(settings):
    settings.RATE_LIMITS = False
    for n in range(70):
        people.make_guest(f"guest {n} x", "10.0.0.1")


@pytest.mark.django_db
def test_renaming_follows_the_same_rules():
    alice, _bob = make_person("alice"), make_person("bob")
    with pytest.raises(NicknameTaken):
        people.rename(alice, "Bob")
    with pytest.raises(Invalid):
        people.rename(alice, "운영자")
    assert alice.nickname == "alice"
    assert people.rename(alice, "ALICE")
    assert not people.rename(alice, "ALICE")
    assert User.objects.get(pk=alice.pk).nickname == "ALICE"


@pytest.mark.django_db
def test_a_login_is_added_to_the_same_person():
    alice, bob = make_person("alice"), make_person("bob")
    people.add_login(alice, "alice", "correct horse")
    assert alice.kind == "member"
    assert people.check_login("alice", "correct horse", "10.0.0.1") == alice
    with pytest.raises(Conflict):
        people.add_login(alice, "again", "correct horse")
    with pytest.raises(Conflict):
        people.add_login(bob, "alice", "correct horse")
    assert User.objects.get(pk=bob.pk).username is None


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["", "1234567", "password", "12345678901", "bob-the-builder"])
def test_easy_passwords_are_refused(password):
    with pytest.raises(Invalid):
        people.add_login(make_person("bob"), "bob-the-builder", password)


@pytest.mark.django_db
def test_too_many_wrong_passwords_wait_with_the_right_one_too():
    alice = make_person("alice")
    people.add_login(alice, "alice", "correct horse")
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            people.check_login("alice", "wrong", "10.0.0.1")
    with pytest.raises(RateLimited):
        people.check_login("alice", "correct horse", "10.0.0.2")
    with pytest.raises(RateLimited):
        people.check_login(" ALICE", "correct horse", "10.0.0.2")


@pytest.mark.django_db
def test_someone_deactivated_cannot_sign_in():
    alice = make_person("alice")
    people.add_login(alice, "alice", "correct horse")
    assert people.set_active(alice, active=False)
    assert not people.set_active(alice, active=False)
    with pytest.raises(Unauthenticated):
        people.check_login("alice", "correct horse", "10.0.0.1")


@pytest.mark.django_db
def test_being_here_is_noted_once_an_hour(django_assert_num_queries):
    alice = make_person("alice", seen_at=timezone.now() - timedelta(hours=2))
    people.touch(alice)
    assert timezone.now() - User.objects.get(pk=alice.pk).seen_at < timedelta(minutes=1)
    with django_assert_num_queries(0):
        people.touch(alice)
