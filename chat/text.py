"""What may be said: lengths as a reader counts them, signs that can be kept, emoji. Pure."""

import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

import regex

from chat.errors import Invalid, TooBig, gettext_noop

_GRAPHEME = regex.compile(r"\X")
# Something that leaves ink: not space, control or format, nor what only looks like nothing: the
# fillers, the empty braille pattern, a note without its head, blank hieroglyphs.
_INK = regex.compile(r"[^\p{Z}\p{C}\p{M}\p{DI}\s\u2800\uFFFC\U00013441\U00013442\U0001D159]")
LINE_END = re.compile(r"\r\n|[\n\v\f\r\x85\u2028\u2029]")
"""Everything that Unicode calls the end of a line; shown as one, whichever it is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes that hold on every entrance, as `settings.CHAT` names them."""

    text_graphemes: int = 2_000
    text_bytes: int = 8 * 1024
    frame_bytes: int = 64 * 1024


def check_text(text: str, limits: Limits) -> None:
    """Refuse text that is blank, too long, or can't be stored by every database.

    Raises Invalid or TooBig. Nothing is changed: text is kept byte for byte.
    """
    check_storable(text, limits)
    if not has_ink(text):
        raise Invalid(gettext_noop("There is nothing to send yet."))


def check_storable(text: str, limits: Limits) -> None:
    """`check_text` without the rule on blank text: what the plain interface asks."""
    if "\0" in text:
        raise Invalid(gettext_noop("The text contains a sign that can't be kept."))
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Invalid(gettext_noop("The text contains a sign that can't be kept.")) from None
    if size > limits.text_bytes or (
        len(text) > limits.text_graphemes and graphemes(text) > limits.text_graphemes
    ):
        raise TooBig(
            gettext_noop("A message holds %(limit)d characters at most."),
            {"limit": limits.text_graphemes},
        )


def has_ink(text: str) -> bool:
    """Whether there is anything to see in a text."""
    return _INK.search(text) is not None or has_emoji(text)


def graphemes(text: str) -> int:
    """How many characters a reader would count (extended grapheme clusters, UAX #29)."""
    return sum(1 for _cluster in _GRAPHEME.finditer(text))


_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Emoji}\u20E3|\p{RI}\p{RI}")


def has_emoji(text: str) -> bool:
    """Whether an emoji stands in the text."""
    return _EMOJI.search(text) is not None


# https://www.unicode.org/reports/tr51/#EBNF_and_Regex, but only what shows in colour by itself.
_ONE_EMOJI = regex.compile(
    r"\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3"
    r"|(?!\p{RI})(?:\p{Emoji_Presentation}|\p{ExtPict}\uFE0F|\p{Emoji_Modifier_Base}(?=\p{EMod}))"
    r"[\p{EMod}\uFE0F]?(?:[\U000E0020-\U000E007E]+\U000E007F)?"
    r"(?:\u200D\p{ExtPict}[\p{EMod}\uFE0F]?)*"
)


def is_emoji(text: str) -> bool:
    """Whether the text is one single emoji, of at most 64 bytes, and nothing hangs on it."""
    return (
        len(text) <= 64
        and _ONE_EMOJI.fullmatch(text) is not None
        and _GRAPHEME.fullmatch(text) is not None
        and len(text.encode()) <= 64
    )


_PRESENTATION = regex.compile(r"[\uFE0E\uFE0F]")
_SHOWN_AS_TEXT = regex.compile(
    r"(?:[0-9#*](?=\u20E3)|(?![0-9#*])(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{EMod}))"
)


@lru_cache(1024)
def qualified(emoji: str) -> str:
    """The one form of an emoji that stands for all: fully qualified, as UTS #51 has it.

    Every sign that would be shown as text by itself is followed by U+FE0F, and no other.
    """
    return _SHOWN_AS_TEXT.sub("\\g<0>\ufe0f", _PRESENTATION.sub("", emoji))


QUOTE = 100
"""Characters of the source that a reply quotes."""


_INLINE = re.compile(r"</?(?:strong|em|s|code|a|span)\b[^>]*>")
_BLOCK = re.compile(r"<[^>]*>")


def plain_of(text: str, html: str = "") -> str:
    """A message's words without formatting. `html` is what `formatting` made of the text, if so.

    Where an older version made something without ink, the text itself.
    """
    words = unescape(_BLOCK.sub(" ", _INLINE.sub("", html))) if html else text
    return words if has_ink(words) else text


def quote(text: str, html: str = "") -> str:
    """The one line that a reply or a list shows of a message: its words without formatting.

    The page cuts the very same (`text.js`, both held to tests/js/lines.json).
    """
    words = plain_of(text, html)
    ink = _INK.search(words)
    start = ink.start() if ink is not None else 0
    line = " ".join(words[start : start + QUOTE * 4].split())
    return "".join(_GRAPHEME.findall(line)[:QUOTE])


def new_nonce() -> str:
    """A nonce for those who can't make one: 128 random bits."""
    return secrets.token_urlsafe(16)
