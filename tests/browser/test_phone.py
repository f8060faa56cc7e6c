"""On a phone: the keyboard, fingers, notches and zoom."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, Person
from tests.browser.states import INSIDE, VISITOR, World, entered

SMALL: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 568}}
KEYBOARD = 253
"""What a keyboard of 2013 left of 568 pixels is 315."""

# The view of a browser whose keyboard lies over the page, as on iOS: only this tells of it.
IOS_VIEW = """
(() => {
  const view = Object.assign(new EventTarget(), {
    width: innerWidth, height: innerHeight, offsetTop: 0, offsetLeft: 0, scale: 1,
  });
  Object.defineProperty(window, 'visualViewport', { configurable: true, get: () => view });
  window.keyboard = (height, offsetTop) => {
    Object.assign(view, { height: innerHeight - height, offsetTop });
    view.dispatchEvent(new Event('resize'));
  };
})();
"""
BOX = (
    "(one) => { const { top, bottom, left, right } = one.getBoundingClientRect();"
    " return { top, bottom, left, right }; }"
)
AT_END = "(log) => log.scrollHeight - log.scrollTop - log.clientHeight < 4"

# Where a finger meets each control: 22 px from its middle, or as far as the window goes.
MISSED = """
() => [...(document.querySelector('dialog[open]') ?? document)
    .querySelectorAll('a, button, input, select, textarea, summary, [role=button]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
  .filter((one) => !one.closest('.text, .rich, .skip, [inert]') && one.type !== 'hidden')
  .map((one) => (one.type === 'checkbox' ? one.closest('.check') : one))
  .flatMap((one) => {
    one.scrollIntoView({ block: 'center', inline: 'nearest' });
    const box = one.getBoundingClientRect();
    const width = Math.round(Math.min(box.width, innerWidth));
    const height = Math.round(box.height);
    if (width >= 44 && height >= 44) return [];
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const meets = (dx, dy) => {
      const [px, py] = [x + dx, y + dy];
      if (px < 0 || py < 0 || px >= innerWidth || py >= innerHeight) return true;
      const hit = document.elementFromPoint(px, py);
      return hit && (one.contains(hit) || hit.contains(one) && hit.closest('a, button, label'));
    };
    const tall = height >= 44 || (meets(0, -21) && meets(0, 21));
    const wide = width >= 44 || (meets(-21, 0) && meets(21, 0));
    return tall && wide ? [] : [`${width}×${height} ${one.outerHTML.slice(0, 140)}`];
  })
"""
SMALL_LETTERS = """
() => [...document.querySelectorAll('input:not([type=hidden], [type=checkbox]), textarea, select')]
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16).map((one) => one.outerHTML)
"""


def full_room(person: Person) -> None:
    room = person.make_room("꽉 찬 방")
    person.post(room["id"], *[f"줄 {number}" for number in range(30)])
    person.go(room["id"])
    person.sees("줄 29")


def composer_is_in(page: Page, top: float, bottom: float) -> None:
    """The field and its button lie whole between these lines, and the last message above."""
    for part in ("textarea", ".send"):
        box = page.locator(part).evaluate(BOX)
        assert box["top"] >= top - 0.5, part
        assert box["bottom"] <= bottom + 0.5, part
        assert box["right"] <= 320, part
    page.wait_for_function(f"() => ({AT_END})(document.querySelector('.log'))")
    last = page.locator(".msg").last.evaluate(BOX)
    assert top <= last["top"] < last["bottom"] <= page.locator("textarea").evaluate(BOX)["top"]


def test_keyboard_that_shrinks_the_page_leaves_the_composer_in_view(
    new_person: NewPerson,
) -> None:
    """A14, where the keyboard takes room from the page."""
    alice = new_person("안드로", **SMALL)
    full_room(alice)
    alice.page.locator("textarea").tap()
    alice.page.set_viewport_size({"width": 320, "height": 568 - KEYBOARD})
    expect(alice.page.locator("textarea")).to_be_focused()
    expect(alice.page.locator(".msg").last).to_be_in_viewport()
    composer_is_in(alice.page, 0, 568 - KEYBOARD)


def test_keyboard_that_lies_over_the_page_leaves_the_composer_in_view(
    new_person: NewPerson,
) -> None:
    """A14, where the keyboard lies over the page."""
    alice = new_person("아이폰", **SMALL)
    alice.context.add_init_script(IOS_VIEW)
    full_room(alice)
    alice.page.locator("textarea").tap()
    for offset in (0, 90):
        alice.page.evaluate(f"keyboard({KEYBOARD}, {offset})")
        app = alice.page.locator(".app")
        expect(app).to_have_attribute("style", re.compile(rf"--app-top: {offset}px"))
        composer_is_in(alice.page, offset, offset + 568 - KEYBOARD)
    alice.page.fill("textarea", "자라는 글\n" * 30)
    composer_is_in(alice.page, 90, 90 + 568 - KEYBOARD)
    alice.page.fill("textarea", "보낼 말")
    alice.page.locator(".send").tap()
    alice.sees("보낼 말")
    expect(alice.page.locator("textarea")).to_be_focused()
    composer_is_in(alice.page, 90, 90 + 568 - KEYBOARD)
    alice.page.evaluate("document.activeElement.blur(); keyboard(0, 0)")
    expect(alice.page.locator(".app")).not_to_have_attribute("style", re.compile("--app-top"))


def test_pinching_in_moves_nothing(new_person: NewPerson) -> None:
    alice = new_person("확대", **SMALL)
    full_room(alice)
    content = alice.page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert not re.search(r"user-scalable|maximum-scale", content)
    alice.cdp().send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    assert alice.page.evaluate("visualViewport.scale") == 2
    expect(alice.page.locator(".app")).not_to_have_attribute("style", re.compile("--app"))


def test_a_low_view_keeps_room_for_what_is_said(new_person: NewPerson) -> None:
    """A phone on its side with the keyboard open."""
    alice = new_person("눕힌이", **{**PHONE, "viewport": {"width": 568, "height": 320}})
    full_room(alice)
    alice.page.set_viewport_size({"width": 568, "height": 190})
    expect(alice.page.locator(".room-head")).to_be_hidden()
    expect(alice.page.locator("textarea")).to_be_in_viewport(ratio=1)
    assert alice.page.locator(".log").evaluate("(log) => log.clientHeight") > 60


def test_notches_cover_nothing(new_person: NewPerson) -> None:
    alice = new_person("노치", **PHONE)
    insets = {"top": 47, "bottom": 34, "left": 0, "right": 0}
    alice.cdp().send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    full_room(alice)
    assert alice.page.locator("h1").evaluate(BOX)["top"] >= 47
    assert alice.page.locator(".send").evaluate(BOX)["bottom"] <= 844 - 34
    alice.page.goto(f"{alice.url}/rooms")
    assert alice.page.locator(".brand .name").evaluate(BOX)["top"] >= 47
    assert alice.page.locator(".me .face").evaluate(BOX)["bottom"] <= 844 - 34


def test_every_control_is_as_large_as_a_fingertip(new_person: NewPerson, world: World) -> None:
    person = new_person(at=world.site, reduced_motion="reduce", **PHONE)
    person.allow("status of 4", "WebSocket", "net::ERR", "Failed to load resource")
    missed: dict[str, list[str]] = {}
    for name, reach in VISITOR.items():
        reach(person, world)
        missed[name] = [
            finding for find in (MISSED, SMALL_LETTERS) for finding in person.page.evaluate(find)
        ]
    entered(person, world, "손가락")
    for name, reach in INSIDE.items():
        reach(person, world)
        missed[name] = [
            finding for find in (MISSED, SMALL_LETTERS) for finding in person.page.evaluate(find)
        ]
    person.context.set_offline(False)
    told = [f"{name}: {finding}" for name, found in missed.items() for finding in found]
    assert told == [], "\n".join(told)


def test_a_finger_finds_the_formats_and_sees_their_signs(new_person: NewPerson) -> None:
    alice = new_person("꾸미는이", **PHONE)
    page = alice.page
    field = page.locator("textarea")
    opener = page.get_by_role("button", name="글 꾸미기")
    opener.tap()
    expect(opener).to_have_attribute("aria-expanded", "true")
    field.tap()
    page.get_by_role("button", name="굵게 **").tap()
    expect(field).to_be_focused()
    expect(field).to_have_value("**굵게**")
    page.keyboard.insert_text("꼭")
    expect(field).to_have_value("**꼭**")
    page.get_by_role("button", name="굵게 **").tap()
    page.keyboard.insert_text("이요")
    expect(field).to_have_value("**꼭**이요")
    page.get_by_role("button", name="인용").tap()
    page.locator(".send").tap()
    expect(page.locator(".msg.mine blockquote strong")).to_have_text("꼭")
    expect(page.locator(".msg.mine blockquote")).to_have_text("꼭이요")
    opener.tap()
    expect(page.locator(".formats")).to_be_hidden()
