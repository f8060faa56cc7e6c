"""A person's own password, changed by who knows the old one."""

from django.contrib.auth.hashers import check_password as is_password

from chat import hashing, limits
from chat.errors import Forbidden, Invalid, gettext_noop
from chat.models import User
from chat.services import people


class WrongPassword(Invalid):
    """The current password is not the one that was typed."""

    sentence = gettext_noop("That is not your current password.")


def change(user: User, old: str, new: str, address: str) -> None:
    """Give this person another password, which ends their sessions: the caller keeps one alive.

    Raises Forbidden for a guest, WrongPassword, Invalid for one that is easy to guess,
    RateLimited after too many wrong ones by person or `address`, Unavailable.
    """
    if not user.username:
        raise Forbidden(gettext_noop("You have no login yet."))
    people.check_password(user, user.username, new)
    if old == new:
        raise Invalid(gettext_noop("That is the password you have already."))
    keys = (("passwords_person", str(user.pk)), ("passwords_address", address))
    with limits.attempt(*keys, failure=WrongPassword):
        hashing.admitted()
        if not is_password(old[:1_000], user.password):
            raise WrongPassword
    before = user.password
    user.set_password(new)
    # Of two who change it at once the second knew a password that is none any more.
    if not User.objects.filter(pk=user.pk, password=before).update(password=user.password):
        user.password = before
        raise WrongPassword
