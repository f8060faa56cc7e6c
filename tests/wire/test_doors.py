"""Who may open which socket: by name, by origin, by subprotocol, and as the owner says."""

import asyncio
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from chat.protocol import SUBPROTOCOL
from tests.support.live import dial, live
from tests.support.server import serve
from tests.wire.plain import ended, hears, listening, plain
from tests.wire.test_pipelined import UPGRADE, line, until
from tests.wire.test_plain import stored

FOREIGN = "https://elsewhere.example"
SOCKETS = ["/ws/notice_board", "/ws/1234", "/ws/"]


async def status_of(opening: connect) -> int:
    """The HTTP status that a socket is refused with."""
    with pytest.raises(InvalidStatus) as refused:
        async with opening:
            pass
    return refused.value.response.status_code


# --- by name -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:80",
        "127.0.0.1.rebound.example",
        "",
        "localhost@x",
        "[::1",
    ],
)
def test_a_socket_by_a_name_that_is_not_ours_is_refused(path, host, server):
    with line(server) as one:
        one.sendall((UPGRADE % host.encode()).replace(b"/ws/notice_board", path.encode()))
        assert until(one, b"\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("hosts", [0, 2])
def test_one_name_is_said(hosts, server):
    own = f"Host: {server.host}\r\n".encode()
    with line(server) as one:
        one.sendall(UPGRADE.replace(b"Host: %b\r\n", own * hosts))
        assert until(one, b"\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("name", ["localhost", "LocalHost", "127.0.0.1", "localhost."])
def test_our_own_names_are_ours_with_any_port(name, server):
    with line(server) as one:
        one.sendall(UPGRADE % f"{name}:4321".encode())
        assert until(one, b"\r\n").startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("path", ["/get_group", "/api/v1/me", "/", "/create_group"])
def test_a_request_by_a_name_that_is_not_ours_is_refused(path, server):
    method = "POST" if path == "/create_group" else "GET"
    answer = server.call(method, path, headers={"Host": "rebound.example"}, content=b"{}")
    assert answer.status_code == 400


async def test_the_public_name_is_ours_on_sockets_too():
    with serve(PUBLIC_URL="http://chat.example.org") as public:
        for host, status in ((b"chat.example.org", b" 101 "), (b"other.example.org", b" 400 ")):
            with line(public) as one:
                one.sendall(UPGRADE % host)
                assert status in until(one, b"\r\n")


# --- by subprotocol ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "offered", [[], ["madang.v2"], ["MADANG.V1"], ["chat", "superchat"], ["madang"]]
)
async def test_the_live_interface_is_for_those_who_offer_its_subprotocol(offered, server):
    visitor = server.enter()
    opening = dial(server, visitor)
    wanted: Any = connect(
        server.socket("/ws/"),
        origin=Origin(server.url),
        subprotocols=[Subprotocol(one) for one in offered] or None,
        additional_headers=visitor.headers,
        proxy=None,
    )
    with pytest.raises(InvalidStatus) as refused:
        await wanted
    assert refused.value.response.status_code == 400
    assert SUBPROTOCOL in (refused.value.response.body or b"").decode()
    async with opening as live_:
        assert live_.subprotocol == SUBPROTOCOL


async def test_it_may_be_offered_among_others(server):
    visitor = server.enter()
    others = [Subprotocol(name) for name in ("madang.v2", SUBPROTOCOL, "chat")]
    async with connect(
        server.socket("/ws/"),
        origin=Origin(server.url),
        subprotocols=others,
        additional_headers=visitor.headers,
        proxy=None,
    ) as socket:
        assert socket.subprotocol == SUBPROTOCOL
        assert '"hello"' in str(await hears(socket))


async def test_plain_clients_need_none(server):
    async with plain(server, subprotocols=[Subprotocol("chat")]) as socket:
        assert socket.subprotocol is None


async def test_on_daphne_it_is_refused_as_well(on_daphne):
    visitor = on_daphne.enter()
    opening = connect(
        on_daphne.socket("/ws/"),
        origin=Origin(on_daphne.url),
        additional_headers=visitor.headers,
        proxy=None,
    )
    assert await status_of(opening) in {400, 403}
    assert await status_of(dial(on_daphne, visitor, origin=FOREIGN)) == 403


# --- as the owner says -----------------------------------------------------------------------


async def test_any_page_may_use_the_plain_interface_unless_the_owner_says_otherwise(server):
    async with plain(server, origin=Origin(FOREIGN)) as one, plain(server) as two:
        await listening(one, two)
    groups = server.call("GET", "/get_group", headers={"Origin": FOREIGN})
    assert groups.headers["Access-Control-Allow-Origin"] == "*"
    assert groups.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_own_pages_and_scripts_alone():
    with serve(PLAIN_INTERFACE="own") as own:
        ours = Origin(own.url)
        async with plain(own) as script, plain(own, origin=ours) as page:
            await listening(script, page)
        for origin in (FOREIGN, "null", "", f"{own.url}:1", "https://" + own.host):
            assert await status_of(plain(own, origin=Origin(origin))) == 403, origin
        code = own.call("POST", "/create_group", json={"title": "이름"}).json()["code"]
        async with plain(own, f"/ws/{code}"):
            pass
        assert await status_of(plain(own, f"/ws/{code}", origin=Origin(FOREIGN))) == 403
        for method, path in (("GET", "/get_group"), ("POST", "/create_group")):
            for origin, status in (("", 200), (own.url, 200), (FOREIGN, 403), ("null", 403)):
                said: dict[str, str] = {"Origin": origin} if origin else {}
                # As a page's form would: without asking before.
                said["Content-Type"] = "text/plain"
                answer = own.call(method, path, headers=said, content=b'{"title": 77}')
                assert answer.status_code == status, (path, origin)
                assert "Access-Control-Allow-Origin" not in answer.headers
                assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        asking = own.call("OPTIONS", "/create_group", headers={"Origin": FOREIGN})
        assert "Access-Control-Allow-Origin" not in asking.headers


async def test_closed_for_all():
    with serve(PLAIN_INTERFACE="off") as off:
        for path in ("/ws/notice_board", "/ws/1234"):
            async with plain(off, path) as socket:
                assert await ended(socket) == 4404
        for method, path in (("GET", "/get_group"), ("POST", "/create_group")):
            answer = off.call(method, path, json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        alice = off.enter()
        async with live(off, alice) as page:
            await page.subscribe("board")
            await page.post("board", "the page goes on")


async def test_a_board_that_is_not_for_visitors_is_heard_from_the_first_word_on():
    with serve() as server:
        server.execute("UPDATE chat_installation SET board_readable = ?", False)
        async with plain(server) as silent, plain(server) as talker, plain(server) as other:
            await other.send("one")
            while not stored(server, "one"):  # noqa: ASYNC110 - as others see it
                await asyncio.sleep(0.01)
            await talker.send("two")
            assert await hears(other) == "two"
            await silent.send("three")
            assert await hears(other) == await hears(talker) == "three"
            await talker.send("four")
            assert await hears(silent) == "four", "nothing of what was said before"
        # Rooms are another matter: their code is what opens them.
        code = server.call("POST", "/create_group", json={}).json()["code"]
        async with plain(server, f"/ws/{code}") as one, plain(server, f"/ws/{code}") as two:
            await listening(one, two)


async def test_the_owner_switches_it_while_people_listen(bused):
    """In the admin of a process that may be another one: told at once over the bus."""
    switch = "from chat import acts; from chat.realtime import bridge; "
    async with plain(bused) as silent, plain(bused) as talker, plain(bused) as witness:
        await witness.send("witness")
        await listening(silent, witness, talker)
        try:
            bused.shell(switch + "acts.open_board(False); bridge.stop()")
            # Whoever comes now looks anew, for all who are silent here.
            async with plain(bused):
                await talker.send("not for visitors")
                while await hears(witness) != "not for visitors":
                    pass
        finally:
            bused.shell(switch + "acts.open_board(True); bridge.stop()")
        async with plain(bused):
            await talker.send("for all")
            heard = [await hears(silent)]
            while heard[-1] != "for all":
                heard.append(await hears(silent))
            assert "not for visitors" not in heard
