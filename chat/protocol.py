"""The live interface's words: commands in, events out, close codes. Pure: no I/O, no Django.

A client sends one JSON object a frame; the server sends JSON arrays of events. Everything
here is checked before it is queued, so what goes further is well-formed.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, ClassVar

import orjson

from chat.errors import BadRequest, ChatError, Invalid, gettext_noop
from chat.text import quote

SUBPROTOCOL = "madang.v1"
MAX_INTEGER = 2**53 - 1
PAGE = 50
PAGE_MAX = 200
PAGE_BYTES = 512 * 1024
"""Bytes of a page's messages, which is handed out in one piece: two hundred long ones are 4 MB."""
RESUME_MAX = 1_000
"""A cursor further behind than this many numbers is answered with `reset`."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Close(IntEnum):
    """Why the server closes a socket. 44xx: come back, but for 4404; 45xx: stop."""

    NORMAL = 1000
    BINARY = 1003
    BAD_TEXT = 1007
    TOO_LONG = 1009
    RESTARTING = 1012
    UNKNOWN_CODE = 4404
    TOO_SLOW = 4408
    TOO_FAST = 4429
    BANNED = 4501
    NO_SESSION = 4503


CLOSE_MEANING: dict[Close, str] = {
    Close.NORMAL: "done",
    Close.BINARY: "binary frames are not taken",
    Close.BAD_TEXT: "not valid UTF-8, or a NUL in plain text",
    Close.TOO_LONG: "the frame is too long",
    Close.RESTARTING: "the server restarts: reconnect after bye's retry_after",
    Close.UNKNOWN_CODE: "plain interface only: no room has this code; stop",
    Close.TOO_SLOW: "frames were not read in time: reconnect and resume",
    Close.TOO_FAST: "too many frames or sockets: reconnect after a while",
    Close.BANNED: "this person was deactivated: stop",
    Close.NO_SESSION: "no session, or it ended: stop and enter again",
}


@dataclass(frozen=True, slots=True)
class Subscribe:
    name: ClassVar[str] = "subscribe"
    room: str
    after: int | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    name: ClassVar[str] = "unsubscribe"
    room: str


@dataclass(frozen=True, slots=True)
class Post:
    name: ClassVar[str] = "post"
    room: str
    nonce: str
    text: str
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    name: ClassVar[str] = "edit"
    room: str
    nonce: str
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Delete:
    name: ClassVar[str] = "delete"
    room: str
    nonce: str
    seq: int


@dataclass(frozen=True, slots=True)
class React:
    name: ClassVar[str] = "react"
    room: str
    nonce: str
    seq: int
    emoji: str
    on: bool


@dataclass(frozen=True, slots=True)
class Read:
    name: ClassVar[str] = "read"
    room: str
    seq: int


@dataclass(frozen=True, slots=True)
class Typing:
    name: ClassVar[str] = "typing"
    room: str
    on: bool


Command = Subscribe | Unsubscribe | Post | Edit | Delete | React | Read | Typing
Change = Post | Edit | Delete | React
"""The commands that take a number in the room's feed, and are answered with `ack` or `error`."""


def _string(value: Any) -> bool:
    return type(value) is str


