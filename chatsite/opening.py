"""The opening handshake as browsers make it, checked and answered without a parser a header.

The library's own way through the same headers took a seventh of the time of joining. What is
not as browsers send it goes there, and it finds the words to refuse.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence

from websockets.utils import accept_key

Headers = Sequence[tuple[bytes, bytes]]

NEEDED = (b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version")
PROTOCOL = b"sec-websocket-protocol"
EXTENSIONS = b"sec-websocket-extensions"
KEY_BYTES = 16


def answer(headers: Headers, extension: bytes | None = None) -> bytes | None:
    """The 101's head up to its own last header, or None where the library must look.

    `extension` is what was agreed to of `extensions`.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in NEEDED:
            if name in found:
                return None
            found[name] = value
    if len(found) < len(NEEDED) or found[b"sec-websocket-version"] != b"13":
        return None
    if found[b"upgrade"].lower() != b"websocket" or not _upgrades(found[b"connection"]):
        return None
    key = found[b"sec-websocket-key"]
    try:
        if len(base64.b64decode(key, validate=True)) != KEY_BYTES:
            return None
    except binascii.Error:
        return None
    head = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(key.decode("ascii")).encode("ascii") + b"\r\n"
    )
    if extension is not None:
        head += b"Sec-WebSocket-Extensions: " + extension + b"\r\n"
    return head


def _upgrades(connection: bytes) -> bool:
    return connection == b"Upgrade" or b"upgrade" in {
        part.strip().lower() for part in connection.split(b",")
    }


def subprotocols(headers: Headers) -> list[str]:
    """What a client offers, in its order."""
    return [
        token.strip().decode("latin-1")
        for name, value in headers
        if name == PROTOCOL
        for token in value.split(b",")
    ]


def extensions(headers: Headers) -> bytes:
    """The extensions that a client offers, as one header."""
    return b", ".join(value for name, value in headers if name == EXTENSIONS)


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)
