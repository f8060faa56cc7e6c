"""Where one stands in a long log: history upward, what is new below, and a bounded page."""

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import Person

# The first message in view and how far below the top of the log it stands.
FIRST_IN_VIEW = """
() => {
    const top = document.querySelector('.log').getBoundingClientRect().top;
    const row = [...document.querySelectorAll('.log .msg')]
        .find((one) => one.getBoundingClientRect().bottom > top + 1);
    return {seq: row.dataset.seq, top: row.getBoundingClientRect().top - top};
}
"""
POSITION = """
(seq) => document.querySelector(`.log .msg[data-seq="${seq}"]`).getBoundingClientRect().top
    - document.querySelector('.log').getBoundingClientRect().top
"""

_NUMBERS = itertools.count(1)


@pytest.fixture
def reader(new_person: NewPerson) -> tuple[Person, Person, str]:
    """Someone in a room with 230 messages, the one who wrote them, and the room's id."""
    number = next(_NUMBERS)
    writer = new_person(f"글벗{number}")
    room = writer.make_room("긴 방")["id"]
    code = writer.api("GET", f"rooms/{room}")["code"]
    writer.post(room, *[f"{number}번째 이야기 " + "길게 " * (number % 23) for number in range(230)])
    person = new_person(f"읽는벗{number}")
    person.api("POST", "rooms/join", {"code": code})
    person.go(room)
    to_end(person.page)
    return person, writer, room


def test_history_comes_without_moving_what_one_reads(
    reader: tuple[Person, Person, str],
) -> None:
    page = reader[0].page
    moved: list[float] = []
    for _ in range(40):
        held = page.locator(".log .msg").first.get_attribute("data-seq")
        page.evaluate("document.querySelector('.log').scrollTop = 400")
        before = page.evaluate(FIRST_IN_VIEW)
        if page.get_by_text("여기서부터 이야기가 시작됐어요").count():
            break
        page.wait_for_function(
            "(held) => document.querySelector('.log .msg').dataset.seq !== held"
            " || document.querySelector('.log .log-note')?.textContent.includes('시작')",
            arg=held,
        )
        moved.append(abs(page.evaluate(POSITION, before["seq"]) - before["top"]))
    assert len(moved) >= 3
    assert max(moved) < 2
    page.evaluate("document.querySelector('.log').scrollTop = 0")
    expect(page.locator(".log .msg .text").first).to_contain_text("0번째 이야기")


def test_arrivals_do_not_move_what_one_reads_and_are_counted(
    reader: tuple[Person, Person, str],
) -> None:
    person, writer, room = reader
    page = person.page
    page.evaluate("document.querySelector('.log').scrollTop = 200")
    page.wait_for_function("() => document.querySelectorAll('.log .msg').length >= 60")
    before = page.evaluate(FIRST_IN_VIEW)
    writer.post(room, *[f"새 소식 {number}" for number in range(7)])
    expect(page.locator(".pill.down.news")).to_have_text("새 메시지 7개")
    assert abs(page.evaluate(POSITION, before["seq"]) - before["top"]) < 2
    page.click(".pill.down")
    expect(page.locator(".log").get_by_text("새 소식 6", exact=True)).to_be_in_viewport()
    expect(page.locator(".pill.down")).to_be_hidden()


def test_own_words_go_to_the_end(reader: tuple[Person, Person, str]) -> None:
    person = reader[0]
    person.page.evaluate("document.querySelector('.log').scrollTop = 300")
    expect(person.page.locator(".pill.down")).to_be_visible()
    person.say("제 말은 맨 끝에")
    expect(person.sees("제 말은 맨 끝에")).to_be_in_viewport()


