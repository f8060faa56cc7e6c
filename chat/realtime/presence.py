"""Who is in a room now: a lease that each process renews for its own people.

People are counted, not sockets, and no counter can leak: what a process does not renew is
forgotten. Knows neither Django nor Channels.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chat.protocol import encode

NAMED = 100
CROWD = 50
LEASE = 25.0
RENEW = 10.0

Name = tuple[int, str, str]
"""A person's id, name and kind."""


@dataclass(slots=True)
class _Room:
    sockets: Counter[int] = field(default_factory=Counter)
    names: dict[int, Name] = field(default_factory=dict)
    sorted: list[tuple[str, int]] = field(default_factory=list)
    others: dict[str, tuple[float, list[int], list[Name]]] = field(default_factory=dict)
    told: bytes = b""
    drawn: bytes = b""
    drawn_at: float = float("-inf")
    quiet_until: float = 0.0

    def name(self, person: Name) -> None:
        """Keep a name in its place: sorting ten thousand for the first hundred takes 20 ms."""
        self.unname(person[0])
        self.names[person[0]] = person
        insort(self.sorted, _place(person))

    def unname(self, person: int) -> None:
        """Drop a person's name, if there is one."""
        if (known := self.names.pop(person, None)) is not None:
            del self.sorted[bisect_left(self.sorted, _place(known))]

    def first(self) -> dict[int, Name]:
        """As many of our own as are ever named, in the order of their names."""
        return {person: self.names[person] for _fold, person in self.sorted[:NAMED]}


def _place(name: Name) -> tuple[str, int]:
    return name[1].casefold(), name[0]


class Presence:
    """The people of every room that is followed here, our own and those of other processes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rooms: dict[int, _Room] = {}
        self._changed: set[int] = set()
        self._to_tell: set[int] = set()

    def enter(self, room: int, person: Name) -> None:
        """One more socket of this person is in the room."""
        state = self._rooms.setdefault(room, _Room())
        state.sockets[person[0]] += 1
        if state.names.get(person[0]) != person:
            state.name(person)
            self._mark(room)

    def leave(self, room: int, person: int) -> None:
        """One socket less of this person."""
        state = self._rooms.get(room)
        if state is None or not state.sockets[person]:
            return
        state.sockets[person] -= 1
        if not state.sockets[person]:
            del state.sockets[person]
            state.unname(person)
            self._mark(room)

    def rename(self, person: Name) -> None:
        """This person goes by another name now."""
        for room, state in self._rooms.items():
            if person[0] in state.names:
                state.name(person)
                self._mark(room)

    def _mark(self, room: int) -> None:
        self._changed.add(room)
        self._to_tell.add(room)

    def lease(self, room: int) -> tuple[list[int], list[Name]]:
        """Our own people in a room: all ids, and up to 100 names, for the other processes."""
        state = self._rooms.get(room)
        if state is None:
            return [], []
        ids = list(state.sockets)
        return ids, [state.names[person] for person in ids[:NAMED]]

    def leased(self) -> list[int]:
        """The rooms in which we have people."""
        return [room for room, state in self._rooms.items() if state.sockets]

    def hear(self, node: str, room: int, ids: list[int], names: list[Any]) -> None:
        """Another process' lease: it counts for 25 seconds."""
        state = self._rooms.setdefault(room, _Room())
        known = state.others.get(node)
        named = [(int(p), str(name), str(kind)) for p, name, kind in names]
        state.others[node] = (self._clock() + LEASE, ids, named)
        if known is None or known[1:] != (ids, named):
            self._changed.add(room)

    def expire(self) -> None:
        """Forget the leases that were not renewed, and rooms where nobody is."""
        now = self._clock()
        for room, state in list(self._rooms.items()):
            for node in [n for n, (until, _ids, _names) in state.others.items() if until < now]:
                del state.others[node]
                self._changed.add(room)
            if not state.sockets and not state.others and room not in self._changed:
                del self._rooms[room]

    def event(self, room: int, public_id: str) -> bytes:
        """The `presence` event of a room for someone who just came.

        Of a crowd it is one drawn within the last second, or the one that was told last: when
        a thousand people come at once, drawing it anew for each would take the square of that.
        """
        state = self._rooms.get(room)
        if state is None or len(state.sockets) <= CROWD:
            return self._draw(room, public_id)
        if state.told:
            return state.told
        if (now := self._clock()) - state.drawn_at >= 1.0:
            state.drawn, state.drawn_at = self._draw(room, public_id), now
        return state.drawn

    def _draw(self, room: int, public_id: str) -> bytes:
        people: dict[int, Name] = {}
        ids: set[int] = set()
        state = self._rooms.get(room, _Room())
        for _until, others, names in state.others.values():
            ids.update(others)
            people.update((name[0], name) for name in names)
        ids.update(state.sockets)
        people.update(state.first())
        named = sorted(people.values(), key=_place)[:NAMED]
        return encode(
            {
                "type": "presence",
                "room": public_id,
                "count": len(ids),
                "people": [{"id": str(p), "name": name, "kind": kind} for p, name, kind in named],
            }
        )

    def changes(self, public_id: Callable[[int], str]) -> list[tuple[int, bytes]]:
        """Rooms whose people changed since the last call, with their events.

        A large crowd is told more seldom, a second for each thousand and ten at most: while ten
        thousand come, telling all of them every second took a tenth of a core.
        """
        changed, self._changed = self._changed, set()
        told = []
        now = self._clock()
        for room in changed:
            state = self._rooms.get(room)
            if state is not None and now < state.quiet_until:
                self._changed.add(room)
                continue
            event = self._draw(room, public_id(room))
            if state is not None and state.told != event:
                state.told = event
                state.quiet_until = now + min(10, len(state.sockets) // 1_000)
                told.append((room, event))
        return told

    def to_tell(self) -> set[int]:
        """Rooms whose own people changed since the last call: other processes should know soon."""
        rooms, self._to_tell = self._to_tell, set()
        return rooms
