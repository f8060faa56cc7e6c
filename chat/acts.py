"""What people and moderators do over HTTP: the service's transaction, then word to the live side.

Called by pages, the JSON interface and the admin; each function is those two lines.
"""

from collections.abc import Iterable

from chat.models import BOARD_PK, Room, User
from chat.realtime import bridge
from chat.services import access, feed, people, rooms


def join_by_code(user: User, typed: str, address: str) -> Room:
    """Enter the room with this code. Raises what `rooms.find` raises."""
    room = rooms.find(typed, address, user.pk)
    join_found(user, room)
    return room


def join_found(user: User, room: Room) -> None:
    """Enter a room that `rooms.find` found."""
    if rooms.join(user, room):
        bridge.joined(user.pk, room.pk)


def join_listed(user: User, public_id: str) -> Room:
    """Enter a listed room by a click. Raises NotFound. Being on the board needs no entering."""
    room = rooms.find_listed(public_id)
    if room.pk != BOARD_PK:
        join_found(user, room)
    return room


def create_room(user: User, title: str, *, listed: bool) -> Room:
    """Make a room; its maker is inside. Raises what `rooms.create` raises."""
    room = rooms.create(user, title, listed=listed)
    bridge.joined(user.pk, room.pk)
    return room


def leave_room(user: User, room: Room) -> None:
    """Leave a room; its events stop at once. Raises Forbidden for the board."""
    if rooms.leave(user, room):
        bridge.left(user.pk, room.pk)


def arrange_room(user: User, room: Room, *, pinned: bool | None, muted: bool | None) -> None:
    """Pin or mute a room in this person's list; their other windows are told."""
    if rooms.arrange(user, room, pinned=pinned, muted=muted):
        bridge.arranged(user.pk, room.pk)


def open_board(readable: bool) -> bool:
    """Let those who did not enter read and hear the board, or no longer; at once."""
    changed = access.open_board(readable)
    if changed:
        bridge.board_opened(readable)
    return changed


def change_room(room_pk: int, wanted: rooms.Settings) -> bool:
    """Change a room's settings, live in open pages. Raises what `rooms.change` raises."""
    changed = rooms.change(room_pk, wanted)
    if changed:
        bridge.announce(room_pk)
    return changed


def rotate_code(room_pk: int) -> str:
    """Give a room a new code, which is returned. Raises what `rooms.rotate_code` raises."""
    code = rooms.rotate_code(room_pk)
    bridge.announce(room_pk)
    return code


def delete_messages(wanted: Iterable[tuple[int, int]]) -> int:
    """Delete messages, given as (room key, seq), for everyone; how many there were to delete."""
    by_room: dict[int, list[int]] = {}
    for room_pk, seq in wanted:
        by_room.setdefault(room_pk, []).append(seq)
    deleted = 0
    for room_pk, seqs in sorted(by_room.items()):
        count = feed.delete_messages(room_pk, seqs)
        if count:
            bridge.announce(room_pk)
        deleted += count
    return deleted


def rename(user: User, nickname: str) -> None:
    """Give a person another nickname. Raises Invalid or NicknameTaken."""
    if people.rename(user, nickname):
        bridge.renamed(user.pk)


def deactivate(user: User) -> bool:
    """Shut a person out: their sockets close at once. False when they are out already."""
    changed = people.set_active(user, active=False)
    if changed:
        bridge.end_person(user.pk)
    return changed


def reactivate(user: User) -> bool:
    """Let a person in again; False when they are in."""
    return people.set_active(user, active=True)


def set_staff(user: User, *, staff: bool, owner: bool | None = None) -> bool:
    """Make someone staff, or end it; `owner` also gives or takes every right. False: no change."""
    changed = people.set_staff(user, staff=staff, owner=owner)
    if changed:
        bridge.renamed(user.pk)  # Others see the kind beside the name.
    return changed


def password_changed(user: User) -> None:
    """Close the sockets of the sessions that a person's new password has ended."""
    bridge.password_changed(user.pk)


def end_session(session_key: str | None) -> None:
    """Close the sockets of a session that has just been deleted."""
    if session_key:
        bridge.end_session(session_key)


def renew_session(session_key: str | None) -> None:
    """Have the sockets of a session that goes on under another key come again: the person's other
    tabs have the new cookie as well."""
    if session_key:
        bridge.renew_session(session_key)
