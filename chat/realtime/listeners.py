"""Plain clients that have not spoken: they hear a room while the code they came by opens it.

They are no members yet, so nobody could remove them after the room got another code. The board is
heard by them where it may be read without entering.
"""

from typing import TYPE_CHECKING

from chat.protocol import Close
from chat.services import rooms
from chat.services.access import board_is_readable

if TYPE_CHECKING:
    from chat.realtime.node import Node


class Listeners:
    """Looks whether those who only listen may go on."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self.board_readable = True
        """Whether the board is heard by those who did not enter, as known last."""

    async def look_at_board(self) -> None:
        """Whether those on the board who have not spoken may hear it: as it stands now."""
        self.board_readable = await self._node.database.read(board_is_readable)
        for connection in self._node.roster:
            if connection.person is None and connection.entry is None:
                connection.deaf = not self.board_readable

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
