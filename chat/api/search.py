"""Searching all that one may see."""

from datetime import UTC, date, datetime, timedelta

import orjson
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.dateparse import parse_date, parse_datetime

from chat import limits
from chat.api import edge
from chat.errors import Invalid, gettext_noop
from chat.services.search.find import LIMIT, LIMIT_MAX, Found, Search
from chat.services.search.find import search as find
from chat.services.search.folding import fold
from chat.services.search.turns import TURNS
from chat.text import graphemes

QUERY_MAX = 100
DAY = timedelta(days=1)


def search_messages(request: HttpRequest) -> HttpResponseBase:
    """A page of hits, newest first; `before` is the `next` of the page before it."""
    user = edge.person(request)
    wanted = Search(
        _query(request),
        request.GET.get("room"),
        _person(request),
        _moment(request, "from"),
        _moment(request, "to", DAY),
        _place(request),
        _limit(request),
    )
    limits.spend("searches", str(user.pk))
    with TURNS.turn(user.pk):
        found = find(user, wanted)
    return edge.answer(body(found))


def body(found: Found) -> bytes:
    """The page as JSON; each message was encoded once, by the states."""
    hits = [
        b'{"room":%b,"title":%b,"message":%b,"ranges":%b}'
        % (
            orjson.dumps(hit.room.public_id),
            orjson.dumps(hit.room.shown_title),
            hit.event,
            orjson.dumps(hit.ranges),
        )
        for hit in found.hits
    ]
    following = None if found.next is None else f"{found.next[0]}.{found.next[1]}"
    return b'{"hits":[%b],"more":%b,"next":%b,"partial":%b}' % (
        b",".join(hits),
        orjson.dumps(following is not None),
        orjson.dumps(following),
        orjson.dumps(found.partial),
    )


search = edge.endpoint(GET=search_messages)


def _query(request: HttpRequest) -> str:
    text = request.GET.get("q", "").strip()
    if not fold(text).strip():
        raise Invalid(gettext_noop("Type what to look for."))
    if "\0" in text:
        raise edge.wrong("q")
    if len(text) > QUERY_MAX * 8 or graphemes(text) > QUERY_MAX:
        raise Invalid(gettext_noop("Look for %(limit)d characters at most."), {"limit": QUERY_MAX})
    return text


def _person(request: HttpRequest) -> int | None:
    text = request.GET.get("person")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise edge.wrong("person")
    return int(text)


def _moment(request: HttpRequest, name: str, day: timedelta = timedelta()) -> datetime | None:
    """A moment, or a day's beginning in UTC; `day` later where the whole day is meant."""
    text = request.GET.get(name)
    if text is None:
        return None
    try:
        parsed: datetime | date | None = parse_datetime(text) if "T" in text else parse_date(text)
        if isinstance(parsed, datetime):
            return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        if parsed is not None:
            return datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC) + day
    except (ValueError, OverflowError):
        pass
    raise edge.wrong(name)


def _place(request: HttpRequest) -> tuple[str, int] | None:
    text = request.GET.get("before")
    if text is None:
        return None
    room, _dot, seq = text.rpartition(".")
    if not (room and seq.isascii() and seq.isdigit() and len(seq) <= 16):
        raise edge.wrong("before")
    return room, int(seq)


def _limit(request: HttpRequest) -> int:
    text = request.GET.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LIMIT_MAX):
        raise edge.wrong("limit")
    return int(text)
