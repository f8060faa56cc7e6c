"""How many sockets an address may have: counted as for requests, and in a burst as well."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chat.consumers.handshake import address_of
from chat.consumers.live import ChatConsumer
from chat.protocol import SUBPROTOCOL, Close
from chat.realtime.node import Node
from tests.realtime.sockets import in_thread, running, settings
from tests.support.live import PATIENCE
from tests.support.people import client_of, make_person
from tests.support.server import serve
from tests.wire.plain import ended, plain

MOST = 4
BURST = 24


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (["203.0.113.7", 50_000], "203.0.113.7"),
        (["::ffff:203.0.113.7", 50_000], "203.0.113.7"),
        (["2001:db8:1:2:3:4:5:6", 50_000], "2001:db8:1:2::/64"),
        (["2001:db8:1:2:ffff::1", 50_000], "2001:db8:1:2::/64"),
        (None, "unknown"),
    ],
)
def test_an_address_is_counted_as_by_requests(client, counted):
    assert address_of({"client": client}) == counted


async def test_the_addresses_of_one_household_share_their_sockets():
    with serve(LIMIT_SOCKETS_ADDRESS=2, TRUSTED_PROXIES="127.0.0.1") as narrow:

        def beyond(address: str) -> dict[str, str]:
            return {"X-Forwarded-For": address}

        async with AsyncExitStack() as stack:
            for number in range(2):
                same = plain(narrow, additional_headers=beyond(f"2001:db8:1:2::{number + 1}"))
                await stack.enter_async_context(same)
            same = plain(narrow, additional_headers=beyond("2001:db8:1:2:ffff::1"))
            assert await ended(await stack.enter_async_context(same)) == 4429
            other = plain(narrow, additional_headers=beyond("2001:db8:1:3::1"))
            pong = await (await stack.enter_async_context(other)).ping()
            await asyncio.wait_for(pong, PATIENCE)


@pytest.mark.django_db(transaction=True)
async def test_a_burst_of_handshakes_does_not_pass_the_limit():
    """By a server that lets others come in while it writes that one is accepted."""
    client = await in_thread(lambda: client_of(make_person()))()
    cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    def consumer(node: Node) -> Any:
        made: Any = ChatConsumer()
        headers = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"cookie", cookie)]
        made.scope = {"headers": headers, "subprotocols": [SUBPROTOCOL]}
        made.scope["client"] = ["203.0.113.7", 1]
        made.base_send = send
        made.node = node
        return made

    async with running(settings(rate_limits=True, sockets_address=MOST)) as node:
        consumers = [consumer(node) for _ in range(BURST)]
        await asyncio.gather(*(one.open() for one in consumers))
        assert len(node.roster) == MOST
        closed = [one["code"] for one in sent if one["type"] == "websocket.close"]
        assert closed == [Close.TOO_FAST] * (BURST - MOST)
        for one in consumers:
            one.gone()
        assert len(node.roster) == 0
