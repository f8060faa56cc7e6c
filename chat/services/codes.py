"""Room codes: making them, and reading what a person typed or pasted as one. Pure."""

import secrets
import unicodedata
from urllib.parse import unquote

import regex

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Thirty-one symbols that can't be taken for one another: no 0 and O, no 1, I and L."""
LENGTH = 10
MAX_NUMBER = 2**53 - 1
TYPED_MAX = 400
"""Longer input is no code and no link."""

_LINK = regex.compile(r"[a-z]+://|^/|/(?:join|ws)\b", regex.IGNORECASE)


def new_code() -> str:
    """A random code of about 49 bits. It holds a letter, so it never reads as a number."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if not code.isdigit():
            return code


def read_code(typed: str) -> str:
    """The code in what was typed: any case, width, spacing and hyphens, or a whole pasted link.

    Returns "" when there can't be one in it. Signs outside the alphabet stay, and match nothing.
    """
    if len(typed) > TYPED_MAX:
        return ""
    text = unicodedata.normalize("NFKC", typed).strip()
    if _LINK.search(text):
        text = unquote(text)
        before, _mark, fragment = text.partition("#")
        text = fragment or before.split("?")[0].rstrip("/").rpartition("/")[2]
    text = regex.sub(r"[\s\p{Dash}\p{C}\p{DI}._]+", "", text).upper()
    if not text.isascii() or not text.isalnum() or len(text) > 32:
        return ""
    return number_code(int(text)) if text.isdigit() and len(text) <= 16 else text


def number_code(number: int) -> str:
    """The code of a room made with a number: its plain decimal digits."""
    return str(number)


def public_code(code: str) -> int | str:
    """A code as the plain interface lists it: an integer when it was made with one."""
    return int(code) if code.isdigit() else code
