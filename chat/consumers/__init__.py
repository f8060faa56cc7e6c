"""The two interfaces over WebSockets. A consumer decodes, calls the node and maps errors.

Neither has a layer channel of its own: the hub delivers. And neither makes the stock
dispatch's hop to Django's shared thread on every frame (`channels.consumer.AsyncConsumer`),
because no database work happens on it.
"""

from chat.consumers.live import ChatConsumer
from chat.consumers.plain import BoardConsumer, PlainConsumer
from chat.consumers.socket import LostConsumer

__all__ = ["BoardConsumer", "ChatConsumer", "LostConsumer", "PlainConsumer"]
