"""Who is meant by an `@` in a text."""

import re
from collections.abc import Mapping

MAX_MENTIONS = 20

WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
)
"""Signs of Korean, Chinese and Japanese, beside which people write without a space."""


class Names:
    """The names that are mentioned where an `@` stands before them, and who they are."""

    def __init__(self, people: Mapping[str, int]) -> None:
        self._people = people
        self._lengths = sorted({len(name) for name in people}, reverse=True)
        self.mentioned: list[int] = []
        """The people whom the text mentioned, once each."""

    def at(self, text: str, at: int) -> str | None:
        """The longest of the names that is written right after the `@` at this place, or None.

        What precedes the sign must not be part of an address, and a name in Latin letters must
        not go on in Latin letters; after Korean anything may follow, particles above all.
        """
        if at and text[at - 1].isascii() and (text[at - 1].isalnum() or text[at - 1] in "._-+"):
            return None
        for length in self._lengths:
            end = at + 1 + length
            name, following = text[at + 1 : end], text[end : end + 1]
            if name in self._people and not (
                following and _in_word(name[-1]) and _in_word(following)
            ):
                return name
        return None

    def mention(self, name: str, *, silent: bool) -> int | None:
        """The person of that name, now mentioned; None when there are too many already."""
        person = self._people[name]
        if person not in self.mentioned:
            if len(self.mentioned) >= MAX_MENTIONS:
                return None
            if not silent:
                self.mentioned.append(person)
        return person


def _in_word(sign: str) -> bool:
    return sign.isalnum() and WIDE.match(sign) is None
