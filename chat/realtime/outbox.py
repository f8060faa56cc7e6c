"""One connection's frames on their way out: never waited for, bounded, too slow is closed.

A `Frame` is encoded once and shared by all who get it. Where the server offers to write a
finished frame straight to its transport, `DirectOutbox` does; elsewhere `SendOutbox` feeds
the ASGI `send`. Knows neither Django nor Channels.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from chat.protocol import frame as array_of
from chat.realtime.deflated import deflated

TEXT = 0x81
"""A frame's first byte: text, all in this frame."""
PACKED = 0xC1
"""The same, compressed (RFC 7692 §6.1): where the client and we agreed to that."""


class Frame:
    """A text frame for many sockets: its payload, and lazily its other shapes.

    `packs` says that it may be compressed, where it is long enough: it holds what was said in one
    room, and nothing that somebody who writes there must not learn (docs/adr/0014-deflate.md).
    """

    __slots__ = ("_packed", "_packs", "_text", "_wire", "payload")

    def __init__(self, payload: bytes, *, packs: bool = False) -> None:
        self.payload = payload
        self._packs = packs
        self._wire: bytes | None = None
        self._packed: bytes | None = None
        self._text: str | None = None

    @classmethod
    def of(cls, *events: bytes, packs: bool = False) -> "Frame":
        """The frame that carries these encoded events."""
        return cls(array_of(events), packs=packs)

    @property
    def wire(self) -> bytes:
        """The frame as an unmasked, unfragmented text frame of RFC 6455 §5.2."""
        if self._wire is None:
            self._wire = _head(TEXT, len(self.payload)) + self.payload
        return self._wire

    @property
    def packed(self) -> bytes:
        """The same compressed, for clients that agreed to that; where it does not pay as it is."""
        if self._packed is None:
            small = deflated(self.payload) if self._packs else None
            self._packed = self.wire if small is None else _head(PACKED, len(small)) + small
        return self._packed

    @property
    def text(self) -> str:
        """The payload as text, for an ASGI send."""
        if self._text is None:
            self._text = self.payload.decode()
        return self._text


def _head(first: int, size: int) -> bytes:
    if size < 126:
        return bytes((first, size))
    if size < 65_536:
        return bytes((first, 126)) + size.to_bytes(2, "big")
    return bytes((first, 127)) + size.to_bytes(8, "big")


class Sink(Protocol):
    """What a server offers that takes finished frames: scope extension `madang.frames`."""

    @property
    def packs(self) -> bool:
        """Whether this client agreed to compressed messages."""

    on_slow: Callable[[], None] | None
    """Told before the server cuts the connection because its reader is the slowest of too many."""

    def write(self, wire: bytes) -> None:
        """Hand a finished frame to the transport; never blocks."""

    def buffered(self) -> int:
        """Bytes that wait in the transport for a slow reader."""

    async def drained(self) -> None:
        """Return once hardly anything waits in the transport, or it is gone."""

    def abort(self) -> None:
        """Cut the connection at once, without a closing handshake."""


class Outbox(Protocol):
    """What fans out may offer frames to. After `close` offers are ignored."""

    def offer(self, frame: Frame) -> None: ...

    async def drained(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def waiting(self) -> int:
        """Bytes that a slow reader has not taken yet."""


class DirectOutbox:
    """Writes to the transport; its buffer is the queue, bounded by `max_bytes`."""

    __slots__ = ("_max_bytes", "_on_slow", "_open", "_packs", "_sink")

    def __init__(self, sink: Sink, on_slow: Callable[[], None], max_bytes: int) -> None:
        self._sink = sink
        self._packs = sink.packs
        self._on_slow = on_slow
        sink.on_slow = self._too_slow
        self._max_bytes = max_bytes
        self._open = True

    def offer(self, frame: Frame) -> None:
        """Send the frame, or give the connection up when it reads too slowly."""
        if not self._open:
            return
        if self._sink.buffered() > self._max_bytes:
            self._too_slow()
            return
        self._sink.write(frame.packed if self._packs else frame.wire)

    def _too_slow(self) -> None:
        if self._open:
            self._open = False
            self._on_slow()

    async def drained(self) -> None:
        """Return once hardly anything of what was offered waits here."""
        if self._open:
            await self._sink.drained()

    def close(self) -> None:
        self._open = False

    def abort(self) -> None:
        self._open = False
        self._sink.abort()

    def waiting(self) -> int:
        return self._sink.buffered()


class SendOutbox:
    """Feeds an ASGI `send`, bounded by frames and bytes; a task runs while there are any."""

    def __init__(
        self,
        send: Callable[[dict[str, Any]], Awaitable[None]],
        on_slow: Callable[[], None],
        max_bytes: int,
        max_frames: int,
        patience: float = 10.0,
    ) -> None:
        self._send = send
        self._on_slow = on_slow
        self._max_bytes = max_bytes
        self._max_frames = max_frames
        self._patience = patience
        self._queue: deque[Frame] = deque()
        self._bytes = 0
        self._open = True
        self._task: asyncio.Task[None] | None = None

    def offer(self, frame: Frame) -> None:
        """Queue the frame, or give the connection up when it reads too slowly."""
        if not self._open:
            return
        if self._bytes > self._max_bytes or len(self._queue) >= self._max_frames:
            self._give_up()
            return
        self._queue.append(frame)
        self._bytes += len(frame.payload)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._pump(), name="outbox")

    async def _pump(self) -> None:
        try:
            while self._queue and self._open:
                frame = self._queue[0]
                async with asyncio.timeout(self._patience):
                    await self._send({"type": "websocket.send", "text": frame.text})
                if self._queue:
                    self._queue.popleft()
                    self._bytes -= len(frame.payload)
        except TimeoutError:
            self._give_up()
        except Exception:
            # The peer is gone; its consumer hears of that by itself.
            self.close()
        finally:
            self._task = None

    async def drained(self) -> None:
        """Return once what was offered has been sent, or will never be."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def _give_up(self) -> None:
        self.close()
        self._on_slow()

    def close(self) -> None:
        self._open = False
        self._queue.clear()
        self._bytes = 0

    def abort(self) -> None:
        self.close()
        if self._task is not None:
            self._task.cancel()

    def waiting(self) -> int:
        return self._bytes


def frames_of(events: Iterable[bytes], size: int) -> list[Frame]:
    """The states of a room in frames of at most `size` each, in order."""
    listed = list(events)
    return [
        Frame.of(*listed[start : start + size], packs=True) for start in range(0, len(listed), size)
    ]
