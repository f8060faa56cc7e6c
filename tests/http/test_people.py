"""Nicknames, guests, logins."""

import threading
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from glyphguard.confusables import prototype
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import Conflict, Invalid, NicknameTaken, RateLimited, Unauthenticated
from chat.models import BOARD_PK, Feed, Membership, User
from chat.services import names, people, titles
from chat.services.lookalikes import looks, skeleton
from chat.text import Limits, check_text, graphemes
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
        *("system", "시스템", "알림", "staff", "STAFF 2", "마당", "M a d a n g", "공지"),
    ],
)
def test_nobody_passes_for_the_staff(typed):
    with pytest.raises(Invalid):
        names.clean_nickname(typed, 20)
    assert names.clean_nickname(typed, 20, may_be_staff=True)


@pytest.mark.parametrize(
    "typed",
    [
        *("Ꭺdmin", "ѕtaff", "админ", "Администратор", "διαχειριστής", "модератор", "аdmіn"),
        *("어드민", "어 드 민", "모더레이터", "매니저", "호스트", "관리자", "운영자님", "host"),
        *("管理员", "管理者", "版主", "アドミン", "スタッフ", "客服", "एडमिन", "أدمن", "แอดมิน"),
        *("a\u20ddd\u20ddmin", "ꓮꓓꓟꓲꓠ", "𝔄𝔡𝔪𝔦𝔫", "система", "מנהל"),
    ],
)
def test_nobody_passes_for_the_staff_in_another_script(typed):
    with pytest.raises(Invalid):
        names.clean_nickname(typed, 20)


BLANK = ["\U0001d159", "\u3164", "\u115f\u1160", "\u2800", "\uffa0", "\ufffc", "\u034f",
         "\U000e0041\U000e0042", "\U00013441", "\u200b\u200d", "\ufe0f", "\u00ad"]  # fmt: skip


@pytest.mark.parametrize("text", [*BLANK, f" {BLANK[0]}\u3000"])
def test_what_leaves_no_ink_is_blank_as_a_name_a_title_and_a_text(text):
    with pytest.raises(Invalid, match="nickname first"):
        names.clean_nickname(text, 20)
    with pytest.raises(Invalid, match="room a title"):
        titles.clean_title(text)
    with pytest.raises(Invalid, match="nothing to send"):
        check_text(text, Limits())


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        *(("Bоb", "о"), ("Ивaн", "a"), ("Bobγ", "γ"), ("민수カ", "カ"), ("안녕Привет", "안")),
        *(("שלוםBob", "B"), ("ไทยBob", "ไ"), ("Ꮋello", "Ꮋ")),
    ],
)
def test_a_mix_of_scripts_is_refused_by_the_sign_that_makes_it(typed, sign):
    for clean in (lambda text: names.clean_nickname(text, 20), titles.clean_title):
        with pytest.raises(Invalid) as refused:
            clean(typed)
        assert refused.value.params == {"sign": sign, "code": f"U+{ord(sign):04X}"}


def test_a_sign_that_is_not_seen_is_named():
    with pytest.raises(Invalid) as refused:
        names.clean_nickname("a\u200bb", 20)
    assert refused.value.params == {"code": "U+200B"}
    with pytest.raises(Invalid) as refused:
        titles.clean_title("마당\U0001d159방")
    assert refused.value.params == {"code": "U+1D159"}


@pytest.mark.parametrize(
    "typed",
    [
        *("민수Bob", "민수 Kim 2", "ボブBob漢字", "王小明Bob", "注音ㄅㄆBob", "漢字민수", "Иван7"),
        *("Ελένη", "ਬੌਬ", "שלום", "عمر", "สมชาย", "José", "Bob★", "😀 Иван", "ㅋㅋBob", "々Bob"),
    ],
)
def test_scripts_that_people_write_together_are_fair(typed):
    assert names.clean_nickname(typed, 20) == typed
    assert titles.clean_title(typed) == typed


