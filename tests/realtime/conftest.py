"""A started node, and two people."""

from collections.abc import AsyncIterator

import pytest

from chat.realtime.node import Node
from tests.realtime.sockets import running, settings


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(settings()) as started:
        yield started
