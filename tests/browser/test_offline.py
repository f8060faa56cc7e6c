"""Without network or server: what was read is still there, what one writes goes out once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, Person
from tests.browser.site import Site

OFFLINE = ("WebSocket", "net::ERR", "Failed to load resource", "status of 50")
KEPT = (
    "async () => (await Promise.all((await caches.keys()).map(async (name) =>"
    " [...(await (await caches.open(name)).keys())].map((request) => request.url)))).flat()"
)
SAVED = (
    "(text) => Object.entries(localStorage)"
    ".some(([key, value]) => key.startsWith('madang.kept.') && value.includes(text))"
)
# Stands in for the phone's home button: headless windows are always shown.
HIDE = """
(hidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}
"""


UNTIL = """
async (value) => {
  const until = Date.now() + 15_000;
  while (!(await CONDITION(value))) {
    if (Date.now() > until) throw new Error('it never was so');
    await new Promise((again) => setTimeout(again, 30));
  }
}
"""
WAITING = "async () => (await navigator.serviceWorker.getRegistration()).waiting !== null"


def until(page: Page, condition: str, value: object = None) -> None:
    """Waits until a function of the page says yes. Playwright's own way needs eval, which the
    page's policy forbids.
    """
    page.evaluate(UNTIL.replace("CONDITION", f"({condition})"), value)


def installed(page: Page) -> None:
    """Waits until the worker answers for this page; one opened too early isn't taken over."""
    until(page, "async () => (await navigator.serviceWorker.ready).active.state === 'activated'")
    if page.evaluate("() => navigator.serviceWorker.controller === null"):
        page.reload()


def read_room(person: Person, *texts: str) -> str:
    """Makes a room, reads these messages in it, and waits until they are kept."""
    person.allow(*OFFLINE)
    room: str = person.make_room("산책 모임")["id"]
    person.post(room, *texts)
    person.go(room)
    installed(person.page)
    person.connected()
    person.page.evaluate(HIDE, True)
    until(person.page, SAVED, texts[-1])
    person.page.evaluate(HIDE, False)
    return room


def stored(person: Person, room: str) -> list[str]:
    answer: dict[str, Any] = person.api("GET", f"rooms/{room}/messages?before=999999&limit=200")
    return [message["text"] for message in answer["messages"] if not message.get("deleted")]


def test_opened_with_the_server_stopped_it_shows_what_was_read_and_sends_later_once(
    new_person: NewPerson, own_site: Callable[..., Site]
) -> None:
    site = own_site(RATE_LIMITS="off")
    alice = new_person("앨리스", at=site, **PHONE)
    room = read_room(alice, "일곱 시에 만나요", "다리 앞에서요")
    site.stop()
    alice.page.reload()
    alice.sees("일곱 시에 만나요")
    alice.sees("다리 앞에서요")
    expect(alice.page.locator("h1")).to_have_text("산책 모임")
    expect(alice.page.locator(".status-line")).to_be_visible()
    alice.page.fill("textarea", "저는 좀 늦어요")
    alice.page.click(".send")
    expect(alice.page.locator(".msg.pending")).to_have_text(re.compile("저는 좀 늦어요"))
    alice.page.click(".room-head .back")
    expect(alice.page.locator(".room-link .title").last).to_have_text("산책 모임")
    alice.page.close()

    site.start()
    alice.page = alice.another_window()
    alice.page.goto(f"{site.url}/rooms")
    out = "Object.keys(localStorage).some((key) => key.startsWith('madang.out.'))"
    until(alice.page, f"() => !{out}")
    alice.go(room)
    alice.sees("저는 좀 늦어요")
    assert stored(alice, room) == ["일곱 시에 만나요", "다리 앞에서요", "저는 좀 늦어요"]


def test_opened_offline_it_goes_on_by_itself_once_the_network_is_back(
    new_person: NewPerson, site: Site
) -> None:
    alice = new_person("다시온이")
    room = read_room(alice, "떠나기 전")
    alice.context.set_offline(True)
    alice.page.reload()
    alice.sees("떠나기 전")
    alice.say("터널 안이에요")
    alice.page.fill("textarea", "아직 쓰는 중")
    friend = new_person("친구")
    code = next(one["code"] for one in alice.api("GET", "rooms")["rooms"] if one["id"] == room)
    friend.api("POST", "rooms/join", {"code": code})
    friend.post(room, "어디쯤이에요?")
    alice.context.set_offline(False)
    alice.sees("어디쯤이에요?")
    alice.sees("터널 안이에요")
    expect(alice.page.locator("textarea")).to_have_value("아직 쓰는 중")
    expect(alice.page.locator(".status-line")).to_have_count(0)
    assert stored(alice, room) == ["떠나기 전", "어디쯤이에요?", "터널 안이에요"]


