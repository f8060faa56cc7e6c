"""Search finds exactly what a scan of all that one may see finds, whatever is indexed yet."""

import random
import re
import sqlite3
import unicodedata
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import orjson
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import NotFound
from chat.models import BOARD_PK, Feed, Installation, Membership, Message, Room, User, new_epoch
from chat.protocol import Delete, Edit, Post, React
from chat.services import feed, history, rooms
from chat.services.access import access, accesses
from chat.services.formatting import formatted
from chat.services.search import find, indexer, words
from chat.services.search.chosen import index
from chat.services.search.find import Search
from chat.services.search.folding import fold, places
from chat.services.search.index import Wanted
from chat.services.search.readings import readings
from tests.support.people import make_person, make_room

MATCHES = [
    ("회의", "오늘 회의를 합니다"),
    ("의", "회의를"),
    ("검색", "검색어"),
    ("ㅎㅇ", "오늘 회의를"),
    ("ㅎㅇㄹ", "회의를"),
    ("회ㅇ", "회의를"),
    ("ㄳ", "감사합니다"),
    ("ㄱㅅ", "ㄳ"),
    ("ㅋㅋ", "ㅋㅋㅋㅋ"),
    ("ㅠㅠ", "아 ㅠㅠ"),
    ("회의 내일", "내일은 회의가 없다"),
    ('"내일 회의"', "내일\n회의"),
    ('"the a. 회"', "the  a. 회의"),
    ('"ㄴㅇ 회"', "내일 회의"),
    ("meet", "The MEETING"),
    ("eeting", "meeting"),
    ("ai", "AI팀 회의"),
    ("팀", "AI팀"),
    ("ai팀", "우리 AI팀은"),
    ("kpop춤", "kpop춤"),
    ("v1.2", "released v1.2.3"),
    ("c++", "C++ is hard"),
    ("+", "1+1"),
    ("🍂", "산책 🍂"),
    ("❤", "I ❤️ it"),
    ("café", "CAFÉ"),
    ("ＡＢＣ", "abc"),
    ("strasse", "Straße"),
    ("회의", unicodedata.normalize("NFD", "회의를")),
    (unicodedata.normalize("NFD", "회의"), "회의를"),
    ("東京", "東京都"),
    ("привет", "Приветик"),
    ("3장", "3장까지"),
    ("don't", "don’t"),
    ("don’t", "I don't"),
    ("don＇t", "donʼt"),
    ("o'clock", "o´clock"),
    ('he said "no"', "he said “no”"),
    ("well-known", "well‑known"),
    ("well–known", "well-known"),
    ("1-2", "1−2"),
    ("예산안", "예산\u200b안"),
    ("예\u200d산\u2060안", "예산안이"),
    ("예산", "예\u00ad산"),
    ("abc", "a\u200bb\u202ec\u2069"),
    ("abc", "ab\ufe0f\U000e0041c"),
    ("ㅋㅋ", "ﾻﾻ"),
    ("ㄱ", "\u1100"),
    ("カード", "ｶｰﾄﾞ"),
    ("①", "1번"),
    ("㎏", "5 kg"),
    ("(주)", "㈜마당"),
    ("office", "oﬃce"),
    ("x2", "x²"),
    ("STRASSE", "straße"),
    ("straße", "STRAẞE"),
    ("istanbul", "İSTANBUL"),
    ("İstanbul", "istanbul"),
    ("ısparta", "ISPARTA"),
    ("οδοσ", "ΟΔΟΣ"),
    ("οδός", "ΟΔΟΣ"),
    ("ΟΔΥΣΣΕΑΣ", "Οδυσσέας"),
    ("ПРИВЕТ", "привет"),
    ("ᏣᎳᎩ", "ꮳꮃꭹ"),
    ("ＭＡＤＡＮＧ", "madang"),
    ("마당 방", "마당\u3000방"),
    ("가·나", "가ㆍ나"),
    ("𝐡𝐞𝐥𝐥𝐨", "Hello"),
]
MISSES = [
    ("검색", "검…색"),
    ("검색", "색검"),
    ("회의록", "회의 기록"),
    ("ai", "wait, again"),
    ("ㅎㅇ", "이하"),
    ("ㄱ", "까"),
    ("ㅎㅇ", "회 의"),
    ("회의 내일", "회의가 있다"),
    ('"내일 회의"', "회의 내일"),
    ("meeting", "meet ing"),
]


