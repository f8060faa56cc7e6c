"""Cuts what a client sends into whole frames, and reads the usual ones itself.

A frame that comes complete, final and masked, with text, compressed or not, costs 2 µs here and 25
in the library's parser, which is in Python; that was a tenth of a post's way. Everything else,
whole as well, is the library's: fragments, pings, closing, and whatever breaks the protocol.
"""

from collections.abc import Iterator

from websockets.frames import apply_mask  # type: ignore[attr-defined]

from chat.realtime.outbox import PACKED, TEXT

MASKED = 0x80
TURN = 64
"""Frames of one socket that are cut before others have their turn: a quarter of a megabyte, which
is handed over at once, holds forty thousand empty ones."""


class Frames:
    """One socket's frames. Holds what was not handed on yet: of a frame that is not complete at
    most `max_size` and 14, and what a cut left.
    """

    __slots__ = ("_at", "_held", "_max_size", "more")

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._held = b""
        self._at = 0
        self.more = False
        """Whether frames may be held that the last cut did not come to."""

    def cut(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """Each complete frame as it came, and where its text begins; 0: the library must look.

        After `TURN` frames it ends; `cut(b"")` goes on. A frame above `max_size` is handed on as
        far as it came, so that the library refuses it.
        """
        at = 0
        if self._held:
            if data:
                data = self._held[self._at :] + data
            else:
                data, at = self._held, self._at
            self._held, self.more = b"", False
        end = len(data)
        left = TURN
        while at < end:
            if not left:
                self._held, self._at, self.more = data, at, True
                return
            left -= 1
            body, size = measured(data, at)
            if size > self._max_size:
                yield data[at:], 0
                return
            after = body + size
            if body == 0 or after > end:
                self._held, self._at = data[at:], 0
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
