"""uvicorn's WebSocket protocol with what ours needs beside it.

A finished frame may be written straight to the transport (ASGI scope extension
`madang.frames`, see `chat.realtime.outbox.Sink`), and before uvicorn closes the sockets the
node drains. Written for uvicorn 0.54; tests/test_server.py holds it to that.
"""

import asyncio
import math
import os
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import django
from django.apps import apps
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import CloseCode, Opcode
from websockets.http11 import Request
from websockets.protocol import Protocol, State

if not apps.ready:
    # A worker process begins by unpickling uvicorn's configuration, which names this module.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()

from chat.protocol import Close
from chat.realtime.node import any_node
from chat.realtime.outbox import TEXT
from chat.realtime.pace import Pace
from chat.realtime.unsent import UNSENT
from chatsite import deflating, opening
from chatsite.frames import Frames, text_of
from chatsite.inbox import Inbox

WAITING = 8
"""Frames of one client that are taken in before its others wait in the kernel."""
LATE = 64 * 1024
"""Bytes that may still come from a client which was told that its socket is closed."""
UNREADABLE: dict[type[Exception], CloseCode] = {
    UnicodeDecodeError: CloseCode.INVALID_DATA,
    PayloadTooBig: CloseCode.MESSAGE_TOO_BIG,
    ProtocolError: CloseCode.PROTOCOL_ERROR,
}
CHAT = settings.CHAT


class MadangProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which also takes finished frames, and keeps less of each socket.

    The usual opening and the usual frames go by `opening` and `frames`; all else is the library's.
    """

    packs = False
    """Whether the client agreed to compressed messages, and frames of such may be written."""
    patience = math.inf
    """Of those who read slowly; `OUTBOX_BYTES` bounds them, and heartbeats find the dead."""
    on_slow: Callable[[], None] | None = None
    _late = 0
    _waits = False
    _pace: Pace | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue: Inbox = Inbox()  # type: ignore[assignment]
        self._cutter = Frames(self.config.ws_max_size)
        self._welcome: bytes | None = None

    def begin(
        self, came_by: HttpToolsProtocol, url: str, headers: list[tuple[bytes, bytes]]
    ) -> None:
        """Open with a request that the HTTP protocol has parsed, instead of its bytes again."""
        self.connections.add(self)
        self.transport = came_by.transport
        self.server, self.client = came_by.server, came_by.client
        self.scheme = "wss" if came_by.scheme == "https" else "ws"
        self.conn.parser = Protocol.parse(self.conn)
        next(self.conn.parser)
        extension = deflating.agreed(opening.extensions(headers)) if CHAT["compression"] else None
        self.packs = extension is not None
        self._welcome = opening.answer(headers, extension)
        if self._welcome is None:
            known = Headers()
            for name, value in headers:
                known[name.decode("latin-1")] = value.decode("latin-1")
            if self.packs:
                self.conn.available_extensions = [deflating.FACTORY]
            self.handle_connect(Request(url, known))
            return
        self.handshake_initiated = True
        path, _, query = url.partition("?")
        self.scope = {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "server": self.server,
            "client": self.client,
            "root_path": self.root_path,
            "path": self.root_path + (unquote(path) if "%" in path else path),
            "raw_path": (self.root_path + path).encode("ascii"),
            "query_string": query.encode("ascii"),
            "headers": headers,
            "subprotocols": opening.subprotocols(headers),
            "state": self.app_state.copy(),
            "extensions": {"websocket.http.response": {}, "madang.frames": self},  # type: ignore[dict-item]
        }
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    async def send(self, message: Any) -> None:
        accepts = message["type"] == "websocket.accept"
        if accepts and self._welcome is not None:
            self._accept(self._welcome, message)
            self._welcome = None
            return
        await super().send(message)
        if accepts:
            # Both stay referred to while the socket is open: 3 KB of headers that are done with.
            self.request.headers.clear()
            self.response.headers.clear()

    def _accept(self, welcome: bytes, message: Mapping[str, Any]) -> None:
        if self.disconnected:
            raise ClientDisconnected
        headers = [*self.default_headers, *message.get("headers", ())]
        if subprotocol := message.get("subprotocol"):
            headers.append((b"Sec-WebSocket-Protocol", subprotocol.encode("ascii")))
        if not self.transport.is_closing():
            self.handshake_complete = True
            self.conn.state = State.OPEN
            self.transport.write(b"%b%b\r\n" % (welcome, opening.lines(headers)))

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            # The application's task has been made, but runs only after this returns.
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions["madang.frames"] = self

    def data_received(self, data: bytes) -> None:
        if self.close_sent:
            self._late += len(data)
            if self._late > LATE:
                # It doesn't listen; to read on would be what it wants.
                self.abort()
                return
        self._read(data)

    async def receive(self) -> Any:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self._read_on()
        return message

    def _read(self, data: bytes) -> None:
        """Take in what is complete, as far as one turn goes."""
        conn = self.conn
        for frame, body in self._cutter.cut(data):
            if conn.parser_exc is not None:
                return
            if self.close_sent and frame[0] & 0x0F != Opcode.CLOSE:
                continue
            # Within a message in pieces, and before and after the talk, the library knows better;
            # of compressed messages that were not agreed to as well.
            whole = body and conn.state is State.OPEN and conn.current_size is None
            if whole and (self.packs or frame[0] == TEXT):
                self._heard(frame, body)
            else:
                self._look_at(frame)
                if self.transport.is_closing():
                    return
        if self._cutter.more and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()
        if self.read_paused and (self.close_sent or self.queue.empty()):
            self._read_on()

    def _read_on(self) -> None:
        """Read what a turn left, after all others had theirs, and then from the kernel again."""
        if not self._cutter.more:
            self.read_paused = False
            self.transport.resume_reading()
        elif not self._waits:
            self._waits = True
            self.loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._waits = False
        if not self.disconnected and not self.transport.is_closing():
            self._read(b"")

    def _heard(self, frame: bytes, body: int) -> None:
        """Queue a text. Reading pauses when several wait; uvicorn pauses at each."""
        try:
            if frame[0] == TEXT:
                text = text_of(frame, body)
            else:
                text = deflating.text_of(frame, body, self.config.ws_max_size)
        except (UnicodeDecodeError, PayloadTooBig, ProtocolError) as error:
            self._end(UNREADABLE[type(error)])
            return
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if len(self.queue) > WAITING and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _look_at(self, frame: bytes) -> None:
        """Let the library look at a frame.

        A ping is answered and a piece is kept, and no consumer hears of either: they are counted
        here, and pongs that nobody reads are bounded as all else that waits for a reader.
        """
        if not self.close_sent and settings.RATE_LIMITS:
            if self._pace is None:
                self._pace = Pace(CHAT["frames_per_second"], CHAT["frames_per_minute"])
            if self._pace.take(self.loop.time()) > 0:
                self._end(Close.TOO_FAST)
                return
        if self.packs and not self.conn.extensions:
            self.conn.extensions = [deflating.made()]
        super().data_received(frame)
        if not self.transport.is_closing() and self.buffered() > CHAT["outbox_bytes"]:
            self.abort()

    def _end(self, code: int) -> None:
        """Close with a code, as when the application does; just cut where there is no talk yet."""
        if self.conn.state is not State.OPEN:
            self.abort()
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def shutdown(self) -> None:
        """Let the node drain, which closes the sockets one by one, instead of closing at once."""
        node = any_node()
        if node is None or self.close_sent or not self.handshake_complete:
            super().shutdown()
        elif not node.draining:
            node.draining = True  # At once: the next socket's turn comes before the errand's.
            node.errand(node.drain(), "drain")

    def write(self, wire: bytes) -> None:
        """Hand a finished frame to the transport; ignored once closing began."""
        if not self.close_sent and not self.disconnected and not self.transport.is_closing():
            self.transport.write(wire)

    def buffered(self) -> int:
        """Bytes that wait for a slow reader."""
        return self.transport.get_write_buffer_size()

    def pause_writing(self) -> None:
        super().pause_writing()
        UNSENT.behind(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        UNSENT.caught_up(self)

    def connection_lost(self, exc: Exception | None) -> None:
        UNSENT.caught_up(self)
        self.on_slow = None
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Of all slow readers this is the slowest, and they hold too much together."""
        if self.on_slow is not None:
            self.on_slow()
        self.abort()

    unread = buffered

    async def drained(self) -> None:
        """Return once the transport can take more, or is gone."""
        await asyncio.sleep(0)  # uvloop hands on what was written at the end of its round.
        await self.writable.wait()

    def abort(self) -> None:
        """Cut the connection, and let the kernel forget what its peer did not read."""
        known = self.transport.get_extra_info("socket")
        # uvloop shows a socket that can't be changed, so the option is set through a copy.
        if known is not None and known.fileno() >= 0:
            with socket.fromfd(known.fileno(), known.family, known.type) as raw:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
