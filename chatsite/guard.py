"""uvicorn's HTTP protocol with bounds that it lacks: how long and how large a request may become.

Whoever opens a connection and says nothing, or one byte a second, is cut in time; headers that
do not end are refused before they fill the memory; answers that nobody reads are not kept for
ever. Written for uvicorn 0.54.
"""

import asyncio
import fcntl
import sys
import termios

from chat.realtime.unsent import UNSENT
from chatsite.pipeline import PipelinedHttp

HEAD_MAX = 32 * 1024
"""Bytes of request line and headers. A browser's cookies and ours stay far below."""
HEAD_WITHIN = 10.0
BODY_WITHIN = 30.0
"""Seconds for a body: ours are small, and a phone on a bad line may take its time."""
READ_WITHIN = 30.0
"""Seconds in which somebody must have read some of an answer."""


class GuardedHttp(PipelinedHttp):
    """One HTTP connection, until it ends or becomes a WebSocket."""

    head_max = HEAD_MAX
    head_within = HEAD_WITHIN
    body_within = BODY_WITHIN
    patience = READ_WITHIN

    _bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.head_within)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        UNSENT.caught_up(self)
        super().connection_lost(exc)

    def _parse(self, piece: bytes) -> None:
        if self._in_head:
            self._bytes += len(piece)
        super()._parse(piece)
        # What came in one piece with the end of the headers is body, and bounded elsewhere.
        if self._in_head and self._bytes > self.head_max and not self.transport.is_closing():
            self.refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:  # The next request of a connection that is kept.
            self._wait(self.head_within)

    def on_headers_complete(self) -> None:
        self._bytes = 0
        super().on_headers_complete()
        if not self._in_head:
            self._wait(self.body_within)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._in_head:
            self._wait(None)

    def handle_websocket_upgrade(self) -> None:
        self._wait(None)
        UNSENT.caught_up(self)
        super().handle_websocket_upgrade()

    # --- patience -----------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        UNSENT.behind(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        UNSENT.caught_up(self)

    def buffered(self) -> int:
        """Bytes of answers that wait here for their reader."""
        return self.transport.get_write_buffer_size()

    def unread(self) -> int:
        """With those in the kernel, which takes megabytes: of a slow line for minutes."""
        known = self.transport.get_extra_info("socket")
        if known is None or known.fileno() < 0 or sys.platform != "linux":
            return self.buffered()
        queued = fcntl.ioctl(known.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
        return self.buffered() + int.from_bytes(queued, sys.byteorder)

    def give_up(self) -> None:
        """Cut the connection: what is unread is forgotten."""
        self.transport.abort()

    def _wait(self, seconds: float | None) -> None:
        """Be patient for so long from now on; None: there is nothing to wait for."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = (
            None if seconds is None else self.loop.call_later(seconds, self._lose_patience)
        )

    def _lose_patience(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.refuse(b"408 Request Timeout")
