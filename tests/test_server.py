"""Our half of uvicorn: what it relies on, what it offers, and the order in which it ends."""

import asyncio
import gc
import inspect
import signal
import time

import pytest
import uvicorn
from uvicorn import Server as Uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from chatsite import garbage, server
from chatsite.frames import TURN, Frames
from chatsite.inbox import Inbox
from chatsite.sockets import MadangProtocol
from tests.support.live import Live, dial, live, new_nonce
from tests.support.server import STOP_SECONDS, Server, serve
from tests.wire.plain import ended, hears, plain


@pytest.mark.static
def test_uvicorn_is_the_minor_that_the_protocol_was_written_for():
    assert uvicorn.__version__.split(".")[:2] == ["0", "54"]


@pytest.mark.static
@pytest.mark.parametrize(
    ("method", "parts"),
    [
        # The application's task is made after the scope, in the same call.
        ("handle_connect", ["self.scope: ", '"extensions": {', "create_task(self.run_asgi())"]),
        # What `write` must respect is set before anything else may be written.
        ("send", ["not self.close_sent", "self.conn.send_close(code, reason)"]),
        ("connection_lost", ["self.disconnected = True"]),
        # Closing at once, which ours replaces while the node drains.
        ("shutdown", ["self.close_sent", "self.handshake_complete", "send_close(1012)"]),
    ],
)
def test_uvicorn_is_inside_as_the_protocol_expects(method, parts):
    source = inspect.getsource(getattr(WebSocketsSansIOProtocol, method))
    places = [source.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.static
def test_uvicorns_server_does_in_a_look_what_ours_leaves_to_it():
    """Ours looks once a second, which is when the date is due, and ends when told to."""
    loop, tick = (inspect.getsource(getattr(Uvicorn, name)) for name in ("main_loop", "on_tick"))
    assert loop.count("await self.on_tick(counter)") == 2
    assert loop.count("await ") == 3
    assert "if counter % 10 == 0:" in tick
    assert "if self.should_exit:" in tick


@pytest.mark.static
async def test_a_server_that_is_told_to_end_does_so_at_once():
    quiet = server.Quiet(server.config())
    looks = []
    on_tick = quiet.on_tick

    async def look(counter: int) -> bool:
        looks.append(counter)
        return await on_tick(counter)

    quiet.on_tick = look  # type: ignore[method-assign]
    began = time.monotonic()
    running = asyncio.create_task(quiet.main_loop())
    await asyncio.sleep(0)
    assert not running.done()
    assert quiet.server_state.default_headers[0][0] == b"date"
    quiet.handle_exit(signal.SIGTERM, None)
    await running
    assert time.monotonic() - began < 0.9  # Not at its next look.
    assert looks == [0, 0]


@pytest.mark.static
def test_uvicorn_frames_nothing_of_its_own_around_ours():
    """Finished frames are valid only while nothing is agreed but what `deflating` answers, and no
    ping is sent.
    """
    config = server.config()
    config.load()
    assert config.ws_protocol_class is MadangProtocol
    assert config.ws_per_message_deflate is False
    assert config.ws_ping_interval is None
    assert config.ws_max_size == 64 * 1024


class Transport:
    """A transport that notes what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closing = self.aborted = self.paused = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 42

    def get_extra_info(self, _name: str) -> None:
        return None

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def protocol() -> MadangProtocol:
    made = MadangProtocol.__new__(MadangProtocol)
    made.transport = Transport()  # type: ignore[assignment]
    made.close_sent = made.disconnected = False
    return made


@pytest.mark.static
def test_frames_are_written_until_closing_began(protocol):
    protocol.write(b"frame")
    for name in ("close_sent", "disconnected"):
        setattr(protocol, name, True)
        protocol.write(b"late")
        setattr(protocol, name, False)
    protocol.transport.closing = True
    protocol.write(b"late")
    assert protocol.transport.written == [b"frame"]
    assert protocol.buffered() == 42
    protocol.abort()
    assert protocol.transport.aborted


@pytest.mark.static
async def test_of_what_comes_at_once_others_have_their_turn_between_the_pieces(protocol):
    """uvloop hands over a quarter of a megabyte: with empty frames that held all up for 0.2 s."""
    protocol.loop = asyncio.get_running_loop()
    protocol.conn = ServerProtocol()
    protocol.conn.state = State.OPEN
    protocol.queue, protocol.read_paused = Inbox(), False
    protocol._cutter = Frames(1_000)
    others = [0]

    async def count() -> None:
        while True:
            others[0] += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    said = [str(number % 10) for number in range(20_000)]
    protocol.data_received(
        b"".join(Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in said)
    )
    taken = []
    for _ in said:
        assert len(protocol.queue) <= TURN
        assert protocol.transport.paused
        async with asyncio.timeout(10):
            taken.append((await protocol.receive())["text"])
    assert taken == said
    assert others[0] >= len(said) // TURN
    counting.cancel()
    assert not protocol.transport.paused


@pytest.mark.static
def test_what_a_process_begins_with_is_no_longer_looked_through():
    """Ten thousand joining are a million objects, and none of them is garbage."""
    before = gc.get_threshold()
    try:
        garbage.settle()
        assert gc.get_freeze_count() > 10_000
        kept: list[object] = [[] for _ in range(garbage.YOUNG // 2)]
        assert gc.get_count()[0] > len(kept) * 0.9  # None of them was looked at yet.
        circle: list[object] = []
        circle.append(circle)
        del circle
        assert gc.collect() >= 1  # What came later still is.
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


@pytest.fixture
def own_server():
    """A server of this test's own, which it may end."""
    with serve(RATE_LIMITS="off") as running:
        yield running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_with_bye_the_acks_of_what_was_queued_and_1012(own_server, number):
    ann, ben = own_server.enter(), own_server.enter()
    async with (
        dial(own_server, ann) as first,
        live(own_server, ben) as reader,
        plain(own_server) as simple,
    ):
        writer = Live(first)
        await writer.event("hello")
        await writer.subscribe("board")
        await reader.subscribe("board")
        nonces = [new_nonce() for _ in range(300)]
        for nonce in nonces:
            await writer.send("post", room="board", nonce=nonce, text=f"last words {nonce}")
        await writer.answer(nonces[0])
        began = time.monotonic()
        own_server.process.send_signal(number)
        assert await writer.ended() == 1012
        assert await reader.ended() == 1012
        assert await hears(simple) == f"last words {nonces[0]}"
        assert await ended(simple) == 1012
    assert own_server.process.wait(STOP_SECONDS) == 0
    assert time.monotonic() - began < STOP_SECONDS
    for client in (writer, reader):
        (bye,) = [event for event in client.log if event["type"] == "bye"]
        assert 0 < bye["retry_after"] <= 30
        assert client.breaches == []
    answered = {e["nonce"] for e in writer.log if e["type"] == "ack"}
    rows = own_server.rows("SELECT nonce, count(*) FROM chat_message GROUP BY nonce")
    assert {str(nonce) for nonce, count in rows if count == 1} == answered
    # Everything that had come in when the end began was stored, and told to both.
    told = {e["nonce"] for e in reader.log if e["type"] == "message"}
    assert told == answered


async def test_a_draining_server_takes_no_new_socket(own_server):
    """Whoever comes while it ends is told to come again: refused, or closed with 1012."""
    async with live(own_server, own_server.enter()) as one:
        own_server.process.send_signal(signal.SIGTERM)
        assert await one.ended() == 1012
    assert own_server.process.wait(STOP_SECONDS) == 0
    with pytest.raises(OSError, match=r"refused|failed"):
        await plain(own_server)


async def test_a_client_that_does_not_close_holds_up_no_end(own_server: Server):
    """A peer that reads nothing and answers no close is cut in time."""
    socket = await dial(own_server, own_server.enter())
    socket.transport.pause_reading()
    began = time.monotonic()
    assert own_server.stop() == 0
    assert time.monotonic() - began < STOP_SECONDS
    socket.transport.abort()
    await socket.wait_closed()
