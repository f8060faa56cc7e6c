"""People in the admin: find them, shut them out and let them in again, make staff."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat import acts, visit
from chat.admin.rooms import record
from chat.admin.site import Kept
from chat.errors import ChatError
from chat.models import User
from chat.services import people

if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm


class PersonForm(UserModelForm):
    """Tries the nickname before anything is saved."""

    class Meta:
        model = User
        fields = ("nickname", "is_active", "is_staff", "is_superuser", "groups")

    def clean_nickname(self) -> str:
        try:
            return people.check_nickname(self.instance, self.cleaned_data["nickname"])
        except ChatError as error:
            raise ValidationError(visit.detail(error)) from None


@admin.register(User)
class PersonAdmin(Kept):
    form = PersonForm
    list_display = ("nickname", "username", "kind", "is_active", "date_joined", "seen_at")
    list_filter = ("is_active", "is_staff", "is_bot", "seen_at")
    search_fields = ("nickname", "username")
    ordering = ("-pk",)
    filter_horizontal = ("groups",)
    actions = ("deactivate", "reactivate", "make_staff", "end_staff")
    fields = (
        *("nickname", "username", "is_active", "is_staff", "is_superuser", "groups"),
        *("spoken", "date_joined", "seen_at"),
    )
    readonly_fields = ("username", "spoken", "date_joined", "seen_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an owner may touch the staff."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or not obj.is_staff or _is_owner(request))

    def has_staff_permission(self, request: HttpRequest) -> bool:
        """Who may make staff and end it."""
        return _is_owner(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed: tuple[str, ...] = self.readonly_fields
        if not _is_owner(request):
            fixed = (*fixed, "is_staff", "is_superuser", "groups")
        if obj is not None and obj.pk == request.user.pk:
            fixed = (*fixed, "is_active", "is_staff", "is_superuser")  # Nobody locks themself out.
        return fixed

    @admin.display(description=_("kind"))
    def kind(self, person: User) -> Any:
        return User.Kind(person.kind).label

    @admin.display(description=_("language"))
    def spoken(self, person: User) -> Any:
        return dict(settings.LANGUAGES).get(person.language, "")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand what was typed to the services; only the rights are saved here."""
        person = User.objects.get(pk=obj.pk)
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if "is_active" in changed:
            (acts.reactivate if changed["is_active"] else acts.deactivate)(person)
        if "is_staff" in changed or "is_superuser" in changed:
            acts.set_staff(
                person,
                staff=changed.get("is_staff", person.is_staff),
                owner=changed.get("is_superuser", person.is_superuser),
            )
        if "nickname" in changed:
            try:
                acts.rename(person, changed["nickname"])
            except ChatError as error:  # Taken since the form was checked.
                self.message_user(request, visit.detail(error), messages.ERROR)
        obj.refresh_from_db()

    @admin.action(description=_("Deactivate: shut out at once"), permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, acts.deactivate)

    @admin.action(description=_("Let in again"), permissions=["change"])
    def reactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, acts.reactivate)

    @admin.action(description=_("Make staff"), permissions=["staff"])
    def make_staff(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, lambda person: acts.set_staff(person, staff=True))

    @admin.action(description=_("End being staff"), permissions=["staff"])
    def end_staff(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._each(request, chosen, lambda person: acts.set_staff(person, staff=False))

    def _each(
        self, request: HttpRequest, chosen: QuerySet[User], act: Callable[[User], bool]
    ) -> None:
        """Do it to each person but oneself and, for staff, those above; say to how many."""
        people_chosen = chosen.exclude(pk=request.user.pk or 0)
        if not _is_owner(request):
            people_chosen = people_chosen.filter(is_staff=False)
        changed = [person for person in people_chosen if act(person)]
        record(request, changed)
        said = ngettext("%(count)d person changed.", "%(count)d people changed.", len(changed))
        self.message_user(request, said % {"count": len(changed)}, messages.SUCCESS)


def _is_owner(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