@pytest.mark.parametrize(("query", "text"), MATCHES)
def test_a_term_is_found_anywhere_in_a_word(query, text):
    terms = words.parse(query)
    assert words.find(terms, [fold(text)])
    assert {gram for term in terms for gram in term.grams} <= words.grams(fold(text))
    assert words.ranges(terms, text)


SEEN = [
    ("예산안이", "**예산**안이", ["예산**안이"]),
    ("**예산**", "**예산**안이", ["**예산**"]),
    ("예산안", "~~예~~*산*안", ["예~~*산*안"]),
    ("예산안이", "[예산](https://a.example)안이", ["예산](https://a.example)안이"]),
    ("a.example", "[예산](https://a.example)안이", ["a.example"]),
    ("don't", "**don**’t", ["don**’t"]),
    ('"1 *2*"', "**1** \\*2\\*", ["1** \\*2\\*"]),
    ("첫째", "1. **첫**째\n2. 둘째", ["첫**째"]),
    ("둘째", "1. **첫**째\n2. 둘째", ["둘째"]),
    ('"어제 오늘"', "> 어제\n> 오늘\n\n내일", ["어제\n> 오늘"]),
    ("a<b&c", "`a<b&c` **d**", ["a<b&c"]),
    ("예산안", "**예\u200b산**안", ["예\u200b산**안"]),
    ("straße", "**vor** STRASSE", ["STRASSE"]),
]


@pytest.mark.parametrize(("query", "text", "marked"), SEEN)
def test_what_formatting_shows_is_found_and_marked_where_it_was_written(query, text, marked):
    html = formatted(text).html
    assert html
    terms = words.parse(query)
    folded = list(map(fold, readings(text, html)))
    assert words.find(terms, folded)
    assert {gram for term in terms for gram in term.grams} <= set().union(*map(words.grams, folded))
    assert [text[start:end] for start, end in words.ranges(terms, text, html)] == marked


@given(st.text(max_size=40))
def test_folding_is_stable_and_its_places_are_in_the_text(text):
    folded = fold(text)
    assert fold(folded) == folded
    found = places(text)
    if found is not None:
        assert len(found) == len(folded)
        assert all(0 <= start < end <= len(text) for start, end in found)


@given(st.text(max_size=40))
def test_case_and_compatibility_are_never_told_apart(text):
    for other in (text.casefold(), unicodedata.normalize("NFKD", text.casefold())):
        if not any("\u3131" <= sign <= "\u318e" for sign in text):
            assert fold(other) == fold(fold(other))
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


@pytest.mark.parametrize(("query", "text"), MISSES)
def test_order_and_neighbourhood_hold(query, text):
    assert not words.find(words.parse(query), [fold(text)])


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("회의", "오늘 회의를 회의", ["회의", "회의"]),
        ("ㅎㅇ 오늘", "오늘 회의를", ["오늘", "회의"]),
        ("회의", unicodedata.normalize("NFD", "회의"), [unicodedata.normalize("NFD", "회의")]),
        ("ss", "Straße ssa", ["ssa"[:2]]),
        ("strass", "ß Straße", ["Straß"]),
        ("감사 ㄳ", "ㄳ 감사", ["ㄳ", "감사"]),
        ("가나 나다", "가나다", ["가나다"]),
        ("🍂", "👨‍👩‍👧 🍂", ["🍂"]),
        ("예산안", "새 예\u200b산안이", ["예\u200b산안"]),
        ("don't", "“don’t”", ["don’t"]),
        ("カード", "ａ ｶｰﾄﾞ", ["ｶｰﾄﾞ"]),
        ("istanbul", "ß İstanbul", ["İstanbul"]),
        ("주", "㈜", ["㈜"]),
        ("각", "가\u11a8 각", ["가\u11a8", "각"]),
    ],
)
def test_ranges_mark_the_text_as_it_was_written(query, text, marked):
    found = [text[start:end] for start, end in words.ranges(words.parse(query), text)]
    assert found == marked


def test_long_and_hostile_texts_take_no_time():
    text = fold("가" * 2_000 + "a" * 2_000 + "ㅋ" * 2_000)
    began = datetime.now(UTC)
    assert len(words.grams(text)) < 40
    assert not words.find(words.parse("ㅋ" * 50 + "가" * 50), [text])
    assert len(words.ranges(words.parse("ㅋ"), "ㅋ가" * 1_000)) <= words.RANGES
    assert datetime.now(UTC) - began < timedelta(milliseconds=250)


# --- beside a database ------------------------------------------------------------------