def _short(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= 64


def _nonce(value: Any) -> bool:
    return type(value) is str and _NONCE.fullmatch(value) is not None


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_INTEGER


def _flag(value: Any) -> bool:
    return type(value) is bool


Check = Callable[[Any], bool]
_ROOM: dict[str, Check] = {"room": _short}
_TARGET: dict[str, Check] = {"room": _short, "nonce": _nonce, "seq": _number}

COMMANDS: dict[str, tuple[Callable[..., Command], dict[str, Check], dict[str, Check]]] = {
    "subscribe": (Subscribe, _ROOM, {"after": _number, "epoch": _short}),
    "unsubscribe": (Unsubscribe, _ROOM, {}),
    "post": (Post, {"room": _short, "nonce": _nonce, "text": _string}, {"reply_to": _number}),
    "edit": (Edit, {**_TARGET, "text": _string}, {}),
    "delete": (Delete, _TARGET, {}),
    "react": (React, {**_TARGET, "emoji": _short, "on": _flag}, {}),
    "read": (Read, {"room": _short, "seq": _number}, {}),
    "typing": (Typing, {"room": _short, "on": _flag}, {}),
}
"""Command name → its class, the checks of its required and of its optional fields."""

EVENTS = frozenset(
    (
        *("hello", "message", "subscribed", "skip", "room", "ack", "error", "reset", "heads"),
        *("rooms", "read", "reacted", "signed_out", "presence", "typing", "bye"),
    )
)


def decode(frame: str) -> Command:
    """The command in a client's frame; null in an optional field counts as absent.

    Raises a ChatError for anything else: JSON that does not parse (lone surrogates, NaN and
    deep nesting among it), unknown commands, missing fields and wrong types. The error's
    `params` carry what is known of `nonce` and `room`.
    """
    try:
        fields = orjson.loads(frame)
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
        raise BadRequest(gettext_noop("This frame is not a JSON object.")) from None
    if type(fields) is not dict:
        raise BadRequest(gettext_noop("This frame is not a JSON object."))
    entry = COMMANDS.get(kind) if type(kind := fields.get("type")) is str else None
    if entry is None:
        raise BadRequest(gettext_noop("There is no such command."), _context(fields))
    make, required, optional = entry
    values: dict[str, Any] = {}
    for name, check in required.items():
        value = fields.get(name)
        if not check(value):
            raise Invalid(
                gettext_noop("The field “%(field)s” is missing or wrong."),
                {**_context(fields), "field": name},
            )
        values[name] = value
    for name, check in optional.items():
        value = fields.get(name)
        if value is None:
            continue
        if not check(value):
            raise Invalid(
                gettext_noop("The field “%(field)s” is missing or wrong."),
                {**_context(fields), "field": name},
            )
        values[name] = value
    return make(**values)


def _context(fields: dict[str, Any]) -> dict[str, object]:
    """What an error may quote of a command that did not decode."""
    context: dict[str, object] = {}
    if _nonce(fields.get("nonce")):
        context["nonce"] = fields["nonce"]
    if _short(fields.get("room")):
        context["room"] = fields["room"]
    return context


# --- events -----------------------------------------------------------------------------


def encode(event: dict[str, Any]) -> bytes:
    """One event as JSON. Frames are made of these by `frame`."""
    return orjson.dumps(event)


def frame(events: Iterable[bytes]) -> bytes:
    """The frame (a JSON array) that carries these encoded events."""
    return b"[" + b",".join(events) + b"]"


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as `at` wants it."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def author(person_id: int, name: str, kind: str) -> dict[str, str]:
    """An `author`: who said it, by the name of that time."""
    return {"id": str(person_id), "name": name, "kind": kind}


def encode_ack(nonce: str, seq: int, change: int) -> bytes:
    """An `ack`. The nonce is checked when decoded and needs no escaping."""
    return b'{"type":"ack","nonce":"%b","seq":%d,"change":%d}' % (nonce.encode(), seq, change)


def encode_skip(room: str, to: int) -> bytes:
    """A `skip`: the numbers up to `to` hold nothing for this subscriber."""
    return b'{"type":"skip","room":"%b","to":%d}' % (room.encode(), to)


def encode_deleted(room: str, seq: int, change: int) -> bytes:
    """A deleted message's state: numbers, and nothing else."""
    return encode({"type": "message", "room": room, "seq": seq, "change": change, "deleted": True})


def requote(encoded: bytes, source: bytes | None) -> bytes:
    """The reply's encoded state with its quote redrawn from its source's; None: that is deleted."""
    event = orjson.loads(encoded)
    if "reply_to" in event:
        said = None if source is None else orjson.loads(source)
        event["reply_to"]["text"] = said and quote(said["text"], said.get("html", ""))
    return encode(event)


def error_event(error: ChatError, detail: str, nonce: str | None, room: str | None) -> bytes:
    """An `error` with its sentence already in the caller's language."""
    event: dict[str, Any] = {"type": "error", "code": error.code, "detail": detail}
    if nonce is not None:
        event["nonce"] = nonce
    if room is not None:
        event["room"] = room
    if error.retry_after is not None:
        event["retry_after"] = round(error.retry_after, 1)
    return encode(event)


def error_body(error: ChatError, detail: str) -> bytes:
    """The HTTP body of a refusal, its sentence already in the caller's language."""
    inner: dict[str, Any] = {"code": error.code, "detail": detail}
    if error.retry_after is not None:
        inner["retry_after"] = round(error.retry_after, 1)
    if error.suggestion is not None:
        inner["suggestion"] = error.suggestion
    return orjson.dumps({"error": inner})


def decoded(events: Iterable[bytes]) -> list[Any]:
    """The events as objects: for callers such as a page's first data."""
    return [orjson.loads(event) for event in events]


@dataclass(slots=True)
class Entry:
    """One number of a room's feed: the current state of a message, or of the room (`seq` 0).

    `text` is what plain clients hear of it, None where they hear nothing.
    """

    change: int
    seq: int
    author: int
    encoded: bytes
    text: str | None = None
    reply_to: int | None = None
    deleted: bool = False

    def seen_from(self, visible_from: int) -> bytes:
        """The state for someone who sees messages from there on: no quote of an earlier one."""
        if self.reply_to is not None and self.reply_to < visible_from and not self.deleted:
            return requote(self.encoded, None)
        return self.encoded
