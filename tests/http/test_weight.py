"""What a room's page weighs: its script and style, as they are sent."""

import posixpath
import re

import pytest
from django.conf import settings

from tests.support.people import client_of, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files")]

BUDGET = 60_000
"""Bytes that are there before one can talk, as Brotli sends them over https."""
IN_ALL = 80_000
"""With what is loaded once a menu, the emoji or the search is opened."""

PART = re.compile(
    r'<(?:link rel="(?:stylesheet|modulepreload)" href|script type="module" src)="([^"]+)'
)
LATER = re.compile(r'data-style="([^"]+)"')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\(\s*|\bimport\s*)["'](\.[^"']+)["']""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


def imports(path: str) -> list[str]:
    """What a collected script asks for, now or later, as paths below STATIC_ROOT."""
    source = COMMENT.sub("", (settings.STATIC_ROOT / path).read_text(encoding="utf-8"))
    folder = posixpath.dirname(path)
    return [posixpath.normpath(posixpath.join(folder, url)) for url in IMPORT.findall(source)]


def weights(paths: set[str]) -> dict[str, int]:
    return {path: (settings.STATIC_ROOT / f"{path}.br").stat().st_size for path in paths}


def test_script_and_style_of_a_room_stay_within_the_budget() -> None:
    page = client_of(make_person("alice")).get("/rooms/board").content.decode()
    at_once = {url.removeprefix(settings.STATIC_URL) for url in PART.findall(page)}
    assert any("/main." in path for path in at_once)
    assert any("/tokens." in path for path in at_once)
    everything = at_once | {url.removeprefix(settings.STATIC_URL) for url in LATER.findall(page)}
    waiting = list(everything)
    while waiting:
        path = waiting.pop()
        for wanted in imports(path) if path.endswith(".js") else []:
            assert HASHED.search(wanted), f"{path} asks for {wanted}, and gets a second copy"
            if wanted not in everything:
                everything.add(wanted)
                waiting.append(wanted)
    first, whole = weights(at_once), weights(everything)
    heaviest = sorted(whole.items(), key=lambda item: -item[1])
    assert sum(first.values()) <= BUDGET, heaviest
    assert sum(whole.values()) <= IN_ALL, heaviest
