"""Searching in the page: with real keys, by touch, and what it says when there is nothing."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, Person
from tests.browser.test_hangul import commit, compose, composing_enter, plain_enter

MARKUP = "회의 <img src=x onerror=alert(1)> **끝**"


def searches(page: Page) -> list[str]:
    """The questions that the page asks from now on."""
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/api/v1/search" in r.url else None)
    return asked


def opened(person: Person) -> None:
    person.page.click(".seek")
    expect(person.page.locator("search-panel dialog")).to_be_visible()


def test_from_the_field_to_the_message_by_keyboard(new_person: NewPerson) -> None:
    person = new_person("찾는이")
    room = person.make_room("독서 모임")
    person.post(room["id"], "회의를 합시다", *(f"이야기 {n}" for n in range(60)), MARKUP)
    person.go("board")
    person.page.focus(".log")
    person.page.keyboard.press("/")
    field = person.page.locator("search-panel input[type=search]")
    expect(field).to_be_focused()
    person.page.keyboard.insert_text("ㅎㅇ")
    hits = person.page.locator(".hits li")
    expect(hits).to_have_count(2)
    expect(hits.first.locator(".text")).to_have_text(MARKUP)
    expect(person.page.locator(".hits mark")).to_have_text(["회의", "회의"])
    expect(hits.first.locator(".place")).to_have_text("독서 모임")
    for _ in range(2):
        person.page.keyboard.press("ArrowDown")
    expect(hits.nth(1).locator("a")).to_be_focused()
    person.page.keyboard.press("Enter")
    person.page.wait_for_url(f"**/rooms/{room['id']}#m1")
    expect(person.page.locator("search-panel dialog")).to_be_hidden()
    expect(person.message("회의를 합시다")).to_be_in_viewport()


def test_what_is_seen_is_found_and_marked_as_it_was_written(new_person: NewPerson) -> None:
    person = new_person("보고찾는이")
    person.post(person.make_room("방")["id"], "새 **예산**안이 왔어요", "Ich don’t know")
    opened(person)
    for query, marked in (("예산안이", "예산**안이"), ("don't", "don’t")):
        person.page.fill("search-panel input[type=search]", query)
        expect(person.page.locator(".hits mark")).to_have_text([marked])


def test_hangul_is_looked_for_once_it_is_committed(new_person: NewPerson) -> None:
    person = new_person("한글찾기")
    person.post(person.make_room("방")["id"], "회의를 합시다")
    asked = searches(person.page)
    opened(person)
    keys = person.cdp()
    compose(keys, ["ㅎ", "호", "회"])
    commit(keys, "회")
    compose(keys, ["ㅇ", "으", "의"])
    composing_enter(keys)
    commit(keys, "의")
    plain_enter(keys)
    plain_enter(keys)
    field = person.page.locator("search-panel input[type=search]")
    expect(field).to_have_value("회의")
    expect(person.page.locator(".hits mark")).to_have_text(["회의"])
    assert [url for url in asked if "%ED%9A%8C%EC%9D%98" in url] == asked[-1:]
    assert len(asked) <= 2  # The first syllable may have been asked for while the keys came.


def test_escape_gives_the_focus_back_and_a_failure_can_be_tried_again(
    new_person: NewPerson,
) -> None:
    person = new_person("찾다되돌이")
    person.allow("Failed to load resource")
    page = person.page
    page.focus("textarea")
    page.keyboard.press("Control+Shift+F")
    expect(page.locator("search-panel input[type=search]")).to_be_focused()
    status = page.locator(".search-status")
    expect(status).to_contain_text("ㅎㅇ")
    page.route("**/api/v1/search**", lambda route: route.abort())
    page.keyboard.insert_text("없는말")
    expect(status).to_contain_text("찾지 못했어요")
    page.unroute("**/api/v1/search**")
    status.get_by_role("button").click()
    expect(status).to_contain_text("‘없는말’")
    expect(page.locator(".search-body")).to_be_focused()
    for _ in range(2):  # From the answer, and from the field, which keeps what was typed.
        page.keyboard.press("Escape")
        expect(page.locator("search-panel dialog")).to_be_hidden()
        expect(page.locator("textarea")).to_be_focused()
        page.keyboard.press("Control+Shift+F")
        expect(page.locator("search-panel input[type=search]")).to_have_value("없는말")
    page.keyboard.press("Escape")
    page.keyboard.type("a/b")
    expect(page.locator("textarea")).to_have_value("a/b")
    expect(page.locator("search-panel dialog")).to_be_hidden()


@pytest.mark.parametrize(
    ("lang", "scheme", "size"),
    [
        ("ko", "light", "phone"),
        ("en", "dark", "wide"),
        ("en", "dark", "phone"),
        ("ko", "light", "wide"),
    ],
)
def test_filters_and_looks(
    new_person: NewPerson, screens: Path, lang: str, scheme: str, size: str
) -> None:
    window = {**(PHONE if size == "phone" else {}), "color_scheme": scheme}
    person = new_person(f"보는이{lang}{size[0]}", lang=lang, **window)
    room = person.make_room("목요 독서 모임과 함께하는 아주 긴 이름의 방")
    friend = new_person(f"민수{lang}{size[0]}")
    friend.api("POST", "rooms/join", {"code": room["code"]})
    friend.post(room["id"], *(f"{n}번째 회의는 도서관에서 합니다" for n in range(22)))
    person.post(room["id"], "ㅋ" * 300 + "회의" + "ㅋ" * 300)
    person.go(room["id"])
    opened(person)

    def picture(name: str) -> None:
        wide = "() => document.querySelector('search-panel dialog').scrollWidth > innerWidth"
        assert not person.page.evaluate(wide)
        path = screens / f"search-{name}-{lang}-{scheme}-{size}.png"
        person.page.screenshot(path=path, animations="disabled")

    picture("empty")
    page = person.page
    page.select_option("search-panel [name=room]", room["id"])
    page.fill("search-panel input[type=search]", "회의")
    hits = page.locator(".hits li")
    expect(hits).to_have_count(20)
    picture("hits")
    page.locator(".search-rest button").click()
    expect(hits).to_have_count(23)
    page.select_option("search-panel [name=person]", label=f"보는이{lang}{size[0]}")
    expect(hits).to_have_count(1)
    page.fill("search-panel [name=to]", "2020-01-01")
    expect(hits).to_have_count(0)
    expect(page.locator(".search-status strong")).to_be_visible()
    picture("nothing")
    page.locator(".search-status button").click()
    expect(hits).to_have_count(20)
    page.fill("search-panel [name=to]", "2020-01-01")
    page.fill("search-panel [name=from]", "2020-02-01")
    expect(page.locator(".search-status .error")).to_be_visible()
    small = page.evaluate(
        "() => [...document.querySelectorAll('search-panel :is(button, .field, .hits a)')]"
        ".filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5)"
        ".map((one) => one.outerHTML)"
    )
    assert small == []
    page.locator("search-panel .icon-button").click()
    expect(page.locator(".seek")).to_be_focused()
    assert re.search(r"/rooms/\d+$", page.url)
