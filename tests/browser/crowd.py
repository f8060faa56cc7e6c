"""Very many messages, and very many a second: rows in bulk, and a socket that never waits."""

import itertools
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.browser.person import Person
from tests.browser.site import Site

# One statement, so that a million rows take seconds. The first message's numbers follow the head.
FILL = """
INSERT INTO chat_message (room_id, seq, change, author_id, author_name, author_kind, nonce,
                          digest, text, html, at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
SELECT :room, :head + i, :head + i, :author, :name, 'guest', 'fill-' || :room || '-' || i,
       zeroblob(16), i || '번째 이야기 ' || substr(:filler, 1, (i * 7) % 60), '',
       strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || ((:count - i) / 10) || ' seconds')
FROM n
"""


def fill(site: Site, room: str, author: Person, count: int) -> None:
    """Puts so many messages of one author into a room that nobody has open yet."""
    me = author.api("GET", "me")
    with closing(sqlite3.connect(site.folder / "madang.sqlite3", timeout=60)) as lite, lite:
        lite.execute("PRAGMA wal_autocheckpoint=0")
        (head,) = lite.execute("SELECT head FROM chat_feed WHERE room_id = ?", [room]).fetchone()
        values = {"count": count, "room": int(room), "head": head, "author": int(me["id"])}
        filler = "오래전에 누가 여기서 한 말이 아직도 그대로 남아 있네요 그렇죠 " * 2
        lite.execute(FILL, {**values, "name": me["name"], "filler": filler})
        lite.execute("UPDATE chat_feed SET head = head + ? WHERE room_id = ?", [count, room])


_NONCES = itertools.count(1)


def storm(person: Person, room: str, *, rate: int, seconds: float) -> int:
    """Posts so many a second for so long; returns how many, once all are acked."""
    count = int(rate * seconds)
    with socket_of(person) as socket:
        began = time.monotonic()
        for number in range(count):
            ahead = began + number / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            text = f"폭풍 {number} " + "말 " * (number % 13)
            post = {"type": "post", "room": room, "nonce": f"b{next(_NONCES)}", "text": text}
            socket.send(json.dumps(post))
        acks = 0
        while acks < count:
            acks += sum(event["type"] == "ack" for event in json.loads(socket.recv(30)))
    return count


@contextmanager
def socket_of(person: Person) -> Iterator[ClientConnection]:
    """A live socket of this person beside their window, which has said hello."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in person.context.cookies())
    with _socket(person.url, cookies) as socket:
        yield socket


@contextmanager
def guest_socket(url: str, name: str, code: str) -> Iterator[ClientConnection]:
    """A live socket of somebody without a window, who entered the room with this code."""
    with httpx.Client(base_url=url) as client:
        answer = client.post("/api/v1/guests", json={"nickname": name})
        cookie = f"sessionid={answer.cookies['sessionid']}"
        assert client.post("/api/v1/rooms/join", json={"code": code}).is_success
    with _socket(url, cookie) as socket:
        yield socket


@contextmanager
def _socket(url: str, cookies: str) -> Iterator[ClientConnection]:
    with connect(
        url.replace("http", "ws") + "/ws/",
        origin=Origin(url),
        subprotocols=[Subprotocol("madang.v1")],
        additional_headers={"Cookie": cookies},
        compression=None,
        proxy=None,
        max_size=None,
    ) as socket:
        assert json.loads(socket.recv(10))[0]["type"] == "hello"
        yield socket
