"""Translation catalogues as the tests read them: the marked sources, and what a .po holds."""

import ast
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("chat", "chatsite", "templates")
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d+\])?\s+"')


@dataclass
class Entry:
    """One sentence: its source forms, one or two, and its translations, one a plural form."""

    sources: list[str] = field(default_factory=list)
    translations: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        return self.sources[0]


def extracted(folder: Path) -> dict[str, Entry]:
    """Every sentence that the sources mark, by Django's own makemessages, run in `folder`."""
    for name in SOURCES:
        skip = shutil.ignore_patterns("__pycache__", "locale", "static", "migrations")
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    (folder / "locale").mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "ko"],
        cwd=folder,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "", "PYTHONPATH": ""},
        check=True,
        capture_output=True,
    )
    return read(folder / "locale/ko/LC_MESSAGES/django.po")


def read(path: Path) -> dict[str, Entry]:
    """The entries of a .po by their source; its head and what is commented out are left away.
    Raises AssertionError when a source stands there twice.
    """
    entries: dict[str, Entry] = {}
    for block in re.split(r"\n(?=(?:#[^\n]*\n)*msgid )", path.read_text(encoding="utf-8")):
        entry = _entry(block)
        if entry is None:
            continue
        assert entry.key not in entries, f"{entry.key!r} is there twice"
        entries[entry.key] = entry
    return entries


def _entry(block: str) -> Entry | None:
    entry, current = Entry(), None
    for line in block.splitlines():
        if line.startswith("#,") and "fuzzy" in line:
            entry.fuzzy = True
        if line.startswith("#"):
            continue
        if found := FIELD.match(line):
            current = entry.translations if found.group(1) == "msgstr" else entry.sources
            current.append("")
        if current is not None:
            current[-1] += ast.literal_eval(line[line.index('"') :])
    return entry if entry.sources and entry.key else None
