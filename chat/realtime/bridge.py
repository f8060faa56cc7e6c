"""The node for callers on other threads: views, admin, commands.

Inside a server it is the server's node. In a process without one (a command, a test) a node
starts on a loop and thread of its own, so that what is told reaches the other processes.
"""

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from chat import protocol
from chat.errors import Unavailable
from chat.models import room_public_id
from chat.realtime.node import Node, any_node, running_node, stop_node

T = TypeVar("T")

WAIT = 15.0
"""Seconds that a thread waits for the node."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A stored post: its numbers, whether it was stored before, and its current state."""

    seq: int
    change: int
    repeated: bool
    event: dict[str, Any]


class _Own:
    """The loop and thread of a process without a server."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: threading.Thread | None = None

    def start(self) -> Node:
        """The node on our own loop, started when it is not."""
        with self.lock:
            if (node := any_node()) is not None:
                return node
            loop = self.loop = asyncio.new_event_loop()
            self.thread = threading.Thread(target=loop.run_forever, name="madang", daemon=True)
            self.thread.start()
            return asyncio.run_coroutine_threadsafe(running_node(), loop).result(WAIT)

    def stop(self) -> None:
        with self.lock:
            loop, self.loop = self.loop, None
            if loop is None or self.thread is None:
                return
            asyncio.run_coroutine_threadsafe(stop_node(), loop).result(WAIT)
            loop.call_soon_threadsafe(loop.stop)
            self.thread.join(WAIT)
            loop.close()


_own = _Own()


def _node() -> Node:
    return any_node() or _own.start()


def _do(node: Node, work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run_coroutine_threadsafe(work, node.loop).result(WAIT)
    except TimeoutError as error:
        raise Unavailable(retry_after=3) from error


def post(user_id: int, room_pk: int, nonce: str, text: str, reply_to: int | None = None) -> Posted:
    """Store a post and tell everyone. Raises the ChatError that refused it."""
    node = _node()
    wanted = protocol.Post(room_public_id(room_pk), nonce, text, reply_to)
    stored, encoded = _do(node, node.changes.post(user_id, wanted))
    event: dict[str, Any] = protocol.decoded([encoded])[0]
    return Posted(stored.seq, stored.change, stored.repeated, event)


def announce(room_pk: int) -> None:
    """A service committed changes to a room's feed: every process catches up and fans out."""
    node = _node()
    _do(node, node.changes.announce(room_pk))


def end_session(session_key: str) -> None:
    """A session ended: its sockets close everywhere."""
    _tell("session_ended", session_key)


def renew_session(session_key: str) -> None:
    """A session goes on under another key: its sockets come again with that one."""
    _tell("session_renewed", session_key)


def password_changed(user_id: int) -> None:
    """Someone has a new password: the sockets of sessions that it ended close everywhere."""
    _tell("password_changed", user_id)


def end_person(user_id: int) -> None:
    """Someone was deactivated: their sockets close everywhere."""
    _tell("person_ended", user_id)


def left(user_id: int, room_pk: int) -> None:
    """A membership ended."""
    _tell("left", user_id, room_pk)


def joined(user_id: int, room_pk: int) -> None:
    """A membership began."""
    _tell("joined", user_id, room_pk)


def arranged(user_id: int, room_pk: int) -> None:
    """Someone pinned or muted a room, or let it go again: their list is told anew."""
    _tell("arranged", user_id, room_pk)


def cursors(user_id: int) -> dict[int, int]:
    """Room key → how far this person read, where it may not be in the database yet."""
    node = any_node()
    return node.cursors.of(user_id) if node is not None else {}


def renamed(user_id: int) -> None:
    """Someone goes by another name now."""
    _tell("renamed", user_id)


def board_opened(readable: bool) -> None:
    """The board may be read without entering from now on, or may not."""
    _tell("board_opened", readable)


def bus_state() -> str:
    """`up`, `down`, or `none` where no node runs in this process."""
    node = any_node()
    if node is None:
        return "none"
    return "up" if node.broker.up else "down"


def draining() -> bool:
    """Whether this process is about to end."""
    node = any_node()
    return node is not None and node.draining


def stop() -> None:
    """Stop the node of a process without a server, once what it had to tell is told."""
    _own.stop()


def _tell(fact: str, *values: Any) -> None:
    node = _node()

    async def tell() -> None:
        node.facts.tell(fact, *values)

    _do(node, tell())
