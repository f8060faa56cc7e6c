"""Prints as JSON what the database holds after a run; run by the product's Python.

For each room: how many rows, how many numbers, first and last. For SQLite: the settings that
make an ack durable, read back from a connection made as the server's are.
"""

import json
import sys
from pathlib import Path
from typing import Any

import django
from django.db import connection
from django.db.models import Count, Max, Min

django.setup()

from chat.models import Feed, Installation, Message  # noqa: E402

SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


def main() -> None:
    """Print the ledger."""
    epoch = Installation.objects.values_list("epoch", flat=True).get(pk=1)
    json.dump({"rooms": rooms(), "storage": storage(), "epoch": epoch}, sys.stdout)


def rooms() -> dict[str, dict[str, object]]:
    """By room key: the head, and what the rows say."""
    found = Message.objects.values("room").annotate(
        rows=Count("pk"),
        numbers=Count("change", distinct=True),
        nonces=Count("nonce", distinct=True),
        first=Min("change"),
        last=Max("change"),
    )
    heads = dict(Feed.objects.values_list("pk", "head"))
    return {
        str(row["room"]): {
            "head": heads[row["room"]],
            **{name: count for name, count in row.items() if name != "room"},
        }
        for row in found
    }


def storage() -> dict[str, Any]:
    """The kind of database and how it commits."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return {
                "vendor": "sqlite",
                "synchronous": SYNCHRONOUS[_first(cursor, "PRAGMA synchronous")],
                "journal_mode": _first(cursor, "PRAGMA journal_mode"),
                "version": _first(cursor, "SELECT sqlite_version()"),
                "path": Path(str(connection.settings_dict["NAME"])).name,
            }
        return {
            "vendor": connection.vendor,
            "synchronous": _first(cursor, "SHOW synchronous_commit"),
            "fsync": _first(cursor, "SHOW fsync"),
            "version": _first(cursor, "SHOW server_version"),
        }


def _first(cursor: Any, query: str) -> Any:
    cursor.execute(query)
    return cursor.fetchone()[0]


if __name__ == "__main__":
    main()
