"""One socket while it is open: who speaks, what it follows, where its frames go."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from chat.errors import ChatError
from chat.protocol import Close, error_event
from chat.realtime.outbox import Frame, Outbox
from chat.realtime.pace import Pace
from chat.realtime.round import Round


@dataclass(frozen=True, slots=True)
class Person:
    """Who a socket speaks for, as of its opening or the latest change of name."""

    id: int
    name: str
    kind: str

    def event(self) -> dict[str, str]:
        """The person as an `author`."""
        return {"id": str(self.id), "name": self.name, "kind": self.kind}


@dataclass(slots=True, eq=False)
class Connection:
    """A socket's state. `close` ends it with a code; `translate` words errors for its reader.

    `person` is None for a plain client that has not spoken yet; `entry` is the room and the code
    that it came by, None on the board. `password` is what was stored of the person's when the
    session was looked at last. `rooms` are those they are in: first visible `seq` and read cursor,
    None where the database must be asked. `deaf` is who hears nothing before they speak. `frames`
    counts what the client sends, None where nothing limits it.
    """

    person: Person | None
    address: str
    outbox: Outbox
    close: Callable[[Close], None]
    translate: Callable[[ChatError], str]
    session: str = ""
    password: str = field(default="", repr=False)
    entry: tuple[int, str] | None = None
    deaf: bool = False
    rooms: dict[int, tuple[int, int] | None] = field(default_factory=dict)
    subscriptions: dict[str, "Subscription"] = field(default_factory=dict)
    frames: Pace | None = None
    typing: int | None = None
    typed_at: float = float("-inf")
    refused: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(6))

    def named(self) -> dict[str, object]:
        """What a log line may say of this socket: ids, never a name, an address or a text."""
        return {"connection": self.id, "person": self.person.id if self.person else None}

    def say(self, *events: bytes) -> None:
        """Offer encoded events as one frame."""
        self.outbox.offer(Frame.of(*events))

    def refuse(self, error: ChatError, nonce: str | None = None, room: str | None = None) -> None:
        """Answer with an `error` event; the socket stays."""
        self.say(error_event(error, self.translate(error), nonce, room))


class Subscription:
    """A connection's interest in one room, by the live interface."""

    __slots__ = ("_restart", "connection", "room", "visible_from")

    def __init__(
        self,
        connection: Connection,
        room: int,
        visible_from: int,
        restart: Callable[["Subscription"], None],
    ) -> None:
        self.connection = connection
        self.room = room
        self.visible_from = visible_from
        self._restart = restart

    def deliver(self, round_: Round) -> None:
        self.connection.outbox.offer(round_.frame(self.visible_from))

    def hint(self, frame: Frame) -> None:
        self.connection.outbox.offer(frame)

    def restart(self) -> None:
        self._restart(self)


class PlainSubscription(Subscription):
    """The same by the plain interface: what others say, as text, and nothing else."""

    __slots__ = ()

    def deliver(self, round_: Round) -> None:
        person = self.connection.person
        if person is None and self.connection.deaf:
            return
        for author, frame in round_.spoken():
            if person is None or person.id != author:
                self.connection.outbox.offer(frame)

    def hint(self, frame: Frame) -> None:
        """Plain clients hear what is said, not who comes and goes."""

    def restart(self) -> None:
        """Nothing to begin anew: a plain client keeps no history."""
