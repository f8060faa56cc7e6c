"""Which index this database has."""

from functools import cache
from pathlib import Path

from django.db import connection

from chat.services.search.index import Index
from chat.services.search.postgres import PostgresIndex
from chat.services.search.sqlite import SqliteIndex


def index() -> Index:
    """The index beside the chat's database."""
    if connection.vendor == "postgresql":
        return PostgresIndex()
    return _beside(str(connection.settings_dict["NAME"]))


@cache
def _beside(database: str) -> SqliteIndex:
    path = Path(database)
    return SqliteIndex(path.with_name(f"{path.stem}.search{path.suffix}"))
