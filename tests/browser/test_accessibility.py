"""For keys, screen readers, big letters and strong contrast: every page and state."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, WIDE
from tests.browser.site import ROOT, Site
from tests.browser.states import INSIDE, VISITOR, World, entered
from tests.conftest import missing

AXE = ROOT / "node_modules/axe-core/axe.min.js"
ALLOWED = ("status of 4", "WebSocket", "net::ERR", "Failed to load resource")
FINDINGS = """
async () => {
  const rules = { 'label-content-name-mismatch': { enabled: true } };
  const { violations } = await axe.run(document, { resultTypes: ['violations'], rules });
  return violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map((node) => node.html.slice(0, 120) + ' ' +
      (node.any[0]?.message ?? '')).join(' | ')}`);
}
"""

# Colours are on their way from light to dark for a moment.
SETTLED = """
() => Promise.all(document.getAnimations()
  .filter((one) => one instanceof CSSTransition).map((one) => one.finished))
"""


def findings(page: Page) -> list[str]:
    """What axe finds, in the light and in the dark."""
    if not AXE.exists():
        missing("axe-core (npm ci)")
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(SETTLED)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found += [f"{scheme}: {finding}" for finding in page.evaluate(FINDINGS)]
    return found


@pytest.mark.parametrize("size", ["phone", "wide"])
def test_axe_finds_nothing_in_any_state(new_person: NewPerson, world: World, size: str) -> None:
    window: dict[str, Any] = PHONE if size == "phone" else WIDE
    person = new_person(at=world.site, reduced_motion="reduce", **window)
    person.allow(*ALLOWED)
    found: dict[str, list[str]] = {}
    for name, reach in VISITOR.items():
        reach(person, world)
        found[name] = findings(person.page)
    entered(person, world, f"보는이{size}")
    for name, reach in INSIDE.items():
        reach(person, world)
        found[name] = findings(person.page)
    person.context.set_offline(False)
    told = [f"{name}, {finding}" for name, list_ in found.items() for finding in list_]
    assert told == [], "\n".join(told)


SPOKEN = """
() => {
  window.spoken = [];
  const note = (records) => window.spoken.push(
    ...records.flatMap((one) => [...one.addedNodes]).map((node) => node.textContent));
  new MutationObserver(note).observe(document.querySelector('[data-announcer]'),
    { childList: true, subtree: true });
}
"""


def test_only_what_others_say_now_is_read_out(new_person: NewPerson, site: Site) -> None:
    """A15: history, edits and one's own words stay silent, a burst is a number."""
    alice, bob = new_person("듣는이"), new_person("말하는이")
    room = alice.make_room("듣는 방")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    bob.post(room["id"], *[f"지난 말 {number}" for number in range(130)])
    alice.go(room["id"])
    alice.sees("지난 말 129")
    region = alice.page.locator("[data-announcer]")
    expect(region).to_have_attribute("aria-live", "polite")
    assert not alice.page.locator("[role=log], .log [aria-live], .rows [role=status]").count()
    alice.page.evaluate(SPOKEN)
    alice.page.evaluate("document.querySelector('.log').scrollTop = 0")
    expect(alice.page.get_by_text("지난 말 60", exact=True)).to_be_attached()
    alice.say("제 말은 읽지 않아요")
    alice.sees("제 말은 읽지 않아요")
    bob.post(room["id"], "저녁 먹었어요?")
    expect(region).to_have_text("말하는이: 저녁 먹었어요?")
    bob.post(room["id"], *[f"한꺼번에 {number}" for number in range(5)])
    expect(region).to_have_text(re.compile("새 메시지 [45]개"))
    for _ in range(2):
        before = alice.page.evaluate("window.spoken.length")
        bob.post(room["id"], "ㅋㅋ")
        expect(region).to_have_text("말하는이: ㅋㅋ")
        alice.page.evaluate(MORE_SPOKEN, before)
    spoken = "\n".join(alice.page.evaluate("window.spoken"))
    assert "지난 말" not in spoken
    assert "제 말은" not in spoken


def test_reading_out_can_be_switched_off_on_this_device(new_person: NewPerson) -> None:
    alice, bob = new_person("조용한이"), new_person("시끄러운이")
    room = alice.make_room("조용한 방")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    alice.page.goto(f"{alice.url}/me")
    alice.page.get_by_label("새 메시지 읽어 주기").uncheck()
    expect(alice.page.locator("[data-reading] small")).to_have_css("display", "block")
    alice.page.reload()
    expect(alice.page.get_by_label("새 메시지 읽어 주기")).not_to_be_checked()
    alice.go(room["id"])
    bob.post(room["id"], "읽지 않아요")
    alice.sees("읽지 않아요")
    alice.page.evaluate("localStorage.removeItem('madang.quiet')")
    bob.post(room["id"], "읽어요")
    expect(alice.page.locator("[data-announcer]")).to_have_text("시끄러운이: 읽어요")


MORE_SPOKEN = """
async (before) => {
  while (window.spoken.length <= before) await new Promise((next) => setTimeout(next, 30));
}
"""


@pytest.mark.parametrize(
    ("opener", "dialog"),
    [(".now", "people-panel dialog"), (".room-head .menu", "room-sheet dialog"),
     (".seek", "dialog.search")],
)  # fmt: skip
def test_dialogs_take_the_focus_and_give_it_back(
    new_person: NewPerson, opener: str, dialog: str
) -> None:
    alice = new_person(f"오가는{len(opener)}")
    alice.go(alice.make_room("오가는 방")["id"])
    alice.page.focus(opener)
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator(dialog)).to_be_visible()
    assert alice.page.evaluate("document.activeElement.closest('dialog') !== null")
    alice.page.keyboard.press("Escape")
    expect(alice.page.locator(dialog)).to_be_hidden()
    expect(alice.page.locator(opener)).to_be_focused()


FOCUSED = """
() => {
  const one = document.activeElement;
  const shown = [one, one.closest('.composer')].filter(Boolean).some((each) => {
    const look = getComputedStyle(each);
    return (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 1)
      || look.boxShadow !== 'none';
  });
  return [one.id || one.className || one.tagName, one === document.body || shown];
}
"""


def test_keys_reach_everything_and_one_sees_where_one_is(new_person: NewPerson) -> None:
    alice = new_person("자판")
    alice.go("board")
    alice.page.reload()
    alice.connected()
    # Behind the last control the browser's own come, and then the first again.
    while alice.page.evaluate(FOCUSED)[0] != "skip":
        alice.page.keyboard.press("Tab")
    passed: list[str] = []
    while not any("TEXTAREA" in name for name in passed) and len(passed) < 99:
        alice.page.keyboard.press("Tab")
        name, shown = alice.page.evaluate(FOCUSED)
        assert shown, name
        passed.append(name)
    for part in ("name", "field", "room-link", "me", "now", "button seek", "log", "TEXTAREA"):
        assert any(part in name for name in passed), (part, passed)
    alice.page.focus(".skip")
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("textarea")).to_be_focused()


def test_twice_as_large_nothing_is_lost(new_person: NewPerson, world: World) -> None:
    """A window of 1280×800 at 200 % has 640×400 of the page's pixels."""
    person = new_person(at=world.site, viewport={"width": 640, "height": 400})
    person.allow(*ALLOWED)
    entered(person, world, "크게보는이")
    for name in ("board", "talk", "rooms", "people", "message-menu", "search", "me"):
        INSIDE[name](person, world)
        assert not person.page.evaluate(
            "() => document.documentElement.scrollWidth > innerWidth"
        ), name
    INSIDE["board"](person, world)
    expect(person.page.locator("textarea")).to_be_in_viewport(ratio=1)
    expect(person.page.locator(".msg").last).to_be_in_viewport()


def test_with_the_readers_own_colours_edges_stay(new_person: NewPerson, world: World) -> None:
    person = new_person(at=world.site, forced_colors="active")
    entered(person, world, "제색깔")
    INSIDE["talk"](person, world)
    for part in (".send", ".msg .face", ".bubble", ".room-link[aria-current]", ".button"):
        edge = person.page.locator(part).first.evaluate(
            "(one) => [getComputedStyle(one).borderTopStyle, getComputedStyle(one).borderTopWidth]"
        )
        assert edge == ["solid", "1px"], part


def test_who_wants_no_motion_gets_none(new_person: NewPerson) -> None:
    alice = new_person("멈춘이", reduced_motion="reduce")
    alice.go(alice.make_room("고요한 방")["id"])
    alice.page.click(".room-head .menu")
    moving = alice.page.evaluate(
        "document.getAnimations().filter((one) => one.effect.getTiming().duration > 1).length"
    )
    assert moving == 0
