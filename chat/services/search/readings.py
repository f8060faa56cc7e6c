"""The readings of a message: its text as it was written, and as its formatting shows it. Pure.

A search finds what stands in either: `**예산**안이` by what one sees, and by what one typed.
"""

import re
from html import unescape

from chat.services.search.folding import Places

APART = "\0"
"""Between the readings; no text holds it."""

_TAGS = re.compile(r"(<[^>]*>)")
_WITHIN_A_LINE = re.compile(r"</?(?:strong|em|s|code|a|span)\b")
_NEAR = 64


def readings(text: str, html: str) -> list[str]:
    """The text, and what is seen of it where that differs."""
    shown = seen(html) if html else text
    return [text] if shown == text else [text, shown]


def seen(html: str) -> str:
    """What a reader sees of a formatted text."""
    return "".join(map(_shown, _TAGS.split(html)))


def _shown(part: str) -> str:
    if part[:1] != "<":
        return unescape(part)
    return "" if _WITHIN_A_LINE.match(part) else "\n"


def seen_places(text: str, html: str) -> Places:
    """For each sign of what is seen, where in the text it stands; an empty place for what doesn't.

    Formatting takes signs away and keeps the others in their order.
    """
    found: Places = []
    at = 0
    for part in _TAGS.split(html):
        shown = _shown(part)
        if shown.isspace():
            found += [(at, at)] * len(shown)  # Mostly between blocks, and of nobody's writing.
            continue
        start = text.find(shown, at)
        if start >= 0:
            found += [(start + i, start + i + 1) for i in range(len(shown))]
            at = start + len(shown)
            continue
        for sign in shown:
            near = text.find(sign, at, at + _NEAR)
            found.append((near, near + 1) if near >= 0 else (at, at))
            at = near + 1 if near >= 0 else at
    return found
