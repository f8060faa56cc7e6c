"""People: guests by nickname, the login they may add, and who may still come in.

A nickname is held through `User.name_key`'s UNIQUE index by whoever was here in the last thirty
days, so two who ask for it at once can't both get it.
"""

import logging
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat import hashing, limits
from chat.errors import Conflict, Invalid, NicknameTaken, Unauthenticated, gettext_noop
from chat.models import BOARD_PK, Feed, Membership, User
from chat.services import names
from chat.services.lookalikes import looks, skeleton

log = logging.getLogger(__name__)

NAME_KEPT = timedelta(days=30)
SEEN_STEP = timedelta(hours=1)
USERNAME_MAX = 150


def make_guest(nickname: str, address: str = "") -> User:
    """A new guest with this nickname, who has read the board up to now.

    Raises Invalid, NicknameTaken with a free suggestion, or RateLimited by `address`.
    """
    name = names.clean_nickname(nickname, settings.CHAT["nickname"])
    if address:
        limits.spend("guests", address)
    return _make(name)


def guest_for_plain(nickname: str | None, language: str = "ko") -> User:
    """A new guest for a plain client: never refused for the name.

    A taken nickname gets a number behind it, one that can't be used or is missing is replaced
    by a given-out one in `language`. The caller has counted this guest.
    """
    wanted = None
    if nickname is not None:
        try:
            wanted = names.clean_nickname(nickname, settings.CHAT["nickname"])
        except Invalid:
            log.info("a plain client's nickname was replaced")
    name = wanted or names.given_name(language)
    while True:
        try:
            return _make(name)
        except NicknameTaken as taken:
            name = taken.suggestion or names.given_name(language)


def rename(user: User, nickname: str) -> bool:
    """Give this person another nickname; False when it is the one they have.

    Raises Invalid or NicknameTaken. What was said before keeps the name of its time.
    """
    if nickname == user.nickname and user.name_key is not None:
        return False  # Whatever the rules are by now: people keep the name they have.
    name = names.clean_nickname(nickname, settings.CHAT["nickname"], may_be_staff=user.is_staff)
    if name == user.nickname and user.name_key is not None:
        return False
    _take_name(user, name)
    return True


def check_nickname(user: User, nickname: str) -> str:
    """The nickname as it would be kept for this person. Raises Invalid or NicknameTaken."""
    if nickname == user.nickname and user.name_key is not None:
        return nickname
    name = names.clean_nickname(nickname, settings.CHAT["nickname"], may_be_staff=user.is_staff)
    if _held(looks(name)).exclude(pk=user.pk).exists():
        raise NicknameTaken(suggestion=_free_name(name))
    return name


def add_login(user: User, username: str, password: str, address: str = "") -> None:
    """Add a user name and a password to this guest, who stays the same person.

    Raises Conflict when they have one or the user name is taken, Invalid when the password is
    too easy, RateLimited by person and `address`. The caller keeps the session alive: its hash
    depends on the password.
    """
    if user.username:
        raise Conflict(gettext_noop("You have a login already."))
    username = clean_username(username)
    if address:
        limits.spend_all(("passwords_person", str(user.pk)), ("passwords_address", address))
    # Before the password is hashed, which costs a third of a second; below the index decides.
    if User.objects.filter(username=username).exists():
        raise Conflict(gettext_noop("That user name is taken."))
    check_password(user, username, password)
    hashing.admitted()
    user.set_password(password)
    try:
        with transaction.atomic():
            user.username = username
            user.save(update_fields=["username", "password"])
    except IntegrityError:
        user.refresh_from_db()
        raise Conflict(gettext_noop("That user name is taken.")) from None


def make_account(username: str, password: str) -> User:
    """A new person with a login, whose nickname begins as the user name. For the owner.

    Raises Conflict or Invalid.
    """
    username = clean_username(username)
    name = names.clean_nickname(username[:20], settings.CHAT["nickname"], may_be_staff=True)
    check_password(User(nickname=name), username, password)
    while True:
        with transaction.atomic():
            try:
                user = _make(name)
            except NicknameTaken as taken:
                name = taken.suggestion or names.given_name("en")
                continue
            add_login(user, username, password)
            return user


def clean_username(username: str) -> str:
    """The user name as it is kept. Raises Invalid."""
    cleaned = User.normalize_username(username).strip()
    if not cleaned or len(cleaned) > USERNAME_MAX or not cleaned.isprintable():
        raise Invalid(gettext_noop("This user name can't be used."))
    if names.unseen(cleaned) or any(sign.isspace() for sign in cleaned):
        raise Invalid(gettext_noop("This user name can't be used."))
    return cleaned


def check_password(user: User, username: str, password: str) -> None:
    """Raise Invalid, in the active language, for a password that is easy to guess."""
    if len(password) > 1_000 or "\0" in password:
        raise Invalid(gettext_noop("This password can't be used."))
    if password.casefold() in {username.casefold(), user.nickname.casefold()}:
        raise Invalid(gettext_noop("The password is the same as your name."))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None


