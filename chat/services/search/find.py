"""Searching: what a person may see and looks for, newest first, exactly as it stands now.

Candidates come from the index and are compared with their messages' current rows; what is not
indexed yet is compared directly. So an edit or a deletion shows in the next search.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from chat.errors import NotFound
from chat.models import Feed, Message, Room, User
from chat.services import history
from chat.services.access import Access, access, accesses
from chat.services.search import words
from chat.services.search.chosen import index
from chat.services.search.index import EVERYTHING, Reader, Wanted, author_number
from chat.services.states import FIELDS, State, entries, load_states

LIMIT = 20
LIMIT_MAX = 50
PROBES = 2_000
"""Candidates that one search compares at most; then it answers, and says where to go on."""
TAIL = 2_000
"""Changes of a room that are not indexed yet and are compared all the same."""


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
    """A page of hits. `next` continues it, None at the end; `partial`: the index is being made."""

    hits: list[Hit]
    next: tuple[str, int] | None
    partial: bool


def search(user: User, wanted: Search) -> Found:
    """What `user` may see of what they look for. Raises NotFound for a room that isn't theirs."""
    standings = [access(user, wanted.room)] if wanted.room is not None else accesses(user)
    scope = _Scope(wanted, {standing.room.pk: standing for standing in standings})
    with index().reading(history.epoch()) as reader:
        # The cursors first: what is indexed while the rest is read can only come twice.
        cursors = reader.cursors(scope.standings) if reader is not None else {}
        tail, partial = scope.tail(cursors)
        probe = scope.probe(reader, {state.pk for state in tail})
    states = [*probe.states, *(state for state in tail if state.pk >= probe.reached)]
    states.sort(key=lambda state: -state.pk)
    page = states[: wanted.limit]
    end = None
    if len(states) > wanted.limit:
        end = page[-1].room, page[-1].seq
    elif probe.last is not None:
        end = probe.last
    following = None if end is None else (scope.standings[end[0]].room.public_id, end[1])
    return Found(scope.hits(page), following, partial)


@dataclass(slots=True)
class _Probe:
    """Hits with keys from `reached` on. `last`: where it stopped though there may be more."""

    states: list[State] = field(default_factory=list)
    reached: int = 0
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

    def tail(self, cursors: dict[int, int]) -> tuple[list[State], bool]:
        """Hits among what is not indexed yet, and whether there was too much of it to look at."""
        found: list[State] = []
        partial = False
        for room, head in self.heads.items():
            after = cursors.get(room, 0)
            # A cursor beyond the head belongs to another past of this database.
            after = after if after <= head else 0
            if head == after:
                continue
            rows = Message.objects.filter(room=room, change__gt=after).order_by("-change")
            states = load_states(rows.values_list(*FIELDS)[:TAIL])
            partial = partial or len(states) == TAIL
            found += [s for s in states if s.pk < self.high and self._hit(s)]
        return found, partial

    def probe(self, reader: Reader | None, known: set[int]) -> _Probe:
        """Hits of the index but those `known`, until there is a page of them and one more."""
        probe = _Probe()
        wanted = self._of_index(reader)
        count = self.wanted.limit + 10
        probed = 0
        while reader is not None and wanted is not None:
            keys = reader.candidates(wanted, count)
            rows = Message.objects.filter(pk__in=keys).values_list(*FIELDS)
            states = {state.pk: state for state in load_states(rows)}
            for key in keys:
                state = states.get(key)
                if state is not None and key not in known and self._hit(state):
                    probe.states.append(state)
            probed += len(keys)
            if len(keys) < count:
                break
            if len(probe.states) > self.wanted.limit or probed >= PROBES:
                last = next((states[key] for key in reversed(keys) if key in states), None)
                if last is not None:
                    probe.reached, probe.last = last.pk, (last.room, last.seq)
                    break
            wanted = Wanted(wanted.numbers, wanted.rooms, wanted.low, keys[-1])
            count = min(2 * count, 500)
        return probe

    def hits(self, states: Iterable[State]) -> list[Hit]:
        """The states as hits, in their order."""
        rooms: dict[int, list[State]] = {}
        states = list(states)
        for state in states:
            rooms.setdefault(state.room, []).append(state)
        events = {
            (room, entry.seq): entry.seen_from(self.standings[room].visible_from)
            for room, those in rooms.items()
            for entry in entries(room, those)
        }
        return [
            Hit(
                self.standings[state.room].room,
                events[state.room, state.seq],
                words.ranges(self.terms, state.text),
            )
            for state in states
        ]

    def _of_index(self, reader: Reader | None) -> Wanted | None:
        """What the index is asked; None when it can have nothing."""
        if reader is None or not self.standings:
            return None
        low, high = 0, self.high
        if self.wanted.since is not None or self.wanted.until is not None:
            first, last = reader.between(
                _milliseconds(self.wanted.since, 0),
                _milliseconds(self.wanted.until, EVERYTHING),
            )
            low, high = max(low, first), min(high, last)
        numbers = {words.number(gram) for term in self.terms for gram in term.grams}
        if self.wanted.person is not None:
            numbers.add(author_number(self.wanted.person))
        return Wanted(sorted(numbers), sorted(self.standings), low, high)

    def _hit(self, state: State) -> bool:
        wanted = self.wanted
        return (
            state.room in self._lowest
            and state.seq >= self._lowest[state.room]
            and state.deleted_at is None
            and (wanted.person is None or state.author == wanted.person)
            and (wanted.since is None or state.at >= wanted.since)
            and (wanted.until is None or state.at < wanted.until)
            and words.find(self.terms, words.fold(state.text))
        )


def _key(public_id: str, seq: int, standings: dict[int, Access]) -> int:
    """The key of the message that the last page ended at, or of the next after it."""
    room = next((pk for pk, one in standings.items() if one.room.public_id == public_id), None)
    if room is None:
        raise NotFound
    rows = Message.objects.filter(room=room, seq__gte=seq).order_by("seq")
    return rows.values_list("pk", flat=True).first() or EVERYTHING


def _milliseconds(moment: datetime | None, default: int) -> int:
    return default if moment is None else int(moment.timestamp() * 1000)
