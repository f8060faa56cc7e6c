"""Who may see and do what in a room: the one function that every entrance asks."""

from dataclasses import dataclass
from functools import lru_cache

from chat.errors import NotFound
from chat.models import BOARD_PK, Installation, Membership, Room, User, room_key


@dataclass(frozen=True, slots=True)
class Access:
    """A person's standing in one room. Messages with `seq` < `visible_from` are not for them."""

    room: Room
    visible_from: int
    read: int
    can_post: bool


def remembered(room: int, visible_from: int = 0, read: int = 0) -> Access:
    """The access of someone whose membership a process holds in memory.

    Only for following a room: whoever holds it drops it when told that it ended. Changes are
    checked anew in their own transaction.
    """
    return Access(_known(room), visible_from, read, can_post=True)


@lru_cache(maxsize=1_024)
def _known(room: int) -> Room:
    """A room of which no more than its key is known, made once: models are slow to make."""
    return Room(pk=room)


def access(user: User | None, room: Room | str) -> Access:
    """The access of `user` to a room, given itself or as a client's id.

    Raises NotFound for strangers as for rooms that do not exist. The board is open to
    everyone active; any other room to its members, closed ones for reading only.
    """
    if user is None or not user.is_active:
        raise NotFound
    if isinstance(room, str):
        key = room_key(room)
        found = Room.objects.filter(pk=key).first() if key is not None else None
        if found is None:
            raise NotFound
        room = found
    membership = Membership.objects.filter(room=room, user=user).first()
    if membership is None:
        if room.pk != BOARD_PK:
            raise NotFound
        return Access(room, 0, 0, can_post=not room.closed)
    return Access(room, membership.visible_from, membership.read, can_post=not room.closed)


def accesses(user: User | None) -> list[Access]:
    """`access` to each room that is open to `user`: the board, then those they are in."""
    if user is None or not user.is_active:
        raise NotFound
    found = {
        membership.room_id: Access(
            membership.room,
            membership.visible_from,
            membership.read,
            can_post=not membership.room.closed,
        )
        for membership in Membership.objects.filter(user=user).select_related("room")
    }
    board = found.pop(BOARD_PK, None) or access(user, Room.objects.get(pk=BOARD_PK))
    return [board, *found.values()]


def board_is_readable() -> bool:
    """Whether the board may be read and heard by those who did not enter."""
    return Installation.objects.values_list("board_readable", flat=True).get(pk=1)


def open_board(readable: bool) -> bool:
    """Let those who did not enter read the board, or no longer. False: no change."""
    row = Installation.objects.filter(pk=1).exclude(board_readable=readable)
    return bool(row.update(board_readable=readable))


def board_preview() -> Access | None:
    """What a visitor without a nickname may read of the board; None when that is switched off."""
    if not board_is_readable():
        return None
    return Access(Room.objects.get(pk=BOARD_PK), 0, 0, can_post=False)
