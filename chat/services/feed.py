"""The transaction that makes changes: it locks the rooms' feeds, gives numbers and stores.

The only code that writes `Feed`, with its `batch`. Numbers become visible in order and with none
missing, because a feed's row stays locked from taking a number until commit; an autoincrement
can't promise that (https://www.postgresql.org/docs/current/functions-sequence.html).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction

from chat import failpoints
from chat.models import Feed, Message
from chat.protocol import Edit, Post
from chat.services import storing
from chat.services.batch import Batch, now
from chat.services.drafts import Draft, News, Nonces, Outcome, Recorded, Stored, digest
from chat.services.formatting import PLAIN, Formatted, formatted
from chat.services.mentions import people_in
from chat.services.states import FIELDS, load_states

__all__ = ["Draft", "News", "Outcome", "Recorded", "Stored", "digest", "record", "settle"]

EDIT_WINDOW = timedelta(minutes=15)


def record(drafts: Sequence[Draft], edit_window: timedelta = EDIT_WINDOW) -> Recorded:
    """Make all these changes in one transaction; a refused draft is an outcome, not an exception.

    Rooms are locked in the order of their keys, so two writers can't deadlock. Database
    errors propagate, and then nothing was stored.
    """
    written = _written(drafts)
    with transaction.atomic():
        batch = Batch(drafts, edit_window)
        outcomes = [batch.take(draft, text) for draft, text in zip(drafts, written, strict=True)]
        batch.store()
        failpoints.passing("before_commit")
        if failpoints.is_off("ack_after_commit"):
            transaction.set_rollback(True)
        recorded = Recorded(outcomes, batch.news())
    failpoints.passing("after_commit")
    return recorded


def settle(author: int, post: Post, room: int) -> Outcome:
    """What became of a post whose commit had an unknown outcome; None when it is not stored."""
    return Nonces([(author, post.nonce)]).answer(author, room, post)


def next_numbers(room: int, count: int = 1) -> int:
    """Take `count` numbers of a room's feed and return the first; call it inside `atomic`.

    The feed stays locked until the transaction ends. Raises Feed.DoesNotExist.
    """
    feed = Feed.objects.select_for_update().get(pk=room)
    first = feed.head + 1
    Feed.objects.filter(pk=room).update(head=feed.head + count, at=now(feed.at))
    return first


def delete_messages(room: int, seqs: Iterable[int]) -> int:
    """Delete these messages for everyone, each under a number; how many were there to delete.

    For moderators: whose they are is not asked.
    """
    with transaction.atomic():
        feed = Feed.objects.select_for_update().get(pk=room)
        rows = Message.objects.filter(room=room, seq__in=list(seqs), deleted_at__isnull=True)
        found = load_states(rows.order_by("seq").values_list(*FIELDS))
        at = now(feed.at)
        for number, state in enumerate(found, feed.head + 1):
            state.change = number
            storing.delete(state, at)
        if found:
            Feed.objects.filter(pk=room).update(head=feed.head + len(found), at=at)
    return len(found)


def _written(drafts: Sequence[Draft]) -> list[Formatted]:
    """The formatting of each draft's text, made before anything is locked."""
    texts = [draft.change.text if isinstance(draft.change, Post | Edit) else "" for draft in drafts]
    named = [(draft.room, text) for draft, text in zip(drafts, texts, strict=True) if "@" in text]
    people = people_in(named) if named else {}
    return [
        formatted(text, people.get(draft.room) if "@" in text else None) if text else PLAIN
        for draft, text in zip(drafts, texts, strict=True)
    ]
