"""What a node is told by the settings."""

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b

from django.conf import settings

from chat.text import Limits


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What `settings.CHAT` says, for this process."""

    key: bytes
    rate_limits: bool = True
    limits: Limits = field(default_factory=Limits)
    posts_per_second: int = 5
    posts_per_minute: int = 60
    frames_per_second: int = 200
    frames_per_minute: int = 3_000
    sockets_person: int = 20
    sockets_address: int = 500
    edit_window: timedelta = timedelta(minutes=15)
    heartbeat: float = 20.0
    head_check: float = 3.0
    outbox_bytes: int = 1024 * 1024
    outbox_events: int = 1_000

    @classmethod
    def from_django(cls) -> "NodeSettings":
        """The settings of this installation."""
        chat = settings.CHAT
        return cls(
            key=blake2b(settings.SECRET_KEY.encode(), person=b"madang bus").digest(),
            rate_limits=settings.RATE_LIMITS,
            limits=Limits(chat["text_graphemes"], chat["text_bytes"], chat["frame_bytes"]),
            posts_per_second=chat["posts_per_second"],
            posts_per_minute=chat["posts_per_minute"],
            frames_per_second=chat["frames_per_second"],
            frames_per_minute=chat["frames_per_minute"],
            sockets_person=chat["sockets_person"],
            sockets_address=chat["sockets_address"],
            edit_window=timedelta(minutes=chat["edit_minutes"]),
            heartbeat=chat["heartbeat"],
            head_check=chat["head_check"],
            outbox_bytes=chat["outbox_bytes"],
            outbox_events=chat["outbox_events"],
        )
