"""Postgres on a full disk: posts are refused in words, reads go on, and it recovers by itself."""

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.faults.store import fill
from chaos.stage import small_disk
from tests.conftest import missing
from tests.support.live import Live, dial
from tests.support.server import serve
from tests.support.services import Postgres

pytestmark = pytest.mark.static  # Its own Postgres, so once is enough.

DISK = "160m"
"""Room for a fresh cluster, three segments of its log, and some rows."""


@pytest.fixture
def disk() -> Iterator[Path]:
    """The folder of a file system of its own. Not below pytest's, which Postgres may not enter."""
    if os.geteuid() != 0:
        missing("root, for a disk of its own,")
    with tempfile.TemporaryDirectory(prefix="madang-disk-") as name, small_disk(Path(name), DISK):
        yield Path(name)


def long_text() -> str:
    """So many bytes that cannot be packed that rows of it need new pages soon."""
    return "".join(random.choices([chr(c) for c in range(0xAC00, 0xD7A4)], k=2_000))


async def test_a_full_disk_refuses_posts_in_words_and_recovers_by_itself(disk):
    postgres = Postgres(disk)
    postgres.start()
    try:
        with serve(DATABASE_URL=postgres.url, RATE_LIMITS="off") as server:
            server.excused.append("drafts refused")
            alice, bob = server.enter(), server.enter()
            async with dial(server, alice) as one, dial(server, bob) as other:
                writer, reader = Live(one), Live(other)
                for live in (writer, reader):
                    await live.event("hello")
                    await live.subscribe("board")
                said = [(await writer.post("board", "while there was room"))["seq"]]
                fill(disk / "filler")
                # What fits into pages that are there already is stored all the same.
                for number in range(200):
                    nonce = f"full-{number}"
                    await writer.send("post", room="board", nonce=nonce, text=long_text())
                    answer = await writer.either(nonce)
                    if answer["type"] == "error":
                        break
                    said.append(answer["seq"])
                assert (answer["type"], answer["code"]) == ("error", "storage_full")
                assert answer["retry_after"] > 0
                page = server.call("GET", "/api/v1/rooms/board/messages?limit=200", bob)
                assert [row["seq"] for row in page.json()["messages"]] == said
                (disk / "filler").unlink()
                # The same post again, as a client does: it was not stored before.
                await writer.send("post", room="board", nonce=nonce, text="now it fits")
                said.append((await writer.answer(nonce))["seq"])
                await reader.event("message", text="now it fits")
                assert sorted(reader.view("board").rows) == said
    finally:
        postgres.stop()
