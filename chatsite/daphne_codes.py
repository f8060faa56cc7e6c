"""Lets Daphne close a socket with the codes that RFC 6455 defines: 1003, 1007, 1009, 1012.

Its library refuses them to callers of `sendClose` (autobahn takes 1000 and 3000-4999 alone), so
a socket that we meant to close would stay open. `sendCloseFrame` takes any code.
"""

import sys
from typing import Any


def allow() -> None:
    """Make Daphne's sockets close with any code; does nothing where Daphne does not serve."""
    module = sys.modules.get("daphne.ws_protocol")
    if module is not None:
        module.WebSocketProtocol.serverClose = _server_close
        module.WebSocketProtocol.onConnect = _with_code(module.WebSocketProtocol.onConnect)


def _with_code(on_connect: Any) -> Any:
    """Let autobahn say why it ends a socket, bad UTF-8 say, before it drops the connection."""

    def connect(protocol: Any, request: Any) -> Any:
        protocol.failByDrop = False
        return on_connect(protocol, request)

    return connect


def _server_close(protocol: Any, code: int | None = None) -> None:
    protocol.sendCloseFrame(code=1000 if code is None else code)
