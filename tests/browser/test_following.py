"""The log follows the newest while one writes, however high the field grows."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, WIDE
from tests.browser.test_phone import AT_END

HEIGHT = "(one) => one.getBoundingClientRect().height"


@pytest.mark.parametrize("window", [PHONE, WIDE], ids=["phone", "wide"])
def test_writing_several_lines_keeps_the_end_in_view(
    new_person: NewPerson, window: dict[str, Any]
) -> None:
    size = window["viewport"]["width"]
    alice = new_person(f"긴글{size}", **window)
    bob = new_person(f"답글{size}")
    room = alice.make_room("길게 쓰는 방")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    alice.post(room["id"], *[f"줄 {number}" for number in range(40)])
    alice.go(room["id"])
    page = alice.page
    expect(alice.sees("줄 39")).to_be_in_viewport()
    field = page.locator("textarea")
    field.focus()
    one_line = field.evaluate(HEIGHT)
    for line in ("첫째 줄", "둘째 줄", "셋째 줄"):
        page.keyboard.type(line)
        page.keyboard.press("Shift+Enter")
    page.keyboard.type("넷째 줄")
    expect(field).to_have_value("첫째 줄\n둘째 줄\n셋째 줄\n넷째 줄")
    assert field.evaluate(HEIGHT) > 2 * one_line
    page.wait_for_function(f"() => ({AT_END})(document.querySelector('.log'))")
    expect(page.locator(".pill.down")).to_be_hidden()
    for number in range(3):
        bob.post(room["id"], f"그사이 {number}")
        expect(alice.sees(f"그사이 {number}")).to_be_in_viewport(ratio=1)
    page.wait_for_function(f"() => ({AT_END})(document.querySelector('.log'))")

    # The field goes back with its text, and the end stays.
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("짧게")
    assert field.evaluate(HEIGHT) == one_line
    bob.post(room["id"], "다시 짧아진 뒤")
    expect(alice.sees("다시 짧아진 뒤")).to_be_in_viewport(ratio=1)
    page.wait_for_function(f"() => ({AT_END})(document.querySelector('.log'))")
