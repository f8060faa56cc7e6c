"""Static files under names that carry their content's hash, compressed beforehand."""

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import django
from django.contrib.staticfiles.finders import get_finders
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from servestatic.storage import CompressedManifestStaticFilesStorage

from chatsite.packing import SCRIPTS, STYLES, pack_script, pack_style


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Packs each page's script and stylesheet first; no other module is asked for by name."""

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[Any]:
        yield from super().post_process(paths | _packed(paths), **options)


def _packed(paths: dict[str, Any]) -> dict[str, Any]:
    """The pages' scripts and stylesheets whole, each as `collectstatic` knows a file."""

    def read(path: str) -> str:
        storage, name = paths[path]
        with storage.open(name) as file:
            text: str = file.read().decode()
            return text

    memory = InMemoryStorage()
    packed: dict[str, Any] = {}
    for entries, pack in ((SCRIPTS, pack_script), (STYLES, pack_style)):
        for entry in entries:
            if entry in paths:
                memory.save(entry, ContentFile(pack(entry, read).encode()))
                packed[entry] = (memory, entry)
    return packed


def static_stamp() -> str:
    """A digest of every static source's path, size and time: equal while nothing changed."""
    found = []
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            stat = Path(storage.path(name)).stat()
            found.append((name, stat.st_size, stat.st_mtime_ns))
    content = json.dumps([django.get_version(), sorted(found)])
    return blake2b(content.encode(), digest_size=16).hexdigest()
