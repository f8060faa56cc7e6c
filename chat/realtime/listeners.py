"""Plain clients that have not spoken: they hear a room while the code they came by opens it.

They are no members yet, so nobody could remove them after the room got another code.
"""

from typing import TYPE_CHECKING

from chat.protocol import Close
from chat.services import rooms

if TYPE_CHECKING:
    from chat.realtime.node import Node


class Listeners:
    """Looks whether those who only listen may go on."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def look(self, room: int | None = None) -> None:
        """Close the ones, of this room or of all, whose code leads nowhere now: one query."""
        silent = [
            connection
            for connection in self._node.roster
            if connection.person is None
            and connection.entry is not None
            and (room is None or connection.entry[0] == room)
        ]
        if not silent:
            return
        entries = {connection.entry for connection in silent if connection.entry is not None}
        opened = await self._node.database.read(rooms.opened, entries)
        for connection in silent:
            # Whoever spoke meanwhile became a member while the code was good.
            here = connection in self._node.roster and connection.person is None
            if here and connection.entry not in opened:
                connection.close(Close.UNKNOWN_CODE)
