"""`manage.py doctor`: what is wrong here, and what helps."""

import argparse
from typing import Any

from django.core.management import BaseCommand
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from chatsite.console import console_language
from chatsite.doctor import place, stores, web
from chatsite.doctor.findings import Check, Finding, Level

MARKS = {Level.GOOD: "  ok", Level.WARN: "   !", Level.BAD: "   ✗"}


class Command(BaseCommand):
    help = "Say what is wrong with this installation, and what helps."
    requires_system_checks = ()  # It names what they would stop at.

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--language", choices=["ko", "en"], help="instead of the terminal's")

    def handle(self, *, language: str | None, **_rest: Any) -> None:
        with translation.override(language or console_language()):
            findings = list(examine())
            for finding in findings:
                self.stdout.write(f"{MARKS[finding.level]}  {finding.said}")
                if finding.help:
                    self.stdout.write(f"      → {finding.help}")
            wrong = sum(finding.level is Level.BAD for finding in findings)
            if wrong:
                self.stdout.write(_("%(count)d things have to be mended.") % {"count": wrong})
                raise SystemExit(1)
            self.stdout.write(_("Nothing has to be mended."))


def examine() -> list[Finding]:
    """The findings of all checks, from the ground up."""
    on_sqlite = connection.vendor == "sqlite"
    checks: list[Check] = [
        lambda: place.settings_(on_sqlite),
        lambda: place.disk(on_sqlite),
        stores.database,
        stores.bus,
        web.address,
        web.plain,
    ]
    found = [finding for check in checks for finding in check()]
    if not stores.trouble():
        found += place.clock()
    return found
