"""Text as searches compare it: one form for all that readers hold for the same sign. Pure.

Unicode's full case folding and compatibility forms, without signs that are not seen; one form of
apostrophes, quotation marks, hyphens and middle dots besides. `VERSION` rises when any of this
changes: an index made by another is made anew.
"""

import unicodedata

import regex

VERSION = 4
"""What indexes are made of: the folding here, the readings and the grams."""

CLUSTERS = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
"""Keyboards join two consonants typed in a row into one of these."""
_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u2035", "'"),
    **dict.fromkeys("\u00b4\u055a\u05f3\ua78c\uff07\u1fbd\u1fbf\u1ffd\u1ffe", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u2036\u301d\u301e\u301f", '"'),
    **dict.fromkeys("\u05f4\uff02", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u02d7\u058a\u05be", "-"),
    **dict.fromkeys("\ufe31\ufe32\ufe58\ufe63\uff0d\u2e3a\u2e3b\u2796", "-"),
    **dict.fromkeys("\u301c\u3030\u223c\u02dc\u2053", "~"),
    **dict.fromkeys("\u2027\u2022\u30fb\uff65\u318d\u1427\u2219\u22c5\u0387", "\u00b7"),
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("\u2028\u2029\u0085\u2800", " "),
    "\u0130": "i", "\u0131": "i",
    **CLUSTERS,
}  # fmt: skip
_JAMO = {
    **dict(
        zip(map(chr, range(0x1100, 0x1113)), "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", strict=True)
    ),
    **dict(zip(map(chr, range(0x1161, 0x1176)), map(chr, range(0x314F, 0x3164)), strict=True)),
    **dict(
        zip(
            map(chr, range(0x11A8, 0x11C3)),
            "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ",
            strict=True,
        )
    ),
}
"""Parts of syllables that make no syllable here → the letters that people type."""
_UNSEEN = regex.compile(r"[\p{DI}\p{Cf}]")
_GREEK = regex.compile(r"\p{sc=Greek}")
_GREEK_MARKS = regex.compile("[\u0300\u0301\u0304\u0306\u0308\u0313\u0314\u0342]")


def fold(text: str) -> str:
    """The text as it is compared."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFC", text).translate(_FOLDED)
    return unicodedata.normalize("NFC", folded)


class _Folded(dict[int, str]):
    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold(chr(code))
        return folded


def _fold(sign: str) -> str:
    if sign in _SAME:
        return _SAME[sign]
    if _UNSEEN.match(sign):
        return ""
    if "\uac00" <= sign <= "\ud7a3" or "\u3131" <= sign <= "\u318e":
        return sign  # Compatibility would join ㄱ and ㅏ into 가.
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sign).casefold())
    if _GREEK.match(sign):
        # Its capitals are written without accents.
        bare = _GREEK_MARKS.sub("", unicodedata.normalize("NFD", plain))
        plain = unicodedata.normalize("NFC", bare) or plain
    return "".join(_again(part) for part in plain)


def _again(sign: str) -> str:
    sign = _JAMO.get(sign, sign)
    return _SAME.get(sign, "" if _UNSEEN.match(sign) else sign)


_FOLDED = _Folded()
_CLUSTER = regex.compile(r"\X")

Places = list[tuple[int, int]]


def places(text: str) -> Places | None:
    """For each sign of the folded text, where in the text it came from; None if that can't be told.

    Signs that became one, or one that became several, have the place of them all.
    """
    if text.isascii():
        return [(i, i + 1) for i in range(len(text))]
    if unicodedata.is_normalized("NFC", text):
        parts = [_FOLDED[ord(sign)] for sign in text]
        signs, found = parts, [(i, i + 1) for i, part in enumerate(parts) for _ in part]
    else:
        signs, found = _by_clusters(text)
    joined = "".join(signs)
    if not unicodedata.is_normalized("NFC", joined):
        found = _recomposed(joined, found)
    return found if len(found) == len(fold(text)) else None


def _by_clusters(text: str) -> tuple[list[str], Places]:
    signs: list[str] = []
    found: Places = []
    for cluster in _CLUSTER.finditer(text):
        whole = unicodedata.normalize("NFC", cluster[0])
        start = cluster.start()
        for i, sign in enumerate(whole):
            own = (start + i, start + i + 1) if len(whole) == len(cluster[0]) else cluster.span()
            for part in sign.translate(_FOLDED):
                signs.append(part)
                found.append(own)
    return signs, found


def _recomposed(folded: str, own: Places) -> Places:
    found: Places = []
    for cluster in _CLUSTER.finditer(folded):
        there = own[cluster.start() : cluster.end()]
        whole = unicodedata.normalize("NFC", cluster[0])
        same = len(whole) == len(there)
        found += there if same else [(there[0][0], there[-1][1])] * len(whole)
    return found
