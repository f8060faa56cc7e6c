"""The domain's rows: people, rooms, their feeds, and what was said.

A room's numbers live in `Feed`, a row of its own that only `services.feed` writes, so saving
a `Room` elsewhere can never touch them. Authors and rooms are PROTECTed: nothing deletes
messages behind the feed's back.
"""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

BOARD_PK = 0
"""The board's primary key. Sequences start at 1, so it is never handed out."""


class UserManager(BaseUserManager["User"]):
    """Makes accounts; guests are made by `services.people`."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **{"nickname": username[:20], **fields})
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. A guest has a nickname and no login; an account is the same row with one added.

    `name_key` is the nickname's skeleton while this person holds the name, None once someone
    else took it over after 30 days unseen.
    """

    class Kind(models.TextChoices):
        GUEST = "guest", _("guest")
        MEMBER = "member", _("member")
        STAFF = "staff", _("staff")
        BOT = "bot", _("bot")

    username = models.CharField(_("user name"), max_length=150, unique=True, null=True, blank=True)
    nickname = models.CharField(_("nickname"), max_length=160)
    name_key = models.CharField(max_length=320, unique=True, null=True, blank=True, editable=False)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_bot = models.BooleanField(_("bot"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now, db_index=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.nickname

    def get_full_name(self) -> str:
        return self.nickname

    def get_short_name(self) -> str:
        return self.nickname

    @property
    def kind(self) -> str:
        """How others see this person: guest, member, staff or bot."""
        return kind_of(self.is_bot, self.is_staff, self.username)


def kind_of(is_bot: bool, is_staff: bool, username: str | None) -> str:
    """The `User.Kind` value that follows from these columns."""
    if is_bot:
        return User.Kind.BOT.value
    if is_staff:
        return User.Kind.STAFF.value
    return User.Kind.MEMBER.value if username else User.Kind.GUEST.value


class Room(models.Model):
    """A place to talk. The board is the row with key `BOARD_PK`; every other room has a code.

    `title` is empty for a board that nobody renamed; `shown_title` is what readers see.
    `change` numbers the room's own latest state in its feed (0: never changed).
    """

    class History(models.TextChoices):
        ALL = "all", _("everything")
        JOINED = "joined", _("from when they joined")

    title = models.CharField(_("title"), max_length=480, blank=True)
    code = models.CharField(_("code"), max_length=32, unique=True, null=True, blank=True)
    code_expires_at = models.DateTimeField(_("code expires"), null=True, blank=True)
    listed = models.BooleanField(_("listed"), default=False, db_index=True)
    closed = models.BooleanField(_("closed"), default=False)
    history = models.CharField(
        _("newcomers see"), max_length=10, choices=History.choices, default=History.ALL
    )
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="rooms_made",
        verbose_name=_("made by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    change = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = (
            models.CheckConstraint(
                name="room_has_code_unless_board",
                condition=models.Q(pk=BOARD_PK) | models.Q(code__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.shown_title

    @property
    def shown_title(self) -> str:
        """The title, or the board's own name in the active language."""
        return shown_title(self.pk, self.title)

    @property
    def is_board(self) -> bool:
        return self.pk == BOARD_PK

    @property
    def public_id(self) -> str:
        """The id that clients know: `board`, or the key as a string."""
        return room_public_id(self.pk)


def shown_title(pk: int, title: str) -> str:
    """A room's title, or the board's own name in the active language."""
    return title or (gettext("The yard") if pk == BOARD_PK else "")


def room_public_id(pk: int) -> str:
    """The id that clients know for the room with this key."""
    return "board" if pk == BOARD_PK else str(pk)


def room_key(public_id: str) -> int | None:
    """The key behind a client's room id; None when it can't be one."""
    if public_id == "board":
        return BOARD_PK
    if public_id.isascii() and public_id.isdigit() and len(public_id) <= 18:
        return int(public_id) or None
    return None


class Feed(models.Model):
    """A room's numbers: `head` counts its changes, what lies at or below `floor` was removed.

    Locked while a change takes its number; written by `services.feed` alone.
    """

    room = models.OneToOneField(Room, models.PROTECT, primary_key=True, related_name="feed")
    head = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        constraints = (
            models.CheckConstraint(
                name="feed_floor_below_head",
                condition=models.Q(floor__gte=0, floor__lte=models.F("head")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.room_id}@{self.head}"


class Membership(models.Model):
    """That a person is in a room, from which `seq` on they see it, how far they read, and whether
    they keep it on top of their list or hear nothing of it.

    Being on the board needs no membership; there a row holds the rest.
    """

    room = models.ForeignKey(Room, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    visible_from = models.BigIntegerField(default=0, editable=False)
    read = models.BigIntegerField(default=0, editable=False)
    pinned = models.BooleanField(default=False, db_default=False, editable=False)
    muted = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (
            models.UniqueConstraint(fields=("room", "user"), name="membership_once"),
            models.CheckConstraint(
                name="membership_numbers_not_negative",
                condition=models.Q(visible_from__gte=0, read__gte=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"


class Message(models.Model):
    """The current state of one thing said. `seq` is its place for ever, `change` its latest number.

    A deleted message keeps its row, numbers and nonce, without text.
    """

    room = models.ForeignKey(Room, models.PROTECT, related_name="messages")
    seq = models.BigIntegerField()
    change = models.BigIntegerField()
    author = models.ForeignKey(User, models.PROTECT, related_name="messages")
    author_name = models.CharField(max_length=160)
    author_kind = models.CharField(max_length=10, choices=User.Kind.choices)
    nonce = models.CharField(max_length=64)
    digest = models.BinaryField(max_length=16)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True, default="")
    at = models.DateTimeField(_("said"))
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    reply_to = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = (
            models.UniqueConstraint(fields=("room", "seq"), name="message_seq_once"),
            models.UniqueConstraint(fields=("room", "change"), name="message_change_once"),
            models.UniqueConstraint(fields=("author", "nonce"), name="message_nonce_once"),
            models.CheckConstraint(
                name="message_numbers_in_order",
                condition=models.Q(seq__gte=1, change__gte=models.F("seq")),
            ),
            models.CheckConstraint(
                name="message_deleted_has_no_text",
                condition=models.Q(deleted_at__isnull=True) | models.Q(text="", html=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.room_id}#{self.seq}"


class Reaction(models.Model):
    """One person's one emoji on one message."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="reactions")
    user = models.ForeignKey(User, models.PROTECT, related_name="reactions")
    emoji = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints = (
            models.UniqueConstraint(fields=("message", "user", "emoji"), name="reaction_once"),
        )

    def __str__(self) -> str:
        return self.emoji


class Mention(models.Model):
    """That a message names a person, as found when it was written."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="mentions")
    user = models.ForeignKey(User, models.PROTECT, related_name="mentions")

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = (models.UniqueConstraint(fields=("message", "user"), name="mention_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.message_id}"


def new_epoch() -> str:
    """A random name for this database's history (16 hex digits)."""
    return secrets.token_hex(8)


class Installation(models.Model):
    """This installation's one row: the history's name, and the owner's one-time link.

    From `owner_salt` and the secret key follows the link's token; empty before the first start
    and once there is an owner.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = models.CharField(max_length=32, default=new_epoch)
    owner_salt = models.CharField(max_length=64, blank=True, default="")
    board_readable = models.BooleanField(_("board can be read without a nickname"), default=True)

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installation")
        constraints = (models.CheckConstraint(name="installation_once", condition=models.Q(id=1)),)

    def __str__(self) -> str:
        return self.epoch