def say(room: Room, author: User, *texts: str) -> list[int]:
    """Post these; their `seq`s."""
    drafts = [
        feed.Draft(room.pk, author.pk, Post("", f"n{room.pk}-{author.pk}-{random.random()}", text))
        for text in texts
    ]
    outcomes = feed.record(drafts).outcomes
    return [outcome.seq for outcome in outcomes if isinstance(outcome, feed.Stored)]


def change(room: Room, author: User, wanted: Edit | Delete | React) -> None:
    [outcome] = feed.record([feed.Draft(room.pk, author.pk, wanted)]).outcomes
    assert isinstance(outcome, feed.Stored)


def found(user: User, text: str, **more: object) -> list[tuple[str, int]]:
    """Everything that a search finds, page by page."""
    hits: list[tuple[str, int]] = []
    before = None
    while True:
        page = find.search(user, Search(text, before=before, **more))  # type: ignore[arg-type]
        events = [orjson.loads(hit.event) for hit in page.hits]
        hits += [(event["room"], event["seq"]) for event in events]
        before = page.next
        if before is None:
            return hits


SYLLABLES = "회의는을에내일오늘산책하고하늘감사한국"
PIECES = [
    *SYLLABLES, *SYLLABLES, "ㅋ", "ㅎ", "ㄳ", "ㅠ", "a", "b", "ab", "Meet", "ing", "AI", "1", "23",
    "**", "**", "\u200b", "’", "'", "Σ", "ς", " ", " ", " ", "\n", ".", "-", "🍂",
    "é", unicodedata.normalize("NFD", "회"), "東",
]  # fmt: skip
QUERIES = [
    *SYLLABLES,
    *"ㅎㅇㅋㄱㅅㄴㅠab1-",
    "회의",
    "ㅎㅇ",
    "ㅇㄴ",
    "ab",
    "meet",
    "🍂",
    "회 늘",
    "b회",
    "ㅎ늘",
    "회의는",
    "b'",
    "σ",
]


def babble(dice: random.Random, most: int) -> str:
    return "".join(dice.choices(PIECES, k=dice.randint(1, most))).strip() or "회"


