"""Messages in the admin: find them, and delete for everyone."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat import acts
from chat.admin.rooms import record
from chat.admin.site import Kept
from chat.models import Message, User
from chat.text import quote


class AuthorKind(admin.ChoicesFieldListFilter):
    """What kind of person wrote; the column has no name for people."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.title = str(_("kind"))


@admin.register(Message)
class MessageAdmin(Kept):
    list_display = ("at", "place", "name", "kind", "start", "state")
    list_display_links = ("at", "start")
    list_filter = (
        ("author_kind", AuthorKind),
        ("deleted_at", admin.EmptyFieldListFilter),
        "edited_at",
    )
    search_fields = ("text", "author_name", "author__username", "room__title")
    list_select_related = ("room",)
    ordering = ("-pk",)
    sortable_by = ()
    actions = ("delete_for_everyone",)
    fields = readonly_fields = (
        *("place", "number", "person", "name", "text", "at", "edited_at", "deleted_at"),
        "answered",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Who may run this page's action."""
        return request.user.has_perm("chat.change_message")

    @admin.display(description=_("room"))
    def place(self, message: Message) -> str:
        return str(message.room)

    @admin.display(description=_("number"))
    def number(self, message: Message) -> int:
        return message.seq

    @admin.display(description=_("person"))
    def person(self, message: Message) -> str:
        return str(message.author)

    @admin.display(description=_("name at the time"))
    def name(self, message: Message) -> str:
        return message.author_name

    @admin.display(description=_("answers number"))
    def answered(self, message: Message) -> int | str:
        return message.reply_to or "-"

    @admin.display(description=_("kind"))
    def kind(self, message: Message) -> Any:
        return User.Kind(message.author_kind).label

    @admin.display(description=_("text"))
    def start(self, message: Message) -> str:
        return quote(message.text)

    @admin.display(description=_("state"))
    def state(self, message: Message) -> Any:
        if message.deleted_at is not None:
            return _("deleted")
        return _("edited") if message.edited_at is not None else ""

    @admin.action(description=_("Delete for everyone"), permissions=["moderate"])
    def delete_for_everyone(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        standing = list(chosen.filter(deleted_at__isnull=True))
        deleted = acts.delete_messages((message.room_id, message.seq) for message in standing)
        record(request, standing)
        said = ngettext("%(count)d message deleted.", "%(count)d messages deleted.", deleted)
        self.message_user(request, said % {"count": deleted}, messages.SUCCESS)
