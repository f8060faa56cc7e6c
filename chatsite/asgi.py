"""The composition root: HTTP to Django behind the static files, WebSockets to the chat.

`lifespan` starts and stops the node where the server has it (uvicorn); elsewhere (Daphne) the
node starts with the first socket.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from chat.realtime.node import running_node, stop_node  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from chatsite import daphne_codes  # noqa: E402
from chatsite.http import Receive, Scope, Send, http_application  # noqa: E402


async def lifespan(_scope: Scope, receive: Receive, send: Send) -> None:
    """Start the node with the server, and stop it once all sockets are closed."""
    await receive()
    try:
        await running_node()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stop_node()
    await send({"type": "lifespan.shutdown.complete"})


daphne_codes.allow()
application = ProtocolTypeRouter(
    {
        "http": http_application(),
        "websocket": URLRouter(websocket_urlpatterns),
        "lifespan": lifespan,
    }
)
