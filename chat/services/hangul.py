"""Hangul as it is typed: whether a name begins with what stands in a picker so far. Pure."""

import unicodedata

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = (
    *("ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ"),
    *("ㅜㅓ", "ㅜㅔ", "ㅜㅣ", "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ"),
)
_FINALS = (
    *("", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ"),
    *(
        "ㄹㅌ",
        "ㄹㅍ",
        "ㄹㅎ",
        "ㅁ",
        "ㅂ",
        "ㅂㅅ",
        "ㅅ",
        "ㅆ",
        "ㅇ",
        "ㅈ",
        "ㅊ",
        "ㅋ",
        "ㅌ",
        "ㅍ",
        "ㅎ",
    ),
)
_FIRST, _LAST = 0xAC00, 0xD7A3
_JOINED = str.maketrans(
    {
        **dict(zip("ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ", (f for f in _FINALS if len(f) == 2), strict=True)),
        **dict(zip("ㅘㅙㅚㅝㅞㅟㅢ", (v for v in _VOWELS if len(v) == 2), strict=True)),
    }
)


def begins(name: str, typed: str) -> bool:
    """Whether the name begins with what was typed, however far its last syllable has got.

    `민`, `미`, `민ㅅ` and `ㅁㅅ` begin 민수, `민` begins 미나 too: its ㄴ may still move on.
    """
    name, typed = _plain(name), _plain(typed)
    if name.startswith(typed):
        return True
    if typed.isascii() or _letters(name[:1])[:1] != _letters(typed[:1])[:1]:
        return False
    if _letters(name).startswith(_letters(typed)):
        return True
    consonants = typed.translate(_JOINED)
    return len(consonants) <= len(name) and all(
        want == sign or want == _initial(sign) for want, sign in zip(consonants, name, strict=False)
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _initial(sign: str) -> str:
    code = ord(sign)
    return _INITIALS[(code - _FIRST) // 588] if _FIRST <= code <= _LAST else ""


def _letters(text: str) -> str:
    """The keys that were pressed for a text."""
    found = ""
    for sign in text:
        code = ord(sign)
        if _FIRST <= code <= _LAST:
            rest = code - _FIRST
            found += _INITIALS[rest // 588] + _VOWELS[rest % 588 // 28] + _FINALS[rest % 28]
        else:
            found += sign.translate(_JOINED)
    return found
