"""What processes tell each other over the bus, as bytes. Authenticated by the broker, not here."""

from typing import Any

import msgpack

from chat.protocol import Entry

FEED_MAX = 48 * 1024
"""Bytes of entries that travel themselves; of more, only the head is told and others read them."""


def feed(first: int, entries: list[Entry]) -> bytes:
    """News of a room: the entries themselves, or only how far the feed got."""
    if sum(len(entry.encoded) for entry in entries) > FEED_MAX:
        return head(entries[-1].change)
    # In the order of `Entry`'s fields; `astuple` copies each value and takes ten times as long.
    rows = [(e.change, e.seq, e.author, e.encoded, e.text, e.reply_to, e.deleted) for e in entries]
    return packed("feed", first, rows)


def head(number: int) -> bytes:
    """News of a room without the entries."""
    return packed("head", number)


def packed(kind: str, *fields: Any) -> bytes:
    """A body of this kind."""
    body: bytes = msgpack.packb([kind, *fields])
    return body


def unpacked(body: bytes) -> tuple[str, list[Any]]:
    """Kind and fields. Raises ValueError for what is not a body."""
    fields = msgpack.unpackb(body, strict_map_key=False)
    if not isinstance(fields, list) or not fields or not isinstance(fields[0], str):
        raise ValueError("not a body")
    return fields[0], fields[1:]


def entries_of(rows: list[Any]) -> list[Entry]:
    """The entries that `feed` packed."""
    return [Entry(*row) for row in rows]
