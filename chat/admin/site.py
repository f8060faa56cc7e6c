"""The admin as a whole: its names, its sign-in with limits, and what all its pages share."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from chat import visit
from chat.errors import ChatError
from chat.hashing import hashes

if TYPE_CHECKING:  # These take their type argument from the stubs alone.
    AnyAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin = admin.ModelAdmin
    AnyPaginator = Paginator

COUNTED = 10_000
"""More rows than this aren't counted: a table of messages has millions."""


class LimitedAuthenticationForm(AdminAuthenticationForm):
    """Admin's sign-in with the same limits as every other."""

    def clean(self) -> dict[str, Any]:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username is not None and password:
            assert self.request is not None
            try:
                user = visit.check_login(self.request, username, password)
            except ChatError as error:
                raise ValidationError(visit.detail(error)) from None
            self.confirm_login_allowed(user)
            self.user_cache = user
        return self.cleaned_data


class BoundedPaginator(AnyPaginator):
    """Counts to a bound and no further."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: COUNTED + 1].count())


class Kept(AnyAdmin):
    """What every page here has in common: rows are kept for ever, and counts are bounded."""

    show_full_result_count = False
    list_per_page = 50
    paginator = BoundedPaginator

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Named for what it lists: Django's Korean glues a particle to a number there."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


def bounded_count(rows: QuerySet[Any]) -> str:
    """How many rows there are, in words that end at the bound."""
    found = rows[: COUNTED + 1].count()
    return f"{COUNTED:,}+" if found > COUNTED else f"{found:,}"


hashes(admin.AdminSite.login)
hashes(admin.AdminSite.password_change)
admin.site.disable_action("delete_selected")
admin.site.site_header = _("Madang administration")
admin.site.site_title = _("Madang")
admin.site.index_title = _("Run the yard")
admin.site.site_url = "/rooms"
admin.site.login_form = LimitedAuthenticationForm
