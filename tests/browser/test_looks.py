"""Every state in both languages, light and dark, phone and wide: looked at, and nothing overflows.

`bin/screens` keeps the pictures of all eight ways in docs/screens.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, WIDE
from tests.browser.pictures import save_small
from tests.browser.site import Site
from tests.browser.states import INSIDE, VISITOR, World, entered

FOUR = [
    ("ko", "light", "phone"),
    ("en", "dark", "phone"),
    ("en", "light", "wide"),
    ("ko", "dark", "wide"),
]
OTHERS = [(lang, "dark" if scheme == "light" else "light", size) for lang, scheme, size in FOUR]
LOOKS = FOUR + (OTHERS if os.environ.get("SCREENS") else [])
PAGES = ["/rooms", "/rooms/new", "/join", "/me"]
WIDER = "() => document.documentElement.scrollWidth > innerWidth"
# What is cut off although it does not mean to be: text wider than the box that holds it. A chip
# is wider for fingers than for eyes.
CUT = """
() => [...document.querySelectorAll('h1, h2, p, button, a, label, .name, .text, .title')]
  .filter((one) => one.checkVisibility() && !one.closest('.clip, .quiet, .skip, .chip'))
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
  .filter((one) => getComputedStyle(one).textOverflow !== 'ellipsis')
  .filter((one) => !one.querySelector('.clip, pre') && getComputedStyle(one).display !== 'inline')
  .map((one) => one.outerHTML.slice(0, 160))
"""


def picture(page: Page, name: str, folder: Path) -> None:
    """Takes one, of a page that must not be wider than its window nor cut words off."""
    assert not page.evaluate(WIDER), f"{name} is wider than the window"
    assert page.evaluate(CUT) == [], name
    png = page.screenshot(animations="disabled", caret="hide")
    save_small(png, folder / f"{name}.png")


@pytest.mark.parametrize(("lang", "scheme", "size"), LOOKS)
def test_states(
    new_person: NewPerson,
    world: World,
    screens: Path,
    lang: str,
    scheme: str,
    size: str,
) -> None:
    window: dict[str, Any] = {**(PHONE if size == "phone" else WIDE), "color_scheme": scheme}
    person = new_person(at=world.site, lang=lang, **window)
    person.allow("status of 4", "WebSocket", "net::ERR", "Failed to load resource")
    end = f"{lang}-{scheme}-{size}"
    for name, reach in VISITOR.items():
        reach(person, world)
        picture(person.page, f"{name}-{end}", screens)
    at = (FOUR + OTHERS).index((lang, scheme, size))
    names = ["하늘", "Sky", "Robin", "노을", "Wren", "구름", "바다", "Fern"]
    entered(person, world, names[at])
    for name, reach in INSIDE.items():
        reach(person, world)
        picture(person.page, f"{name}-{end}", screens)
    person.context.set_offline(False)


def test_nothing_overflows_at_320_pixels(new_person: NewPerson, site: Site) -> None:
    person = new_person("가" * 20, viewport={"width": 320, "height": 568}, has_touch=True)
    room = person.make_room("아주아주긴이름의방" * 6)
    person.post(room["id"], "ㅋ" * 500, "https://example.com/" + "a" * 300, "짧은 말")
    friend = new_person("ᄀ" * 20)
    friend.api("POST", "rooms/join", {"code": room["code"]})
    friend.post(room["id"], "긴 이름", "```\n" + "x" * 400 + "\n```", "> " + "인용" * 80)
    person.go(room["id"])
    person.sees("짧은 말")
    expect(person.page.locator("pre")).to_be_visible()
    for path in [f"/rooms/{room['id']}", *PAGES]:
        person.page.goto(site.url + path)
        assert not person.page.evaluate(WIDER), path
        assert person.page.evaluate(CUT) == [], path
