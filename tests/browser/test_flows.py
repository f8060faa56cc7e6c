"""The page through sleep and restarts, among windows and in long rooms: flows by their names."""

import itertools
import json
import random
from collections.abc import Callable
from contextlib import ExitStack

from playwright.sync_api import Locator, Page, expect
from websockets.sync.client import ClientConnection

from tests.browser.conftest import NewPerson
from tests.browser.crowd import guest_socket, socket_of
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_line import OFFLINE
from tests.browser.test_log import FIRST_IN_VIEW, POSITION

_NONCES = itertools.count(1)
SEQS = "() => [...document.querySelectorAll('.log .msg')].map((row) => row.dataset.seq)"


def pair(new_person: NewPerson, name: str, **options: Site) -> tuple[Person, Person, str]:
    """Somebody who reads, somebody who writes, and the room of both."""
    writer = new_person(f"{name}글", **options)
    reader = new_person(f"{name}눈", **options)
    room = writer.make_room(name)
    reader.api("POST", "rooms/join", {"code": room["code"]})
    return reader, writer, room["id"]


def test_every_client_ends_with_the_same_list_after_a_restart(
    new_person: NewPerson, own_site: Callable[..., Site]
) -> None:
    """A8: the server restarts under 200 sockets and three windows; all end with one list."""
    site = own_site(RATE_LIMITS="off")
    reader, writer, room = pair(new_person, "다시", at=site)
    for person in (reader, writer):
        person.allow(*OFFLINE)
        person.go(room)
    other = reader.another_window()
    other.goto(f"{site.url}/rooms/{room}")
    writer.post(room, *[f"전에 {number}" for number in range(30)])
    with ExitStack() as stack:
        lines = [stack.enter_context(socket_of(reader)) for _ in range(200)]
        firsts = [follow(line, room, None) for line in lines]
        writer.post(room, "마지막 말")
        site.stop()
        site.start()
        writer.post(room, *[f"뒤에 {number}" for number in range(5)])
    stored = [message["seq"] for message in writer.api("GET", f"rooms/{room}/messages")["messages"]]
    assert len(stored) == 36
    with ExitStack() as stack:
        lines = [stack.enter_context(socket_of(reader)) for _ in range(200)]
        for line, (seen, cursor) in zip(lines, firsts, strict=True):
            later, _cursor = follow(line, room, cursor)
            assert sorted(seen | later) == stored
    for page in (reader.page, writer.page, other):
        expect(page.locator(".log .text", has_text="뒤에 4")).to_have_count(1)
        assert page.evaluate(SEQS) == [str(seq) for seq in stored]


def test_what_changed_while_asleep_is_there_after_waking(new_person: NewPerson) -> None:
    """A9: 60 messages, 2 edits and a deletion while asleep; then the page equals a fresh one."""
    reader, writer, room = pair(new_person, "단잠")
    old = [message["seq"] for message in writer.post(room, *[f"옛말 {n}" for n in range(20)])]
    reader.go(room)
    reader.sees("옛말 19")
    reader.allow(*OFFLINE)
    reader.context.set_offline(True)
    writer.post(room, *[f"자는 동안 {number}" for number in range(60)])
    with socket_of(writer) as line:
        act(line, "edit", room, old[3], text="고친 옛말 하나")
        act(line, "edit", room, old[15], text="고친 옛말 둘")
        act(line, "delete", room, old[10])
    reader.context.set_offline(False)
    reader.sees("자는 동안 59")
    reader.page.evaluate("document.querySelector('.log').scrollTop = 0")
    reader.sees("고친 옛말 하나")
    reader.sees("고친 옛말 둘")
    expect(reader.message("옛말 10")).to_have_count(0)
    assert len(reader.page.evaluate(SEQS)) == 79


def test_scrolling_up_while_others_talk_moves_nothing(new_person: NewPerson) -> None:
    """A10: up through 500 messages while 20 arrive; what one reads moves less than 2 px."""
    reader, writer, room = pair(new_person, "오름")
    writer.post(room, *[f"{n}번째 " + "이야기 " * (n % 17) for n in range(500)])
    reader.go(room)
    page = reader.page
    arrived = 0
    moved: list[float] = []
    with socket_of(writer) as line:
        while page.get_by_text("여기서부터 이야기가 시작됐어요").count() == 0:
            # In one go, for older rows come with the next frame.
            before, top = page.evaluate(
                f"""() => {{
                    document.querySelector('.log').scrollTop = 350;
                    return [({FIRST_IN_VIEW.strip()})(), ({SEQS})()[0]];
                }}"""
            )
            if arrived < 20:
                act(line, "post", room, None, text=f"끼어드는 말 {arrived}")
                arrived += 1
            page.wait_for_function(
                "(top) => document.querySelector('.log .msg').dataset.seq !== top"
                " || document.querySelector('.log .log-note')?.textContent.includes('시작')",
                arg=top,
            )
            moved.append(abs(page.evaluate(POSITION, before["seq"]) - before["top"]))
    assert arrived == 20
    assert len(moved) >= 20
    assert max(moved) < 2
    expect(page.locator(".pill.down")).to_have_text("새 메시지 20개")


