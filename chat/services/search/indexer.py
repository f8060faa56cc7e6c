"""Bringing the index up to date: whatever changed after a room's cursor is read and indexed.

Nothing of it happens in a feed's transaction. The cursor moves in the transaction that stores
what lies before it, so what a crash left out is read again, and nothing else.
"""

from chat.models import Feed, Message
from chat.services import history
from chat.services.search.chosen import index
from chat.services.search.index import Document, Writer
from chat.services.search.readings import APART, readings

BATCH = 50
"""Messages a transaction: some milliseconds."""
REMOVED = 500


def behind() -> list[int]:
    """The rooms whose index lags behind their feed."""
    cursors = index().all_cursors(history.epoch())
    heads = Feed.objects.values_list("pk", "head")
    return [room for room, head in heads if head != cursors.get(room, 0)]


def follow(room: int, count: int = BATCH) -> bool:
    """Index at most `count` changes of a room, in one transaction; whether there are more.

    False also while another process is at it: what it leaves is found by `behind`.
    """
    numbers = Feed.objects.filter(pk=room).values_list("head", "floor").first()
    if numbers is None:
        return False
    head, floor = numbers
    with index().writing(room, history.epoch()) as writer:
        if writer is None:
            return False
        if writer.change > head:
            writer.forget()  # The database is older than its index: it was restored.
        change = _index(writer, head, floor, count)
        swept = _sweep(writer, floor)
        writer.move(change, floor if swept else writer.floor)
        return change < head or not swept


def catch_up() -> None:
    """Index everything that is missing, and return when it is there."""
    for room in behind():
        while follow(room, 2_000):
            pass


def close() -> None:
    """Let go of what this thread holds open."""
    index().close()


def _index(writer: Writer, head: int, floor: int, count: int) -> int:
    """Put and drop what changed after the cursor; up to which change that was."""
    rows = list(
        Message.objects.filter(room=writer.room, change__gt=writer.change, change__lte=head)
        .order_by("change")
        .only("pk", "seq", "change", "author_id", "at", "text", "html", "deleted_at")[:count]
    )
    there = {row.pk for row in rows if row.deleted_at is None and row.seq > floor}
    if gone := [row.pk for row in rows if row.pk not in there]:
        writer.drop(gone)
    if put := [
        Document(
            row.pk,
            writer.room,
            row.author_id,
            int(row.at.timestamp() * 1000),
            APART.join(readings(row.text, row.html)),
        )
        for row in rows
        if row.pk in there
    ]:
        writer.put(put)
    return rows[-1].change if len(rows) == count else head


def _sweep(writer: Writer, floor: int) -> bool:
    """Forget what lies at or below the floor; whether nothing of it is left."""
    if floor <= writer.floor:
        return True
    first = Message.objects.filter(room=writer.room, seq__gt=floor).order_by("seq")
    key = first.values_list("pk", flat=True).first()
    last = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return not writer.drop_below(last + 1 if key is None else key, REMOVED)
