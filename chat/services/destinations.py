"""Where a link leads that somebody wrote as `[words](address)`, and whether its words say so.

Addresses that stand in a text by themselves are found by the page alone; here their signs are only
kept from being taken for formatting. Called by `markdown`.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

import nh3
import regex

_SIGN = r"[^\s\p{C}<>\"`{}|\\^\u3000-\u303f\uff00-\uffef\u2018-\u201f\u2026\u00ab\u00bb]"
_WIDE = r"\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}"
# It ends where another link's words begin or end, and at a sign of emphasis beside Korean.
_ADDRESS = regex.compile(
    r"(?<![a-z0-9@/.-])(?:https?://|mailto:|www\.)"
    rf"(?:(?!\]\(|\[[^\[\]\s]*\]\(|[*~]+[{_WIDE}]){_SIGN})*+",
    regex.I,
)
_FOLLOWED = regex.compile(_SIGN + "+")
_JUDGE = nh3.Cleaner(
    tags={"a"},
    attributes={"a": {"href"}},
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)

_TRAILING = ".,!?;:'*_~"
_BRACKETS = (("(", ")"), ("[", "]"))

_UNSEEN = regex.compile(r"[\p{C}\p{M}\p{Default_Ignorable_Code_Point}[\p{Z}--\x20]]+", regex.V1)
# What looks like the signs of an address, beside what compatibility folding makes of them:
# https://www.unicode.org/reports/tr39/#Confusable_Detection and the dots of IDNA (UTS #46).
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("。․܁܂٠۰ꓸ꘎𐩐𝅭", "."),
        **dict.fromkeys("։׃܃܄∶꞉ː˸᠃᛬ꓽ", ":"),
        **dict.fromkeys("∕⁄╱⧸⟋⼃〳ノ丿⳾𝈺", "/"),
    }
)
_LOOKS_LIKE_AN_ADDRESS = regex.compile(
    r"://|www\.|\w[.](?:(?!\p{Hangul})[^\W\d_]){2}|\w[.](?:한국|닷컴|닷넷|삼성)"
    r"|(?<!\d)\d{1,3}(?:[.]\d{1,3}){3}(?!\d)|\[[0-9a-f:]*:[0-9a-f:.]*\]|localhost"
)
_JOINS = regex.compile(r"[a-z0-9./:@?#%&=_~+-]", regex.I)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand in a text by themselves, without the signs that end a sentence."""
    for match in _ADDRESS.finditer(text):
        written = match[0].rstrip(_TRAILING)
        for opening, closing in _BRACKETS:
            written = written[: _closed(written, opening, closing)]
        yield match.start(), match.start() + len(written.rstrip(_TRAILING))


def _closed(address: str, opening: str, closing: str) -> int:
    """Where a bracket closes that was opened before the address; its end if none does."""
    depth = 0
    for at, sign in enumerate(address):
        depth += (sign == opening) - (sign == closing)
        if depth < 0:
            return at
    return len(address)


@lru_cache(128)
def may_be_followed(address: str) -> bool:
    """Whether a link may lead there: http, https or mailto, to a host that nothing hides."""
    if _FOLLOWED.fullmatch(address) is None:
        return False
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return regex.fullmatch(r"mailto:[^@\s]+@[^@\s]+", address, regex.I) is not None
    # A name before the host is how a link pretends to lead elsewhere.
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return False
    # What the sanitizer can't read as an address, it would take away.
    shown = address.replace("&", "&amp;")
    return not host.endswith(".") and "href" in _JUDGE.clean(f'<a href="{shown}">a</a>')


def poses(words: str, address: str, before: str = "", after: str = "") -> bool:
    """Whether the words of a link look like an address, and not like the one it leads to.

    `before` and `after` are what stands beside it: part of what a reader takes for one address.
    """
    if before and words and _JOINS.match(before[-1]) and _JOINS.match(words[0]):
        words = before.split()[-1] + words
    if after and words and _JOINS.match(after[0]) and _JOINS.match(words[-1]):
        words += after.split()[0]
    seen = as_seen(words)
    return _LOOKS_LIKE_AN_ADDRESS.search(seen) is not None and words.strip() != address


def as_seen(words: str) -> str:
    """Words as a reader takes them: without what can't be seen, one sign for all of its forms."""
    # First what takes no width: folding makes plain spaces of the thin ones.
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", words)).casefold()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", folded)).translate(_LOOKALIKES)
