"""`manage.py serve`: make everything ready, say where it is, and serve it."""

import argparse
import errno
import fcntl
import ipaddress
import os
import socket
import time
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from django.utils.translation import gettext as _

from chat.services import owner
from chatsite import server, sole
from chatsite.addresses import bracketed, own_addresses
from chatsite.console import console_language, umask
from chatsite.doctor import stores
from chatsite.storage import static_stamp

PATIENCE = 120.0
"""Seconds after which a supervisor may try again instead of us."""


class Command(BaseCommand):
    help = "Migrate, collect the static files where they changed, and serve the chat."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument(
            "--no-migrate",
            action="store_true",
            help="leave the database as it is, and wait until it is as new as we are",
        )

    def handle(self, *, host: str, port: int, no_migrate: bool, **_rest: Any) -> None:
        os.umask(0o077)  # What lies in DATA_DIR is for its owner; the workers inherit this.
        with translation.override(console_language()):
            # Before the port: whoever is told to choose another one would start a second server.
            try:
                self._held = sole.hold(settings.DATABASES["default"])
            except sole.Taken:
                self.stderr.write(already(port))
                raise SystemExit(1) from None
            if trouble := port_trouble(host, port):
                self.stderr.write(trouble)
                raise SystemExit(1)
            if no_migrate:
                self._await_tables()
            else:
                self._migrate()
            self._collect_static()
            for line in self._greeting(host, port):
                self.stdout.write(line)
            self.stdout.flush()
        connections.close_all()
        server.run(host, port, settings.WORKERS)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)

    def _await_tables(self) -> None:
        """Bear the database, or the one who migrates it, coming late."""
        deadline = time.monotonic() + PATIENCE
        said = ""
        while why := stores.trouble() or self._missing():
            if time.monotonic() > deadline:
                self.stderr.write(why)
                raise SystemExit(1)
            if why != said:
                self.stdout.write(_("Waiting for the database: %(why)s") % {"why": why})
                self.stdout.flush()
                said = why
            time.sleep(0.25)

    def _missing(self) -> str:
        """That migrations are missing, or empty."""
        try:
            executor = MigrationExecutor(connections["default"])
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:  # Whoever migrates has a hand on it at this moment.
            return str(error).partition("\n")[0]
        return _("%(count)d migrations are missing.") % {"count": len(plan)} if plan else ""

    def _collect_static(self) -> None:
        """Fill STATIC_ROOT when a source changed since the last time: it takes seconds."""
        stamp_file = settings.STATIC_ROOT / ".stamp"
        stamp = static_stamp()

        def current() -> bool:
            return stamp_file.exists() and stamp_file.read_text(encoding="ascii") == stamp

        if current():  # Where it was filled beforehand the folder may be for reading alone.
            return
        with umask(0o022):
            settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        with (settings.STATIC_ROOT / ".lock").open("w") as lock:
            # Two servers that start together would take each other's files away.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not current():
                with umask(0o022):  # A proxy may serve these, as somebody else.
                    call_command("collectstatic", interactive=False, verbosity=0)
                stamp_file.write_text(stamp, encoding="ascii")

    def _greeting(self, host: str, port: int) -> list[str]:
        url = settings.PUBLIC_URL or f"http://{shown_host(host)}:{port}"
        lines = [_("Madang is at %(url)s") % {"url": url}]
        token = owner.link_token()
        if token is not None:
            lines.append(
                _("Make the owner's account here, once: %(url)s") % {"url": f"{url}/owner/{token}"}
            )
        if not settings.RATE_LIMITS:
            lines.append(_("Warning: RATE_LIMITS is off. Anyone can flood this server."))
        return lines


def shown_host(host: str) -> str:
    """The host for the printed address: for a wildcard the one that faces the local network."""
    try:
        wildcard = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host
    if wildcard:
        host = next(iter(own_addresses()), "127.0.0.1")
    return bracketed(host)


def already(port: int) -> str:
    """That a server runs on this database, and what helps."""
    sentence = _(
        "Madang runs on this data already: %(path)s. Open that one, or stop it first. "
        "Another one needs data of its own: DATA_DIR=other PORT=%(other)d bin/run"
    )
    return sentence % {"path": settings.DATABASES["default"]["NAME"], "other": other_port(port)}


def other_port(port: int) -> int:
    """A port to propose instead of this one."""
    return port + 1 if port < 65535 else 8000


def port_trouble(host: str, port: int) -> str | None:
    """Why nobody can listen there, as a sentence; None when it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = _("Port %(port)d is in use. Choose another one: PORT=%(other)d bin/run")
            return sentence % {"port": port, "other": other_port(port)}
        if error.errno in {errno.EACCES, errno.EPERM}:
            return _("Port %(port)d may not be used by this user.") % {"port": port}
        return _("Nothing can listen at %(host)s:%(port)d here.") % {"host": host, "port": port}
    return None
