"""A message's row, and its current state as the clients see it: encoded once, here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat import protocol
from chat.models import Message, Reaction, Room, room_public_id
from chat.protocol import Entry
from chat.text import qualified, quote

FIELDS = (
    *("pk", "room_id", "seq", "change", "author_id", "author_name", "author_kind", "nonce"),
    *("text", "html", "at", "edited_at", "deleted_at", "reply_to"),
)
SHOWN_PEOPLE = 20
"""How many people an event names for one reaction."""


@dataclass(slots=True)
class State:
    """A message's row while it is read or changed; `pk` is 0 until it is stored."""

    pk: int
    room: int
    seq: int
    change: int
    author: int
    author_name: str
    author_kind: str
    nonce: str
    text: str
    html: str
    at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reply_to: int | None = None


Reactions = dict[str, list[int]]
"""Emoji → who, both in the order of time."""


def load_states(rows: Iterable[tuple[Any, ...]]) -> list[State]:
    """The states in rows of `values_list(*FIELDS)`."""
    return [State(*row) for row in rows]


def load_reactions(states: Iterable[State]) -> dict[int, Reactions]:
    """Message key → its reactions, for those that have any."""
    keys = [state.pk for state in states if state.pk and state.deleted_at is None]
    found: dict[int, Reactions] = defaultdict(dict)
    rows = Reaction.objects.filter(message__in=keys).order_by("pk")
    for message, emoji, user in rows.values_list("message_id", "emoji", "user_id"):
        # Older rows may hold several forms of one emoji.
        people = found[message].setdefault(qualified(emoji), [])
        if user not in people:
            people.append(user)
    return found


def load_sources(room: int, states: Iterable[State]) -> dict[int, State]:
    """`seq` → the state of what these states reply to."""
    seqs = {state.reply_to for state in states if state.reply_to is not None}
    if not seqs:
        return {}
    rows = Message.objects.filter(room=room, seq__in=seqs).values_list(*FIELDS)
    return {state.seq: state for state in load_states(rows)}


def entries(room: int, states: Sequence[State]) -> list[Entry]:
    """The states of one room as entries, with reactions and quotes joined, in the given order."""
    reactions = load_reactions(states)
    sources = load_sources(room, states)
    return [
        entry(state, reactions.get(state.pk), sources.get(state.reply_to or 0)) for state in states
    ]


def entry(state: State, reactions: Reactions | None = None, source: State | None = None) -> Entry:
    """One state as an entry, encoded. `source` is what it replies to, when that is known."""
    room = room_public_id(state.room)
    if state.deleted_at is not None:
        encoded = protocol.encode_deleted(room, state.seq, state.change)
        return Entry(state.change, state.seq, state.author, encoded, deleted=True)
    event: dict[str, Any] = {
        "type": "message",
        "room": room,
        "seq": state.seq,
        "change": state.change,
        "nonce": state.nonce,
        "author": protocol.author(state.author, state.author_name, state.author_kind),
        "text": state.text,
        "at": protocol.timestamp(state.at),
    }
    if state.html:
        event["html"] = state.html
    if state.edited_at is not None:
        event["edited_at"] = protocol.timestamp(state.edited_at)
    if source is not None:
        event["reply_to"] = {
            "seq": source.seq,
            "author": protocol.author(source.author, source.author_name, source.author_kind),
            "text": None if source.deleted_at is not None else quote(source.text, source.html),
        }
    if reactions:
        event["reactions"] = [
            {
                "emoji": emoji,
                "count": len(people),
                "people": [str(person) for person in people[:SHOWN_PEOPLE]],
            }
            for emoji, people in reactions.items()
        ]
    encoded = protocol.encode(event)
    return Entry(state.change, state.seq, state.author, encoded, state.text, state.reply_to)


def room_entry(room: Room, floor: int) -> Entry:
    """The room's own state as an entry: its title, whether it is closed, its floor and settings."""
    encoded = protocol.encode(
        {
            "type": "room",
            "room": room.public_id,
            "change": room.change,
            "title": room.title,
            "closed": room.closed,
            "listed": room.listed,
            "floor": floor,
            "settings": {"history": room.history},
        }
    )
    return Entry(room.change, 0, 0, encoded)
