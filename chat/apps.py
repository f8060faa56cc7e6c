"""The app's configuration: the rows that every installation has, made after migrating."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import register
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from chat import failpoints
from chat.checks import faults_are_private, workers_share


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Chat")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(workers_share)
        register(faults_are_private)
        failpoints.arm(settings.FAILPOINTS)
        post_migrate.connect(make_fixed_rows, sender=self)


def make_fixed_rows(*, using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Make the board, its feed and the installation's row where they are missing."""
    room, feed = apps.get_model("chat.Room"), apps.get_model("chat.Feed")
    board, _made = room.objects.using(using).get_or_create(
        pk=0, defaults={"title": "", "listed": False}
    )
    feed.objects.using(using).get_or_create(room=board)
    apps.get_model("chat.Installation").objects.using(using).get_or_create(pk=1)
