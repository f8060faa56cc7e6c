"""Who is meant by an `@` in a text: people who may see the room, by the names they go by.

Names are looked up when a text is written, all of a batch at once; then `Names` finds them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping

import regex
from django.conf import settings

from chat.models import BOARD_PK, Membership, User
from chat.services.lookalikes import skeleton
from chat.services.names import MAX_SIGNS

MAX_MENTIONS = 20
MAX_PLACES = 30
"""Signs of a text after which a name is looked for."""

WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
)
"""Signs of Korean, Chinese and Japanese, beside which people write without a space."""


def people_in(texts: Collection[tuple[int, str]]) -> dict[int, dict[str, int]]:
    """Room key → name as it stands after an `@` in that room's texts → whose name it is.

    `texts` are pairs of a room's key and a text. Two statements at most, whatever they hold.
    """
    written: dict[str, str] = {}
    by_room: dict[int, set[str]] = {}
    for room, text in texts:
        for name in _possible(text):
            if name not in written:
                written[name] = skeleton(name)
            by_room.setdefault(room, set()).add(name)
    if not written:
        return {}
    rows = User.objects.filter(name_key__in=set(written.values()), is_active=True)
    held = {
        key: (pk, _plain(name)) for pk, name, key in rows.values_list("pk", "nickname", "name_key")
    }
    rooms = [room for room in by_room if room != BOARD_PK]
    keys = [pk for pk, _name in held.values()]
    members = Membership.objects.filter(room__in=rooms, user__in=keys) if rooms and keys else None
    inside = set(members.values_list("room_id", "user_id")) if members is not None else set()
    found: dict[int, dict[str, int]] = {}
    for room, names in by_room.items():
        for name in names:
            pk, nickname = held.get(written[name], (0, ""))
            # Keys are alike for names that look alike; a mention is of the very name.
            if pk and nickname == _plain(name) and (room == BOARD_PK or (room, pk) in inside):
                found.setdefault(room, {})[name] = pk
    return found


def _possible(text: str) -> Iterator[str]:
    """Everything after an `@` that could be a name."""
    places = 0
    at = text.find("@")
    while at >= 0 and places < MAX_PLACES:
        if not _in_address(text, at):
            places += 1
            name = ""
            for sign in _signs(text[at + 1 : at + 1 + MAX_SIGNS]):
                name += sign
                if not sign.isspace():
                    yield name
        at = text.find("@", at + 1)


def _signs(text: str) -> Iterable[str]:
    line = text.split("\n", 1)[0]
    return regex.findall(r"\X", line)[: settings.CHAT["nickname"]] if line[:1].strip() else []


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _in_address(text: str, at: int) -> bool:
    return at > 0 and text[at - 1].isascii() and (text[at - 1].isalnum() or text[at - 1] in "._-+")


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
        if _in_address(text, at):
            return None
        for length in self._lengths:
            end = at + 1 + length
            name = text[at + 1 : end]
            if name in self._people and not (_in_word(name[-1]) and _goes_on(text[end : end + 2])):
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


def _goes_on(rest: str) -> bool:
    """Whether a word in letters that are written with spaces goes on: in bob_2, not in bob_."""
    return rest != "" and _in_word(rest[1:] if rest[0] in "_-" else rest[0])


def _in_word(sign: str) -> bool:
    return sign.isalnum() and WIDE.match(sign) is None
