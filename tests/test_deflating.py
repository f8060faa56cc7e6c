"""Agreeing to compressed messages, and reading them, held against the library's other side."""

import zlib
from base64 import b64encode

import pytest
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
)
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from chat.realtime.outbox import PACKED
from chatsite import deflating, opening
from chatsite.frames import Frames

pytestmark = pytest.mark.static

ANSWER = b"permessage-deflate; server_no_context_takeover; client_no_context_takeover"
KEY = b64encode(b"0123456789abcdef")


@pytest.mark.parametrize(
    "offer",
    [
        b"permessage-deflate",
        b"permessage-deflate; client_max_window_bits",  # Chromium
        b"permessage-deflate; client_max_window_bits=10",
        b"permessage-deflate; server_max_window_bits=10, permessage-deflate",
        b"x-other; a=b, permessage-deflate; client_no_context_takeover",
    ],
)
def test_nothing_is_remembered_between_messages_whatever_was_offered(offer):
    answer = deflating.agreed(offer)
    assert answer is not None
    parts = [part.strip() for part in answer.split(b";")]
    assert parts[0] == b"permessage-deflate"
    assert {b"server_no_context_takeover", b"client_no_context_takeover"} <= set(parts[1:])


@pytest.mark.parametrize(
    "offer",
    [
        b"",
        b"x-other",
        b"permessage-deflate; server_max_window_bits=10",  # It could not read what is shared.
        b"permessage-deflate; server_max_window_bits",
        b"permessage-deflate; unknown",
        b"permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        b"permessage-deflate;",
        b"\xff\x00, ;=",
        b"permessage-deflate" + b" " * deflating.OFFER_MAX,
    ],
)
def test_what_cannot_be_kept_or_read_is_not_agreed_to_and_the_socket_opens_without(offer):
    assert deflating.agreed(offer) is None


@pytest.mark.parametrize(
    "factory",
    [
        ClientPerMessageDeflateFactory(),
        ClientPerMessageDeflateFactory(client_max_window_bits=None),
        ClientPerMessageDeflateFactory(client_max_window_bits=9),
        ClientPerMessageDeflateFactory(True, True, None, True),
        ClientPerMessageDeflateFactory(server_max_window_bits=15),
    ],
)
def test_a_client_takes_our_answer_and_compresses_without_memory(factory):
    client = ClientProtocol(parse_uri("ws://madang.example/ws/"), extensions=[factory])
    request = client.connect()
    headers = [(b"sec-websocket-extensions", request.headers["Sec-WebSocket-Extensions"].encode())]
    answer = deflating.agreed(opening.extensions(headers))
    assert answer is not None
    (agreed,) = client.process_extensions(Headers({deflating.HEADER: answer.decode()}))
    assert isinstance(agreed, PerMessageDeflate)
    assert agreed.local_no_context_takeover
    assert agreed.remote_no_context_takeover
    assert agreed.remote_max_window_bits == 15
    for text in ("마당 " * 900, "", "마당 " * 900):
        sent = agreed.encode(Frame(Opcode.TEXT, text.encode()))
        assert sent.rsv1
        assert deflating.text_of(*whole(bytes(sent.data)), 65_536) == text


def test_the_head_says_what_was_agreed():
    headers = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-version", b"13"),
        (b"sec-websocket-key", KEY),
        (b"sec-websocket-extensions", b"x-other"),
        (b"sec-websocket-extensions", b"permessage-deflate"),
    ]
    offer = opening.extensions(headers)
    assert offer == b"x-other, permessage-deflate"
    plain, packing = opening.answer(headers), opening.answer(headers, deflating.agreed(offer))
    assert plain is not None
    assert b"Extensions" not in plain
    assert packing == plain + b"Sec-WebSocket-Extensions: " + ANSWER + b"\r\n"


def whole(packed: bytes) -> tuple[bytes, int]:
    """A compressed message in one frame, as the cutter hands it on."""
    frame = Frame(Opcode.TEXT, packed).serialize(mask=True)
    ((cut, body),) = Frames(65_536).cut(bytes((frame[0] | 0x40,)) + frame[1:])
    assert body
    assert cut[0] == PACKED
    return cut, body


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.mark.parametrize("size", [0, 1, 2_043, 65_535, 65_536])
def test_a_message_is_read_up_to_the_limit(size):
    assert deflating.text_of(*whole(packed(b"x" * size)), 65_536) == "x" * size


@pytest.mark.parametrize("size", [65_537, 70_000, 10_000_000])
def test_one_that_unfolds_to_more_is_refused_before_it_does(size):
    small = packed(b"x" * size)
    assert len(small) < 16_000
    with pytest.raises(PayloadTooBig):
        deflating.text_of(*whole(small), 65_536)
    assert deflating.text_of(*whole(packed(b"next")), 65_536) == "next"


def test_rubbish_says_so_and_harms_nobody_after_it():
    with pytest.raises(ProtocolError):
        deflating.text_of(*whole(b"\xff" * 40), 65_536)
    with pytest.raises(UnicodeDecodeError):
        deflating.text_of(*whole(packed(b"\xff\xfe")), 65_536)
    assert deflating.text_of(*whole(packed(b"next")), 65_536) == "next"


def test_a_message_in_pieces_unfolds_to_no_more_than_the_limit_either():
    """The last piece may come when nothing is left of the limit."""
    extension, parts = deflating.made(), packed(b"x" * 65_536)
    half = len(parts) // 2
    first = extension.decode(Frame(Opcode.TEXT, parts[:half], False, rsv1=True), max_size=65_536)
    left = 65_536 - len(first.data)
    rest = extension.decode(Frame(Opcode.CONT, parts[half:], False), max_size=left)
    assert len(first.data) + len(rest.data) <= 65_536
    end = extension.decode(Frame(Opcode.CONT, b"", True), max_size=0)
    assert len(first.data) + len(rest.data) + len(end.data) <= 65_536 + 300
