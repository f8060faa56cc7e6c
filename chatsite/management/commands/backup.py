"""`manage.py backup`: one file with everything, while people go on talking."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from chatsite import backup
from chatsite.console import Progress, console_language, umask


class Command(BaseCommand):
    help = "Write everything into one file, while people go on talking."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "path", nargs="?", help="where to; `-` for standard output; default: DATA_DIR/backups"
        )
        parser.add_argument(
            "--keep", type=int, metavar="N", help="of the default folder keep the newest N only"
        )

    def handle(self, *, path: str | None, keep: int | None, **_rest: Any) -> None:
        with umask(0o077), translation.override(console_language()):
            if path == "-":
                backup.write(sys.stdout.buffer, Progress())
                return
            folder = settings.DATA_DIR / "backups"
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            target = Path(path) if path else folder / f"madang-{stamp}.tar.gz"
            if target.exists():
                raise CommandError(_("%(path)s is there already.") % {"path": target})
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = target.with_name(f".{target.name}.part")
            try:
                # It holds the secret key.
                with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as output:
                    manifest = backup.write(output, Progress())
                    output.flush()
                    os.fsync(output.fileno())
                fresh.rename(target)
            except OSError as error:
                raise CommandError(
                    _("The backup could not be written: %(why)s") % {"why": error.strerror}
                ) from error
            finally:
                fresh.unlink(missing_ok=True)
            self.stdout.write(
                _("%(messages)d messages of %(people)d people are in %(path)s (%(size).1f MB).")
                % {
                    "messages": manifest.rows["chat.Message"],
                    "people": manifest.rows["chat.User"],
                    "path": target,
                    "size": target.stat().st_size / 1e6,
                }
            )
            if keep and not path:
                for old in sorted(folder.glob("madang-*.tar.gz"))[:-keep]:
                    old.unlink()
