"""uvicorn's HTTP protocol with bounds that it lacks: how long and how large a request may become.

Whoever opens a connection and says nothing, or one byte a second, is cut in time; headers that
do not end are refused before they fill the memory. Written for uvicorn 0.54.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX = 32 * 1024
"""Bytes of request line and headers. A browser's cookies and ours stay far below."""
HEAD_WITHIN = 10.0
BODY_WITHIN = 30.0
"""Seconds for a body: ours are small, and a phone on a bad line may take its time."""


class GuardedHttp(HttpToolsProtocol):
    """One HTTP connection, until it ends or becomes a WebSocket."""

    head_max = HEAD_MAX
    head_within = HEAD_WITHIN
    body_within = BODY_WITHIN

    _bytes = 0
    _in_head = True
    _upgrades: bool | None = None
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.head_within)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._bytes += len(data)
        super().data_received(data)
        # What came in one piece with the end of the headers is body, and bounded elsewhere.
        if self._in_head and self._bytes > self.head_max and not self.transport.is_closing():
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        self._upgrades = None
        super().on_message_begin()
        if self._patience is None:  # The next request of a connection that is kept.
            self._wait(self.head_within)

    def on_headers_complete(self) -> None:
        self._in_head, self._bytes = False, 0
        self._wait(self.body_within)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._wait(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._wait(None)
        if self.scope["method"] != "GET" or not self.url.isascii():
            super().handle_websocket_upgrade()  # It finds the words to refuse this.
            return
        self.connections.discard(self)
        make: Any = self.ws_protocol_class
        protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        protocol.begin(self, self.url.decode("ascii"), self.headers)
        self.transport.set_protocol(protocol)

    def _should_upgrade(self) -> bool:
        """Asked four times a request; the headers are looked through once."""
        if self._upgrades is None:
            self._upgrades = super()._should_upgrade()
        return self._upgrades

    def _wait(self, seconds: float | None) -> None:
        """Be patient for so long from now on; None: there is nothing to wait for."""
        if self._patience is not None:
            self._patience.cancel()
        self._patience = (
            None if seconds is None else self.loop.call_later(seconds, self._lose_patience)
        )

    def _lose_patience(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        """Say why, unless a request is being answered already, and close."""
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete:
            headers = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + headers)
        self.transport.close()
