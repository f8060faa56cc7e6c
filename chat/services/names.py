"""Nicknames as text: what one may be, when two look alike, and names to give out. Pure."""

import secrets
import unicodedata
from hashlib import blake2b

import regex

from chat.errors import Invalid, gettext_noop
from chat.text import graphemes, has_emoji

MAX_SIGNS = 160
KEY_LENGTH = 320

# Emoji may join signs by a zero-width joiner, flags are made of invisible tags.
_EMOJI = regex.compile(
    r"\p{ExtPict}[\p{EMod}\uFE0F]*(?:\u200D\p{ExtPict}[\p{EMod}\uFE0F]*)*"
    r"|\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3"
)
_FLAG = regex.compile(r"\U0001F3F4[\U000E0020-\U000E007E]{1,10}\U000E007F")
_UNSEEN = regex.compile(r"[\p{C}\p{DI}\p{Zl}\p{Zp}\u2800]")
_ZALGO = regex.compile(r"[\p{Mn}\p{Me}]{4}")
_INK = regex.compile(r"[^\p{Z}\p{C}\p{M}\p{DI}\u2800]")

# Signs that pass for a Latin letter after NFKC and case folding; the letter they pass for.
# Those of one column look the same in most fonts: https://www.unicode.org/reports/tr39/
_LOOKS_LIKE = str.maketrans(
    {
        **dict(zip("асԁеһіјӏкмորԛѕтυѵԝхуոոցիզ", "acdehijlkmopqstuvwxynngjq", strict=True)),
        **dict(zip("αβγεικνορτυχωη", "abyeiknoptuxwn", strict=True)),
        **dict(zip("вгдзийлнпрфцчшьюя", "brgenuahnpocyuboa", strict=True)),
        **dict(zip("ɑɡɩʏꞵᴏ", "agiyzo", strict=True)),
        **dict(zip("01|ıł", "oiiil", strict=True)),
        "ß": "b",
        "ø": "o",
    }
)
_LEET = str.maketrans("34578!$@", "eastbisa")


def clean_nickname(text: str, limit: int, *, may_be_staff: bool = False) -> str:
    """The nickname as it is kept: NFC, trimmed, single spaces.

    Raises Invalid for one that is empty, longer than `limit` characters, holds control,
    direction or zero-width signs, or (unless `may_be_staff`) passes for the staff.
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
    if unseen(name) or _ZALGO.search(name):
        raise Invalid(gettext_noop("This nickname contains a sign that can't be used."))
    if not _INK.search(name) and not has_emoji(name):
        raise Invalid(gettext_noop("Write a nickname first."))
    if not may_be_staff and sounds_like_staff(name):
        raise Invalid(gettext_noop("This nickname could be taken for the staff. Choose another."))
    return name


def unseen(text: str) -> bool:
    """Whether there are signs in it that take no room or turn the text around, outside emoji."""
    return _UNSEEN.search(_EMOJI.sub("", _FLAG.sub("", text))) is not None


def skeleton(name: str) -> str:
    """What names that look alike have in common; the value of `User.name_key`."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    plain = regex.sub(r"[\s\p{DI}]+", "", folded).translate(_LOOKS_LIKE)
    key = _pairs(plain)
    if len(key) > KEY_LENGTH:
        key = key[:200] + blake2b(key.encode(), digest_size=32).hexdigest()
    return key


def _pairs(text: str) -> str:
    """Letters drawn with one another: rn passes for m, vv for w; i and l for each other."""
    return text.replace("rn", "m").replace("vv", "w").replace("i", "l")


_TITLES = (
    *("admin", "administrator", "moderator", "webmaster", "owner", "operator", "sysop"),
    *("운영자", "운영진", "관리자", "관리인", "매니저", "방장"),
)
_WORDS = (
    *("system", "sysadmin", "staff", "madang", "support", "notice", "official", "root", "server"),
    *("bot", "chatbot", "mod", "helpdesk", "everyone", "all", "here"),
    *(
        "시스템",
        "알림",
        "알림이",
        "공지",
        "공지사항",
        "마당",
        "스태프",
        "스탭",
        "직원",
        "고객센터",
        "봇",
    ),
)
_BLURRED_TITLES = tuple(skeleton(word) for word in _TITLES)
_BLURRED_WORDS = frozenset(skeleton(word) for word in _WORDS)
_DECORATION = tuple(
    skeleton(word) for word in ("님", "씨", "공식", "official", "the", "team", "팀")
)


def sounds_like_staff(name: str) -> bool:
    """Whether someone could take the bearer for the staff or the system, in either language."""
    folded = unicodedata.normalize("NFKD", name)
    bare = unicodedata.normalize("NFC", regex.sub(r"[\u0300-\u036f]", "", folded))
    letters = regex.sub(r"[^\p{L}]+", "", skeleton(bare.translate(_LEET)))
    # As written, and with digits read as the letters they resemble and as numbers behind a name.
    numberless = regex.sub(r"[^\p{L}]+", "", skeleton(regex.sub(r"\d+$", "", bare)))
    for word in {letters, numberless}:
        if any(word.startswith(title) or word.endswith(title) for title in _BLURRED_TITLES):
            return True
        if any(title in word for title in _BLURRED_TITLES if not title.isascii()):
            return True
        for affix in _DECORATION:
            if word not in _BLURRED_WORDS:
                word = word.removeprefix(affix).removesuffix(affix)
        if word in _BLURRED_WORDS:
            return True
    return False


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
