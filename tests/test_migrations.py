"""A migration leaves a database with which the version before can go on working.

While an upgrade runs, workers of both versions talk to one database; and whoever has to go back
finds it usable. So columns and tables are first no longer used, and removed a release later.
"""

from collections.abc import Sequence

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

UNRELEASED = frozenset(
    {
        "0001_first",
        "0002_pins_and_mutes",
        "0003_search",
        "0004_mentions",
        "0005_owner_salt",
    }
)
"""Nobody runs a version in between these. At the first release this set is closed."""

REMOVING = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
)


def faults(operations: Sequence[Operation], removed_since: str) -> list[str]:
    """What in these operations the version before could not bear."""
    found = []
    for operation in operations:
        if isinstance(operation, REMOVING) and not removed_since:
            found.append(f"{operation.describe()}: first stop using it, remove it a release later")
        if isinstance(operation, migrations.AddField):
            field = operation.field
            if (
                not field.null
                and field.db_default is models.NOT_PROVIDED
                and not field.many_to_many
            ):
                found.append(f"{operation.describe()}: needs null or db_default")
        if isinstance(operation, (migrations.RunPython, migrations.RunSQL)):
            found += [] if operation.elidable or operation.reversible else [operation.describe()]
    return found


@pytest.mark.static
def test_the_version_before_can_work_with_every_migration():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {name: m for (app, name), m in loader.disk_migrations.items() if app == "chat"}
    for name, migration in ours.items():
        if name not in UNRELEASED:
            # `removed_since = "0.3"` names the release whose code no longer uses what goes.
            assert faults(migration.operations, getattr(migration, "removed_since", "")) == [], name


@pytest.mark.static
def test_what_the_version_before_can_not_bear_is_noticed():
    bad = [
        migrations.RemoveField("room", "title"),
        migrations.RenameField("room", "title", "name"),
        migrations.AddField("room", "topic", models.CharField(max_length=9)),
    ]
    assert len(faults(bad, "")) == 3
    assert len(faults(bad, "0.3")) == 1
    fine = [
        migrations.AddField("room", "topic", models.CharField(max_length=9, null=True)),
        migrations.AddField("room", "size", models.IntegerField(db_default=0)),
    ]
    assert faults(fine, "") == []
