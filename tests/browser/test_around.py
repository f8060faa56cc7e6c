"""A message is opened with its neighbours, however far from the newest it stands."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import Person
from tests.browser.test_log import FIRST_IN_VIEW, POSITION


def told(person: Person, count: int) -> tuple[str, list[int]]:
    """A room of this person's with so many messages; its id and their seqs."""
    room = person.make_room("먼 이야기")["id"]
    posted = person.post(
        room, *[f"{number}번째 말 " + "길게 " * (number % 9) for number in range(count)]
    )
    return room, [message["seq"] for message in posted]


def row(person: Person, seq: int) -> Locator:
    return person.page.locator(f'.log .msg[data-seq="{seq}"]')


def test_a_link_opens_a_message_far_up_and_one_can_scroll_both_ways(new_person: NewPerson) -> None:
    alice = new_person("링크")
    room, seqs = told(alice, 400)
    target = seqs[60]
    alice.page.goto(f"{alice.url}/rooms/{room}#m{target}")
    expect(row(alice, target)).to_be_in_viewport()
    expect(row(alice, target)).to_be_focused()
    expect(row(alice, seqs[59])).to_be_in_viewport()
    expect(row(alice, seqs[61])).to_be_in_viewport()
    expect(row(alice, seqs[-1])).to_have_count(0)
    alice.connected()

    # What is said meanwhile is counted, not mixed in.
    before = alice.page.evaluate(FIRST_IN_VIEW)
    friend = new_person("곁")
    friend.api("POST", "rooms/join", {"code": alice.api("GET", f"rooms/{room}")["code"]})
    [late] = friend.post(room, "끝에서 하는 말")
    expect(alice.page.locator(".pill.down")).to_have_text("새 메시지 1개")
    expect(row(alice, late["seq"])).to_have_count(0)
    assert abs(alice.page.evaluate(POSITION, before["seq"]) - before["top"]) < 2

    # Up to the beginning, down to the end: every message once, in order, never too many.
    seen = [*walk(alice, -1), *walk(alice, +1)]
    assert sorted(set(seen)) == [*seqs, late["seq"]]
    expect(row(alice, late["seq"])).to_be_in_viewport()
    expect(alice.page.locator(".pill.down")).to_be_hidden()


def test_to_the_newest_leaves_the_place_and_its_address(new_person: NewPerson) -> None:
    alice = new_person("되돌이")
    room, seqs = told(alice, 260)
    alice.page.goto(f"{alice.url}/rooms/{room}#m{seqs[20]}")
    expect(row(alice, seqs[20])).to_be_in_viewport()
    alice.connected()
    alice.page.click(".pill.down")
    expect(row(alice, seqs[-1])).to_be_in_viewport()
    assert alice.page.evaluate("location.hash") == ""
    alice.page.evaluate(OPEN, {"room": room, "seq": seqs[150]})
    expect(row(alice, seqs[150])).to_be_in_viewport()
    alice.say("읽다가 쓴 말")
    expect(alice.sees("읽다가 쓴 말")).to_be_in_viewport()
    alice.page.evaluate(OPEN, {"room": "board", "seq": 10**9})
    expect(alice.page.locator(".log-word")).to_have_text("그 메시지는 지워졌거나 이 방에 없어요.")
    alice.page.go_back()
    expect(alice.page.locator("h1")).to_have_text("먼 이야기")


def test_a_deleted_message_is_said_to_be_gone_among_its_neighbours(new_person: NewPerson) -> None:
    alice = new_person("지움이")
    room, seqs = told(alice, 230)
    alice.go(room)
    alice.page.evaluate(DELETE, {"room": room, "seq": seqs[40]})
    alice.page.wait_for_function("() => window.deleted")
    alice.page.goto(f"{alice.url}/rooms/board")
    alice.page.goto(f"{alice.url}/rooms/{room}#m{seqs[40]}")
    expect(alice.page.locator(".log-word")).to_be_visible()
    expect(row(alice, seqs[41])).to_be_in_viewport()
    expect(row(alice, seqs[40])).to_have_count(0)


def test_what_follows_and_cannot_be_read_is_asked_for_again(new_person: NewPerson) -> None:
    alice = new_person("이어읽기")
    alice.allow("WebSocket", "net::ERR", "Failed to load resource")
    room, seqs = told(alice, 400)
    alice.page.goto(f"{alice.url}/rooms/{room}#m{seqs[60]}")
    expect(row(alice, seqs[60])).to_be_focused()
    alice.connected()
    again = alice.page.get_by_role("button", name="불러오지 못했어요. 다시 해 보기")
    last = alice.page.locator(".log .rows > :last-child")

    alice.page.route("**/messages?around=*", lambda route: route.abort())
    first = max(walk(alice, +1))
    assert first < seqs[-1]
    expect(again).to_have_count(1)
    expect(last.locator(again)).to_be_in_viewport()
    again.click()
    expect(again).to_be_in_viewport()
    alice.page.unroute("**/messages?around=*")
    again.click()
    expect(again).to_have_count(0)
    further = row(alice, first + 1)
    expect(further).to_be_attached()

    # Once the line is back, nobody has to ask.
    alice.page.route("**/messages?around=*", lambda route: route.abort())
    second = max(walk(alice, +1))
    assert first < second < seqs[-1]
    expect(again).to_be_in_viewport()
    alice.page.unroute("**/messages?around=*")
    alice.context.set_offline(True)
    expect(alice.page.locator(".status-line")).to_be_visible()
    expect(again).to_be_in_viewport()
    alice.context.set_offline(False)
    expect(again).to_have_count(0)
    expect(row(alice, second + 1)).to_be_attached()
    assert max(walk(alice, +1)) == seqs[-1]


def walk(person: Person, way: int) -> list[int]:
    """Scrolls one way until it goes no further; the seqs of all rows that were drawn."""
    seen: list[int] = person.page.evaluate(WALK, way)
    return seen


OPEN = """
(detail) => document.querySelector('.log').dispatchEvent(
    new CustomEvent('madang:open-message', {bubbles: true, detail}))
"""
DELETE = """
({room, seq}) => {
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws/', 'madang.v1');
    socket.onopen = () => socket.send(JSON.stringify({type: 'delete', room, nonce: 'd1', seq}));
    socket.onmessage = ({data}) => {
        if (data.includes('"ack"')) { window.deleted = true; socket.close(); }
    };
}
"""
# Frame by frame until nothing has moved or come for half a second.
WALK = """
async (way) => {
    const log = document.querySelector('.log');
    const seen = new Set();
    let still = 0;
    while (still < 30) {
        const rows = [...log.querySelectorAll('.msg')];
        const before = `${log.scrollTop} ${rows[0].dataset.seq} ${rows.at(-1).dataset.seq}`;
        for (const row of rows) seen.add(Number(row.dataset.seq));
        if (rows.length > 350) throw new Error(`${rows.length} rows`);
        log.scrollTop += way * 400;
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        const now = [...log.querySelectorAll('.msg')];
        const after = `${log.scrollTop} ${now[0].dataset.seq} ${now.at(-1).dataset.seq}`;
        still = before === after ? still + 1 : 0;
    }
    return [...seen];
}
"""
