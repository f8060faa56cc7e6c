"""Loaded before Django's settings: gives the tests a data directory of their own.

The settings read the environment when they are imported, which pytest-django does before any
conftest; so this is a plugin named in pyproject.toml. Nothing a developer has in var/ is touched.
"""

import os
import shutil
import tempfile

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Which of the processes this is, where several share the tests."""

if url := os.environ.get("REDIS_URL"):
    # Counts and caches of one process are not another's.
    os.environ["REDIS_URL"] = f"{url.rpartition('/')[0]}/{WORKER * 16}"

_given = "DATA_DIR" in os.environ
_folder = os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="madang-test-"))
_OWN = (
    *("DEBUG", "HOST", "LOG_LEVEL", "PLAIN_INTERFACE", "PORT", "PUBLIC_URL", "RATE_LIMITS"),
    *("SECRET_KEY", "WORKERS"),
)
for name in _OWN:
    os.environ.pop(name, None)  # a developer's own settings are not what is tested


def pytest_unconfigure() -> None:
    """Remove the data directory made above."""
    if not _given:
        shutil.rmtree(_folder, ignore_errors=True)
