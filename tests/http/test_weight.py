"""What a room's page weighs: its script and style, as they are sent."""

import json
import posixpath
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from tests.support.people import client_of, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files")]

BUDGET = 60_000
"""Bytes in Brotli, which browsers take over https; gzip, without https, is a sixth more."""

PART = re.compile(
    r'<(?:link rel="(?:stylesheet|modulepreload)" href|script type="module" src)="([^"]+)'
)
LATER = re.compile(r"""import\(\s*["']([./][^"']+)["']\s*\)""")


def test_script_and_style_of_a_room_stay_within_the_budget() -> None:
    page = client_of(make_person("alice")).get("/rooms/board").content.decode()
    paths = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())["paths"]
    source = {hashed: name for name, hashed in paths.items()}
    sent = [source[url.removeprefix(settings.STATIC_URL)] for url in PART.findall(page)]
    assert "chat/js/main.js" in sent
    assert "chat/css/tokens.css" in sent
    for name in sent:  # What is loaded only once it is needed counts as well.
        for later in LATER.findall(Path(str(finders.find(name))).read_text()):
            wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), later))
            if wanted not in sent:
                sent.append(wanted)
    weights = {name: (settings.STATIC_ROOT / f"{paths[name]}.br").stat().st_size for name in sent}
    heaviest = sorted(weights.items(), key=lambda item: -item[1])
    assert sum(weights.values()) <= BUDGET, heaviest