def test_the_new_line_is_frozen_and_leads_back(new_person: NewPerson) -> None:
    """A11: the line stays while messages arrive; a button leads to it when it stands far up."""
    reader, writer, room = pair(new_person, "새줄")
    first = writer.post(room, *[f"읽은 말 {number}" for number in range(5)])
    reader.go(room)
    reader.sees("읽은 말 4")
    expect(reader.page.locator(".room-link .count")).to_have_count(0)
    reader.go("board")
    unread = writer.post(room, *[f"안 읽은 말 {number}" for number in range(90)])
    page = reader.page
    link = page.locator(".room-link", has_text="새줄")
    expect(link.locator(".count")).to_have_text("90")
    link.click()
    reader.sees("안 읽은 말 89")
    up = page.locator(".pill.up")
    expect(up).to_have_text("90개 안 읽음 · 처음으로")
    writer.post(room, "그사이 온 말")
    reader.sees("그사이 온 말")
    up.click()
    line = page.locator(".day.new")
    expect(line).to_be_in_viewport()
    expect(up).to_be_hidden()
    assert line.evaluate("(line) => line.nextElementSibling.dataset.seq") == str(unread[0]["seq"])
    before = page.evaluate(FIRST_IN_VIEW)
    writer.post(room, *[f"자꾸 오는 말 {number}" for number in range(5)])
    expect(page.locator(".pill.down")).to_have_text("새 메시지 5개")
    assert line.evaluate("(line) => line.nextElementSibling.dataset.seq") == str(unread[0]["seq"])
    assert abs(page.evaluate(POSITION, before["seq"]) - before["top"]) < 2
    assert int(before["seq"]) >= first[0]["seq"]


def test_what_comes_while_nobody_looks_waits_unread_at_the_line(new_person: NewPerson) -> None:
    """A11: a hidden tab counts in its title and stops at the line; only the end seen is read."""
    reader, writer, room = pair(new_person, "딴데")
    reader.go(room)
    writer.post(room, "보는 동안")
    reader.sees("보는 동안")
    page = reader.page
    expect(page).to_have_title("딴데 · 마당")
    page.evaluate(LOOK, "hidden")
    posted = writer.post(room, *[f"안 보는 동안 {number}" for number in range(40)])
    expect(page).to_have_title("(40) 딴데 · 마당")
    line = page.locator(".day.new")
    expect(line).to_be_in_viewport()
    assert line.evaluate("(line) => line.nextElementSibling.dataset.seq") == str(posted[0]["seq"])
    page.evaluate(LOOK, "visible")
    expect(page.locator(".pill.down")).to_have_text("새 메시지 40개")
    expect(page).to_have_title("(40) 딴데 · 마당")
    page.click(".pill.down")
    expect(page).to_have_title("딴데 · 마당")
    expect(page.locator(".pill.down")).to_be_hidden()


def test_reading_in_one_window_clears_the_other(new_person: NewPerson) -> None:
    """A12: counts of two windows agree at every step, and none is ever below nought."""
    reader, writer, room = pair(new_person, "두창문")
    reader.go("board")
    other = reader.another_window()
    other.goto(f"{reader.url}/rooms/board")
    pages = (reader.page, other)
    for page in pages:
        page.evaluate(WATCH_COUNTS)
    for number in range(1, 4):
        writer.post(room, f"하나 더 {number}")
        for page in pages:
            expect(badge(page)).to_have_text(str(number))
            expect(page).to_have_title(f"({number}) 마당 · 마당")
    reader.page.locator(".room-link", has_text="두창문").click()
    reader.sees("하나 더 3")
    for page in pages:
        expect(badge(page)).to_have_count(0)
    # The one that does not look at the room hears of it only where nobody has read it.
    reader.page.locator(".room-link").first.click()
    writer.post(room, "또 하나")
    for page in pages:
        expect(badge(page)).to_have_text("1")
    for page in pages:
        assert all(int(count.rstrip("+")) > 0 for count in page.evaluate("counts"))


