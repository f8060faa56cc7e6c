"""The machine and the settings: disk, clock, keys, limits."""

import os
import resource
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import Feed
from chatsite.doctor.findings import Finding, bad, good, warn

LITTLE, TOO_LITTLE = 0.10, 0.05
"""Free shares of the disk: take care, and not ready any more."""
FILES = 4_096
REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs"})
AHEAD = timedelta(seconds=30)


def settings_(on_sqlite: bool) -> Iterator[Finding]:
    """Switches that have no place in public."""
    fine = True
    if settings.DEBUG:
        fine = False
        yield bad(
            "settings", _("DEBUG is on: whoever brings about an error sees our settings."),
            _("Remove DEBUG from the environment."),
        )  # fmt: skip
    if not settings.RATE_LIMITS:
        fine = False
        yield warn(
            "settings", _("RATE_LIMITS is off. Anyone can flood this server."),
            _("Remove RATE_LIMITS from the environment."),
        )  # fmt: skip
    key = settings.DATA_DIR / "secret_key"
    if key.exists() and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        fine = False
        yield bad(
            "settings", _("Others on this machine can read the secret key."),
            _("Run: chmod 600 %(path)s") % {"path": key},
        )  # fmt: skip
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        fine = False
        yield warn(
            "settings", _("Only %(count)d files and sockets may be open here.") % {"count": hard},
            _("Raise the limit: ulimit -Hn, LimitNOFILE of systemd, or ulimits in compose."),
        )  # fmt: skip
    if settings.WORKERS > 1 and (on_sqlite or not settings.REDIS_URL):
        fine = False
        yield bad(
            "settings",
            _("Several workers do not share this database and bus."),
            _("Set DATABASE_URL and REDIS_URL, or WORKERS=1."),
        )  # fmt: skip
    if fine:
        yield good("settings", _("The settings are fit for the public."))


def disk(on_sqlite: bool) -> Iterator[Finding]:
    """Room, and whether we may write."""
    folder = settings.DATA_DIR
    usage = shutil.disk_usage(folder)
    free = usage.free / usage.total
    said = _("%(free).1f GB are free for %(path)s (%(share).0f%%).") % {
        "free": usage.free / 1e9, "path": folder, "share": free * 100,
    }  # fmt: skip
    helps = _("Make room there, or move DATA_DIR to a larger disk.")
    if free < TOO_LITTLE:
        yield bad("disk", said, helps)
    elif free < LITTLE:
        yield warn("disk", said, helps)
    else:
        yield good("disk", said)
    probe = folder / f".doctor.{os.getpid()}"
    try:
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError:
        yield bad(
            "disk", _("We may not write to %(path)s.") % {"path": folder},
            _("Give the folder to the user that runs Madang: chown, or DATA_DIR."),
        )  # fmt: skip
    if on_sqlite and (kind := filesystem(folder)) in REMOTE:
        yield bad(
            "disk", _("%(path)s lies on a network drive (%(kind)s). SQLite breaks there.")
            % {"path": folder, "kind": kind},
            _("Move DATA_DIR to a disk of this machine, or use Postgres."),
        )  # fmt: skip


def filesystem(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The kind of filesystem under a folder, as the kernel calls it; empty when unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        _device, point, found, *_rest = line.split(" ")
        point = point.replace("\\040", " ")
        inside = folder == Path(point) or Path(point) in folder.parents
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind


def clock() -> Iterator[Finding]:
    """Whether what was said last lies in our future; nothing where the tables can't be read."""
    try:
        latest = Feed.objects.aggregate(latest=Max("at"))["latest"]
    except DatabaseError:
        return
    ahead = latest - timezone.now() if latest else timedelta()
    if ahead > AHEAD:
        yield bad(
            "clock", _("The last message is of a time that this clock has not reached."),
            _("Set the clock right and keep it so: timedatectl set-ntp true"),
        )  # fmt: skip
    else:
        yield good("clock", _("It is %(now)s (UTC).") % {"now": f"{timezone.now():%F %T}"})
