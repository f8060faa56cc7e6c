"""The usual opening and the usual frames, held against the library that reads all others."""

import random
from base64 import b64encode

import pytest
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from chatsite import opening
from chatsite.frames import TURN, Frames, text_of

pytestmark = pytest.mark.static

MAX = 70_000
SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, MAX]
KEY = b64encode(b"0123456789abcdef")
USUAL = [
    (b"host", b"madang.example"),
    (b"upgrade", b"websocket"),
    (b"connection", b"Upgrade"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", KEY),
    (b"sec-websocket-extensions", b"permessage-deflate; client_max_window_bits"),
    (b"sec-websocket-protocol", b"madang.v1, other"),
]


def texts(data: bytes, cuts: list[int]) -> tuple[list[str], list[bytes]]:
    """What the cutter read itself, and what it left, when the data comes in these pieces."""
    frames, read, left = Frames(MAX), [], []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        for frame, body in frames.cut(data[start:end]):
            if body:
                read.append(text_of(frame, body))
            else:
                left.append(frame)
    return read, left


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_turn_ends_and_the_next_goes_on_where_it_ended(ahead):
    """Also when more comes in between, and when the last frame is not complete yet."""
    said = [f"{number}" for number in range(3 * TURN)]
    data = b"".join(Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in said)
    frames, read, turns = Frames(MAX), [], 0
    pieces = [data[:-3], *[b""] * ahead, data[-3:]]
    while pieces or frames.more:
        cut = [text_of(*found) for found in frames.cut(pieces.pop(0) if pieces else b"")]
        assert len(cut) <= TURN
        read += cut
        turns += 1
    assert read == said
    assert turns == 3


@pytest.mark.parametrize("seed", range(4))
def test_texts_are_read_however_they_are_cut_and_all_else_is_left_whole(seed):
    chance = random.Random(seed)
    wanted, others, data = [], [], b""
    for size in chance.sample(SIZES, len(SIZES)):
        text = ("가" * (size // 3) + "aaa")[: size // 3] + "x" * (size % 3)
        wanted.append(text)
        data += Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
        kind = chance.choice([Opcode.PING, Opcode.BINARY, Opcode.CLOSE, Opcode.CONT])
        others.append(Frame(kind, b"\x03\xe8o").serialize(mask=True))
        others.append(Frame(Opcode.TEXT, b"piece", fin=False).serialize(mask=True))
        others.append(Frame(Opcode.TEXT, b"bare").serialize(mask=False))
        data += b"".join(others[-3:])
    cuts = sorted(chance.sample(range(1, len(data)), 400))
    assert texts(data, cuts) == (wanted, others)
    assert texts(data, []) == (wanted, others)
    near = range(1, 300)  # Through every place of the first heads.
    for cut in near:
        assert texts(data, [cut]) == (wanted, others)


def test_a_frame_above_the_limit_is_left_at_once_and_not_gathered():
    big = Frame(Opcode.TEXT, b"x" * (MAX + 1)).serialize(mask=True)
    frames = Frames(MAX)
    assert list(frames.cut(big[:5])) == []
    assert list(frames.cut(big[5:20])) == [(big[:20], 0)]


def test_bytes_that_are_no_text_say_so():
    frame = Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True)
    ((whole, body),) = Frames(MAX).cut(frame)
    with pytest.raises(UnicodeDecodeError):
        text_of(whole, body)


def by_the_library(headers: opening.Headers) -> tuple[int, str]:
    """Status and accept key, as `websockets` answers."""
    known = Headers()
    for name, value in headers:
        known[name.decode("latin-1")] = value.decode("latin-1")
    response = ServerProtocol().accept(Request("/ws/", known))
    return response.status_code, response.headers.get("Sec-WebSocket-Accept", "")


@pytest.mark.parametrize("connection", [b"Upgrade", b"keep-alive, Upgrade", b"upgrade,x"])
def test_the_usual_opening_is_answered_as_the_library_answers(connection):
    headers = [(n, connection if n == b"connection" else value) for n, value in USUAL]
    status, key = by_the_library(headers)
    answer = opening.answer(headers)
    assert status == 101
    assert answer is not None
    assert f"Sec-WebSocket-Accept: {key}\r\n".encode() in answer
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert answer.endswith(b"\r\n")
    assert opening.subprotocols(headers) == ["madang.v1", "other"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"upgrade", b"h2c"),
        (b"upgrade", None),
        (b"connection", b"keep-alive"),
        (b"connection", None),
        (b"sec-websocket-version", b"12"),
        (b"sec-websocket-version", None),
        (b"sec-websocket-key", b"short"),
        (b"sec-websocket-key", KEY[:-4]),
        (b"sec-websocket-key", b"\xff" * 24),
        (b"sec-websocket-key", None),
    ],
)
def test_what_the_library_refuses_is_never_answered(name, value):
    headers = [(n, v) for n, v in USUAL if n != name]
    if value is not None:
        headers.append((name, value))
    assert by_the_library(headers)[0] != 101
    assert opening.answer(headers) is None


@pytest.mark.parametrize("name", opening.NEEDED)
def test_a_header_that_is_there_twice_is_the_librarys(name):
    value = dict(USUAL)[name]
    assert opening.answer([*USUAL, (name, value)]) is None