def stands(term: str, text: str) -> bool:
    """The rule once more, sign by sign: what `words` must agree with."""
    short = len(term) <= 2 and all(sign in "abmetingé123σ" for sign in term)
    for start in range(len(text) - len(term) + 1):
        if short and start and (text[start - 1].isalnum() and text[start - 1] < "ㄱ"):
            continue
        for wanted, sign in zip(term, text[start:], strict=False):
            if wanted in words.INITIALS and "가" <= sign <= "힣":
                sign = words.INITIALS[(ord(sign) - 0xAC00) // 588]
            if wanted != sign:
                break
        else:
            return True
    return False


def scan(user: User, query: str, person: int | None = None) -> list[tuple[str, int]]:
    """What a look at every single message finds, newest first."""
    lowest = {}
    for room in Room.objects.select_related("feed"):
        try:
            lowest[room.pk] = max(access(user, room).visible_from, room.feed.floor + 1)
        except NotFound:
            continue
    return [
        (message.room.public_id, message.seq)
        for message in Message.objects.select_related("room").order_by("-pk")
        if message.deleted_at is None
        and message.seq >= lowest.get(message.room_id, message.seq + 1)
        and person in (None, message.author_id)
        and all(
            stands(term, folded(message.text)) or stands(term, folded(shown(message.html)))
            for term in folded(query).split()
        )
    ]


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFC", text.replace("\u200b", "").replace("’", "'"))
    return plain.casefold().replace("ㄳ", "ㄱㅅ")


def shown(html: str) -> str:
    """What is seen: paragraphs and lines apart, and no other tags."""
    return unescape(re.sub("<[^>]*>", "", re.sub("<(?:p|br|li|ul|ol)[ >]", "\n<", html)))


@pytest.mark.usefixtures("fresh_index")
@pytest.mark.parametrize("seed", range(4))
def test_search_equals_a_scan_after_every_kind_of_change(seed):
    dice = random.Random(seed)
    alice, bob, charlie = (make_person(name) for name in ("alice", "bob", "charlie"))
    garden = make_room(alice)
    board = Room.objects.get(pk=BOARD_PK)
    say(garden, alice, "회의 전")
    Room.objects.filter(pk=garden.pk).update(history=Room.History.JOINED)
    garden.refresh_from_db()
    rooms.join(bob, garden)
    said: list[tuple[Room, User, int]] = []
    for _round in range(6):
        for _ in range(25):
            act = dice.random()
            if act < 0.55 or not said:
                room = dice.choice((garden, board))
                author = dice.choice((alice, bob))
                said += [(room, author, seq) for seq in say(room, author, babble(dice, 14))]
                continue
            room, author, seq = dice.choice(said)
            if act < 0.75:
                change(room, author, Edit("", "e", seq, babble(dice, 14)))
            elif act < 0.9:
                change(room, author, React("", "r", seq, "👍", dice.random() < 0.5))
            else:
                change(room, author, Delete("", "d", seq))
                said.remove((room, author, seq))
        for room in (garden, board):
            if dice.random() < 0.7:
                indexer.follow(room.pk, dice.choice((1, 7, 50)))
        if dice.random() < 0.3:
            Feed.objects.filter(pk=garden.pk).update(floor=Feed.objects.get(pk=garden.pk).head // 3)
        for query in [*dice.sample(QUERIES, 6), babble(dice, 3)]:
            for user in (alice, bob, charlie):
                assert found(user, query, limit=7) == scan(user, query), (query, user.nickname)
        assert found(bob, "회", person=alice.pk) == scan(bob, "회", person=alice.pk)
        inside = [hit for hit in scan(bob, "ㅎ") if hit[0] == garden.public_id]
        assert found(bob, "ㅎ", room=garden.public_id, limit=5) == inside
    indexer.catch_up()
    assert indexer.behind() == []
    for query in QUERIES:
        assert found(alice, query) == scan(alice, query), query


@pytest.mark.usefixtures("fresh_index")
class TestWhatMayBeSeen:
    def test_a_strangers_room_is_never_searched(self):
        alice, charlie = make_person("alice"), make_person("charlie")
        room = make_room(alice)
        say(room, alice, "비밀 회의")
        for _ in range(2):  # Before it is indexed, and after.
            assert found(alice, "회의") == [(room.public_id, 1)]
            assert found(charlie, "회의") == []
            with pytest.raises(NotFound):
                find.search(charlie, Search("회의", room=room.public_id))
            with pytest.raises(NotFound):
                find.search(charlie, Search("회의", before=(room.public_id, 1)))
            indexer.catch_up()
        rooms.join(charlie, room)
        assert found(charlie, "회의") == [(room.public_id, 1)]
        rooms.leave(charlie, room)
        assert found(charlie, "회의") == []

    def test_all_rooms_at_once_have_the_access_of_each(self):
        alice, bob = make_person("alice"), make_person("bob")
        made = [make_room(alice), make_room(alice, closed=True)]
        rooms.join(bob, made[0])
        Membership.objects.filter(user=bob).update(visible_from=5, read=7)
        for user in (alice, bob):
            every = accesses(user)
            assert every == [access(user, one.room) for one in every]
        assert [one.room.pk for one in accesses(bob)] == [BOARD_PK, made[0].pk]
        bob.is_active = False
        with pytest.raises(NotFound):
            accesses(bob)

    def test_a_deleted_text_leaves_the_index(self):
        alice = make_person("alice")
        room = make_room(alice)
        say(room, alice, "회의를 합시다", "회의를 미룹시다")
        indexer.catch_up()
        change(room, alice, Delete("", "d", 1))
        change(room, alice, Edit("", "e", 2, "산책 갑시다"))
        assert found(alice, "회의") == []
        assert found(alice, "산책") == [(room.public_id, 2)]
        assert kept(room, "회의") == 2
        indexer.catch_up()
        assert kept(room, "회의") == 0
        assert kept(room, "산책") == 1

    def test_what_lies_below_the_floor_leaves_the_index(self, monkeypatch):
        monkeypatch.setattr(indexer, "REMOVED", 2)
        alice = make_person("alice")
        room = make_room(alice)
        say(room, alice, *["회의"] * 7)
        indexer.catch_up()
        Feed.objects.filter(pk=room.pk).update(floor=5)
        assert found(alice, "회의") == [(room.public_id, 7), (room.public_id, 6)]
        say(room, alice, "회의")
        indexer.catch_up()
        assert kept(room, "회의") == 3


def kept(room: Room, text: str) -> int:
    """How many candidates the index itself has."""
    numbers = [words.number(gram) for term in words.parse(text) for gram in term.grams]
    with index().reading(history.epoch()) as reader:
        assert reader is not None
        return len(list(reader.candidates(Wanted(numbers, [room.pk]))))


@pytest.mark.usefixtures("fresh_index")
class TestFollowing:
    def test_what_a_crash_left_out_is_made_up(self, monkeypatch):
        alice = make_person("alice")
        room = make_room(alice)
        say(room, alice, *(f"회의 {n}" for n in range(10)))
        assert indexer.follow(room.pk, 4)

        def crash(*_values: object) -> None:
            raise RuntimeError("the power went")

        with monkeypatch.context() as patch:
            patch.setattr(indexer, "_sweep", crash)
            with pytest.raises(RuntimeError):
                indexer.follow(room.pk, 4)
        assert kept(room, "회의") == 4
        assert len(found(alice, "회의")) == 10
        assert room.pk in indexer.behind()
        indexer.catch_up()
        assert kept(room, "회의") == 10
        assert indexer.behind() == []

    def test_another_epoch_makes_the_index_anew(self):
        alice = make_person("alice")
        room = make_room(alice)
        say(room, alice, "회의")
        indexer.catch_up()
        Message.objects.update(text="산책")  # As a restored backup: other words, same numbers.
        Installation.objects.update(epoch=new_epoch())
        assert found(alice, "산책") == [(room.public_id, 1)]
        indexer.catch_up()
        assert (kept(room, "산책"), kept(room, "회의")) == (1, 0)

    @pytest.mark.parametrize("found_by", ["a search", "the indexer"])
    def test_a_broken_file_is_made_anew(self, found_by, caplog):
        if connection.vendor != "sqlite":
            return  # Postgres keeps the index with the rest.
        alice = make_person("alice")
        room = make_room(alice)
        say(room, alice, "회의")
        indexer.catch_up()
        indexer.close()
        path = Path(str(connection.settings_dict["NAME"]))
        path.with_name(f"{path.stem}.search{path.suffix}").write_bytes(b"no database " * 1_000)
        if found_by == "a search":
            assert found(alice, "회의") == [(room.public_id, 1)]
        else:
            with pytest.raises(sqlite3.DatabaseError):
                indexer.follow(room.pk)
        assert "will be made anew" in caplog.text
        assert room.pk in indexer.behind()
        indexer.catch_up()
        assert kept(room, "회의") == 1

    def test_a_database_older_than_its_index_is_indexed_anew(self):
        alice = make_person("alice")
        room = make_room(alice)
        say(room, alice, "회의", "산책")
        with index().writing(room.pk, history.epoch()) as writer:
            assert writer is not None
            writer.move(99, 0)
        assert found(alice, "산책") == [(room.public_id, 2)]
        assert room.pk in indexer.behind()
        indexer.catch_up()
        assert kept(room, "산책") == 1

    def test_a_search_says_when_too_much_is_not_indexed_yet(self, monkeypatch):
        monkeypatch.setattr(find, "TAIL", 3)
        alice = make_person("alice")
        room = make_room(alice)
        say(room, alice, *["회의"] * 5)
        page = find.search(alice, Search("회의"))
        assert (len(page.hits), page.partial) == (5, True)
        indexer.catch_up()
        page = find.search(alice, Search("회의"))
        assert (len(page.hits), page.partial) == (5, False)

    def test_a_search_looks_at_a_bounded_number_and_goes_on(self, monkeypatch):
        monkeypatch.setattr(find, "PROBES", 10)
        alice = make_person("alice")
        room = make_room(alice)
        # As if all of them shared its gram's number.
        monkeypatch.setattr(words, "number", lambda gram: 7 if gram in {"2나가", "2가나"} else 1)
        say(room, alice, "나가", *["가나"] * 40)
        indexer.catch_up()
        page = find.search(alice, Search("나가", limit=1))
        assert page.hits == []
        assert page.next is not None
        assert found(alice, "나가", limit=1) == [(room.public_id, 1)]


@pytest.mark.usefixtures("fresh_index")
def test_days_bound_a_search_indexed_or_not():
    alice = make_person("alice")
    room = make_room(alice)
    say(room, alice, *["회의"] * 4)
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for seq in range(1, 5):
        Message.objects.filter(room=room, seq=seq).update(at=noon + timedelta(days=seq))
    for _ in range(2):
        hits = found(alice, "회의", since=noon + timedelta(days=2), until=noon + timedelta(days=4))
        assert [seq for _room, seq in hits] == [3, 2]
        assert found(alice, "회의", since=noon + timedelta(days=9)) == []
        assert len(found(alice, "회의", until=noon + timedelta(days=9))) == 4
        indexer.catch_up()
