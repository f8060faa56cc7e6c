"""Static files under names that carry their content's hash, compressed beforehand."""

import json
from hashlib import blake2b
from pathlib import Path

import django
from django.contrib.staticfiles.finders import get_finders
from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites imports between ES modules too: an import without `;` stays unhashed."""

    support_js_module_import_aggregation = True
    _files, (*_static_imports, _dynamic_import) = (
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns
    )
    _js_module_import_aggregation_patterns = (
        _files,
        (
            *_static_imports,
            # Django's own pattern also takes the `import("…").Type` of comments for an import, and
            # then two modules that name each other's types for a cycle.
            (
                r"""(?P<matched>(?<!typeof )import\(["'](?P<url>[./].*?)["']\)(?!\.(?-i:[A-Z])))""",
                """import("%(url)s")""",
            ),
        ),
    )


def static_stamp() -> str:
    """A digest of every static source's path, size and time: equal while nothing changed."""
    found = []
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            stat = Path(storage.path(name)).stat()
            found.append((name, stat.st_size, stat.st_mtime_ns))
    content = json.dumps([django.get_version(), sorted(found)])
    return blake2b(content.encode(), digest_size=16).hexdigest()
