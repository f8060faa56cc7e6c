"""`manage.py restore FILE`: put a backup in the place of everything there is."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from chatsite import backup
from chatsite.console import Progress, console_language, umask


class Command(BaseCommand):
    help = "Put a backup in the place of everything there is. The server may go on running."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", help="the backup; `-` for standard input")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, path: str, yes: bool, **_rest: Any) -> None:
        with (
            umask(0o077),
            translation.override(console_language()),
            tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.DATA_DIR) as folder,
        ):
            try:
                if path == "-":
                    opened = backup.unpack(sys.stdin.buffer, Path(folder))
                else:
                    with Path(path).open("rb") as source:
                        opened = backup.unpack(source, Path(folder))
            except backup.Refused as refused:
                raise CommandError(str(refused)) from refused
            except OSError as error:
                raise CommandError(
                    _("%(path)s can't be read: %(why)s") % {"path": path, "why": error.strerror}
                ) from error
            manifest = opened.manifest
            self.stdout.write(
                _("A backup of %(at)s: %(messages)d messages of %(people)d people.")
                % {
                    "at": manifest.made_at,
                    "messages": manifest.rows["chat.Message"],
                    "people": manifest.rows["chat.User"],
                }
            )
            if not yes and not self._agreed():
                raise CommandError(_("Nothing was changed."))
            try:
                opened.restore(Progress())
            except (DatabaseError, ValueError) as error:
                raise CommandError(
                    _("The database did not take it. Nothing was changed. (%(why)s)")
                    % {"why": str(error).partition("\n")[0]}
                ) from error
            if opened.key_differs():
                self.stdout.write(
                    _("It brought its own secret key: start the server anew, or all must sign in.")
                    if opened.keep_key()
                    else _(
                        "It had another secret key than SECRET_KEY here: guests can't come back as "
                        "who they were, and all others must sign in anew, unless its key stands in "
                        "SECRET_KEY_FALLBACKS. docs/operations.md says how, under Backup."
                    )
                )
            self.stdout.write(_("Restored. Open pages show it within seconds."))

    def _agreed(self) -> bool:
        if not sys.stdin.isatty():
            raise CommandError(_("Nobody can be asked here. Say --yes."))
        question = _("Everything that is there now will be gone. Type yes to go on: ")
        return input(question).strip().lower() in {"yes", "예", "네"}
