"""uvicorn's HTTP protocol, which takes requests in one by one.

Of those that come back to back on one connection a few are held, the others wait in the kernel;
what ends the talk, a socket or nonsense, waits for the answers before it; and an upgrade that we
don't have is ignored, as RFC 9110 §7.8 wants it. Written for uvicorn 0.54.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from chat import failpoints

WAITING = 8
"""Requests of one connection that are taken in before its others wait in the kernel."""
TURN = 64
"""Pieces of one connection that are parsed before others have their turn: a quarter of a megabyte,
which is handed over at once, holds fourteen thousand requests."""
END = b"\r\n\r\n"


class Flow(FlowControl):
    """uvicorn's flow control, which asks before it reads on."""

    def __init__(self, transport: asyncio.Transport, goes_on: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._goes_on = goes_on

    def resume_reading(self) -> None:
        """Somebody wants more, or something was answered."""
        if not self._goes_on():
            super().resume_reading()


class PipelinedHttp(HttpToolsProtocol):
    """One HTTP connection, until it ends or becomes a WebSocket."""

    _in_head = True
    _body_left: int | None = 0
    """Bytes of a body that are still to come; None where only its end will tell."""
    _upgrades: bool | None = None
    _held = b""
    _at = 0
    """What came and was not parsed yet is `_held` from here on."""
    _there = True
    _turns = False
    _running: RequestResponseCycle | None = None
    _finally: Callable[[], None] | None = None
    """What is done once all that was asked before is answered; nothing is parsed until then."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = Flow(transport, self._goes_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self._there, self._held, self._finally = False, b"", None
        self.pipeline.clear()
        cycle = self._running
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True  # uvicorn tells the latest, which may not be the one.
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._held = self._held[self._at :] + data if self._held else data
        self._at = 0
        if not self._turns:
            self._take()

    def _take(self) -> None:
        """Parse what came piece by piece, each with the end of one request's head at most."""
        self._unset_keepalive_if_required()
        left = TURN
        while self._at < len(self._held) and not self.transport.is_closing():
            if self._full():
                self.flow.pause_reading()
                return
            if not left:
                self.flow.pause_reading()
                self._turn_soon()
                return
            left -= 1
            end = self._end_of_piece()
            piece = self._held[self._at : end] if self._at or end < len(self._held) else self._held
            self._at = end
            self._parse(piece)
        if self._finally is None:
            self._held, self._at = b"", 0
            if not self._full():
                FlowControl.resume_reading(self.flow)

    def _end_of_piece(self) -> int:
        """Where to cut: a body of known length as a whole, anything else after a blank line."""
        if not self._in_head and self._body_left is not None:
            return min(len(self._held), self._at + max(self._body_left, 1))
        found = self._held.find(END, self._at)
        return len(self._held) if found < 0 else found + len(END)

    def _full(self) -> bool:
        """Whether no more is taken in until something was answered, or read."""
        if self._finally is not None:
            return True
        if self._in_head:
            return self._unanswered() >= WAITING and not failpoints.is_off("pipeline")
        cycle = self.cycle
        return not cycle.response_complete and len(cycle.body) > HIGH_WATER_LIMIT

    def _unanswered(self) -> int:
        cycle: Any = self.cycle
        if self.pipeline:
            return 1 + len(self.pipeline)
        return 0 if cycle is None or cycle.response_complete else 1

    def _goes_on(self) -> bool:
        """Whether something is held that comes before what is in the kernel: it goes on soon."""
        if not self._held and self._finally is None:
            return False
        self._turn_soon()
        return True

    def _turn_soon(self) -> None:
        if not self._turns:
            self._turns = True
            self.loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turns = False
        if not self._there or self.transport.is_closing():
            return
        if self._finally is None:
            self._take()
        elif not self._unanswered():
            last, self._finally = self._finally, None
            self._unset_keepalive_if_required()
            last()

    def _parse(self, piece: bytes) -> None:
        """Hand a piece to the parser, whose callbacks start what it completes."""
        if not self._in_head and self._body_left is not None:
            self._body_left -= len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self._at -= len(piece) - upgrade.args[0]
            if self._should_upgrade():
                self._when_answered(self.handle_websocket_upgrade)
            else:
                self._read_without_upgrade()
        except httptools.HttpParserError:
            self._when_answered(self._refuse_the_unreadable)

    def _when_answered(self, last: Callable[[], None]) -> None:
        """Do what ends this talk, after the answers to all that was asked before.

        Within a body nothing more can be answered.
        """
        if self._in_head and self._unanswered():
            self._finally = last
        else:
            last()

    def _refuse_the_unreadable(self) -> None:
        self._held = b""
        self.logger.info("Invalid HTTP request received.")
        self.send_400_response("Invalid HTTP request received.")

    def _read_without_upgrade(self) -> None:
        """Parse a head again without its wish: the parser believes that its body is no HTTP."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":  # Never a wish alone: what follows is for somebody else.
            self.refuse(b"405 Method Not Allowed")
            return
        # A new one: this one may take the message for the last.
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # As uvicorn's.
        lines = [b"%b %b HTTP/%b\r\n" % (method, self.url, version)]
        lines += [b"%b: %b\r\n" % pair for pair in self.headers if pair[0] != b"upgrade"]
        try:
            self.parser.feed_data(b"".join([*lines, b"\r\n"]))
        except httptools.HttpParserError:
            self._when_answered(self._refuse_the_unreadable)

    # --- the parser's callbacks ---------------------------------------------------------

    def on_message_begin(self) -> None:
        self._upgrades = None
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            if self._should_upgrade():
                super().on_headers_complete()
            return
        self._in_head, self._body_left = False, self._length()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._in_head = True
        super().on_message_complete()

    def _length(self) -> int | None:
        """Of the body to come; None of a chunked one."""
        length = 0
        for name, value in self.headers:
            if name == b"transfer-encoding":
                return None
            if name == b"content-length":
                length = int(value)  # The parser takes digits alone.
        return length

    def _should_upgrade(self) -> bool:
        """Whether a request opens a WebSocket as RFC 6455 §4.1 has it. Looked up once."""
        if self._upgrades is None:
            self._upgrades = (
                self.parser.get_method() == b"GET"
                and self.parser.get_http_version() == "1.1"
                and super()._should_upgrade()
                and self._length() == 0
            )
        return self._upgrades

    def handle_websocket_upgrade(self) -> None:
        rest, self._held = self._held[self._at :], b""
        if not self.url.isascii():
            super().handle_websocket_upgrade()  # It finds the words to refuse this.
            return
        self.connections.discard(self)
        make: Any = self.ws_protocol_class
        protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        protocol.begin(self, self.url.decode("ascii"), self.headers)
        self.transport.set_protocol(protocol)
        if self.flow.write_paused:  # By the answers before; who reads them is told to go on.
            protocol.pause_writing()
        FlowControl.resume_reading(self.flow)
        if rest and not self.transport.is_closing():
            protocol.data_received(rest)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def refuse(self, status: bytes) -> None:
        """Say why, unless a request is being answered already, and close."""
        if not self._unanswered():
            headers = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + headers)
        self.transport.close()
