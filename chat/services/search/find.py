"""Searching: what a person may see and looks for, newest first, exactly as it stands now.

Candidates come from the index and are compared with their messages' current rows; what is not
indexed yet is a candidate by itself. So an edit or a deletion shows in the next search. All
candidates are of rooms that the person is in: how long a search takes tells of no other.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from operator import itemgetter

from chat.errors import NotFound
from chat.models import Feed, Message, Room, User, room_public_id
from chat.services import history
from chat.services.access import Access, access, accesses
from chat.services.search import words
from chat.services.search.budget import Budget
from chat.services.search.chosen import index
from chat.services.search.folding import fold
from chat.services.search.index import EVERYTHING, Reader, Wanted, author_number
from chat.services.search.readings import readings
from chat.services.states import (
    FIELDS,
    State,
    entry,
    load_reactions,
    load_sources,
    load_states,
)

LIMIT = 20
LIMIT_MAX = 50
PROBES = 2_000
"""Candidates that one search compares at most; then it answers, and says where to go on."""
TAIL = 2_000
"""Changes of a room not indexed yet that are candidates; with more, all its messages are."""
WALK = 200
"""Messages read at once of a room that the index doesn't know yet."""


@dataclass(frozen=True, slots=True)
class Search:
    """What someone looks for. `before` is a room's id and the `seq` where the last page ended."""

    text: str
    room: str | None = None
    person: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[str, int] | None = None
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class Hit:
    """A message found: its room, its event encoded, and the code points of `text` to mark."""

    room: Room
    event: bytes
    ranges: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits. `next` continues it, None at the end.

    `partial`: the index is being made, and going on to the end takes longer.
    """

    hits: list[Hit]
    next: tuple[str, int] | None
    partial: bool


def search(user: User, wanted: Search, budget: Budget | None = None) -> Found:
    """What `user` may see of what they look for, as far as `budget` goes.

    Raises NotFound for a room that isn't theirs.
    """
    standings = [access(user, wanted.room)] if wanted.room is not None else accesses(user)
    scope = _Scope(wanted, {standing.room.pk: standing for standing in standings})
    with index().reading(history.epoch()) as reader:
        # The cursors first: what is indexed while the rest is read can only come twice.
        cursors = reader.cursors(scope.standings) if reader is not None else {}
        behind = scope.behind(cursors)
        probe = scope.probe(reader, behind, budget or Budget())
    page = probe.found[: wanted.limit]
    end = probe.last if len(probe.found) <= wanted.limit else (page[-1].room, page[-1].seq)
    following = None if end is None else (room_public_id(end[0]), end[1])
    return Found(scope.hits(page), following, None in behind.values())


Candidate = tuple[int, State | None]
"""The key of a message, and the message where it was read already."""


@dataclass(slots=True)
class _Probe:
    """Hits, newest first. `last`: where it stopped though there may be more."""

    found: list[State] = field(default_factory=list)
    last: tuple[int, int] | None = None


class _Scope:
    """One search, and where the person may look."""

    def __init__(self, wanted: Search, standings: dict[int, Access]) -> None:
        self.wanted = wanted
        self.standings = standings
        self.terms = words.parse(wanted.text)
        self.high = EVERYTHING if wanted.before is None else _key(*wanted.before, standings)
        numbers = Feed.objects.filter(pk__in=standings).values_list("pk", "head", "floor")
        self.heads = {pk: head for pk, head, _floor in numbers}
        self._lowest = {
            pk: max(floor + 1, standings[pk].visible_from) for pk, _head, floor in numbers
        }

    def behind(self, cursors: dict[int, int]) -> dict[int, list[int] | None]:
        """Room → keys of what is not indexed yet, the newest first; None where that is too much."""
        found: dict[int, list[int] | None] = {}
        for room, head in self.heads.items():
            after = cursors.get(room, 0)
            # A cursor beyond the head belongs to another past of this database.
            after = after if after <= head else 0
            if head == after:
                continue
            changed = Message.objects.filter(room=room, change__gt=after).order_by("-change")
            keys = list(changed.values_list("pk", flat=True)[:TAIL])
            if len(keys) == TAIL:
                found[room] = None
            elif keys:
                found[room] = sorted((key for key in keys if key < self.high), reverse=True)
        return found

    def probe(
        self, reader: Reader | None, behind: dict[int, list[int] | None], budget: Budget
    ) -> _Probe:
        """Hits until there is a page of them and one more, or the budget is spent."""
        probe = _Probe()
        candidates = self._candidates(reader, behind)
        count = self.wanted.limit + 10
        before = probed = 0
        last: State | None = None
        while some := list(islice(candidates, count)):
            read = {said.pk: said for said in _load([key for key, said in some if said is None])}
            for key, known in some:
                said = known or read.get(key)
                if said is None or key == before:
                    continue
                if budget.spent and last is not None:
                    probe.last = (last.room, last.seq)
                    return probe
                before, last = key, said
                if self._hit(said):
                    probe.found.append(said)
            probed += len(some)
            if len(some) < count:
                break
            if last and (len(probe.found) > self.wanted.limit or probed >= PROBES):
                probe.last = (last.room, last.seq)
                break
            budget.rest()
            count = min(2 * count, 500)
        return probe

    def _candidates(
        self, reader: Reader | None, behind: dict[int, list[int] | None]
    ) -> Iterator[Candidate]:
        """All that may be hits, newest first; some twice in a row."""
        sources: list[Iterator[Candidate]] = []
        wanted = self._of_index(reader)
        if reader is not None and wanted is not None:
            sources.append((key, None) for key in reader.candidates(wanted))
        for room, keys in behind.items():
            sources.append(
                self._walk(room) if keys is None else iter([(key, None) for key in keys])
            )
        if len(sources) == 1:
            return sources[0]
        return heapq.merge(*sources, key=itemgetter(0), reverse=True)

    def _walk(self, room: int) -> Iterator[Candidate]:
        """A whole room, read as it is taken."""
        rows = Message.objects.filter(room=room, pk__lt=self.high).order_by("-seq")
        below: int | None = None
        while True:
            part = rows if below is None else rows.filter(seq__lt=below)
            some = load_states(part.values_list(*FIELDS)[:WALK])
            yield from ((said.pk, said) for said in some)
            if len(some) < WALK:
                return
            below = some[-1].seq

    def hits(self, states: list[State]) -> list[Hit]:
        """These messages as hits, in their order."""
        reactions = load_reactions(states)
        sources = {
            (room, seq): source
            for room in {state.room for state in states if state.reply_to is not None}
            for seq, source in load_sources(room, [s for s in states if s.room == room]).items()
        }
        return [
            Hit(
                self.standings[state.room].room,
                entry(
                    state, reactions.get(state.pk), sources.get((state.room, state.reply_to or 0))
                ).seen_from(self.standings[state.room].visible_from),
                words.ranges(self.terms, state.text, state.html),
            )
            for state in states
        ]

    def _of_index(self, reader: Reader | None) -> Wanted | None:
        """What the index is asked; None when it can have nothing."""
        if reader is None or not self.standings:
            return None
        low, high = self._low(), self.high
        if self.wanted.since is not None or self.wanted.until is not None:
            first, last = reader.between(
                _milliseconds(self.wanted.since, 0),
                _milliseconds(self.wanted.until, EVERYTHING),
            )
            low, high = max(low, first), min(high, last)
        # The longest first: they are the rarest.
        grams = sorted({gram for term in self.terms for gram in term.grams}, key=len, reverse=True)
        numbers = [words.number(gram) for gram in grams]
        if self.wanted.person is not None:
            numbers.append(author_number(self.wanted.person))
        # Always by room: what lies in others' rooms must not cost a moment.
        return Wanted(numbers, sorted(self.standings), low, high)

    def _low(self) -> int:
        """The key of the first message that they may see, where only one room is asked for."""
        if self.wanted.room is None or max(self._lowest.values()) <= 1:
            return 0
        [(room, lowest)] = self._lowest.items()
        rows = Message.objects.filter(room=room, seq__gte=lowest).order_by("seq")
        return rows.values_list("pk", flat=True).first() or EVERYTHING

    def _hit(self, said: State) -> bool:
        wanted = self.wanted
        return (
            said.deleted_at is None
            and said.seq >= self._lowest.get(said.room, said.seq + 1)
            and (wanted.person is None or said.author == wanted.person)
            and (wanted.since is None or said.at >= wanted.since)
            and (wanted.until is None or said.at < wanted.until)
            and words.find(self.terms, list(map(fold, readings(said.text, said.html))))
        )


def _load(keys: list[int]) -> list[State]:
    """These messages as they stand now."""
    return load_states(Message.objects.filter(pk__in=keys).values_list(*FIELDS)) if keys else []


def _key(public_id: str, seq: int, standings: dict[int, Access]) -> int:
    """The key of the message that the last page ended at, or of the next after it."""
    room = next((pk for pk, one in standings.items() if one.room.public_id == public_id), None)
    if room is None:
        raise NotFound
    rows = Message.objects.filter(room=room, seq__gte=seq).order_by("seq")
    return rows.values_list("pk", flat=True).first() or EVERYTHING


def _milliseconds(moment: datetime | None, default: int) -> int:
    return default if moment is None else int(moment.timestamp() * 1000)
