"""Compressed messages on real sockets: the same for all, whoever reads them, and bounded."""

import asyncio
import json
import os
import zlib
from dataclasses import replace
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from chat.protocol import SUBPROTOCOL
from tests.support.live import PATIENCE, Live, dial, live
from tests.support.server import Server, Visitor

OFFER = "permessage-deflate; client_max_window_bits"
AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def on_the_line(frame: Frame) -> bytes:
    """The frame as a client sends it, also with a bit that the library would not set."""
    marked = replace(frame, rsv1=False).serialize(mask=True)
    return bytes((marked[0] | 0x40 * frame.rsv1,)) + marked[1:]


class Raw:
    """A socket that shows frames as they are on the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.head = ""

    @classmethod
    async def open(cls, server: Server, visitor: Visitor, offer: str | None) -> "Raw":
        host, port = server.host.split(":")
        raw = cls(*await asyncio.open_connection(host, int(port)))
        lines = [
            "GET /ws/ HTTP/1.1", f"Host: {server.host}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Origin: {server.url}",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}", f"Cookie: {visitor.cookie}",
        ]  # fmt: skip
        lines[1:1] = [f"Sec-WebSocket-Extensions: {offer}"] if offer else []
        raw._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        raw.head = (await raw._reader.readuntil(b"\r\n\r\n")).decode()
        assert raw.head.startswith("HTTP/1.1 101 ")
        return raw

    def send(self, *frames: Frame) -> None:
        self._writer.write(b"".join(map(on_the_line, frames)))

    async def frame(self) -> tuple[int, bytes]:
        """First byte and payload of the next frame."""
        async with asyncio.timeout(PATIENCE):
            first, size = await self._reader.readexactly(2)
            if size >= 126:
                wide = await self._reader.readexactly(2 if size == 126 else 8)
                size = int.from_bytes(wide, "big")
            return first, await self._reader.readexactly(size)

    async def until(self, *kinds: str) -> tuple[list[Any], list[tuple[int, int, int]]]:
        """Events up to one of these kinds; of each frame first byte, size, and size of its text."""
        events: list[Any] = []
        sizes = []
        while not any(event["type"] in kinds for event in events):
            first, payload = await self.frame()
            text = payload
            if first & 0x40:
                text = zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")
            sizes.append((first, len(payload), len(text)))
            events += json.loads(text)
        return events, sizes

    async def code(self) -> int:
        """What the server closed with."""
        while True:
            first, payload = await self.frame()
            if first & 0x0F == Opcode.CLOSE:
                self._writer.close()
                return int.from_bytes(payload[:2], "big")

    def close(self) -> None:
        self._writer.close()


async def test_one_reader_unfolds_what_another_reads_plainly_and_both_know_the_same(server):
    alice, bob = server.enter(), server.enter()
    room = server.make_room(alice, bob)["id"]
    # The live client of all other tests, once with and once without the library's compression.
    async with live(server, alice) as plain, dial(server, bob, compression="deflate") as socket:
        assert socket.response is not None
        assert AGREED in socket.response.headers["Sec-WebSocket-Extensions"]
        packing = Live(socket)
        await packing.event("hello")
        await plain.subscribe(room)
        await packing.subscribe(room)
        for speaker in (plain, packing):
            for i in range(12):
                await speaker.post(room, f"{i} " + "오늘 저녁에 마당에서 만나요. " * 60)
        await plain.fence()
        await packing.fence()
        told = [[e for e in c.log if e["type"] in {"message", "skip"}] for c in (plain, packing)]
        assert told[0] == told[1]
        assert len(told[0]) == 24
        await socket.close()
        await packing._reading
        assert packing.breaches == []


async def test_a_backlog_of_fifty_is_a_third_of_its_size_on_the_line(server):
    alice = server.enter()
    room = server.make_room(alice)["id"]
    async with live(server, alice) as speaker:
        await speaker.subscribe(room)
        for i in range(50):
            await speaker.post(room, f"{i}번째 말: 내일 세 시에 다시 모여요, see you there")
    subscribe = json.dumps({"type": "subscribe", "room": room}).encode()
    seen = []
    for offer in (None, OFFER):
        raw = await Raw.open(server, alice, offer)
        assert (AGREED in raw.head) is (offer is not None)
        raw.send(message(packed(subscribe)) if offer else Frame(Opcode.TEXT, subscribe))
        seen.append(await raw.until("subscribed"))
        raw.close()
    (events, plain), (same, packing) = seen
    assert [e for e in events if e["type"] == "message"] == [
        e for e in same if e["type"] == "message"
    ]
    assert {first for first, _, _ in plain} == {0x81}
    first, size, text = max(packing, key=lambda frame: frame[2])
    assert first == 0xC1
    assert text > 10_000
    assert size < text / 3
    # What is a person's own goes as it is, and what is short too.
    assert all(first == 0x81 for first, _, text in packing if text < 1_024)


@pytest.fixture
async def raw(server: Server) -> Any:
    """A socket that agreed to compressed messages and was greeted."""
    opened = await Raw.open(server, server.enter(), OFFER)
    await opened.until("hello")
    yield opened
    opened.close()


ASK = b'{"type":"fence?","nonce":"asked"}'


def message(data: bytes, *, final: bool = True) -> Frame:
    return Frame(Opcode.TEXT, data, final, rsv1=True)


async def test_messages_are_heard_whole_in_pieces_and_around_control_frames(raw):
    half = packed(ASK)
    cut = len(half) // 2
    raw.send(message(half))
    assert (await raw.until("error"))[0][-1]["nonce"] == "asked"
    raw.send(
        message(half[:cut], final=False),
        Frame(Opcode.PING, b"well?"),
        Frame(Opcode.CONT, b"", False),
        Frame(Opcode.CONT, half[cut:], True),
    )
    assert await raw.frame() == (0x8A, b"well?")
    assert (await raw.until("error"))[0][-1]["nonce"] == "asked"
    # Who agreed may still send what is not compressed, in pieces too.
    raw.send(Frame(Opcode.TEXT, ASK))
    assert (await raw.until("error"))[0][-1]["nonce"] == "asked"
    raw.send(Frame(Opcode.TEXT, ASK[:5], False), Frame(Opcode.CONT, ASK[5:], True))
    assert (await raw.until("error"))[0][-1]["nonce"] == "asked"
    # Nothing in a message is still a message, and no JSON.
    for empty in (b"", b"\x00"):
        raw.send(message(empty))
        assert (await raw.until("error"))[0][-1]["code"] == "bad_request"
    raw.send(Frame(Opcode.CLOSE, b"\x03\xe8"))
    assert await raw.code() == 1000


BOMB = packed(b"x" * 30_000_000)
LONG = packed(os.urandom(40_000).hex().encode())
"""Neither half of it is too long."""


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([message(packed(b"x" * 65_537))], 1009),
        ([message(BOMB)], 1009),
        ([message(BOMB[:20_000], final=False), Frame(Opcode.CONT, BOMB[20_000:], True)], 1009),
        ([message(LONG[:20_000], final=False), Frame(Opcode.CONT, LONG[20_000:], True)], 1009),
        ([message(os.urandom(70_000))], 1009),
        ([message(b"\xff" * 50)], 1002),
        ([message(b"\xff" * 50, final=False)], 1002),
        ([message(packed(b"\xff\xfe"))], 1007),
        ([message(packed(ASK), final=False), Frame(Opcode.CONT, b"x", True, rsv1=True)], 1002),
        ([message(packed(ASK), final=False), message(packed(ASK))], 1002),
        ([Frame(Opcode.PING, b"x", rsv1=True)], 1002),
        ([Frame(Opcode.BINARY, packed(b"x"), rsv1=True)], 1003),
    ],
    ids=[
        *("a byte too long", "bomb", "bomb in pieces", "too long in pieces", "too long as it is"),
        *("rubbish", "rubbish in pieces", "no text", "marked again", "begun anew", "ping"),
        "binary",
    ],
)  # fmt: skip
async def test_what_breaks_the_rules_closes_that_socket_alone(server, raw, frames, code):
    neighbour = await Raw.open(server, server.enter(), OFFER)
    raw.send(*frames)
    assert await raw.code() == code
    await neighbour.until("hello")
    neighbour.send(message(packed(ASK)))
    assert (await neighbour.until("error"))[0][-1]["nonce"] == "asked"
    neighbour.close()


@pytest.mark.parametrize("offer", [None, "permessage-deflate; server_max_window_bits=9"])
async def test_who_did_not_agree_may_not_compress(server, offer):
    raw = await Raw.open(server, server.enter(), offer)
    assert "Extensions" not in raw.head
    raw.send(message(packed(ASK)))
    assert await raw.code() == 1002


async def test_an_unusual_opening_agrees_as_the_usual_one_does(server):
    """A header that is there twice goes by the library, and so does what it says."""
    raw = await Raw.open(server, server.enter(), f"{OFFER}\r\nConnection: keep-alive")
    assert AGREED in raw.head.replace("sec-websocket-extensions", "Sec-WebSocket-Extensions")
    await raw.until("hello")
    raw.send(message(packed(ASK)))
    assert (await raw.until("error"))[0][-1]["nonce"] == "asked"
    raw.close()


async def test_daphne_speaks_without(on_daphne):
    async with dial(on_daphne, on_daphne.enter(), compression="deflate") as socket:
        client = Live(socket)
        await client.event("hello")
        await client.fence()
        await socket.close()
        await client._reading
        assert client.breaches == []
