"""What a room's title may be."""

import regex
from django.conf import settings

from chat.errors import Invalid, gettext_noop
from chat.models import BOARD_PK
from chat.services.lookalikes import foreign_sign
from chat.services.names import code_point, unseen
from chat.text import graphemes, has_ink

_WORD = regex.compile(r"[\p{L}\p{M}]+")


def clean_title(title: str, room_pk: int | None = None) -> str:
    """The title as it is kept: trimmed, single spaces; empty for a board that goes by its own name.

    Raises Invalid for one that is blank or too long, that holds signs which are not seen, or a
    word of more scripts than one.
    """
    try:
        title.encode()
    except UnicodeEncodeError:
        raise Invalid(gettext_noop("This title contains a sign that can't be used.")) from None
    limit = settings.CHAT["title"]
    cleaned = regex.sub(r"\p{Zs}+", " ", title[:2_000]).strip(" \t\r\n")
    if not cleaned and room_pk == BOARD_PK:
        return ""
    if not cleaned:
        raise Invalid(gettext_noop("Give the room a title."))
    if graphemes(cleaned) > limit or len(cleaned) > limit * 8:
        raise Invalid(gettext_noop("A title holds %(limit)d characters at most."), {"limit": limit})
    if not has_ink(cleaned):
        raise Invalid(gettext_noop("Give the room a title."))
    if sign := unseen(cleaned):
        raise Invalid(
            gettext_noop("A title can't hold the sign %(code)s: it is not seen."),
            {"code": code_point(sign)},
        )
    for word in _WORD.findall(cleaned):
        if sign := foreign_sign(word):
            raise Invalid(
                gettext_noop(
                    "“%(sign)s” (%(code)s) is of another script than the rest of its word."
                    " Write it in one script."
                ),
                {"sign": sign, "code": code_point(sign)},
            )
    return cleaned
