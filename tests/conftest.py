"""What every test may use: a database on disk, and what a missing service means."""

import os
from pathlib import Path
from typing import NoReturn

import pytest
from django.conf import settings


def missing(what: str) -> NoReturn:
    """Skip the test because WHAT is not installed here; under CI that is a failure instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and under CI no test is left out", pytrace=False)
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Test SQLite as it is served: a file, since the writer has a connection of its own."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(Path(os.environ["DATA_DIR"]) / "test.sqlite3")
