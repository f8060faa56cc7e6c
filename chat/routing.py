"""The WebSocket addresses. A code may hold any sign, so its pattern takes whatever is left."""

from typing import Any

from channels.consumer import AsyncConsumer
from django.urls import re_path

from chat.consumers import BoardConsumer, ChatConsumer, LostConsumer, PlainConsumer


def socket(pattern: str, consumer: type[AsyncConsumer]) -> Any:
    """A WebSocket address; Django's own types know of views only."""
    application: Any = consumer.as_asgi()
    return re_path(pattern, application)


websocket_urlpatterns = [
    socket(r"^ws/$", ChatConsumer),
    socket(r"^ws/notice_board/?$", BoardConsumer),
    socket(r"^ws/(?P<code>[^/]+)/?$", PlainConsumer),
    socket(r"", LostConsumer),
]