def test_a_page_that_needs_the_server_says_so_and_opens_by_itself(
    new_person: NewPerson, site: Site
) -> None:
    alice = new_person("기다리는이", lang="en-US")
    read_room(alice, "hello")
    alice.context.set_offline(True)
    alice.page.goto(f"{site.url}/me")
    expect(alice.page.locator("h1")).to_have_text("No connection")
    expect(alice.page.locator("a.button")).to_be_visible()
    alice.context.set_offline(False)
    expect(alice.page.locator("h1")).to_have_text("기다리는이")


def test_a_room_that_was_never_read_is_no_blank_page(new_person: NewPerson, site: Site) -> None:
    alice = new_person("못읽은이")
    read_room(alice, "다른 방")
    alice.context.set_offline(True)
    alice.page.goto(f"{site.url}/rooms/987654")
    alice.page.wait_for_url("**/offline")
    expect(alice.page.locator("h1")).to_be_visible()


def test_nothing_that_people_say_lies_in_the_workers_cache(new_person: NewPerson) -> None:
    alice = new_person("비밀이")
    read_room(alice, "우리끼리만")
    alice.page.reload()
    urls = alice.page.evaluate(KEPT)
    assert any("/static/chat/js/main." in url for url in urls)
    for url in urls:
        assert "/static/chat/" in url or "/offline" in url, url


def test_signing_out_takes_what_was_read_off_the_device(new_person: NewPerson, site: Site) -> None:
    alice = new_person("다지우고감")
    room = read_room(alice, "남으면 안 되는 말")
    alice.page.goto(f"{site.url}/me")
    alice.sign_out_for_good()
    alice.page.wait_for_url(f"{site.url}/")
    assert not alice.page.evaluate(SAVED, "남으면 안 되는 말")
    alice.context.set_offline(True)
    alice.page.goto(f"{site.url}/rooms/{room}")
    alice.page.wait_for_url("**/offline")
    expect(alice.page.get_by_text("남으면 안 되는 말")).to_have_count(0)
    expect(alice.page.locator("a.button")).to_be_hidden()


def test_a_session_that_ends_elsewhere_takes_it_too(new_person: NewPerson) -> None:
    alice = new_person("밖에서끝")
    alice.allow("status of 401")
    read_room(alice, "끝나면 지워요")
    answer = alice.context.request.delete(f"{alice.url}/api/v1/me/session")
    assert answer.status == 204
    alice.page.wait_for_url(f"{alice.url}/")
    assert not alice.page.evaluate(SAVED, "끝나면 지워요")


@pytest.mark.parametrize("writing", [True, False])
def test_a_new_version_takes_over_only_when_nobody_is_at_it(
    new_person: NewPerson, site: Site, writing: bool
) -> None:
    alice = new_person(f"그대로{writing:d}")
    read_room(alice, "그대로 있어요")
    alice.page.reload()  # Only a page that a worker has opened can get a newer one.
    alice.connected()
    alice.page.evaluate("window.same = true")
    if writing:
        alice.page.fill("textarea", "쓰는 중이에요")
    # Another language is another text of the worker, as a new release is.
    other = alice.context.new_page()
    other.goto(f"{site.url}/me")
    other.get_by_role("button", name="English").click()
    other.wait_for_function("() => document.documentElement.lang === 'en'")
    other.goto(f"{site.url}/rooms/board")
    other.fill("textarea", "nor does this window let it in")
    until(alice.page, WAITING)
    assert alice.page.evaluate("window.same")
    if writing:
        alice.page.evaluate(HIDE, True)
        assert alice.page.evaluate(WAITING)
        assert alice.page.evaluate("window.same")
    else:
        with alice.page.expect_navigation():
            alice.page.evaluate(HIDE, True)
        alice.sees("그대로 있어요")


def test_opened_offline_every_room_that_was_read_is_there(
    new_person: NewPerson, site: Site
) -> None:
    alice = new_person("많이읽음", **PHONE)
    alice.allow(*OFFLINE)
    titles = [f"읽은 방 {number}" for number in range(9)]
    for title in titles:
        alice.post(alice.make_room(title)["id"], f"{title}의 말")
    alice.page.goto(f"{site.url}/rooms")
    installed(alice.page)
    for title in titles:
        open_room(alice, title)
        alice.connected()
        alice.sees(f"{title}의 말")
        alice.page.evaluate(HIDE, True)
        alice.page.evaluate(HIDE, False)
        alice.page.click(".room-head .back")
    alice.context.set_offline(True)
    alice.page.reload()
    for title in titles:
        open_room(alice, title)
        alice.sees(f"{title}의 말")
        alice.page.click(".room-head .back")


def open_room(person: Person, title: str) -> None:
    exact = person.page.get_by_text(title, exact=True)
    person.page.locator(".room-link").filter(has=exact).click()
