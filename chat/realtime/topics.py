"""The names that processes call each other's news by: one topic a room, and one for facts."""

CONTROL = "control"
"""What every process must know: facts, heads, leases."""

_ROOM = "room."


def room_topic(room: int) -> str:
    """The topic of a room's feed."""
    return f"{_ROOM}{room}"


def room_of(topic: str) -> int:
    """The key of the room whose topic this is. Raises ValueError for another topic."""
    return int(topic.removeprefix(_ROOM))