def check_login(username: str, password: str, address: str, device: str = "") -> User:
    """The active person with this login.

    Raises RateLimited after too many failures for this user name from this address, or from this
    address at all (the right password is refused then too), Unauthenticated otherwise. A `device`
    from which this person logged in before counts for itself, so that no stranger who guesses
    locks them out.
    """
    name = login_name(username)
    keys = [("logins_name", f"{name} {address}"), ("logins_address", address)]
    if device:
        keys = [("logins_device", f"{name} {device}")]
    with limits.attempt(*keys, failure=Unauthenticated):
        hashing.admitted()
        # An unknown name costs a hash as well.
        found = authenticate(None, username=username[:USERNAME_MAX], password=password[:1_000])
        if not isinstance(found, User):
            raise Unauthenticated(gettext_noop("The user name or the password is wrong."))
        return found


def login_name(username: str) -> str:
    """A user name as tries are counted by it, however it was typed."""
    return User.normalize_username(username).strip().casefold()[:USERNAME_MAX]


def touch(user: User) -> None:
    """Note that this person is here, at most once an hour.

    Whoever lost the nickname to another while away gets a free one like it.
    """
    now = timezone.now()
    if user.name_key is None:
        name = user.nickname
        while user.name_key is None:
            try:
                _take_name(user, name)
            except NicknameTaken as taken:
                name = taken.suggestion or names.given_name(user.language)
    if now - user.seen_at >= SEEN_STEP:
        if user.name_key is not None:
            mend_key(user)
        user.seen_at = now
        User.objects.filter(pk=user.pk).update(seen_at=now)


def mend_key(user: User) -> None:
    """Bring this person's key up to date with the tables of what looks alike.

    Their name stays theirs, also where someone else by now holds all names that look like it:
    then their key is one that nobody else can have.
    """
    key = skeleton(user.nickname)
    own = f"{key[:300]} {user.pk}"
    if user.name_key in (key, own):
        return
    for one in (key, own):
        try:
            with transaction.atomic():
                User.objects.filter(pk=user.pk).update(name_key=one)
        except IntegrityError:
            continue
        user.name_key = one
        return


def set_language(user: User, language: str) -> None:
    """Remember the language that this person reads. Raises Invalid for one we don't have."""
    if language not in dict(settings.LANGUAGES):
        raise Invalid(gettext_noop("There is no such language here."))
    user.language = language
    user.save(update_fields=["language"])


def set_active(user: User, active: bool) -> bool:
    """Let this person in again, or shut them out; False when nothing changed.

    The caller closes their sockets. Sessions stay in the database but speak for nobody while
    their person is inactive, so a guest who is let in again is still that guest.
    """
    if user.is_active == active:
        return False
    user.is_active = active
    user.save(update_fields=["is_active"])
    return True


def set_staff(user: User, *, staff: bool, owner: bool | None = None) -> bool:
    """Make someone staff, or end it; without being staff nobody is an owner. False: no change."""
    owner = staff and (user.is_superuser if owner is None else owner)
    if (user.is_staff, user.is_superuser) == (staff, owner):
        return False
    user.is_staff, user.is_superuser = staff, owner
    user.save(update_fields=["is_staff", "is_superuser"])
    return True


def _make(name: str) -> User:
    user = User(nickname=name)
    user.set_unusable_password()
    with transaction.atomic():
        _take_name(user, name)
        head = Feed.objects.values_list("head", flat=True).get(pk=BOARD_PK)
        Membership.objects.create(room_id=BOARD_PK, user=user, read=head)
    return user


def _take_name(user: User, name: str) -> None:
    """Save the person under this name, or raise NicknameTaken with a free suggestion."""
    key = skeleton(name)
    before = user.nickname, user.name_key
    # The index holds those who ask at once apart; looks other than the key's are only looked up.
    if (others := looks(name) - {key}) and _held(others).exclude(pk=user.pk).exists():
        raise NicknameTaken(suggestion=_free_name(name))
    try:
        with transaction.atomic():
            long_gone = User.objects.filter(
                name_key=key, seen_at__lt=timezone.now() - NAME_KEPT
            ).exclude(pk=user.pk)
            long_gone.update(name_key=None)
            user.nickname, user.name_key = name, key
            user.save(update_fields=None if user._state.adding else ["nickname", "name_key"])
    except IntegrityError:
        user.nickname, user.name_key = before
        raise NicknameTaken(suggestion=_free_name(name)) from None


def _free_name(name: str) -> str:
    """A name like this one that nobody holds at the moment."""
    base, number = names.without_number(name)
    limit = settings.CHAT["nickname"]
    for first in (number + 1, 100, 1_000, 10_000):
        options = [names.numbered(base, n, limit) for n in range(first, first + 50)]
        looking = {option: looks(option) for option in options}
        keys = set[str]().union(*looking.values())
        held = set(_held(keys).values_list("name_key", flat=True))
        for option, its in looking.items():
            if not its & held and _fits(option, limit):
                return option
    return names.given_name("en")


def _held(keys: Collection[str]) -> QuerySet[User]:
    """Those who hold names with these keys at the moment."""
    return User.objects.filter(name_key__in=keys, seen_at__gte=timezone.now() - NAME_KEPT)


def _fits(name: str, limit: int) -> bool:
    try:
        return names.clean_nickname(name, limit) == name
    except Invalid:
        return False
