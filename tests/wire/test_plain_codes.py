"""What a plain client's code is good for after it came in, and how many may come."""

import asyncio
import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

from tests.support.server import Server, serve
from tests.wire.plain import ended, hears, listening, plain

_numbers = itertools.count(9_000)


def make_number(server: Server) -> int:
    """The code of a fresh numbered room."""
    number = next(_numbers)
    assert server.call("POST", "/create_group", json={"title": number}).json() is True
    return number


async def test_a_new_code_sends_away_who_only_listened(plain_server):
    number = make_number(plain_server)
    ((key,),) = plain_server.rows("SELECT id FROM chat_room WHERE code = ?", str(number))
    path = f"/ws/{number}"
    async with (
        plain(plain_server, path) as one,
        plain(plain_server, path) as two,
        plain(plain_server, path) as silent,
    ):
        await listening(silent, one)
        await listening(silent, two)
        rotate = f"from chat import acts; print(acts.rotate_code({key}))"
        code = (await asyncio.to_thread(plain_server.shell, rotate)).split()[-1]
        assert await ended(silent) == 4404
        # Who spoke is a member; for everyone else the old code leads nowhere.
        await one.send("among us")
        while await hears(two) != "among us":
            pass
        async with plain(plain_server, path) as late:
            assert await ended(late) == 4404
        async with plain(plain_server, f"/ws/{code}") as invited:
            await listening(one, two, invited)


async def test_a_first_word_by_a_lost_code_makes_nobody_a_member(plain_server):
    """The server was not told of the new code, nor did it look again by itself yet."""
    number = make_number(plain_server)
    async with plain(plain_server, f"/ws/{number}") as silent:
        plain_server.execute(
            "UPDATE chat_room SET code = ? WHERE code = ?", f"X{number}", str(number)
        )
        make_again = plain_server.call("POST", "/create_group", json={"title": number})
        assert make_again.json() is True  # Another room has that code now.
        people = plain_server.rows("SELECT count(*) FROM chat_user")
        await silent.send("let me in")
        assert await ended(silent) == 4404
    assert plain_server.rows("SELECT count(*) FROM chat_user") == people
    said = "SELECT count(*) FROM chat_message WHERE text = ?"
    assert plain_server.rows(said, "let me in") == [(0,)]


async def test_a_burst_of_handshakes_does_not_pass_the_limit():
    with serve(LIMIT_SOCKETS_ADDRESS=4) as narrow:
        path = f"/ws/{make_number(narrow)}"
        async with AsyncExitStack() as stack:
            opening = [stack.enter_async_context(plain(narrow, path)) for _ in range(24)]
            ends = {asyncio.create_task(ended(one)): one for one in await asyncio.gather(*opening)}
            codes = [await end for end in itertools.islice(asyncio.as_completed(ends), 20)]
            assert codes == [4429] * 20
            left = [socket for end, socket in ends.items() if not end.done()]
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            assert len(left) == 4
            await listening(*left)


async def test_of_many_wrong_codes_at_once_no_more_are_looked_up_than_the_limit_says():
    with serve(LIMIT_WRONG_CODES_ADDRESS=20) as narrow:

        async def guess(number: int) -> int | None:
            async with plain(narrow, f"/ws/wrong{number}") as socket:
                return await ended(socket)

        codes = Counter(await asyncio.gather(*(guess(number) for number in range(60))))
        assert codes == {4404: 20, 4429: 40}
        # The right one is refused as well, and told apart from nothing.
        async with plain(narrow, f"/ws/{make_number(narrow)}") as socket:
            assert await ended(socket) == 4429


async def test_right_codes_are_given_back():
    with serve(LIMIT_WRONG_CODES_ADDRESS=5) as narrow:
        path = f"/ws/{make_number(narrow)}"
        for _ in range(12):
            async with plain(narrow, path) as one, plain(narrow, path) as two:
                await listening(one, two)


def test_of_many_wrong_codes_over_http_at_once_no_more_are_looked_up_than_the_limit_says():
    with serve(LIMIT_WRONG_CODES=1_000, LIMIT_WRONG_CODES_ADDRESS=20) as narrow:
        guests = [narrow.enter() for _ in range(4)]

        def guess(number: int) -> int:
            visitor, code = guests[number % 4], {"code": f"wrong{number}"}
            return narrow.call("POST", "/api/v1/rooms/join", visitor, json=code).status_code

        with ThreadPoolExecutor(12) as pool:
            assert Counter(pool.map(guess, range(60))) == {404: 20, 429: 40}
