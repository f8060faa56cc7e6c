"""The list of rooms and the ways through it: pins, mutes, the menu, the switcher, the keys."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE


def test_pinned_on_top_muted_quiet_and_so_everywhere(new_person: NewPerson) -> None:
    alice = new_person("정리")
    bob = new_person("수다")
    rooms = {title: bob.make_room(title) for title in ("꽃밭", "텃밭", "뒷산")}
    for room in rooms.values():
        alice.api("POST", "rooms/join", {"code": room["code"]})
        bob.post(room["id"], "안녕하세요")
    alice.go("board")
    titles = alice.page.locator("[data-section=mine] .title")
    expect(titles).to_have_text(["뒷산", "텃밭", "꽃밭"])
    expect(alice.page).to_have_title(re.compile(r"^\(3\) "))
    other = alice.another_window()
    other.goto(f"{alice.url}/rooms/board")

    flowers = alice.page.locator("[data-section=mine] li", has_text="꽃밭")
    flowers.hover()
    flowers.get_by_role("button", name="꽃밭 메뉴").click()
    alice.page.get_by_role("button", name="맨 위에 고정").click()
    expect(titles).to_have_text(["꽃밭", "뒷산", "텃밭"])
    alice.page.locator("[data-section=mine] a", has_text="뒷산").click(button="right")
    alice.page.get_by_role("button", name="조용히 두기").click()
    expect(alice.page).to_have_title(re.compile(r"^\(2\) "))
    for page in (alice.page, other):
        hills = page.locator("[data-section=mine] .room-link", has_text="뒷산")
        expect(hills.locator(".count.muted")).to_have_text("1")
        expect(page.locator("[data-section=mine] .title").first).to_have_text("꽃밭")
    alice.page.reload()
    expect(titles).to_have_text(["꽃밭", "뒷산", "텃밭"])
    expect(alice.page).to_have_title(re.compile(r"^\(2\) "))

    # A new word lifts an unpinned room above the other, not above the pinned one.
    bob.post(rooms["텃밭"]["id"], "물 주러 갈 사람?")
    expect(titles).to_have_text(["꽃밭", "텃밭", "뒷산"])
    garden = alice.page.locator("[data-section=mine] .room-link", has_text="텃밭")
    expect(garden.locator(".preview")).to_have_text("수다: 물 주러 갈 사람?")
    expect(garden.locator(".count")).to_have_text("2")
    garden.click(button="right")
    alice.page.get_by_role("button", name="나가기").click()
    alice.page.get_by_role("button", name="네, 나갈게요").click()
    expect(titles).to_have_text(["꽃밭", "뒷산"])


def test_rooms_by_keys_and_never_while_one_writes(new_person: NewPerson) -> None:
    alice = new_person("단축")
    for title in ("회의실", "금요일"):
        alice.make_room(title)
    alice.go("board")
    page = alice.page
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.type("물음표?/")
    expect(page.locator("textarea")).to_have_value("물음표?/")
    expect(page.locator("dialog[open]")).to_have_count(0)

    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    page.keyboard.type("ㅎㅇ")
    expect(page.locator("[role=option] .title")).to_have_text(["회의실"])
    field.fill("")
    for title in ("회의실", "금요일"):
        expect(page.get_by_role("option").filter(has_text=title)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    marked = page.locator("[role=option][aria-selected=true] .title").inner_text()
    alice.make_room("가게 앞")
    expect(page.get_by_role("option").filter(has_text="가게 앞")).to_be_visible()
    expect(page.locator("[role=option][aria-selected=true] .title")).to_have_text(marked)
    page.keyboard.press("Escape")
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("회의")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("회의실")
    alice.connected()

    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("h1")).to_have_text("금요일")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("h1")).to_have_text("회의실")
    page.locator(".room-head h1").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="단축키")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_news_take_neither_the_focus_nor_a_click_from_a_room(new_person: NewPerson) -> None:
    alice = new_person("고르는이")
    bob = new_person("소식주는이")
    rooms = [bob.make_room(title)["id"] for title in ("아래 방", "윗방")]
    for room in rooms:
        alice.api("POST", "rooms/join", {"code": bob.api("GET", f"rooms/{room}")["code"]})
        bob.post(room, "처음")
    lower, upper = rooms
    alice.go(upper)
    page = alice.page
    titles = page.locator("[data-section=mine] .title")
    expect(titles).to_have_text(["윗방", "아래 방"])
    link = page.locator("[data-section=mine] a", has_text="아래 방")
    page.locator("[data-section=mine] a", has_text="윗방").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    bob.post(lower, "올라갑니다")
    expect(titles).to_have_text(["아래 방", "윗방"])
    expect(link.locator(".preview")).to_have_text("소식주는이: 올라갑니다")
    expect(link).to_be_focused()
    bob.post(lower, "또 왔어요")
    expect(link.locator(".count")).to_have_text("3")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("아래 방")
    expect(link).to_have_attribute("aria-current", "page")
    expect(link.locator(".count")).to_have_count(0)

    # What is pressed while something comes is still a click.
    page.locator("[data-section=board] a").click()
    expect(page.locator("h1")).not_to_have_text("아래 방")
    expect(link).not_to_have_attribute("aria-current", "page")
    link.locator(".preview").hover()
    page.mouse.down()
    bob.post(lower, "누르는 사이")
    expect(link.locator(".preview")).to_have_text("소식주는이: 누르는 사이")
    page.mouse.up()
    expect(page.locator("h1")).to_have_text("아래 방")


def test_escape_leaves_the_room_on_a_phone(new_person: NewPerson) -> None:
    alice = new_person("나감", **PHONE)
    expect(alice.page.locator("chat-app")).to_have_attribute("data-view", "room")
    alice.page.keyboard.press("Escape")
    expect(alice.page.locator("chat-app")).to_have_attribute("data-view", "list")


def test_a_long_press_opens_the_menu_of_a_room_and_goes_nowhere(new_person: NewPerson) -> None:
    alice = new_person("꾹이", **PHONE)
    alice.make_room("오래 누를 방")
    alice.page.goto(f"{alice.url}/rooms")
    box = alice.page.locator(".room-link", has_text="오래 누를 방").bounding_box()
    assert box is not None
    finger = {"x": box["x"] + 120, "y": box["y"] + 30}
    cdp = alice.cdp()
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    pin = alice.page.get_by_role("button", name="맨 위에 고정")
    expect(pin).to_be_visible()
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(alice.page.locator("dialog[open]")).to_have_count(1)
    assert alice.page.url.endswith("/rooms")
    pin.tap()
    expect(alice.page.locator(".room-link .sign")).to_have_count(1)
    expect(alice.page.locator("dialog[open]")).to_have_count(0)
