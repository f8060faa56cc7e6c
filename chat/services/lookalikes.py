"""What names look like: the signs that pass for one another, and scripts that go together. Pure.

The tables are Unicode's (UTS #39), as the package `glyphguard` ships them.
"""

import re
import unicodedata
from hashlib import blake2b

import regex
from glyphguard.confusables import ALL_SCRIPTS, augmented_script_set, prototype

KEY_LENGTH = 320

_UNDRAWN = regex.compile(r"[\s\p{DI}]+")
_STROKES = re.compile("[\u0329\u0335-\u0338]")
# Not drawn quite alike, so not in the table, and read alike all the same: к, м, χ, ε, β, π, ω.
_READ_AS = str.maketrans("ĸʍχꞓßπω", "kmxebnw")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SMALL_CAPITAL = re.compile("LATIN LETTER SMALL CAPITAL (?:REVERSED )?([A-Z])")


def skeleton(name: str) -> str:
    """What names that look alike have in common, whatever their case; `User.name_key`."""
    return _key(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()))


def looks(name: str) -> set[str]:
    """The skeletons of all that a name may be taken for.

    Its own, and that of its capitals where they look like others than the small letters: the
    capital of a Greek nu is drawn as N, the small one as v.
    """
    return {skeleton(name), _key(unicodedata.normalize("NFKC", name))}


def foreign_sign(text: str) -> str | None:
    """The first sign that makes a mix of scripts of this text; None where it is of one.

    Scripts that are written together count as one, Latin beside Chinese, Japanese or Korean too:
    what UTS #39 calls highly restrictive. Digits, emoji and punctuation go with everything.
    """
    signs = unicodedata.normalize("NFKC", text)
    scripts = [(sign, augmented_script_set(ord(sign))) for sign in signs]
    own = [(sign, some) for sign, some in scripts if some != ALL_SCRIPTS]
    others = [(sign, some) for sign, some in own if "Latin" not in some]
    if not others or len(others) == len(own):
        return _odd(own)
    return _odd(others) or (None if _common(others) & _WITH_LATIN else _fewest(own))


_WITH_LATIN = frozenset({"Japanese", "Korean", "Han_with_Bopomofo"})
Scripts = list[tuple[str, frozenset[str]]]


def _common(signs: Scripts) -> frozenset[str]:
    return frozenset.intersection(*(some for _sign, some in signs)) if signs else ALL_SCRIPTS


def _odd(signs: Scripts) -> str | None:
    """Where the signs have no script in common: the first of those that are fewest."""
    return None if _common(signs) else _fewest(signs)


def _fewest(signs: Scripts) -> str:
    counts = [sum(1 for _other, theirs in signs if some & theirs) for _sign, some in signs]
    return signs[counts.index(min(counts))][0]


def _key(text: str) -> str:
    plain = _UNDRAWN.sub("", text).translate(_DRAWN)
    # Letters drawn with one another: m stands for rn, w for vv; i and l for each other.
    key = plain.replace("rn", "m").replace("vv", "w").replace("i", "l")
    if len(key) > KEY_LENGTH:
        key = key[:200] + blake2b(key.encode(), digest_size=32).hexdigest()
    return key


class _Drawn(dict[int, str]):
    """Sign → what it is drawn like, looked up when it first comes."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        drawn = self[code] = sign if _HANGUL.match(sign) else _drawn(sign)
        return drawn


def _drawn(sign: str) -> str:
    parts = (prototype(part) for part in unicodedata.normalize("NFD", sign))
    small = "".join(map(_small, "".join(parts).lower()))
    # The prototype of a capital may have, as a small letter, another one: П, п and π.
    again = "".join(prototype(part) for part in unicodedata.normalize("NFD", small)).lower()
    bare = _STROKES.sub("", "".join(map(_small, again)).translate(_READ_AS))
    return unicodedata.normalize("NFC", bare)


def _small(sign: str) -> str:
    """A small capital as the small letter: people read вов as bob."""
    found = _SMALL_CAPITAL.fullmatch(unicodedata.name(sign, ""))
    return found[1].lower() if found else sign


_DRAWN = _Drawn()
