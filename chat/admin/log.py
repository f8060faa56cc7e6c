"""Who did what in the admin: to be read only."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from chat.admin.site import Kept


@admin.register(LogEntry)
class LogEntryAdmin(Kept):
    list_display = ("action_time", "user", "content_type", "object_repr", "change_message")
    list_filter = ("action_flag",)
    search_fields = ("object_repr", "change_message", "user__nickname")
    list_select_related = ("user", "content_type")
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
