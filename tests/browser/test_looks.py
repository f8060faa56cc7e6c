"""Every page in both languages, light and dark, phone and wide: nothing overflows."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, WIDE
from tests.browser.site import Site

LOOKS = [
    ("ko", "light", "phone"),
    ("en", "dark", "phone"),
    ("en", "light", "wide"),
    ("ko", "dark", "wide"),
]
PAGES = ["/rooms", "/rooms/new", "/join", "/me"]
WIDER = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize(("lang", "scheme", "size"), LOOKS)
def test_pages(
    new_person: NewPerson, site: Site, screens: Path, lang: str, scheme: str, size: str
) -> None:
    window: dict[str, Any] = {**(PHONE if size == "phone" else WIDE), "color_scheme": scheme}
    person = new_person(lang=lang, **window)
    person.allow("status of 404")

    def picture(name: str) -> None:
        assert not person.page.evaluate(WIDER), f"{name} is wider than the window"
        path = screens / f"{name}-{lang}-{scheme}-{size}.png"
        person.page.screenshot(path=path, animations="disabled")

    person.page.goto(site.url)
    picture("enter")
    person.enter(f"하늘{LOOKS.index((lang, scheme, size))}")
    friend = new_person(f"민수{LOOKS.index((lang, scheme, size))}")
    friend.post(
        "board",
        "저녁에 산책 갈 사람? 🍂",
        "일곱 시에 다리 앞에서 만나요\nhttps://map.example/riverside",
    )
    person.page.fill("textarea", "저도 갈게요!")
    person.page.click(".send")
    expect(person.page.locator(".msg.mine:not(.pending)").last).to_contain_text("저도 갈게요!")
    picture("board")
    person.page.click(".now")
    picture("people")
    person.page.keyboard.press("Escape")
    room = person.make_room("목요 독서 모임")
    person.go(room["id"])
    expect(person.page.locator(".empty .code")).to_be_visible()
    picture("room-empty")
    for path in PAGES:
        person.page.goto(site.url + path)
        person.page.wait_for_load_state("networkidle")
        picture(path.strip("/").replace("/", "-"))
    person.page.goto(f"{site.url}/rooms/987654")
    picture("not-found")


def test_nothing_overflows_at_320_pixels(new_person: NewPerson, site: Site) -> None:
    person = new_person("가" * 20, viewport={"width": 320, "height": 568}, has_touch=True)
    room = person.make_room("아주아주긴이름의방" * 6)
    person.post(room["id"], "ㅋ" * 500, "https://example.com/" + "a" * 300, "짧은 말")
    person.go(room["id"])
    person.sees("짧은 말")
    for path in [f"/rooms/{room['id']}", *PAGES]:
        person.page.goto(site.url + path)
        assert not person.page.evaluate(WIDER), path
        small = person.page.evaluate(
            "() => [...document.querySelectorAll('a.button, button, .icon-button, .field')]"
            ".filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5"
            " && !one.matches('.now'))"
            ".map((one) => one.outerHTML)"
        )
        assert small == [], path
