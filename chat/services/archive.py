"""The whole installation as rows: read in one snapshot while it runs, put back in one transaction.

Rows go through Django's fields, one JSON array a line, so what SQLite wrote Postgres can read.
Search indexes are no rows of ours: they carry the epoch and are made anew.
"""

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from django.apps import apps
from django.db import OperationalError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from chat.models import Installation, new_epoch

CHUNK = 1_000
ATTEMPTS = 5
"""Restoring waits for what the running server has locked; where both wait, Postgres ends one."""

Model = type[models.Model]


def tables() -> list[Model]:
    """What is kept: every model, and the tables between them. Feeds stand first: whoever posts
    locks them first as well."""
    found = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed]
    return sorted(found, key=lambda model: (model._meta.label != "chat.Feed", model._meta.label))


def applied() -> set[str]:
    """The migrations that the database has gone through, as `app.name`."""
    rows = MigrationRecorder(connection).applied_migrations()
    return {f"{app}.{name}" for app, name in rows}


def known() -> set[str]:
    """The migrations of this version, written the same: the columns that it reads and writes."""
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside is of one moment. Nobody who writes meanwhile is held up.

    Inside a transaction that is the transaction's business.
    """
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "sqlite":
        # Django's own transactions would take the lock of those who write.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def count(model: Model) -> int:
    """How many rows there are."""
    return model._base_manager.count()


def lines(model: Model) -> Iterator[bytes]:
    """A table's rows in the order of their keys, each a line."""
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=CHUNK):
        yield orjson.dumps(row, default=_plain, option=orjson.OPT_APPEND_NEWLINE)


def replace(read: Callable[[Model], Iterable[bytes]], told: Callable[[Model, int], None]) -> str:
    """Put these lines in the place of all rows, at once or not at all; the new epoch.

    `read` gives a table's lines and may be called again for the same table; `told` hears how many
    rows of it are in. Raises ValueError for lines that are none of ours.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _replace(read, told)
        except OperationalError:
            if attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError


def _replace(read: Callable[[Model], Iterable[bytes]], told: Callable[[Model, int], None]) -> str:
    wanted = tables()
    with connection.cursor() as cursor:
        names = [connection.ops.quote_name(model._meta.db_table) for model in wanted]
        if connection.vendor == "sqlite":
            for name in names:
                cursor.execute(f"DELETE FROM {name}")
        else:
            cursor.execute(f"TRUNCATE {', '.join(names)}")
    for model in wanted:
        done = 0
        each = iter(read(model))
        while chunk := [_row(model, line) for line in islice(each, CHUNK)]:
            model._base_manager.bulk_create(chunk)
            done += len(chunk)
            told(model, done)
    epoch = new_epoch()
    Installation.objects.filter(pk=1).update(epoch=epoch)
    if connection.vendor == "postgresql":
        for model in wanted:
            _continue_keys(model)
    return epoch


def _continue_keys(model: Model) -> None:
    """New rows get keys behind those that came. Django's own statement for that fails where 0 is
    the highest: of rooms, the board's."""
    field = getattr(model._meta, "auto_field", None)
    if field is None:
        return
    table, key = (connection.ops.quote_name(n) for n in (model._meta.db_table, field.column))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), greatest(coalesce(max(k), 1), 1),"
            f" coalesce(max(k), 0) > 0) FROM (SELECT max({key}) AS k FROM {table}) AS given",
            [table, field.column],
        )


def _row(model: Model, line: bytes) -> models.Model:
    fields = model._meta.concrete_fields
    values = orjson.loads(line)
    if not isinstance(values, list) or len(values) != len(fields):
        raise ValueError(f"a row of {model._meta.label} has other columns")
    return model(**{f.attname: _value(f, v) for f, v in zip(fields, values, strict=True)})


def _value(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    if isinstance(field, models.DateTimeField):
        return datetime.fromisoformat(value)
    return value


def _plain(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} can't be kept")
