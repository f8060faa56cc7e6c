"""The harness itself: each oracle sees what it is there for, and a line does what it is told."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chaos import oracles
from chaos.client import Answer, Client, Command
from chaos.faults import FAULTS
from chaos.faults.bus import Messy, Splitter
from chaos.proof import PROOFS, proven
from chaos.proxy import Proxy
from chaos.stage import Plan, Stage
from tests.support.live import View
from tests.support.server import Visitor

ROOM = "7"


@pytest.fixture
def stage(tmp_path) -> Stage:
    """Alice said three things in a room, and all is well."""
    plan = Plan(fiddling=0)
    made = Stage(plan, 1, random.Random(1), {}, None, None, tmp_path)
    alice = Client(Visitor("1", "alice", ""), [ROOM], lambda: Proxy(0), random.Random(1))
    for number in (1, 2, 3):
        fields = {"type": "post", "room": ROOM, "nonce": f"c{number}", "text": f"said {number}"}
        alice.posted[f"c{number}"] = fields
        alice.acked[f"c{number}"] = Answer(ROOM, number, number, 0.0, 0.1, 1)
    alice.views[ROOM] = view()
    made.clients = [alice]
    made.members = {ROOM: {"1"}}
    return made


def view() -> View:
    seen = View(next=4, head=3)
    author = {"id": "1", "name": "alice", "kind": "guest"}
    seen.rows = {
        n: {"seq": n, "change": n, "text": f"said {n}", "author": author} for n in (1, 2, 3)
    }
    return seen


def rows() -> list[tuple[Any, ...]]:
    return [(7, n, n, 1, f"c{n}", f"said {n}", None) for n in (1, 2, 3)]


def found(stage: Stage, stored: list[tuple[Any, ...]], heads: dict[str, int]) -> set[str]:
    """The oracles that complain."""
    said = [
        *oracles.acked_are_stored(stage, stored),
        *oracles.stored_once(stage, stored),
        *oracles.numbered(stage, stored, heads),
        *oracles.authors_are_members(stage, stored),
        *oracles.views_are_whole(stage, heads),
        *oracles.live_is_fresh(stage, {ROOM: view()}),
        *oracles.nothing_leaked(stage),
        *oracles.breaches(stage),
    ]
    return {sentence.split()[0] for sentence in said}


def test_nothing_is_said_when_all_is_well(stage):
    assert found(stage, rows(), {ROOM: 3}) == set()


def test_an_acked_message_that_is_lost_is_noticed(stage):
    assert "O1" in found(stage, rows()[:2], {ROOM: 3})


def test_an_acked_message_that_is_another_one_is_noticed(stage):
    stored = rows()
    stored[0] = (*stored[0][:5], "something else", None)
    assert "O1" in found(stage, stored, {ROOM: 3})


def test_what_stayed_without_an_answer_is_noticed(stage):
    fields = {"type": "post", "room": ROOM, "nonce": "c9", "text": "?"}
    stage.clients[0].unanswered["c9"] = Command(fields, 0.0)
    assert found(stage, rows(), {ROOM: 3}) == {"O1"}


def test_a_message_stored_twice_is_noticed(stage):
    assert "O2" in found(stage, [*rows(), (7, 4, 4, 1, "other", "said 1", None)], {ROOM: 4})


def test_a_hole_and_a_number_used_twice_are_noticed(stage):
    assert "O3" in found(stage, [rows()[0], rows()[2]], {ROOM: 3})
    assert "O3" in found(stage, [*rows(), (7, 3, 3, 1, "other", "new", None)], {ROOM: 3})


def test_a_view_that_stands_still_and_one_that_differs_are_noticed(stage):
    assert "O4" in found(stage, rows(), {ROOM: 5})
    stage.clients[0].views[ROOM].rows[2]["text"] = "altered"
    assert found(stage, rows(), {ROOM: 3}) == {"O5"}


def test_a_row_that_a_stranger_has_or_wrote_is_noticed(stage):
    stranger = Client(Visitor("2", "charlie", ""), [], lambda: Proxy(0), random.Random(1))
    stranger.views[ROOM] = view()
    stage.strangers = [stranger]
    assert found(stage, rows(), {ROOM: 3}) == {"O6"}
    stranger.views.clear()
    assert "O6" in found(stage, [*rows(), (7, 4, 4, 2, "x", "hello", None)], {ROOM: 4})


def test_a_proof_wants_the_right_oracle_to_complain():
    proof = PROOFS[0]
    assert proven(proof, ["O5 alice, 7 2: one thing ≠ another"])
    assert not proven(proof, ["O8 recovered after 99 s", "the play broke off"])
    assert {proof.safeguard for proof in PROOFS} == {
        *("gap repair", "nonce check", "head lock", "ack after commit", "search turns"),
        *("bounded pipeline", "purses", "closed doors"),
    }


def test_the_faults_of_each_commit_are_those_that_are_promised():
    short = {name for name, fault in FAULTS.items() if fault.each_commit}
    assert short == {"C1", "C2", "C3", "C5", "C6", "C14", "C17", "C18", "C20"}


def test_redis_replies_are_split_however_they_arrive():
    replies = [
        b"*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$5\r\na\r\nbc\r\n",
        b"+OK\r\n", b":3\r\n", b"$-1\r\n", b"*-1\r\n", b"*2\r\n:1\r\n*1\r\n+x\r\n",
    ]  # fmt: skip
    stream = b"".join(replies)
    chance = random.Random(3)
    for _ in range(50):
        split, got, at = Splitter(), [], 0
        while at < len(stream):
            step = chance.randrange(1, 9)
            got += list(split(stream[at : at + step]))
            at += step
        assert got == replies


def test_a_messy_bus_leaves_alone_what_is_no_message():
    mess = Messy(1)
    change = mess.change()
    message = b"*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n$90\r\n" + b"body" + b"x" * 86 + b"\r\n"
    for _ in range(200):
        assert list(change(b"+PONG\r\n")) == [b"+PONG\r\n"]
        for piece in change(message):
            assert len(piece) == len(message)
    assert all(mess.counts.values())


@pytest.fixture
async def line() -> AsyncIterator[tuple[Proxy, Callable[[], Any]]]:
    """A proxy before an echo, and how to reach it."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1_024):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    await proxy.start()
    writers: list[asyncio.StreamWriter] = []

    async def reach() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writers.append(writer)
        return reader, writer

    yield proxy, reach
    for writer in writers:
        writer.close()
    await proxy.stop()
    server.close()


async def test_a_line_passes_stalls_slows_and_is_cut(line):
    proxy, reach = line
    loop = asyncio.get_running_loop()
    reader, writer = await reach()
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    assert proxy.far_ports()
    proxy.stalled = True
    writer.write(b"later")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(5), 0.2)
    proxy.stalled = False
    assert await reader.readexactly(5) == b"later"
    proxy.delay = 0.1
    began = loop.time()
    writer.write(b"slow")
    assert await reader.readexactly(4) == b"slow"
    assert loop.time() - began >= 0.2
    proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    proxy.refusing = True
    reader, _writer = await reach()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