def test_the_page_holds_a_bounded_number_of_rows(reader: tuple[Person, Person, str]) -> None:
    person, writer, room = reader
    writer.post(room, *[f"더 많이 {number}" for number in range(260)])
    person.sees("더 많이 259")
    page = person.page
    beginning = page.get_by_text("여기서부터 이야기가 시작됐어요")
    climb(page)
    expect(beginning).to_have_count(1)
    page.click(".pill.down")
    expect(page.locator(".log").get_by_text("더 많이 259", exact=True)).to_be_in_viewport()
    assert page.locator(".log .msg").count() <= 350


def test_scrolling_down_again_passes_every_row(reader: tuple[Person, Person, str]) -> None:
    page = reader[0].page
    beginning = page.get_by_text("여기서부터 이야기가 시작됐어요")
    climb(page)
    expect(beginning).to_have_count(1)
    seen: set[str] = set()
    for _ in range(200):
        seen.update(
            page.evaluate("[...document.querySelectorAll('.log .msg')].map((r) => r.dataset.seq)")
        )
        if page.evaluate(
            "(() => { const l = document.querySelector('.log');"
            " const before = l.scrollTop; l.scrollTop += 300; return l.scrollTop === before; })()"
        ):
            break
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert len(seen) == 230


def test_the_line_before_what_is_new_stays_while_one_reads(new_person: NewPerson) -> None:
    writer = new_person("새글이")
    room = writer.make_room("새 줄")
    reader = new_person("헌글이")
    reader.api("POST", "rooms/join", {"code": room["code"]})
    reader.go(room["id"])
    writer.post(room["id"], "읽은 글")
    reader.sees("읽은 글")
    expect(reader.page.locator(".day.new")).to_have_count(0)
    reader.page.locator(".room-link").first.click()
    expect(reader.page.locator("h1")).not_to_have_text("새 줄")
    writer.post(room["id"], *[f"안 읽은 글 {number}" for number in range(40)])
    reader.page.locator(".room-link", has_text="새 줄").click()
    line = reader.page.locator(".day.new")
    expect(line).to_be_in_viewport()
    below = line.evaluate("(line) => line.nextElementSibling.querySelector('.text').textContent")
    assert below == "안 읽은 글 0"
    writer.post(room["id"], "그사이 온 글")
    expect(line).to_be_in_viewport()
    assert reader.page.locator(".day.new").count() == 1
    expect(reader.page.locator(".pill.down")).to_be_visible()


def test_resumed_view_equals_a_fresh_one_after_a_long_gap(
    reader: tuple[Person, Person, str],
) -> None:
    person, writer, room = reader
    person.allow("WebSocket", "net::ERR")
    person.context.set_offline(True)
    writer.post(room, *[f"자는 동안 {number}" for number in range(60)])
    person.context.set_offline(False)
    person.sees("자는 동안 59")
    resumed = [row["text"] for row in person.rows() if row["classes"] != "day new"]
    other = person.another_window()
    other.goto(person.page.url)
    expect(other.locator(".log").get_by_text("자는 동안 59", exact=True)).to_be_visible()
    fresh = other.evaluate(
        "[...document.querySelectorAll('.log .msg .text')].map((text) => text.textContent)"
    )
    assert [text for text in resumed if not re.match(r"\d+월", text)][-len(fresh) :] == fresh


def climb(page: Page) -> None:
    """Scrolls up step by step until the beginning is reached; never are there too many rows."""
    for _ in range(60):
        first = page.locator(".log .msg").first.get_attribute("data-seq")
        page.evaluate("document.querySelector('.log').scrollTop = 0")
        page.wait_for_function(
            "(first) => document.querySelector('.log .msg').dataset.seq !== first"
            " || document.querySelector('.log .log-note')?.textContent.includes('시작')",
            arg=first,
        )
        assert page.locator(".log .msg").count() <= 350
        if page.get_by_text("여기서부터 이야기가 시작됐어요").count():
            return


def to_end(page: Page) -> None:
    page.evaluate("document.querySelector('.log').scrollTop = 1e9")
    expect(page.locator(".log .msg").last).to_be_in_viewport()
