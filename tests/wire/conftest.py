"""The servers that the contract tests share, one of each kind for all of them."""

from collections.abc import Iterator

import pytest

from tests.support.server import Server, daphne, own_redis, serve

BAD_UTF8 = "Invalid UTF-8 sequence received from client."


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The product on uvicorn, without limits on rates."""
    with serve(RATE_LIMITS="off", HEARTBEAT_SECONDS=1, HEAD_CHECK_SECONDS=1) as running:
        running.excused.append(BAD_UTF8)
        yield running


@pytest.fixture(scope="session")
def strict() -> Iterator[Server]:
    """The product with its limits on; only guests may come in as fast as tests need it."""
    with serve(LIMIT_GUESTS_PER_MINUTE=100_000) as running:
        yield running


@pytest.fixture(scope="session")
def bused(valkey_url: str) -> Iterator[Server]:
    """A product that another process can tell something: it has a bus."""
    with serve(RATE_LIMITS="off", REDIS_URL=own_redis(valkey_url)) as running:
        yield running


@pytest.fixture(scope="session")
def on_daphne() -> Iterator[Server]:
    """The product on Daphne, without limits on rates."""
    with daphne(RATE_LIMITS="off") as running:
        yield running


@pytest.fixture(scope="session", params=["uvicorn", "daphne"])
def plain_server(request: pytest.FixtureRequest) -> Server:
    """Both servers, one after the other: the plain interface is the same on both."""
    fixture: Server = request.getfixturevalue(
        "server" if request.param == "uvicorn" else "on_daphne"
    )
    return fixture
