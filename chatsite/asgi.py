"""The composition root: HTTP to Django behind the static files, WebSockets to the chat.

`lifespan` starts and stops the node where the server has it (uvicorn); elsewhere (Daphne) the
node starts with the first socket.
"""

import asyncio
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

import django

django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from chat.errors import Unavailable  # noqa: E402
from chat.realtime import peers  # noqa: E402
from chat.realtime.node import running_node, stop_node  # noqa: E402
from chat.realtime.unsent import UNSENT  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from chatsite import daphne_codes, garbage  # noqa: E402
from chatsite.http import Receive, Scope, Send, http_application  # noqa: E402

AGAIN_AFTER = 1.0


async def lifespan(_scope: Scope, receive: Receive, send: Send) -> None:
    """Start the node with the server, and stop it once all sockets are closed.

    A database that is away is waited for: a worker that gave up would end all the others too.
    """
    await receive()
    await peers.start()
    starting = asyncio.create_task(patiently())
    await asyncio.wait([starting], timeout=AGAIN_AFTER * 5)
    garbage.settle()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    starting.cancel()
    peers.stop()
    await stop_node()
    await send({"type": "lifespan.shutdown.complete"})


async def patiently() -> None:
    """Start the node, however often it takes."""
    while True:
        try:
            await running_node()
        except Unavailable:
            await asyncio.sleep(AGAIN_AFTER)
        else:
            return


daphne_codes.allow()
UNSENT.most = settings.CHAT["unsent_bytes"]
application = ProtocolTypeRouter(
    {
        "http": http_application(),
        "websocket": URLRouter(websocket_urlpatterns),
        "lifespan": lifespan,
    }
)
