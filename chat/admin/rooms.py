"""Rooms in the admin: find, make, rename, close, list, give new codes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat import acts, visit
from chat.admin.site import Kept, bounded_count
from chat.errors import ChatError
from chat.models import Message, Room, User
from chat.services import rooms, titles

SHOWN_MEMBERS = 100

if TYPE_CHECKING:
    RoomModelForm = forms.ModelForm[Room]
else:
    RoomModelForm = forms.ModelForm


class RoomAdminForm(RoomModelForm):
    """Asks the services' rules before anything is saved."""

    class Meta:
        model = Room
        fields = ("title", "listed", "closed", "history", "code_expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_board:
            self.fields["title"].help_text = _(
                "Empty: each reader sees the board’s own name in their language."
            )

    def clean_title(self) -> str:
        try:
            return titles.clean_title(self.cleaned_data["title"], self.instance.pk)
        except ChatError as error:
            raise ValidationError(visit.detail(error)) from None


@admin.register(Room)
class RoomAdmin(Kept):
    form = RoomAdminForm
    list_display = (
        "shown",
        "code",
        "listed",
        "closed",
        "members",
        "message_count",
        "last_activity",
    )
    list_filter = ("listed", "closed", "history")
    search_fields = ("title", "code")
    ordering = ("-feed__at", "-pk")
    list_select_related = ("feed",)
    actions = ("close", "reopen", "rotate_code", "list_openly", "unlist")
    readonly_fields = ("code", "created_by", "created_at", "member_names", "message_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        rows: QuerySet[Room] = super().get_queryset(request)
        return rows.annotate(people=Count("memberships", distinct=True))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("title", "listed", "history")
        shown = ("created_by", "created_at", "member_names", "message_link")
        if obj.is_board:
            return ("title", *shown)
        return ("title", "code", "code_expires_at", "listed", "closed", "history", *shown)

    @admin.display(description=_("title"), ordering="title")
    def shown(self, room: Room) -> str:
        return room.shown_title

    @admin.display(description=_("members"), ordering="people")
    def members(self, room: Any) -> int:
        return int(room.people)

    @admin.display(description=_("messages"))
    def message_count(self, room: Room) -> str:
        return bounded_count(Message.objects.filter(room=room, deleted_at__isnull=True))

    @admin.display(description=_("last activity"), ordering="feed__at")
    def last_activity(self, room: Room) -> Any:
        return room.feed.at

    @admin.display(description=_("members"))
    def member_names(self, room: Room) -> str:
        names = User.objects.filter(memberships__room=room).order_by("-memberships__joined_at")
        shown = list(names.values_list("nickname", flat=True)[: SHOWN_MEMBERS + 1])
        more = "…" if len(shown) > SHOWN_MEMBERS else ""
        return ", ".join(shown[:SHOWN_MEMBERS]) + more

    @admin.display(description=_("messages"))
    def message_link(self, room: Room) -> str:
        address = reverse("admin:chat_message_changelist")
        return format_html(
            '<a href="{}?room__id__exact={}">{}</a>', address, room.pk, self.message_count(room)
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand what was typed to the services; the object itself is never saved."""
        typed = form.cleaned_data
        if not change:
            assert isinstance(request.user, User)
            made = acts.create_room(request.user, typed["title"], listed=typed["listed"])
            acts.change_room(made.pk, rooms.Settings(history=typed["history"]))
            obj.pk = made.pk
        else:
            changed = {name: typed[name] for name in form.changed_data if name in typed}
            if "code_expires_at" in changed:
                rooms.set_code_expiry(obj.pk, changed.pop("code_expires_at"))
            if changed:
                acts.change_room(obj.pk, rooms.Settings(**changed))
        obj.refresh_from_db()

    @admin.action(description=_("Close (can be read, not written)"), permissions=["change"])
    def close(self, request: HttpRequest, chosen: QuerySet[Room]) -> None:
        self._each(request, chosen, lambda pk: acts.change_room(pk, rooms.Settings(closed=True)))

    @admin.action(description=_("Reopen"), permissions=["change"])
    def reopen(self, request: HttpRequest, chosen: QuerySet[Room]) -> None:
        self._each(request, chosen, lambda pk: acts.change_room(pk, rooms.Settings(closed=False)))

    @admin.action(description=_("Give a new code"), permissions=["change"])
    def rotate_code(self, request: HttpRequest, chosen: QuerySet[Room]) -> None:
        self._each(request, chosen, lambda pk: bool(acts.rotate_code(pk)))

    @admin.action(description=_("List: anyone may join by a click"), permissions=["change"])
    def list_openly(self, request: HttpRequest, chosen: QuerySet[Room]) -> None:
        self._each(request, chosen, lambda pk: acts.change_room(pk, rooms.Settings(listed=True)))

    @admin.action(description=_("Take off the list (gets a new code)"), permissions=["change"])
    def unlist(self, request: HttpRequest, chosen: QuerySet[Room]) -> None:
        self._each(request, chosen, lambda pk: acts.change_room(pk, rooms.Settings(listed=False)))

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Room], act: Callable[[int], bool]
    ) -> None:
        """Do it to each room, and say and record to how many something happened."""
        changed: list[Room] = []
        for room in chosen:
            try:
                if act(room.pk):
                    changed.append(room)
            except ChatError as error:
                self.message_user(request, f"{room}: {visit.detail(error)}", messages.ERROR)
        record(request, changed)
        said = ngettext("%(count)d room changed.", "%(count)d rooms changed.", len(changed))
        self.message_user(request, said % {"count": len(changed)}, messages.SUCCESS)


def record(request: HttpRequest, changed: list[Any]) -> None:
    """Write into the log which action changed these rows, and by whose hand."""
    if changed and isinstance(request.user, User):
        LogEntry.objects.log_actions(
            request.user.pk, changed, CHANGE, request.POST.get("action", "")
        )
