"""Nicknames as text: what one may be, and names to give out. Pure."""

import secrets
import unicodedata

import regex

from chat.errors import Invalid, gettext_noop
from chat.services.lookalikes import foreign_sign
from chat.services.staff import sounds_like_staff
from chat.text import graphemes, has_ink

MAX_SIGNS = 160

# Emoji may join signs by a zero-width joiner, flags are made of invisible tags.
_EMOJI = regex.compile(
    r"\p{ExtPict}[\p{EMod}\uFE0F]*(?:\u200D\p{ExtPict}[\p{EMod}\uFE0F]*)*"
    r"|\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3"
)
_FLAG = regex.compile(r"\U0001F3F4[\U000E0020-\U000E007E]{1,10}\U000E007F")
_UNSEEN = regex.compile(r"[\p{C}\p{DI}\p{Zl}\p{Zp}\u2800\uFFFC\U00013441\U00013442\U0001D159]")
_ZALGO = regex.compile(r"[\p{Mn}\p{Me}]{4}")


def clean_nickname(text: str, limit: int, *, may_be_staff: bool = False) -> str:
    """The nickname as it is kept: NFC, trimmed, single spaces.

    Raises Invalid for one that is blank, longer than `limit` characters, holds control,
    direction or zero-width signs or a mix of scripts, or (unless `may_be_staff`) passes for the
    staff.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid(gettext_noop("This nickname contains a sign that can't be used.")) from None
    name = unicodedata.normalize("NFC", text[: MAX_SIGNS * 8]).strip(" \t\r\n\u3000\u00a0")
    name = regex.sub(r"\p{Zs}+", " ", name)
    if not name:
        raise Invalid(gettext_noop("Write a nickname first."))
    if len(name) > MAX_SIGNS or graphemes(name) > limit:
        raise Invalid(
            gettext_noop("A nickname holds %(limit)d characters at most."), {"limit": limit}
        )
    if not has_ink(name):
        raise Invalid(gettext_noop("Write a nickname first."))
    if sign := unseen(name):
        raise Invalid(
            gettext_noop("A nickname can't hold the sign %(code)s: it is not seen."),
            {"code": code_point(sign)},
        )
    if _ZALGO.search(name):
        raise Invalid(gettext_noop("This nickname contains a sign that can't be used."))
    if sign := foreign_sign(name):
        raise Invalid(
            gettext_noop(
                "“%(sign)s” (%(code)s) is of another script than the rest of the nickname."
                " Write it in one script."
            ),
            {"sign": sign, "code": code_point(sign)},
        )
    if not may_be_staff and sounds_like_staff(name):
        raise Invalid(gettext_noop("This nickname could be taken for the staff. Choose another."))
    return name


def unseen(text: str) -> str | None:
    """The first sign in it that takes no room, leaves no ink or turns the text around, outside
    emoji; None where there is none."""
    found = _UNSEEN.search(_EMOJI.sub("", _FLAG.sub("", text)))
    return found[0] if found else None


def code_point(sign: str) -> str:
    """How Unicode names a sign that can't be shown: U+200B."""
    return f"U+{ord(sign):04X}"


def numbered(name: str, number: int, limit: int) -> str:
    """The name with this number behind it, cut so that it stays within `limit` characters."""
    ending = str(number)
    signs = regex.findall(r"\X", name)
    while signs and (
        len(signs) + len(ending) > limit or len("".join(signs)) + len(ending) > MAX_SIGNS
    ):
        signs.pop()
    return "".join(signs).rstrip() + ending


def without_number(name: str) -> tuple[str, int]:
    """The name without the number behind it, and that number (1 when there is none)."""
    found = regex.fullmatch(r"(.*[^\d\s])\s*(\d{1,4})", name)
    return (found[1], int(found[2])) if found else (name, 1)


_KOREAN = (
    [
        "푸른",
        "고운",
        "밝은",
        "느긋한",
        "다정한",
        "조용한",
        "씩씩한",
        "반가운",
        "포근한",
        "산뜻한",
        "새침한",
        "든든한",
        "날쌘",
        "슬기로운",
        "너그러운",
        "수줍은",
    ],
    [
        "고래",
        "참새",
        "두루미",
        "다람쥐",
        "너구리",
        "수달",
        "제비",
        "사슴",
        "토끼",
        "부엉이",
        "해달",
        "까치",
        "올빼미",
        "노루",
        "거북이",
        "나비",
    ],
)
_ENGLISH = (
    [
        "Blue",
        "Quiet",
        "Brave",
        "Gentle",
        "Merry",
        "Sunny",
        "Calm",
        "Swift",
        "Kind",
        "Bright",
        "Lucky",
        "Patient",
        "Cozy",
        "Clever",
        "Humble",
        "Cheerful",
    ],
    [
        "Otter",
        "Crane",
        "Magpie",
        "Deer",
        "Heron",
        "Rabbit",
        "Swallow",
        "Turtle",
        "Owl",
        "Badger",
        "Finch",
        "Whale",
        "Sparrow",
        "Fox",
        "Lark",
        "Robin",
    ],
)


def given_name(language: str) -> str:
    """A friendly random nickname: two words of this language (`ko` or `en`) and a number."""
    kinds, animals = _KOREAN if language == "ko" else _ENGLISH
    return f"{secrets.choice(kinds)} {secrets.choice(animals)} {secrets.randbelow(999) + 1}"
