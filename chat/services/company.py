"""Who may be meant in a room: the people that a picker of names offers."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from chat.models import Message, Room, User
from chat.services.hangul import begins

OFFERED = 20
LATELY = timedelta(days=3)
"""On the board, who has been here within this time is offered without having spoken."""
SPOKEN = 500
LOOKED_THROUGH = 2_000


def company(user: User, room: Room, typed: str = "", limit: int = OFFERED) -> list[User]:
    """People of a room whose names begin with what was typed, those who spoke last first.

    Members; on the board whoever spoke lately or was here. Neither oneself nor those who lost
    their name to another. Call it with what `access` gave.
    """
    said = Message.objects.filter(room=room, deleted_at__isnull=True).order_by("-seq")
    authors = said.values_list("author_id", flat=True)[:SPOKEN]
    order = {pk: at for at, pk in enumerate(dict.fromkeys(authors))}
    named = User.objects.filter(is_active=True, name_key__isnull=False).exclude(pk=user.pk)
    if room.is_board:
        there = named.filter(Q(pk__in=order) | Q(seen_at__gte=timezone.now() - LATELY))
    else:
        there = named.filter(memberships__room=room)
    fields = there.only("pk", "nickname", "is_bot", "is_staff", "username")
    found = fields.order_by("-seen_at", "-pk")[:LOOKED_THROUGH]
    meant = [person for person in found if begins(person.nickname, typed)]
    meant.sort(key=lambda person: order.get(person.pk, SPOKEN))
    return meant[:limit]
