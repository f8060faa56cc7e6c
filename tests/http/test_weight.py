"""What a room's page weighs: its script and style, as they are sent."""

import re

import pytest
from django.conf import settings

from tests.support.people import client_of, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files")]

BUDGET = {".br": 62_000, ".gz": 70_000}
"""Bytes of script and style in all: as Brotli sends them over https, and as gzip does where a
browser has no Brotli, as over plain http in one's own network.
"""

PART = re.compile(
    r'(?:<link rel="stylesheet" href|<script type="module" src|data-style)="/static/([^"]+)'
)


def test_script_and_style_of_a_room_stay_within_the_budget() -> None:
    page = client_of(make_person("alice")).get("/rooms/board").content.decode()
    parts = PART.findall(page)
    assert [path.rsplit("/", 1)[1].split(".")[0] for path in parts] == ["room", "main", "search"]
    for path in parts:
        source = (settings.STATIC_ROOT / path).read_text(encoding="utf-8")
        assert not re.search(r"^@?import\b", source, re.MULTILINE), f"{path} asks for more"
    for packed, budget in BUDGET.items():
        weights = {
            path: (settings.STATIC_ROOT / f"{path}{packed}").stat().st_size for path in parts
        }
        assert sum(weights.values()) <= budget, weights
