"""Fills an installation with years of talk, and looks through it; run by the product's Python.

`fill COUNT` writes the rows that posting makes, in bulk, indexes them, and prints how long each
took. `reader` prints the cookie of one who is in some of the rooms; `scan` reads their questions
as JSON and prints what a look at every message finds.
"""

import json
import random
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection, transaction

django.setup()  # Models can be imported only after this.

from benchmarks.people import make_sessions  # noqa: E402
from chat.models import BOARD_PK, Feed, Membership, Message, Room, User  # noqa: E402
from chat.services import people, rooms  # noqa: E402
from chat.services.search import indexer  # noqa: E402

PEOPLE = 300
ROOMS = 60
JOINED = 20
"""Rooms that the person who searches is in, beside the board; in the others is the rest."""
SINCE = datetime(2023, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=3 * 365)
CHUNK = 20_000
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def vocabulary() -> dict[str, list[str]]:
    """The words by their heading in vocabulary.txt, the commoner first."""
    text = Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8")
    parts = re.findall(r"\[(\w+)\]\n([^\[]+)", text)
    return {heading: words.split() for heading, words in parts}


def main() -> None:
    """Do what the first argument says and print it as JSON."""
    if sys.argv[1] == "fill":
        json.dump(fill(int(sys.argv[2])), sys.stdout)
    elif sys.argv[1] == "reader":
        [key] = make_sessions([reader()])
        print(f"{settings.SESSION_COOKIE_NAME}={key}")
    else:
        json.dump(scan(json.load(sys.stdin)), sys.stdout)


def fill(count: int) -> dict[str, float]:
    """Make people, rooms and `count` messages, then index them: the seconds of both."""
    began = time.monotonic()
    dice = random.Random(20_230_101)
    authors = [people.make_guest(f"이웃 {number:04}") for number in range(PEOPLE)]
    made = [rooms.create(dice.choice(authors), f"방 {number}") for number in range(ROOMS)]
    for room in made[:JOINED]:
        rooms.join(reader(), room)
    write(dice, count, authors, [Room.objects.get(pk=BOARD_PK), *made])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = time.monotonic()
    indexer.catch_up()
    indexer.close()
    return {"write": written - began, "index": time.monotonic() - written}


def write(dice: random.Random, count: int, authors: list[User], places: list[Room]) -> None:
    """Half of it on the board, the rest in rooms of very different sizes."""
    weights = [count / 2, *(count / (2 * place) for place in range(1, len(places)))]
    heads = dict.fromkeys((room.pk for room in places), 0)
    texts = talk(dice)
    step = YEARS / count
    adapt = connection.ops.adapt_datetimefield_value
    for first in range(0, count, CHUNK):
        rows = []
        for number in range(first, min(first + CHUNK, count)):
            room = dice.choices(places, weights)[0]
            author = authors[int(dice.random() ** 2 * PEOPLE)]
            seq = heads[room.pk] = heads[room.pk] + 1
            at = adapt(SINCE + number * step)
            rows.append(
                (room.pk, seq, seq, author.pk, author.nickname, "guest", f"b{number}", b"",
                 next(texts), "", at)
            )  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO chat_message (room_id, seq, change, author_id, author_name,"
                " author_kind, nonce, digest, text, html, at)"
                f" VALUES ({', '.join(['%s'] * 11)})",
                rows,
            )
    for room, head in heads.items():
        Feed.objects.filter(pk=room).update(head=head, at=SINCE + YEARS)


def talk(dice: random.Random) -> Iterator[str]:
    """Messages without end: short ones mostly, two thirds Korean; common words and rare ones."""
    known = vocabulary()
    nouns, english = known["nouns"], known["english"]
    particles = known["particles"] + [""] * 6
    nouns = nouns + [a + b for a in nouns for b in (*known["tails"], *nouns) if a != b]
    english = english + [a + b for a in english[100:] for b in english[100:] if a != b]
    of_nouns = list(accumulate(1 / (rank + 8) for rank in range(len(nouns))))
    of_words = list(accumulate(1 / (rank + 8) for rank in range(len(english))))
    while True:
        length = min(60, 1 + int(dice.expovariate(0.2)))
        if dice.random() < 0.66:
            chosen = dice.choices(nouns, cum_weights=of_nouns, k=length)
            said = [noun + dice.choice(particles) for noun in chosen]
            said.append(dice.choice(known["verbs"]))
            if dice.random() < 0.4:
                said.insert(0, dice.choice(known["small"]))
        else:
            said = dice.choices(english, cum_weights=of_words, k=length + 2)
        yield " ".join(said)


def scan(questions: list[dict[str, str]]) -> list[list[list[Any]]]:
    """For each question of the one who searches, the newest hits as room and `seq`."""
    mine = {BOARD_PK, *Membership.objects.filter(user=reader()).values_list("room_id", flat=True)}
    wanted = [Wanted(question) for question in questions]
    missing = wanted
    rows = Message.objects.order_by("-pk").values_list("room_id", "seq", "author_id", "at", "text")
    for room, seq, author, at, text in rows.iterator(chunk_size=5_000):
        if room not in mine:
            continue
        plain = text.lower()
        sounds = "".join(map(initial, plain)) if any(one.initials for one in missing) else ""
        found = False
        for one in missing:
            if one.stands_in(sounds if one.initials else plain):
                found = one.take(public_id(room), seq, str(author), at) or found
        if found:
            missing = [one for one in missing if len(one.hits) < one.limit]
    return [one.hits for one in wanted]


class Wanted:
    """A question, understood by simpler means than the product's."""

    def __init__(self, question: dict[str, str]) -> None:
        self._question = question
        typed = question["q"]
        self._terms = [typed.strip('"')] if typed.startswith('"') else typed.lower().split()
        self.initials = all(sign in INITIALS for sign in typed)
        self.limit = int(question["limit"])
        self.hits: list[list[Any]] = []

    def stands_in(self, text: str) -> bool:
        """Whether all that was typed is in this text."""
        return all(term in text for term in self._terms)

    def take(self, room: str, seq: int, author: str, at: datetime) -> bool:
        """Keep a message that holds the terms, if it passes the filters."""
        asked = self._question
        day = at.date().isoformat()
        if (
            asked.get("room", room) == room
            and asked.get("person", author) == author
            and asked.get("from", day) <= day <= asked.get("to", day)
        ):
            self.hits.append([room, seq])
            return True
        return False


def reader() -> User:
    """The one who searches."""
    found = User.objects.order_by("pk").first()
    assert found is not None
    return found


def public_id(room: int) -> str:
    return "board" if room == BOARD_PK else str(room)


def initial(sign: str) -> str:
    """The consonant that a syllable begins with; other signs as they are."""
    place = ord(sign) - 0xAC00
    return INITIALS[place // 588] if 0 <= place < 11172 else sign


if __name__ == "__main__":
    main()