def test_a_title_may_hold_words_of_several_scripts():
    assert titles.clean_title("Русский клуб & English club") == "Русский клуб & English club"


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
        ("Bob", "Bоb"),
        ("Bob", "Вов"),
        ("Bob", "𝐁ⓞb"),
        ("Admin", "Ꭺdmin"),
        ("Łukasz", "Lukasz"),
        ("vox", "νοχ"),
        ("Tom", "ТОМ"),
        ("scope", "ѕсоре"),
        ("Iee", "1ее"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


def test_signs_that_unicode_holds_for_confusable_have_one_skeleton():
    """Every sign of the table that may stand in a nickname, beside what it passes for."""
    apart = [
        (sign, looks_like)
        for sign in map(chr, range(0x80, 0x20000))
        if (looks_like := prototype(sign)) != sign
        and looks_like.isascii() and looks_like.isalnum()
        and skeleton(looks_like) not in looks(sign)
    ]  # fmt: skip
    # A few have two readings: what case folding or compatibility makes of them comes first.
    assert len(apart) < 12, apart


def test_different_names_have_different_skeletons():
    found = {skeleton(name) for name in ("민수", "민서", "Ann", "Anna", "Ann3", "Anne", "민수2")}
    assert len(found) == 7


@given(st.text(max_size=60))
def test_whatever_is_kept_is_short_and_seen(text):
    try:
        name = names.clean_nickname(text, 20)
    except Invalid:
        return
    assert 1 <= graphemes(name) <= 20
    assert len(name) <= (User._meta.get_field("nickname").max_length or 0)
    assert len(skeleton(name)) <= 320
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
@pytest.mark.parametrize(
    ("held", "typed"), [("Bob", "Вов"), ("NIK", "ΝΙΚ"), ("ΝΙΚ", "νικ"), ("vox", "νοχ")]
)
def test_whatever_looks_like_a_name_is_taken_and_the_suggestion_is_free(held, typed):
    make_person(held)
    with pytest.raises(NicknameTaken) as refused:
        people.make_guest(typed)
    assert refused.value.suggestion
    people.make_guest(refused.value.suggestion)


@pytest.mark.django_db
def test_people_keep_the_names_that_are_refused_today():
    bob = make_person("bob")
    twin = User.objects.create(nickname="Bоb", name_key="made by an older version")
    old = User.objects.create(nickname="민수", name_key="of an older table")
    for person in (twin, old):
        people.touch(person)  # They were here a moment ago: nothing to do.
        assert User.objects.get(pk=person.pk).name_key in (
            "made by an older version", "of an older table",
        )  # fmt: skip
        person.seen_at -= timedelta(hours=2)
        people.touch(person)
    assert User.objects.get(pk=old.pk).name_key == skeleton("민수")
    twin.refresh_from_db()
    bob.refresh_from_db()
    assert (twin.nickname, bob.name_key) == ("Bоb", skeleton("Bob"))
    assert twin.name_key == f"{skeleton('Bob')} {twin.pk}"
    assert people.rename(twin, "Bоb") is False
    assert people.check_nickname(twin, "Bоb") == "Bоb"
    with pytest.raises(Invalid):
        people.rename(twin, "Bоb2")
    people.mend_key(twin)
    twin.refresh_from_db()
    assert twin.name_key == f"{skeleton('Bob')} {twin.pk}"


@pytest.mark.django_db
def test_an_upgrade_renews_the_keys_of_all_who_hold_a_name():
    bob = make_person("bob")
    User.objects.filter(pk=bob.pk).update(name_key="old")
    twin = User.objects.create(
        nickname="Вов", name_key="old too", seen_at=timezone.now() - timedelta(days=3)
    )
    gone = User.objects.create(nickname="민수")
    renewing = import_module("chat.migrations.0007_name_keys")
    renewing.renew(apps, None)
    keys = dict(User.objects.values_list("pk", "name_key"))
    assert keys == {
        bob.pk: skeleton("bob"), twin.pk: f"{skeleton('bob')} {twin.pk}", gone.pk: None,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_name_of_someone_long_gone_is_free_and_they_get_another_when_they_return():
    gone = make_person("민수", seen_at=timezone.now() - timedelta(days=31))
    now = people.make_guest("민수")
    gone.refresh_from_db()
    assert gone.name_key is None
    people.touch(gone)
    back = User.objects.get(pk=gone.pk)
    assert back.nickname == "민수2"
    assert back.name_key == skeleton("민수2")
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
        people.check_login("alice", "correct horse", "10.0.0.1")
    with pytest.raises(RateLimited):
        people.check_login(" ALICE", "correct horse", "10.0.0.1")


@pytest.mark.django_db
def test_guesses_lock_out_neither_other_addresses_nor_a_device_that_is_known():
    alice = make_person("alice")
    people.add_login(alice, "alice", "correct horse")
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            people.check_login("alice", "wrong", "10.0.0.1")
    assert people.check_login("alice", "correct horse", "10.0.0.2") == alice
    assert people.check_login("alice", "correct horse", "10.0.0.1", "her phone") == alice


@pytest.mark.django_db
def test_a_known_device_has_a_count_of_its_own():
    alice = make_person("alice")
    people.add_login(alice, "alice", "correct horse")
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            people.check_login("alice", "wrong", "10.0.0.1", "her phone")
    with pytest.raises(RateLimited):
        people.check_login("alice", "correct horse", "10.0.0.2", "her phone")
    assert people.check_login("alice", "correct horse", "10.0.0.1") == alice


@pytest.mark.django_db
def test_a_taken_user_name_is_refused_before_anything_is_hashed(monkeypatch):
    alice, bob = make_person("alice"), make_person("bob")
    people.add_login(alice, "alice", "correct horse")
    monkeypatch.setattr(User, "set_password", lambda *_: pytest.fail("hashed"))
    with pytest.raises(Conflict):
        people.add_login(bob, "alice", "correct horse", "10.0.0.1")


@pytest.mark.django_db
def test_user_names_are_tried_by_person_and_by_address_so_often_and_no_more(settings):
    settings.CHAT = {**settings.CHAT, "wrong_codes_per_hour_address": 25}
    people.add_login(make_person("alice"), "alice", "correct horse")
    guests = [make_person(f"guest{n}") for n in range(4)]
    answers = []
    for guest in guests:
        for _ in range(11):
            with pytest.raises((Conflict, RateLimited)) as refusal:
                people.add_login(guest, "alice", "correct horse", "10.0.0.1")
            answers.append(refusal.type)
    assert [answers[at : at + 11].count(Conflict) for at in (0, 11, 22, 33)] == [10, 10, 5, 0]
    people.add_login(guests[3], "guest3", "correct horse", "10.0.0.2")


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
