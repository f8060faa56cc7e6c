"""A backup: one compressed tar with a manifest, every table's rows, the secret key and uploads.

The manifest stands first and holds a checksum of everything else, so that a damaged or strange
file is noticed before anything is touched.
"""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson
from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext as _

from chat.services import archive, history

FORMAT = 1
MANIFEST = "manifest.json"
KEY = "secret_key"
UPLOADS = "uploads"
Progress = Callable[[str, int, int], None]
"""Called with what is done, how much of it, and out of how much."""


class Refused(Exception):
    """The file can't be restored here. Says why, in the reader's language, and what helps."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str
    epoch: str
    database: str
    migrations: list[str]
    rows: dict[str, int]
    files: dict[str, str]
    """Name in the tar → SHA-256."""
    format: int = FORMAT
    product: str = "madang"


def write(target: IO[bytes], progress: Progress) -> Manifest:
    """Write a backup of the running installation; people go on talking."""
    # Beside the data: a container's /tmp is small.
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.DATA_DIR) as name:
        folder = Path(name)
        rows, files = {}, {}
        with archive.snapshot():
            epoch = history.epoch()
            # Of a newer database than this version it holds what this version knows.
            migrations = sorted(archive.applied() & archive.known())
            for model in archive.tables():
                label, total = model._meta.label, archive.count(model)
                path = folder / f"{label}.jsonl"
                with path.open("wb") as output:
                    done = 0
                    for line in archive.lines(model):
                        output.write(line)
                        done += 1
                        if done % 10_000 == 0:
                            progress(label, done, total)
                rows[label] = done
                progress(label, done, total)
                files[f"tables/{path.name}"] = path
        key = folder / KEY
        key.touch(mode=0o600)
        key.write_text(settings.SECRET_KEY, encoding="utf-8")
        files[KEY] = key
        for path in uploads():
            files[f"{UPLOADS}/{path.relative_to(settings.DATA_DIR / UPLOADS)}"] = path
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            epoch=epoch,
            database=connection.vendor,
            migrations=migrations,
            rows=rows,
            files={name: _digest(path) for name, path in files.items()},
        )
        with (
            gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            content = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
            member = tarfile.TarInfo(MANIFEST)
            member.size, member.mode = len(content), 0o600
            tar.addfile(member, io.BytesIO(content))
            for member_name, path in files.items():
                tar.add(path, member_name, recursive=False)
        return manifest


def uploads() -> list[Path]:
    """The files that people gave us."""
    folder = settings.DATA_DIR / UPLOADS
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


class Opened:
    """A backup that was unpacked beside the data, and whose every checksum is right."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self._folder = folder

    def lines(self, model: type[models.Model]) -> Iterator[bytes]:
        """A table's rows."""
        with (self._folder / "tables" / f"{model._meta.label}.jsonl").open("rb") as rows:
            yield from rows

    def restore(self, progress: Progress) -> str:
        """Put everything in the place of what there is; the new epoch. Database errors propagate:
        then nothing has changed."""
        rows = self.manifest.rows
        epoch = archive.replace(
            self.lines,
            lambda model, done: progress(model._meta.label, done, rows[model._meta.label]),
        )
        given = self._folder / UPLOADS
        if given.is_dir():
            shutil.copytree(given, settings.DATA_DIR / UPLOADS, dirs_exist_ok=True)
        return epoch

    def key_differs(self) -> bool:
        """Whether sessions of the backup were signed with a key that we don't take."""
        key = (self._folder / KEY).read_text(encoding="utf-8")
        return key not in {settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS}

    def keep_key(self) -> bool:
        """Take over the backup's key where ours is a file of the data folder; whether it is."""
        path = settings.DATA_DIR / KEY
        if os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE") or not path.exists():
            return False
        fresh = path.with_name(".secret_key.restored")
        shutil.copyfile(self._folder / KEY, fresh)
        fresh.chmod(0o600)
        fresh.rename(path)
        return True


def unpack(source: IO[bytes], folder: Path) -> Opened:
    """Unpack a backup into an empty folder and check all of it. Raises Refused."""
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            first = tar.next()
            if first is None or first.name != MANIFEST:
                raise Refused(_("This is no backup of Madang."))
            content = tar.extractfile(first)
            assert content is not None
            manifest = _manifest(content.read())
            _fits(manifest)
            _extract(tar, folder, manifest)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Refused(_("The file is damaged or cut off. Nothing was changed.")) from error
    for name, digest in manifest.files.items():
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            raise Refused(_("The file is damaged or cut off. Nothing was changed."))
    return Opened(folder, manifest)


def _manifest(content: bytes) -> Manifest:
    try:
        known: dict[str, Any] = orjson.loads(content)
        if known["product"] != "madang":
            raise Refused(_("This is no backup of Madang."))
        if known["format"] > FORMAT:
            raise Refused(_("A newer Madang made this backup. Upgrade this one first."))
        return Manifest(**known)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(_("This is no backup of Madang.")) from error


def _fits(manifest: Manifest) -> None:
    ours, theirs, applied = archive.known(), set(manifest.migrations), archive.applied()
    if theirs - ours:
        raise Refused(_("A newer Madang made this backup. Upgrade this one first."))
    if ours - theirs:
        raise Refused(
            _(
                "An older Madang made this backup. Restore it with that version, "
                "then upgrade: the upgrade brings the rows along."
            )
        )
    if applied - ours:
        raise Refused(
            _(
                "A newer Madang has changed this database. Restore into an empty one: "
                "docs/operations.md says how, under Backup."
            )
        )
    if ours - applied:
        raise Refused(
            _(
                "This database is older than this Madang. Run first: manage.py migrate "
                "(in the compose file: docker compose up migrate)"
            )
        )


def _extract(tar: tarfile.TarFile, folder: Path, manifest: Manifest) -> None:
    for member in tar:
        if member.name == MANIFEST:
            continue  # Read before.
        path = PurePosixPath(member.name)
        # Only what the manifest names, as plain files, inside the folder.
        if member.name not in manifest.files or not member.isfile() or ".." in path.parts:
            raise Refused(_("This is no backup of Madang."))
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        assert content is not None
        with target.open("wb") as output:
            shutil.copyfileobj(content, output)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
