"""One comes back: after the page went away, as another person, or in a second tab."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_acting import delete, hover
from tests.browser.test_offline import OFFLINE, stored, until

WAITING = """
() => Object.entries(localStorage)
    .filter(([key]) => /^madang[.](out|change)[.]/.test(key))
    .map(([, value]) => JSON.parse(value)).map(({nonce, text}) => ({nonce, text}))
"""
SETTLED = "() => !Object.keys(localStorage).some((key) => /^madang[.](out|change)[.]/.test(key))"


def test_what_was_stored_before_the_page_went_away_stands_once_where_it_belongs(
    new_person: NewPerson,
) -> None:
    alice = new_person("떠난이")
    alice.allow(*OFFLINE)
    room = alice.make_room("떠난 사이")["id"]
    alice.go(room)
    alice.context.set_offline(True)
    alice.say("가기 직전에")
    expect(alice.page.locator(".msg.pending")).to_have_count(1)
    (post,) = alice.page.evaluate(WAITING)
    alice.api("POST", f"rooms/{room}/messages", post)  # It got through; the answer did not.
    alice.post(room, *[f"그 뒤 {number}" for number in range(60)])
    come_back(alice, room)
    until(alice.page, SETTLED)
    expect(alice.message("가기 직전에")).to_have_count(0)
    assert [row["text"] for row in alice.rows()][-1] == "그 뒤 59"


def test_what_waits_is_never_sent_under_another_persons_name(new_person: NewPerson) -> None:
    alice = new_person("먼저온이")
    alice.allow(*OFFLINE)
    alice.context.set_offline(True)
    alice.say("나만의 말")
    expect(alice.page.locator(".msg.pending")).to_have_count(1)
    alice.context.clear_cookies()
    alice.api("POST", "guests", {"nickname": "다음사람"})
    with alice.page.expect_navigation():
        alice.context.set_offline(False)
    alice.connected()
    alice.say("인사드려요")
    alice.sees("인사드려요")
    expect(alice.message("나만의 말")).to_have_count(0)
    assert "나만의 말" not in stored(alice, "board")
    assert [post["text"] for post in alice.page.evaluate(WAITING)] == ["나만의 말"]


def test_what_was_changed_offline_outlives_the_page(new_person: NewPerson) -> None:
    alice = new_person("되고친이")
    room = change_offline(alice)
    come_back(alice, room)
    alice.sees("이렇게 고쳐요")
    expect(alice.message("지울 말")).to_have_count(0)
    until(alice.page, SETTLED)
    assert stored(alice, room) == ["이렇게 고쳐요"]
    expect(alice.page.locator(".msg")).to_have_count(1)


def test_signing_out_takes_what_waits_off_the_device(new_person: NewPerson, site: Site) -> None:
    alice = new_person("그만둔이")
    change_offline(alice)
    alice.page.goto("about:blank")
    alice.context.set_offline(False)
    alice.page.goto(f"{site.url}/me")
    assert len(alice.page.evaluate(WAITING)) == 2
    alice.sign_out_for_good()
    alice.page.wait_for_url(f"{site.url}/")
    assert alice.page.evaluate(WAITING) == []


def test_two_tabs_share_a_draft_and_none_undoes_it(new_person: NewPerson) -> None:
    alice = new_person("두창이")
    room = alice.make_room("두 창")["id"]
    alice.go(room)
    other = other_tab(alice)
    field, there = alice.page.locator("textarea"), other.locator("textarea")
    field.fill("길게 쓰는 글")
    expect(there).to_have_value("길게 쓰는 글")
    other.goto("about:blank")
    alice.page.reload()
    alice.connected()
    expect(field).to_have_value("길게 쓰는 글")
    other.go_back()
    there.fill("저기서 따로")
    expect(field).to_have_value("저기서 따로")
    field.press("Enter")
    alice.sees("저기서 따로")
    expect(there).to_have_value("")


def test_an_edit_that_is_saved_in_one_tab_is_over_in_the_other(new_person: NewPerson) -> None:
    alice = new_person("함께고침")
    room = alice.make_room("함께 고치는 방")["id"]
    alice.go(room)
    alice.say("처음 글")
    alice.sees("처음 글")
    alice.page.press("textarea", "ArrowUp")
    alice.page.fill("textarea", "고친 글")
    other = other_tab(alice)
    there = other.locator("textarea")
    expect(there).to_have_value("고친 글")
    alice.page.fill("textarea", "더 고친 글")
    expect(there).to_have_value("더 고친 글")
    alice.page.press("textarea", "Enter")
    expect(there).to_have_value("")
    expect(other.locator(".compose-strip")).to_be_hidden()
    alice.sees("더 고친 글")


def other_tab(person: Person) -> Page:
    other = person.another_window()
    other.goto(person.page.url)
    expect(other.locator(".room-head .now")).to_be_visible()
    return other


def change_offline(person: Person) -> str:
    """Edits one message and deletes another while the line is down; the room."""
    person.allow(*OFFLINE)
    room: str = person.make_room("고치는 방")["id"]
    person.go(room)
    for text in ("지울 말", "고칠 말"):
        person.say(text)
        person.sees(text)
    # The menu comes when it is first wanted, and that takes a line.
    hover(person, person.sees("지울 말")).locator("[data-act=menu]").click()
    expect(person.page.locator("dialog.menu")).to_be_visible()
    person.page.keyboard.press("Escape")
    person.context.set_offline(True)
    delete(person, person.message("지울 말"))
    expect(person.message("지울 말")).to_have_count(0)
    person.page.focus("textarea")
    person.page.keyboard.press("ArrowUp")
    expect(person.page.locator("textarea")).to_have_value("고칠 말")
    person.say("이렇게 고쳐요")
    expect(person.message("이렇게 고쳐요")).to_have_count(1)
    return room


def come_back(person: Person, room: str) -> None:
    """The page goes away without a line, and is opened again with one."""
    person.page.goto("about:blank")
    person.context.set_offline(False)
    person.go(room)
