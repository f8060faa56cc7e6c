"""What `manage.py check` says about this installation's settings, before anything starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _


def workers_share(**_kwargs: Any) -> list[CheckMessage]:
    """Several processes need a database and a bus that they share."""
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    if settings.WORKERS > 1 and not (on_postgres and settings.REDIS_URL):
        return [
            Error(
                _(
                    "Several workers need Postgres (DATABASE_URL) and Redis (REDIS_URL). "
                    "Set both, or WORKERS=1."
                ),
                id="chat.E001",
            )
        ]
    return []


def faults_are_private(**_kwargs: Any) -> list[CheckMessage]:
    """Nobody serves the public with faults on purpose."""
    if settings.FAILPOINTS and settings.PUBLIC_URL:
        return [Error(_("FAILPOINTS is for tests alone. Unset it."), id="chat.E002")]
    return []
