"""People who search so much that the others would feel it."""

import asyncio
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from chaos.run import Fault, quantile
from chaos.stage import Plan, Stage
from tests.support.server import ROOT, Server, Visitor

MESSAGES = 2_200
LONG = "가나다 나다라 다라마 " * 166
"""Nearly as long as a message may be."""
SECONDS = 8.0
CALM = 0.06
"""Seconds for an ack that nobody feels, where a calm server's double is less than that."""


async def searched(stage: Stage) -> None:
    """Two people search a room of long messages, eight times at once each."""
    server = stage.servers[0]
    people = [await stage.off_loop(server.enter) for _ in range(2)]
    room = await stage.off_loop(server.make_room, people[0], people[1])
    stage.members[room["id"]] = {person.id for person in people}
    await stage.off_loop(fill, server, people, room["id"])
    filled = stage.now()
    await asyncio.sleep(SECONDS / 2)  # So that there is a calm to compare with.
    calm = quantile(acks(stage, filled), 0.99)
    began = stage.now()
    searching = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chaos.searcher", server.host, person.cookie, str(SECONDS)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        for person in people
    ]
    pages: list[float] = []
    while stage.now() - began < SECONDS - 1:
        pages.append(await stage.off_loop(page_time, server, people[0]))
        await asyncio.sleep(0.2)
    told: Counter[str] = Counter()
    for one in searching:
        output, _nothing = await one.communicate()
        told += Counter(json.loads(output))
    took = acks(stage, began)
    p99, page = quantile(took, 0.99), quantile(pages, 0.5)
    stage.figures["while they search"] = (
        f"ack p50 {quantile(took, 0.5) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, calm"
        f" {calm * 1000:.0f} ms; board page {page * 1000:.0f} ms; {dict(sorted(told.items()))}"
    )
    if p99 > max(2 * calm, CALM):
        stage.findings.append(f"P9 searches: ack p99 {p99 * 1000:.0f} ms, calm {calm * 1000:.0f}")
    if page > 1.0:
        stage.findings.append(f"P9 searches: the board's page took {page:.1f} s")
    if not told["200"] or not told["more"]:
        stage.findings.append(f"P9 nobody could search: {told}")


def acks(stage: Stage, since: float) -> list[float]:
    """Seconds that acks took since then."""
    return [a.took for c in stage.clients for a in c.acked.values() if a.at - a.took >= since]


def fill(server: Server, people: list[Visitor], room: str) -> None:
    """Say what is searched."""

    def say(number: int) -> None:
        body = {"text": LONG, "nonce": f"long-{number}"}
        path = f"/api/v1/rooms/{room}/messages"
        answer = server.http.post(path, json=body, headers=people[number % 2].headers)
        assert answer.status_code == 201, answer.text

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(MESSAGES)))


def page_time(server: Server, visitor: Visitor) -> float:
    """Seconds until the board's page is there."""
    began = time.monotonic()
    answer = server.call("GET", "/rooms/board", visitor)
    assert answer.status_code == 200, answer.status_code
    return time.monotonic() - began


SEARCHING: list[Fault] = [
    Fault(
        "C34",
        "two people search eight times at once, with limits on",
        searched,
        Plan(
            store="sqlite",
            workers=1,
            rate=20.0,
            settings={
                **{"RATE_LIMITS": "on", "LIMIT_POSTS_PER_SECOND": 1000},
                **{"LIMIT_POSTS_PER_MINUTE": 60_000, "LIMIT_SEARCHES": 100_000},
                "LIMIT_GUESTS_PER_MINUTE": 1000,
            },
        ),
    ),
]
