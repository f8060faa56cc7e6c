"""What a search looks for: text folded, cut into grams for the index, and matched exactly.

A query is a list of terms, all of which must stand in the message, anywhere in a word: Korean
puts particles behind nouns without a space. A consonant (ㅎ) stands for any syllable that begins
with it. Grams only narrow down where a term may be; `Term.spans` decides. Pure: no I/O.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from zlib import crc32

from chat.services.search.folding import Places, fold, places
from chat.services.search.readings import readings, seen, seen_places

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
FIRST, LAST, PER_INITIAL = 0xAC00, 0xD7A3, 588
SYLLABLE, CONSONANT, OTHER, LETTER, GAP = "SJDLX"
"""Kinds of signs: Hangul syllables, single consonants, other signs that mean much alone (Han,
kana, vowels, emoji), letters and digits of alphabets, and what parts words."""
_DENSE = (
    (0x0E00, 0x0EFF), (0x1000, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x9FFF), (0xA960, 0xD7FF),
    (0xF900, 0xFAFF), (0xFF66, 0xFFDC), (0x1F000, 0x10FFFF),
)  # fmt: skip


class _Kinds(dict[int, str]):
    def __missing__(self, code: int) -> str:
        kind = self[code] = _kind(chr(code))
        return kind


def _kind(sign: str) -> str:
    if FIRST <= ord(sign) <= LAST:
        return SYLLABLE
    if sign in INITIALS:
        return CONSONANT
    category = unicodedata.category(sign)
    if 0xFE00 <= ord(sign) <= 0xFE0F:
        return GAP  # Variation selectors: a heart is found with and without its colour.
    if category[0] in "LNM":
        dense = any(first <= ord(sign) <= last for first, last in _DENSE)
        return OTHER if dense else LETTER
    return OTHER if category == "So" or (category == "Sk" and ord(sign) > 0xFFFF) else GAP


class _Initials(dict[int, str]):
    def __missing__(self, code: int) -> str:
        is_syllable = FIRST <= code <= LAST
        initial = INITIALS[(code - FIRST) // PER_INITIAL] if is_syllable else chr(code)
        self[code] = initial
        return initial


_KINDS, _INITIALS = _Kinds(), _Initials()
_RUN = re.compile(f"[^{GAP}]+")
_HANGUL = re.compile(f"[{SYLLABLE}{CONSONANT}]+")


def grams(folded: str) -> set[str]:
    """What the index keeps of a text: each gram names signs that stand together in it.

    `1x` and `2xy` are signs and pairs, `3xyz` three letters, `wx` and `wxy` how a word of
    letters begins, `cㅎ`, `cㅎㅇ` and `cㅎㅇㄹ` initial consonants, `jxy` signs beside a space.
    """
    kinds, initials = folded.translate(_KINDS), folded.translate(_INITIALS)
    found: set[str] = set()
    add = found.add
    last = 0
    for run in _RUN.finditer(kinds):
        if last and folded[last : run.start()].isspace():
            add("j" + folded[last - 1] + folded[run.start()])
        last = run.end()
        before = before2 = GAP
        for i in range(*run.span()):
            kind = kinds[i]
            if kind == LETTER:
                if before != LETTER:
                    add("w" + folded[i])
                    if before in "SD":
                        add("2" + folded[i - 1 : i + 1])
                elif before2 != LETTER:
                    add("w" + folded[i - 1 : i + 1])
                else:
                    add("3" + folded[i - 2 : i + 1])
            else:
                hangul = kind in "SJ"
                if kind != CONSONANT:
                    add("1" + folded[i])
                if hangul:
                    add("c" + initials[i])
                if hangul and before in "SJ":
                    add("c" + initials[i - 1 : i + 1])
                    if before2 in "SJ":
                        add("c" + initials[i - 2 : i + 1])
                if kind != CONSONANT and before in "SDL":
                    add("2" + folded[i - 1 : i + 1])
            before2, before = before, kind
    return found


def number(gram: str) -> int:
    """The 32 bits under which an index keeps a gram. Two may share one: hits are verified."""
    return crc32(gram.encode())


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to find. `grams` stand in every text that holds it; it may have none."""

    pattern: re.Pattern[str]
    grams: frozenset[str]
    starts_word: bool

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where it stands in a folded text."""
        for match in self.pattern.finditer(folded):
            start = match.start()
            if not (self.starts_word and start and folded[start - 1].translate(_KINDS) == LETTER):
                yield match.span()


_PIECE = re.compile(r'"([^"]+)"|(\S+)')


def parse(query: str) -> list[Term]:
    """The terms of what was typed: words, and phrases in quotation marks.

    A term of one or two letters finds beginnings of words only: “ai” is not meant for “wait”.
    """
    folded = fold(query)
    pieces = (phrase or word for phrase, word in _PIECE.findall(folded))
    words = dict.fromkeys(" ".join(piece.split()) for piece in pieces)
    return [_term(word) for word in words if word]


def _term(word: str) -> Term:
    kinds = word.translate(_KINDS)
    pattern = "".join(_sign_pattern(sign) for sign in word)
    short = re.fullmatch(f"{LETTER}{{1,2}}", kinds) is not None
    needed = {"w" + word} if short else _needed(word, kinds)
    return Term(re.compile(pattern), frozenset(needed), short)


def _sign_pattern(sign: str) -> str:
    if sign == " ":
        return r"\s+"
    if sign in INITIALS:
        first = FIRST + INITIALS.index(sign) * PER_INITIAL
        return f"[{sign}{chr(first)}-{chr(first + PER_INITIAL - 1)}]"
    return re.escape(sign)


def _needed(word: str, kinds: str) -> set[str]:
    """Grams that stand in every text that holds this word anywhere; the longest for each sign."""
    initials = word.translate(_INITIALS)
    found: set[str] = set()
    covered: set[int] = set()
    for i in range(1, len(word)):
        pair = kinds[i - 1 : i + 1]
        if pair == LETTER * 2:
            if i > 1 and kinds[i - 2] == LETTER:
                found.add("3" + word[i - 2 : i + 1])
                covered |= {i - 2, i - 1, i}
        elif GAP not in pair and CONSONANT not in pair:
            found.add("2" + word[i - 1 : i + 1])
            covered |= {i - 1, i}
    for space in re.finditer("(?<=[SDL]) (?=[SDL])", _marked(word, kinds)):
        found.add("j" + word[space.start() - 1] + word[space.end()])
    for run in _HANGUL.finditer(kinds):
        size = min(3, len(run[0]))
        for i in range(run.start(), run.end() - size + 1):
            if CONSONANT in kinds[i : i + size]:
                found.add("c" + initials[i : i + size])
    for i in set(range(len(word))) - covered:
        if kinds[i] in "SD":
            found.add("1" + word[i])
        elif kinds[i] == LETTER and i > 0 and kinds[i - 1] == GAP:
            found.add("w" + word[i])
    return found


def _marked(word: str, kinds: str) -> str:
    """The kinds, with the spaces among the gaps."""
    return "".join(" " if sign == " " else kind for sign, kind in zip(word, kinds, strict=True))


def find(terms: list[Term], folded: list[str]) -> bool:
    """Whether every term stands in one of the readings of a text, folded."""
    return all(any(True for text in folded for _span in term.spans(text)) for term in terms)


RANGES = 50
"""Places that a hit marks at most."""


def ranges(terms: list[Term], text: str, html: str = "") -> list[tuple[int, int]]:
    """Where the terms stand in the text itself: (start, end) in code points, apart, in order."""
    spans = list(_spans(terms, text, places(text)))
    if len(readings(text, html)) > 1:
        shown = seen(html)
        there = seen_places(text, html)
        own = places(shown)
        if own is not None:
            own = [(there[start][0], there[end - 1][1]) for start, end in own]
        spans += _spans(terms, shown, own)
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        elif len(found) < RANGES:
            found.append((first, last))
        else:
            break
    return found


def _spans(terms: list[Term], text: str, own: Places | None) -> Iterator[tuple[int, int]]:
    """Where the terms stand, by the places of the folded text's signs."""
    if own is not None:
        folded = fold(text)
        for start, end in chain.from_iterable(term.spans(folded) for term in terms):
            first, last = own[start][0], own[end - 1][1]
            if first < last:
                yield first, last
