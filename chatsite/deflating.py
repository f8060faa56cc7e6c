"""Compressed messages (permessage-deflate, RFC 7692), as far as we agree to them.

Nothing is remembered from message to message, in neither direction: so a frame is compressed once
for all (`chat.realtime.deflated`), and no socket keeps a window of 32 KB or more. Negotiating and
inflating are the library's.
"""

from collections.abc import Sequence
from functools import lru_cache

from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake, NegotiationError
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol
from websockets.typing import ExtensionParameter

from chat.realtime.deflated import WINDOW
from chatsite.frames import unmasked

HEADER = "Sec-WebSocket-Extensions"
OFFER_MAX = 512
"""Bytes of an offer that is looked at. Browsers' have 50."""


class Shared(ServerPerMessageDeflateFactory):
    """Takes an offer only if its client reads what was compressed for all."""

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        answer, extension = super().process_request_params(params, accepted_extensions)
        if extension.local_max_window_bits < WINDOW:
            raise NegotiationError("the shared frames use the whole window")
        return answer, extension


FACTORY = Shared(server_no_context_takeover=True, client_no_context_takeover=True)


def made() -> Extension:
    """What the library reads one socket's compressed messages with, in pieces too."""
    return PerMessageDeflate(True, True, WINDOW, WINDOW)


_whole = made()


@lru_cache(maxsize=64)
def agreed(offer: bytes) -> bytes | None:
    """The answer to the offered extensions; None: none of them, or the offer can't be read."""
    if not offer or len(offer) > OFFER_MAX:
        return None
    try:
        headers = Headers({HEADER: offer.decode("latin-1")})
        answer, _ = ServerProtocol(extensions=[FACTORY]).process_extensions(headers)
    except InvalidHandshake:
        return None
    return answer.encode("ascii") if answer else None


def text_of(frame: bytes, body: int, most: int) -> str:
    """The text of a frame that is a whole compressed message.

    Raises UnicodeDecodeError, PayloadTooBig where it has more than `most` bytes, and ProtocolError
    where it can't be inflated.
    """
    packed = Frame(Opcode.TEXT, unmasked(frame, body), rsv1=True)
    return bytes(_whole.decode(packed, max_size=most).data).decode()
