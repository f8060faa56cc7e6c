"""What people ask to change in a room, and what they are answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from chat.errors import ChatError, Conflict
from chat.models import Message
from chat.protocol import Change, Entry, Post


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that someone asks for, in a room given by its key."""

    room: int
    author: int
    change: Change


@dataclass(frozen=True, slots=True)
class Stored:
    """What an ack says. `repeated`: it was stored before, and this is the first answer again."""

    seq: int
    change: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reacted:
    """A person's own reactions to a message by some change, where an event does not name them."""

    person: int
    seq: int
    change: int
    emoji: list[str]


@dataclass(slots=True)
class News:
    """What a commit added to one room: entries numbered `first`, `first` + 1, …

    `reacted` is for the people concerned alone.
    """

    first: int
    entries: list[Entry]
    reacted: list[Reacted] = field(default_factory=list)


Outcome = Stored | ChatError | None
"""None: the room was locked by another writer; hand the draft in again."""


@dataclass(slots=True)
class Recorded:
    """One outcome a draft, in their order, and the news by room key."""

    outcomes: list[Outcome]
    news: dict[int, News]


def digest(room: int, post: Post) -> bytes:
    """What tells a resend from another post under the same nonce."""
    content = f"{room}\0{post.reply_to or ''}\0{post.text}"
    return blake2b(content.encode(), digest_size=16).digest()


class Nonces:
    """Posts already stored under these (author, nonce) pairs."""

    def __init__(self, pairs: Sequence[tuple[int, str]]) -> None:
        self._known: dict[tuple[int, str], tuple[bytes, int]] = {}
        if pairs:
            authors, nonces = {a for a, _n in pairs}, {n for _a, n in pairs}
            rows = Message.objects.filter(author__in=authors, nonce__in=nonces)
            for author, nonce, content, seq in rows.values_list(
                "author_id", "nonce", "digest", "seq"
            ):
                self._known[author, nonce] = (bytes(content), seq)

    def answer(self, author: int, room: int, post: Post) -> Outcome:
        """The first answer to this post, a Conflict for other content, None when it is new."""
        known = self._known.get((author, post.nonce))
        if known is None:
            return None
        content, seq = known
        return Stored(seq, seq, repeated=True) if content == digest(room, post) else Conflict()

    def add(self, author: int, post: Post, content: bytes, seq: int) -> None:
        self._known[author, post.nonce] = (content, seq)
