"""Unread counts for many people at once, as the list of rooms shows them."""

from collections.abc import Mapping

from django.db import connection

from chat.services.history import UNREAD_MAX, heads


def unread_of(
    asked: Mapping[int, set[int]],
) -> tuple[dict[int, int], dict[tuple[int, int], int]]:
    """The heads of these rooms, and (person, room key) → unread messages, 200 at most.

    `asked` maps a room's key to the people who want to know.
    """
    counts: dict[tuple[int, int], int] = {}
    with connection.cursor() as cursor:
        for room, people in asked.items():
            listed = sorted(people)
            marks = ", ".join(["%s"] * len(listed))
            cursor.execute(
                "SELECT u.id, (SELECT count(*) FROM (SELECT 1 FROM chat_message m"
                " WHERE m.room_id = %s AND m.seq > coalesce(s.read, 0)"
                " AND m.deleted_at IS NULL AND m.author_id <> u.id"
                f" LIMIT {UNREAD_MAX}) AS rest)"
                " FROM chat_user u LEFT JOIN chat_membership s"
                " ON s.user_id = u.id AND s.room_id = %s"
                f" WHERE u.id IN ({marks})",
                [room, room, *listed],
            )
            counts.update({(person, room): count for person, count in cursor.fetchall()})
    return heads(asked), counts
