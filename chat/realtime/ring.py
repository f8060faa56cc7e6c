"""The latest states of one feed, so that joins and reconnects don't ask the database.

Complete: every state with a change above `after` is in it. Knows neither Django nor Channels.
"""

from collections.abc import Iterable

from chat.protocol import Entry, requote


class Ring:
    """States keyed by `seq`, in the order of their changes; a newer state replaces the older."""

    def __init__(self, after: int, entries: Iterable[Entry], capacity: int) -> None:
        self.after = after
        self._capacity = capacity
        self._entries: dict[int, Entry] = {}
        self._replies: dict[int, set[int]] = {}
        for entry in entries:
            self.put(entry)

    def put(self, entry: Entry) -> None:
        """Take a newer state; the oldest falls out at the far end, and quotes of it are redrawn."""
        self._entries.pop(entry.seq, None)
        self._entries[entry.seq] = entry
        if entry.reply_to is not None:
            self._replies.setdefault(entry.reply_to, set()).add(entry.seq)
        if entry.change != entry.seq and entry.seq in self._replies:
            self._redraw(entry)
        while len(self._entries) > self._capacity:
            oldest = self._entries.pop(next(iter(self._entries)))
            self.after = max(self.after, oldest.change)
            if oldest.reply_to is not None:
                self._forget_reply(oldest)

    def _redraw(self, source: Entry) -> None:
        said = None if source.deleted else source.encoded
        for seq in self._replies[source.seq]:
            reply = self._entries.get(seq)
            if reply is not None and not reply.deleted:
                reply.encoded = requote(reply.encoded, said)

    def _forget_reply(self, reply: Entry) -> None:
        seqs = self._replies.get(reply.reply_to or 0)
        if seqs is not None:
            seqs.discard(reply.seq)
            if not seqs:
                del self._replies[reply.reply_to or 0]

    def reach_back(self, after: int, entries: Iterable[Entry]) -> None:
        """Take states from before: `entries` are all with a change above `after`, oldest first."""
        if after >= self.after:
            return
        newer = self._entries
        older = [e for e in entries if e.change <= self.after and e.seq not in newer]
        self._entries = {e.seq: e for e in older} | newer
        for entry in older:
            if entry.reply_to is not None:
                self._replies.setdefault(entry.reply_to, set()).add(entry.seq)
                source = newer.get(entry.reply_to)
                if source is not None and source.change != source.seq:
                    # Changed perhaps after `entries` were read: a deleted text is never quoted.
                    self._redraw(source)
        self.after = after
        self._capacity = max(self._capacity, len(self._entries))

    def since(self, change: int, upto: int) -> list[Entry] | None:
        """The states with a change in (`change`, `upto`], in order; None when it can't know all."""
        if change < self.after:
            return None
        found = []
        for entry in reversed(self._entries.values()):
            if entry.change <= change:
                break
            if entry.change <= upto:
                found.append(entry)
        return found[::-1]

    def latest(self, count: int, upto: int, visible_from: int = 0) -> list[Entry] | None:
        """The last `count` messages that are not deleted, by `seq`; None when it can't know them.

        Those changed after `upto` are left out: they come live.
        """
        shown = [
            entry
            for entry in self._entries.values()
            if entry.seq > self.after
            and entry.seq >= visible_from
            and entry.change <= upto
            and not entry.deleted
        ]
        if len(shown) < count and self.after > 0 and visible_from <= self.after:
            return None
        return sorted(shown, key=lambda entry: entry.seq)[-count:]


def redraw(replies: Iterable[Entry], changed: Iterable[Entry]) -> None:
    """Draw the quotes in these states anew from sources that changed."""
    sources = {entry.seq: entry for entry in changed if entry.seq and entry.change != entry.seq}
    for reply in replies:
        source = sources.get(reply.reply_to or 0)
        if source is not None and not reply.deleted:
            reply.encoded = requote(reply.encoded, None if source.deleted else source.encoded)
