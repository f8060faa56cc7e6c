"""The installation's own settings that an owner may change while it runs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chat import acts
from chat.admin.site import Kept
from chat.models import Installation


@admin.register(Installation)
class InstallationAdmin(Kept):
    """One row, so its list leads to it."""

    fieldsets = (
        (
            None,
            {
                "fields": ("board_readable",),
                "description": _(
                    "On: visitors see the latest messages at the entrance, and plain clients hear "
                    "the board before they say something. Off: only those who entered or spoke "
                    "read and hear it."
                ),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:chat_installation_change", args=[1]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service, which tells the sockets; the row holds more than this."""
        acts.open_board(form.cleaned_data["board_readable"])
