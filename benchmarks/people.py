"""Makes guests with sessions in one go and prints their cookies; run by the product's Python.

The rows are those that entering makes, written in bulk: ten thousand take seconds.
"""

import sys
import time
from datetime import timedelta

import django
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

django.setup()  # Models can be imported only after this.

from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402

from chat.models import BOARD_PK, Feed, Membership, User  # noqa: E402
from chat.services.lookalikes import skeleton  # noqa: E402
from chat.services.sessions import ROLLED  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"


def main() -> None:
    """Print one Cookie header's value a line."""
    count = int(sys.argv[1])
    for key in make_sessions(make_guests(count)):
        secret = get_random_string(32)  # What the form that they came in by has left.
        print(f"{settings.SESSION_COOKIE_NAME}={key}; {settings.CSRF_COOKIE_NAME}={secret}")


@transaction.atomic
def make_guests(count: int) -> list[User]:
    """New guests on the board."""
    first = User.objects.count() + 1
    guests = []
    for number in range(first, first + count):
        name = f"마당손님 {number:06}"
        guest = User(nickname=name, name_key=skeleton(name))
        guest.set_unusable_password()
        guests.append(guest)
    User.objects.bulk_create(guests, batch_size=500)
    head = Feed.objects.values_list("head", flat=True).get(pk=BOARD_PK)
    Membership.objects.bulk_create(
        [Membership(room_id=BOARD_PK, user=guest, read=head) for guest in guests], batch_size=500
    )
    return guests


@transaction.atomic
def make_sessions(people: list[User]) -> list[str]:
    """A session key for each of these people."""
    store = SessionStore()
    expires = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    sessions = [
        Session(
            session_key=get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
            session_data=store.encode(
                {
                    SESSION_KEY: str(person.pk),
                    BACKEND_SESSION_KEY: BACKEND,
                    HASH_SESSION_KEY: person.get_session_auth_hash(),
                    ROLLED: int(time.time()),
                }
            ),
            expire_date=expires,
        )
        for person in people
    ]
    Session.objects.bulk_create(sessions, batch_size=500)
    return [session.session_key for session in sessions]


if __name__ == "__main__":
    main()
