"""One connection's frames: bounded, never waited for, and closed when it reads too slowly."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as Parsed
from websockets.frames import Opcode
from websockets.streams import StreamReader

from chat.realtime.deflated import FROM, MOST
from chat.realtime.outbox import DirectOutbox, Frame, SendOutbox, frames_of
from tests.realtime.clock import run, settle


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_frame_has_the_header_of_its_size(size, header):
    frame = Frame(b"x" * size)
    assert frame.wire == header + b"x" * size
    assert frame.wire is frame.wire


def read(wire: bytes) -> bytes:
    """What a client that agreed to compressed messages takes from a frame."""
    stream = StreamReader()
    stream.feed_data(wire)
    extensions = [PerMessageDeflate(True, True, 15, 15)]
    parsing = Parsed.parse(stream.read_exact, mask=False, extensions=extensions)
    try:
        next(parsing)
    except StopIteration as done:
        frame: Parsed = done.value
    assert (frame.opcode, frame.fin, frame.rsv1) == (Opcode.TEXT, True, False)
    assert stream.buffer == b""
    return bytes(frame.data)


@pytest.mark.parametrize("size", [FROM, 5_000, 65_535, MOST])
def test_a_long_frame_is_compressed_once_and_read_as_it_was(size):
    frame = Frame(("마당에서 만나요 " * size).encode()[:size], packs=True)
    assert frame.packed[0] == 0xC1
    assert len(frame.packed) < size / 4
    assert frame.packed is frame.packed
    assert read(frame.packed) == frame.payload
    assert frame.wire[-size:] == frame.payload


@pytest.mark.parametrize(
    "frame",
    [
        Frame(b"x" * (FROM - 1), packs=True),
        Frame(b"x" * (MOST + 1), packs=True),
        Frame(random.Random(1).randbytes(70_000), packs=True),
        Frame(b"x" * 5_000),
        Frame.of(b"x" * 5_000),
    ],
    ids=["short", "too long to wait for", "grows", "may not", "may not, of events"],
)
def test_a_frame_goes_as_it_is_where_compressing_does_not_pay_or_must_not_be(frame):
    assert frame.packed is frame.wire
    assert read(frame.packed) == frame.payload


def test_only_who_agreed_gets_the_compressed_frame():
    frame = Frame.of(b"x" * 5_000, packs=True)
    plain, packing = Transport(), Transport()
    packing.packs = True
    for transport in (plain, packing):
        DirectOutbox(transport, lambda: None, max_bytes=100).offer(frame)
    assert plain.written == [frame.wire]
    assert packing.written == [frame.packed]
    assert frame.wire != frame.packed


def test_events_are_cut_into_frames_in_their_order():
    frames = frames_of((b"%d" % i for i in range(5)), 2)
    assert [frame.payload for frame in frames] == [b"[0,1]", b"[2,3]", b"[4]"]
    assert frames_of([], 2) == []


class Transport:
    packs = False
    on_slow: Callable[[], None] | None = None

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0
        self.aborted = False

    def write(self, wire: bytes) -> None:
        self.written.append(wire)

    def buffered(self) -> int:
        return self.waiting

    async def drained(self) -> None: ...

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize("packs", [False, True])
def test_a_direct_outbox_gives_a_slow_reader_up_once_and_says_nothing_more(packs):
    transport, slow = Transport(), []
    transport.packs = packs
    outbox = DirectOutbox(transport, lambda: slow.append(1), max_bytes=100)
    transport.waiting = 100
    outbox.offer(Frame(b"in time"))
    transport.waiting = 101
    outbox.offer(Frame(b"too much"))
    transport.waiting = 0
    outbox.offer(Frame(b"too late"))
    assert transport.written == [Frame(b"in time").wire]
    assert slow == [1]
    outbox.abort()
    assert transport.aborted


class Peer:
    """An ASGI `send` whose reader may stop reading, or be gone."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.gone = False

    async def send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        if self.gone:
            raise OSError("gone")
        self.got.append(message["text"])


def test_a_sending_outbox_keeps_the_order_and_ends_its_task_when_empty():
    async def test():
        peer = Peer()
        outbox = SendOutbox(peer.send, pytest.fail, 1_000, 10)
        for text in (b"a", b"b", b"c"):
            outbox.offer(Frame(text))
        assert peer.got == []
        await settle()
        outbox.offer(Frame(b"d"))
        await settle()
        assert peer.got == ["a", "b", "c", "d"]

    run(test)


@pytest.mark.parametrize(("max_bytes", "max_frames"), [(10, 100), (10_000, 3)])
def test_a_sending_outbox_is_bounded_by_bytes_and_by_frames(max_bytes, max_frames):
    async def test():
        peer, slow = Peer(), []
        peer.reads.clear()
        outbox = SendOutbox(peer.send, lambda: slow.append(1), max_bytes, max_frames)
        for _ in range(20):
            outbox.offer(Frame(b"12345"))
        assert slow == [1]
        peer.reads.set()
        await settle()
        # What was being sent is let go; what was queued is not sent after closing.
        assert len(peer.got) <= 1

    run(test)


def test_a_send_that_takes_too_long_gives_the_reader_up():
    async def test():
        peer, slow = Peer(), []
        peer.reads.clear()
        outbox = SendOutbox(peer.send, lambda: slow.append(1), 1_000, 10, patience=10.0)
        outbox.offer(Frame(b"a"))
        await asyncio.sleep(9.9)
        assert slow == []
        await asyncio.sleep(0.2)
        assert slow == [1]

    run(test)


def test_a_peer_that_is_gone_is_no_error():
    async def test():
        peer = Peer()
        peer.gone = True
        outbox = SendOutbox(peer.send, pytest.fail, 1_000, 10)
        outbox.offer(Frame(b"a"))
        await settle()
        outbox.offer(Frame(b"b"))
        await settle()
        assert peer.got == []

    run(test)


def test_aborting_cancels_what_is_being_sent():
    async def test():
        peer = Peer()
        peer.reads.clear()
        outbox = SendOutbox(peer.send, pytest.fail, 1_000, 10)
        outbox.offer(Frame(b"a"))
        await settle()
        outbox.abort()
        await settle()
        assert peer.got == []

    run(test)
