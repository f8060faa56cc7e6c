"""Channels as its tutorial teaches it: every socket joins a group, a message goes to the group
(without the tutorial's JSON around the text, which would only cost the peer).

`CHANNEL_LAYER` names the layer's class, `REDIS_URL` its server; nothing is stored.
"""

import os
from typing import Any

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

layer: dict[str, Any] = {"BACKEND": os.environ["CHANNEL_LAYER"]}
if "REDIS_URL" in os.environ:
    layer["CONFIG"] = {"hosts": [os.environ["REDIS_URL"]]}
settings.configure(
    SECRET_KEY="a benchmark signs nothing",
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={"default": layer},
)
django.setup()


class BoardConsumer(AsyncWebsocketConsumer):
    """One socket of the board: joins the group, hands each text to it, sends what comes back."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("board", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("board", self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        event = {"type": "board.message", "text": text_data}
        await self.channel_layer.group_send("board", event)

    async def board_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


board = path("ws/notice_board", BoardConsumer.as_asgi())  # type: ignore[arg-type]
application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([board]),  # type: ignore[list-item]
    }
)
