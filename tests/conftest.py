"""What every test may use: real services, and what a missing one means."""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest
from django.utils import translation

from chat.models import User
from chat.services.search.chosen import index
from tests.support import services
from tests.support.people import make_person
from tests.support.tally import Tally


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Tally(counts=not hasattr(config, "workerinput")), "tally")


@pytest.fixture(autouse=True)
def first_language() -> None:
    """Each test begins in English: a request's language stays with its thread afterwards."""
    translation.activate("en")


def missing(what: str) -> NoReturn:
    """Skip the test because WHAT is not installed here; under CI that is a failure instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and under CI no test is left out", pytrace=False)
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real Postgres server's URL: the one the whole run uses, or one started for this run."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    try:
        with services.postgres() as url:
            yield url
    except services.ServiceMissing as error:
        missing(str(error))


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty Postgres database of this test's own."""
    with services.postgres_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey's URL: the one the whole run uses, or one started for this run."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    try:
        with services.valkey() as url:
            yield url
    except services.ServiceMissing as error:
        missing(str(error))


@pytest.fixture
def alice() -> User:
    return make_person("alice")


@pytest.fixture
def bob() -> User:
    return make_person("bob")


@pytest.fixture
def fresh_index(db: None) -> Iterator[None]:
    """An empty index: the last test's messages are gone, and so is what was kept of them."""
    index().clear()
    yield
    index().clear()
    index().close()
