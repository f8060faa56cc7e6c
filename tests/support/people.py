"""The people of the tests, made by the services, and clients that speak for them."""

from typing import Any

from django.test import Client

from chat.models import Room, User
from chat.services import people, rooms

BACKEND = "django.contrib.auth.backends.ModelBackend"


def make_person(nickname: str = "alice", **fields: Any) -> User:
    """A guest with this nickname; `fields` are set on the row."""
    user = people.make_guest(nickname)
    if fields:
        User.objects.filter(pk=user.pk).update(**fields)
        user.refresh_from_db()
    return user


def make_owner(nickname: str = "boss") -> User:
    """A person with every right, and the password `correct horse`."""
    user = people.make_account(nickname, "correct horse")
    people.set_staff(user, staff=True, owner=True)
    return user


def make_room(maker: User, title: str = "Garden", *, listed: bool = False, **fields: Any) -> Room:
    """A room with its maker inside."""
    room = rooms.create(maker, title, listed=listed)
    if fields:
        Room.objects.filter(pk=room.pk).update(**fields)
        room.refresh_from_db()
    return room


def client_of(user: User | None = None, **defaults: Any) -> Client:
    """A client with this person's session, on a host that is ours."""
    client = Client(headers={"host": "localhost", **defaults})
    if user is not None:
        client.force_login(user, BACKEND)
    return client
