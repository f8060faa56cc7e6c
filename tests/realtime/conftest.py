"""A started node, and two people."""

from collections.abc import AsyncIterator

import pytest

from chat.models import User
from chat.realtime.node import Node
from tests.realtime.sockets import running, settings
from tests.support.people import make_person


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(settings()) as started:
        yield started


@pytest.fixture
def alice() -> User:
    return make_person("alice")


@pytest.fixture
def bob() -> User:
    return make_person("bob")
