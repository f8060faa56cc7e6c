"""Cuts what a client sends into whole frames, and reads the usual ones itself.

A frame that comes complete, final and masked, with text, compressed or not, costs 2 µs here and 25
in the library's parser, which is in Python; that was a tenth of a post's way. Everything else,
whole as well, is the library's: fragments, pings, closing, and whatever breaks the protocol.
"""

from collections.abc import Iterator

from websockets.frames import apply_mask  # type: ignore[attr-defined]

from chat.realtime.outbox import PACKED, TEXT

MASKED = 0x80


class Frames:
    """One socket's frames. Holds a frame that is not complete yet, at most `max_size` and 14."""

    __slots__ = ("_max_size", "_rest")

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._rest: bytearray | None = None

    def cut(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """Each complete frame as it came, and where its text begins; 0: the library must look.

        A frame above `max_size` is handed on as far as it came, so that the library refuses it.
        """
        if self._rest is not None:
            self._rest += data
            data, self._rest = bytes(self._rest), None
        at, end = 0, len(data)
        while at < end:
            body, size = measured(data, at)
            if size > self._max_size:
                yield data[at:], 0
                return
            after = body + size
            if body == 0 or after > end:
                self._rest = bytearray(data[at:])
                return
            usual = (data[at] == TEXT or data[at] == PACKED) and data[at + 1] & MASKED
            yield data[at:after], body - at if usual else 0
            at = after


def text_of(frame: bytes, body: int) -> str:
    """The text of a usual frame that is not compressed. Raises UnicodeDecodeError."""
    return unmasked(frame, body).decode()


def unmasked(frame: bytes, body: int) -> bytes:
    """The payload of a usual frame."""
    return apply_mask(frame[body:], frame[body - 4 : body])


def measured(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of the frame at `at` begins, and its bytes; (0, 0): the head is not all
    there.
    """
    if len(data) < at + 2:
        return 0, 0
    size = data[at + 1] & 0x7F
    body = at + 2
    if size >= 126:
        wide = 2 if size == 126 else 8
        if len(data) < body + wide:
            return 0, 0
        size = int.from_bytes(data[body : body + wide], "big")
        body += wide
    return (body + 4 if data[at + 1] & MASKED else body), size
