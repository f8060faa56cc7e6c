"""A long history and a storm of messages on a slow phone: smooth, in place, never too many rows.

`SCALE=full` runs it as large as it was promised: a million messages, 5,000 rows up, 200 messages
a second for half a minute. The figures are printed.
"""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.crowd import fill, storm
from tests.browser.person import PHONE, Person
from tests.browser.site import Site
from tests.browser.tasks import Tasks, watched
from tests.browser.test_log import FIRST_IN_VIEW, POSITION

FULL = os.environ.get("SCALE") == "full"
HISTORY = 1_000_000 if FULL else 20_000
CLIMB = 5_000 if FULL else 1_000
STORM_S = 30 if FULL else 5
RATE = 200
SLOWER = 4
LONG_TASK_MS = 100
ROWS_AT_MOST = 360

# Notes at every frame how many rows there are and how far the words that one reads have moved.
WATCH = """
() => {
    const seen = window.seen = {rows: 0, moved: 0, frames: 0, anchor: null};
    const log = document.querySelector('.log');
    const frame = () => {
        seen.frames += 1;
        seen.rows = Math.max(seen.rows, log.querySelectorAll('.msg').length);
        const {anchor} = seen;
        if (anchor) {
            const row = log.querySelector(`[data-seq="${anchor.seq}"]`);
            const now = row?.getBoundingClientRect().top - log.getBoundingClientRect().top;
            seen.moved = Math.max(seen.moved, row ? Math.abs(now - anchor.top) : Infinity);
        }
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}
"""
# Scrolls up as a finger does, a bit every frame; how far any row went astray on the way.
CLIMB_UP = """
async (count) => {
    const log = document.querySelector('.log');
    const top = log.getBoundingClientRect().top;
    const place = (row) => row.querySelector('.text').getBoundingClientRect().top - top;
    const seen = new Set();
    let astray = 0;
    let still = 0;
    const started = performance.now();
    while (seen.size < count) {
        const rows = [...log.querySelectorAll('.msg')];
        for (const row of rows) seen.add(row.dataset.seq);
        const row = rows.find((one) => place(one) >= 0) ?? rows[0];
        const {seq} = row.dataset;
        const stood = place(row);
        const before = log.scrollTop;
        log.scrollTop = Math.max(0, before - 240);
        const wanted = stood + before - log.scrollTop;
        still = before === log.scrollTop ? still + 1 : 0;
        if (still > 600) throw new Error(`no further after ${seen.size} rows`);
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        const now = log.querySelector(`[data-seq="${seq}"]`);
        if (now) astray = Math.max(astray, Math.abs(place(now) - wanted));
    }
    return {astray, seen: seen.size, seconds: (performance.now() - started) / 1000};
}
"""


@pytest.fixture
def slow(new_person: NewPerson, own_site: Callable[..., Site]) -> tuple[Person, Person, str]:
    """A reader on a slow phone, a writer, and the room with the long history."""
    site = own_site(RATE_LIMITS="off")
    writer = new_person("글쓴이", at=site)
    room = writer.make_room("백만 마디")["id"]
    fill(site, room, writer, HISTORY)
    reader = new_person("느린이", at=site, **PHONE)
    code = writer.api("GET", f"rooms/{room}")["code"]
    reader.api("POST", "rooms/join", {"code": code})
    reader.cdp().send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return reader, writer, room


def test_a_long_history_and_a_storm_leave_the_page_smooth_and_in_place(
    slow: tuple[Person, Person, str],
) -> None:
    reader, writer, room = slow
    page = reader.page
    reader.go(room)
    expect(page.locator(".log .msg").last).to_be_in_viewport()
    opened = page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    page.evaluate(WATCH)

    with watched(page) as tasks:
        climbed = page.evaluate(CLIMB_UP, CLIMB)
    report("climbing", page, tasks, climbed, f"opened in {opened:.0f} ms")
    assert climbed["astray"] < 2

    # A storm while one reads far up: nothing moves, and how much came is told.
    page.evaluate(f"seen.anchor = ({FIRST_IN_VIEW.strip()})()")
    with watched(page) as tasks:
        count = storm(writer, room, rate=RATE, seconds=STORM_S)
        expect(page.locator(".pill.down")).to_contain_text(f"{count:,}")
    report("a storm, reading far up", page, tasks)
    assert page.evaluate("seen.moved") < 2

    # Asleep for more than the server replays, it has us forget all: one reads on in the same place.
    anchor = page.evaluate("seen.anchor")
    reader.allow("WebSocket", "net::ERR")
    with watched(page) as tasks:
        reader.context.set_offline(True)
        storm(writer, room, rate=4_000, seconds=0.3)
        with page.expect_response(lambda answer: "around=" in answer.url):
            reader.context.set_offline(False)
        frames = page.evaluate("seen.frames")
        page.wait_for_function("(frames) => seen.frames > frames + 20", arg=frames)
    report("a reset, reading far up", page, tasks)
    assert page.evaluate("seen.moved") < 2
    assert abs(page.evaluate(POSITION, anchor["seq"]) - anchor["top"]) < 2

    # A storm while one follows the end: the newest stays in view.
    page.evaluate("seen.anchor = null")
    page.click(".pill.down")
    expect(page.locator(".pill.down")).to_be_hidden()
    with watched(page) as tasks:
        count = storm(writer, room, rate=RATE, seconds=STORM_S)
        last = page.locator(".log .msg").last
        expect(last).to_contain_text(f"폭풍 {count - 1}")
        expect(last).to_be_in_viewport()
    report("a storm, following it", page, tasks)


def report(what: str, page: Page, tasks: Tasks, *more: object) -> None:
    """Prints the figures, and holds them to what was promised."""
    seen = page.evaluate("seen")
    print(f"{what}: {tasks}; {seen}", *more)
    assert seen["rows"] <= ROWS_AT_MOST
    assert tasks.longest <= LONG_TASK_MS
