"""One line of what was said: the server and the page cut the same, from one table."""

import json
from pathlib import Path

import pytest

from chat.services.formatting import formatted
from chat.text import plain_of, quote

LINES = json.loads((Path(__file__).parent / "js" / "lines.json").read_text())
"""What the page's `text.js` is held to as well. The last rows are what older versions stored."""
OLDER = 3


@pytest.mark.static
@pytest.mark.parametrize("row", LINES, ids=[ascii(row["text"][:20]) for row in LINES])
def test_a_message_is_one_line_without_formatting(row: dict[str, str]) -> None:
    assert plain_of(row["text"], row["html"]) == row["plain"]
    assert quote(row["text"], row["html"]) == row["quote"]
    assert row["quote"]


@pytest.mark.static
@pytest.mark.parametrize("row", LINES[:-OLDER])
def test_the_table_holds_what_formatting_makes_today(row: dict[str, str]) -> None:
    assert formatted(row["text"]).html == row["html"]
