"""How much one may be answered with: sockets and HTTP take from one purse, and it fills again."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.live import live
from tests.support.server import Server, serve

TEXT = "🌊" * 1_900
MOST = 2 * 1024 * 1024
"""Bytes a minute a person may be answered with here."""


@pytest.fixture(scope="module")
def narrow() -> Iterator[Server]:
    """A server where people get little, and each may say who their proxy is."""
    settings = {"LIMIT_ANSWERS": MOST, "LIMIT_ANSWERS_ADDRESS": 3 * MOST}
    posts = {"LIMIT_POSTS_PER_SECOND": 1_000, "LIMIT_POSTS_PER_MINUTE": 60_000}
    with serve(TRUSTED_PROXIES="127.0.0.1", **settings, **posts) as running:
        yield running


def beyond(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def filled(server: Server) -> None:
    """Long messages on the board: what the last page has room for, and more."""
    async with live(server, server.enter()) as talker:
        await asyncio.gather(*(talker.post("board", f"{n} {TEXT}") for n in range(60)))


async def test_asking_for_a_page_again_and_again_is_refused_until_later(narrow):
    await filled(narrow)
    alice, bob = narrow.enter(), narrow.enter()
    async with live(narrow, alice) as greedy, live(narrow, bob) as calm:
        for _ in range(20):
            await greedy.send("subscribe", room="board")
        error = await greedy.event("error", room="board")
        assert error["code"] == "rate_limited"
        assert 1 <= error["retry_after"] <= 60
        await greedy.fence()
        taken = len(greedy.claim("subscribed"))
        assert 2 <= taken <= MOST // 400_000 + 1
        # What is said live goes on, and one may speak.
        await calm.subscribe("board")
        await greedy.post("board", "still here")
        assert await calm.event("message", text="still here")
        # It is one purse with HTTP, for this person alone.
        history = "/api/v1/rooms/board/messages?limit=200"
        for path in (history, "/api/v1/me", "/api/v1/rooms"):
            refused = narrow.call("GET", path, alice)
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "rate_limited"
            assert int(refused.headers["Retry-After"]) >= 1
        page = narrow.call("GET", "/rooms/board", alice)
        assert page.status_code == 429
        assert "text/html" in page.headers["Content-Type"]
        assert narrow.call("GET", history, bob).status_code == 200
        greedy.breaches.clear()  # It asked anew before it was answered, and knows no order.


async def test_an_address_has_a_purse_too_for_whatever_it_gets():
    settings = {"LIMIT_ANSWERS_ADDRESS": 400_000, "TRUSTED_PROXIES": "127.0.0.1"}
    with serve(**settings) as narrow:
        greedy, other = beyond("2001:db8:1:2::1"), beyond("2001:db8:1:3::1")
        script = narrow.call("GET", "/login").text.partition('src="')[2].partition('"')[0]
        assert script.startswith("/static/")
        answers = [narrow.call("GET", script, headers=greedy) for _ in range(400)]
        codes = [answer.status_code for answer in answers]
        assert codes[0] == 200
        assert codes[-1] == 429
        assert answers[-1].json()["error"]["code"] == "rate_limited"
        same_household = beyond("2001:db8:1:2:ffff::1")
        for path in ("/login", "/get_group", "/api/v1/me"):
            assert narrow.call("GET", path, headers=same_household).status_code == 429
        assert narrow.call("GET", "/healthz", headers=greedy).status_code == 200
        for path in ("/login", "/get_group", script):
            assert narrow.call("GET", path, headers=other).status_code == 200


async def test_without_limits_on_rates_nothing_is_counted():
    with serve(RATE_LIMITS="off", LIMIT_ANSWERS=1, LIMIT_ANSWERS_ADDRESS=1) as server:
        alice = server.enter()
        for _ in range(3):
            assert server.call("GET", "/api/v1/rooms/board/messages", alice).status_code == 200
        async with live(server, alice) as page:
            for _ in range(3):
                await page.subscribe("board")