def test_sixty_people_are_named_once_and_none_stays_as_a_ghost(
    new_person: NewPerson, own_site: Callable[..., Site]
) -> None:
    """Presence is a lease: sixty people, one of them twice, and those who vanish are gone."""
    site = own_site(RATE_LIMITS="off")
    host = new_person("모임지기", at=site)
    room = host.make_room("잔칫날")
    host.go(room["id"])
    with ExitStack() as stack:
        for number in range(60):
            guest = stack.enter_context(guest_socket(site.url, f"손님 {number}", room["code"]))
            guest.send(json.dumps({"type": "subscribe", "room": room["id"]}))
        twice = host.another_window()
        twice.goto(f"{site.url}/rooms/{room['id']}")
        expect(host.page.locator(".now")).to_have_text("지금 61명")
        host.page.click(".now")
        names = host.page.locator(".people .name")
        expect(names).to_have_count(61)
        assert len(set(names.all_inner_texts())) == 61
        expect(names.first).to_have_text("모임지기")
    expect(names).to_have_count(1)
    expect(host.page.locator(".now")).to_have_text("지금 1명")


def test_twenty_random_evenings_look_as_a_fresh_page_does(new_person: NewPerson) -> None:
    """Whatever changed while one looked, slept or woke: the rows equal a freshly loaded page's."""
    reader, writer, _room = pair(new_person, "저녁")
    reader.allow(*OFFLINE)
    rng = random.Random(11)
    with socket_of(writer) as line:
        for evening in range(20):
            room = writer.make_room(f"저녁 {evening}")
            reader.api("POST", "rooms/join", {"code": room["code"]})
            reader.go(room["id"])
            seqs = [message["seq"] for message in writer.post(room["id"], "하나", "둘", "셋")]
            reader.sees("셋")
            for step in range(12):
                if step == 4:
                    reader.context.set_offline(True)
                seqs = change(line, rng, room["id"], seqs)
                if step == 8:
                    reader.context.set_offline(False)
            last = f"끝말 {evening}"
            act(line, "post", room["id"], None, text=last)
            reader.sees(last)
            reader.connected()
            resumed = reader.rows()
            reader.page.reload()
            reader.connected()
            reader.sees(last)
            assert resumed == reader.rows(), f"evening {evening}"


def change(line: ClientConnection, rng: random.Random, room: str, seqs: list[int]) -> list[int]:
    """One random change; the seqs that stand after it."""
    kind = rng.choice(["post", "post", "edit", "react", "delete"]) if seqs else "post"
    if kind == "post":
        text = rng.choice(["짧은 말", "**굵은** 말", "두 줄\n말", "https://example.com/길"])
        return [*seqs, act(line, "post", room, rng.choice([None, *seqs]), text=text)]
    seq = rng.choice(seqs)
    if kind == "edit":
        act(line, "edit", room, seq, text=f"고친 말 {rng.randrange(100)}")
    elif kind == "react":
        act(line, "react", room, seq, emoji=rng.choice("👍🍂"), on=rng.random() < 0.8)
    else:
        act(line, "delete", room, seq)
        return [one for one in seqs if one != seq]
    return seqs


def act(line: ClientConnection, kind: str, room: str, seq: int | None, **fields: object) -> int:
    """A change over a socket, once it is acked; its seq. For a post, `seq` is what it answers."""
    nonce = f"f{next(_NONCES)}"
    command = {"type": kind, "room": room, "nonce": nonce, **fields}
    if seq is not None:
        command["reply_to" if kind == "post" else "seq"] = seq
    line.send(json.dumps(command))
    while True:
        for event in json.loads(line.recv(20)):
            if event.get("nonce") == nonce and event["type"] in {"ack", "error"}:
                assert event["type"] == "ack", event
                found: int = event["seq"]
                return found


def follow(line: ClientConnection, room: str, after: int | None) -> tuple[set[int], int]:
    """Subscribes and reads the backlog: the seqs in it, and the cursor after it."""
    command = {"type": "subscribe", "room": room}
    line.send(json.dumps(command if after is None else {**command, "after": after}))
    seen: set[int] = set()
    while True:
        for event in json.loads(line.recv(30)):
            if event["type"] == "message":
                seen.add(event["seq"])
            elif event["type"] == "subscribed":
                return seen, event["head"]
            assert event["type"] != "reset"


def badge(page: Page) -> Locator:
    return page.locator(".room-link", has_text="두창문").locator(".count")


LOOK = """
(state) => {
    Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
    Object.defineProperty(document, 'hidden', {value: state === 'hidden', configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}
"""
WATCH_COUNTS = """
() => {
    window.counts = [];
    const list = document.querySelector('room-list nav');
    const note = () => {
        for (const one of list.querySelectorAll('.count')) window.counts.push(one.textContent);
    };
    new MutationObserver(note).observe(list, {childList: true, subtree: true});
}
"""
