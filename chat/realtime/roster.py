"""The sockets of this process: by person, by address, and who watches which room's list entry."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from chat.models import BOARD_PK
from chat.realtime.config import NodeSettings
from chat.realtime.connection import Connection, Person
from chat.realtime.topics import room_topic


class Roster:
    """Who is connected here. Changed on the event loop only."""

    def __init__(self, config: NodeSettings) -> None:
        self._config = config
        self.connections: set[Connection] = set()
        self._new: dict[Connection, None] = {}
        self._by_person: dict[int, set[Connection]] = {}
        self._by_address: dict[str, int] = defaultdict(int)
        self._watchers: dict[int, set[int]] = {}

    def __contains__(self, connection: Connection) -> bool:
        return connection in self.connections

    def __iter__(self) -> Iterator[Connection]:
        """Today's sockets; ones that come or go meanwhile are not noticed."""
        return iter(list(self.connections))

    def __len__(self) -> int:
        return len(self.connections)

    def has_room_for(self, address: str, person: int | None) -> bool:
        """Whether one more socket of this person and address is within the limits."""
        if not self._config.rate_limits:
            return True
        if self._by_address.get(address, 0) >= self._config.sockets_address:
            return False
        return person is None or len(self.of(person)) < self._config.sockets_person

    def add(self, connection: Connection) -> None:
        """Take a socket in."""
        self.connections.add(connection)
        self._new[connection] = None
        self._by_address[connection.address] += 1
        if connection.person is not None:
            self.introduce(connection, connection.person)

    def introduce(self, connection: Connection, person: Person) -> None:
        """From now on this socket speaks for a person."""
        connection.person = person
        self._by_person.setdefault(person.id, set()).add(connection)
        for room in connection.rooms:
            self._watchers.setdefault(room, set()).add(person.id)

    def remove(self, connection: Connection) -> bool:
        """Let a socket go; whether it was the last one of its person."""
        self.connections.remove(connection)
        self._new.pop(connection, None)
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]
        person = connection.person
        if person is None:
            return False
        others = self._by_person[person.id]
        others.discard(connection)
        if others:
            return False
        del self._by_person[person.id]
        for room in connection.rooms:
            self.unwatch(person.id, room)
        return True

    def newcomers(self) -> list[Connection]:
        """Those who came since the last call and are still here, in their order."""
        new, self._new = self._new, {}
        return list(new)

    def of(self, person: int) -> list[Connection]:
        """A person's sockets here."""
        return list(self._by_person.get(person, ()))

    def of_sessions(self, keys: Iterable[str]) -> list[Connection]:
        """The sockets that came by these sessions."""
        wanted = set(keys)
        if not wanted:
            return []  # As nearly always: to look through ten thousand takes half a millisecond.
        return [c for c in self.connections if c.session and c.session in wanted]

    def watch(self, person: int, room: int) -> None:
        """Someone's list has this room from now on."""
        if person in self._by_person:
            self._watchers.setdefault(room, set()).add(person)

    def unwatch(self, person: int, room: int) -> None:
        """Someone's list has this room no longer."""
        watchers = self._watchers.get(room)
        if watchers is not None:
            watchers.discard(person)
            if not watchers:
                del self._watchers[room]

    def watching(self, room: int) -> Iterator[Connection]:
        """The sockets that show this room in a list and don't follow it: they want its head."""
        people = list(self._by_person) if room == BOARD_PK else list(self._watchers.get(room, ()))
        topic = room_topic(room)
        for person in people:
            for connection in self.of(person):
                if topic not in connection.subscriptions and connection.session:
                    yield connection
