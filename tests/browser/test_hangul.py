"""A13: one Enter sends Hangul once and whole, nothing that is being confirmed; with real keys."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, Person

HANGUL = ["ㅎ", "하", "한", "한그", "한글"]
KANA = ["に", "にほ", "にほん", "日本"]


def test_chromium_order_sends_once(new_person: NewPerson) -> None:
    person, keys = writer(new_person, "크롬순서")
    for _ in range(3):
        compose(keys, HANGUL)
        composing_enter(keys)
        commit(keys, "한글")
        plain_enter(keys)
    settled(person, ["한글", "한글", "한글"])


def test_where_no_line_break_follows_it_is_sent_all_the_same(new_person: NewPerson) -> None:
    person, keys = writer(new_person, "맥순서")
    compose(keys, HANGUL)
    composing_enter(keys)
    commit(keys, "한글")
    settled(person, ["한글"])


def test_safari_order_sends_once(new_person: NewPerson) -> None:
    person, keys = writer(new_person, "사파리순서")
    compose(keys, HANGUL)
    commit(keys, "한글")
    keys.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Enter", "code": "Enter"},
    )
    settled(person, ["한글"])


def test_a_second_clean_enter_sends_nothing_more(new_person: NewPerson) -> None:
    person, keys = writer(new_person, "두번째")
    compose(keys, HANGUL)
    composing_enter(keys)
    commit(keys, "한글")
    plain_enter(keys)
    plain_enter(keys)
    settled(person, ["한글"])


def test_a_sentence_whose_last_syllable_is_open_goes_whole(new_person: NewPerson) -> None:
    person, keys = writer(new_person, "온문장")
    person.page.keyboard.insert_text("안녕하세")
    compose(keys, ["ㅇ", "요"])
    composing_enter(keys)
    commit(keys, "요")
    plain_enter(keys)
    settled(person, ["안녕하세요"])


@pytest.mark.parametrize("order", ["enter first", "end first"])
def test_confirming_japanese_sends_nothing(new_person: NewPerson, order: str) -> None:
    person, keys = writer(new_person, "일본" + order[:3])
    compose(keys, KANA)
    if order == "enter first":
        composing_enter(keys)
        commit(keys, "日本")
    else:
        commit(keys, "日本")
        keys.send(
            "Input.dispatchKeyEvent",
            {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Enter", "code": "Enter"},
        )
    expect(person.page.locator("textarea")).to_have_value("日本")
    person.page.keyboard.type("語")
    expect(person.page.locator("textarea")).to_have_value("日本語")
    expect(person.page.locator(".log .msg")).to_have_count(0)
    plain_enter(keys)
    settled(person, ["日本語"])


def test_the_button_sends_an_open_syllable_once(new_person: NewPerson) -> None:
    person, keys = writer(new_person, "단추", **PHONE)
    compose(keys, HANGUL)
    person.page.tap(".send")
    person.sees("한글")
    commit(keys, "")
    settled(person, ["한글"])


def test_on_touch_keyboards_enter_is_a_line(new_person: NewPerson) -> None:
    person, keys = writer(new_person, "손끝", **PHONE)
    person.page.keyboard.insert_text("첫 줄")
    plain_enter(keys)
    person.page.keyboard.insert_text("둘째 줄")
    expect(person.page.locator("textarea")).to_have_value("첫 줄\n둘째 줄")
    person.page.tap(".send")
    settled(person, ["첫 줄\n둘째 줄"])


def test_nickname_and_code_take_hangul_with_one_enter(new_person: NewPerson) -> None:
    person = new_person()
    person.page.goto(person.url)
    person.page.focus("input[name=nickname]")
    keys = person.cdp()
    compose(keys, HANGUL)
    composing_enter(keys)
    commit(keys, "한글")
    plain_enter(keys)
    person.page.wait_for_url("**/rooms/board")
    expect(person.page.locator(".me bdi")).to_have_text("한글")


def writer(
    new_person: Callable[..., Person], name: str, **window: object
) -> tuple[Person, CDPSession]:
    """Someone in an empty room of their own, with the caret in the field."""
    person = new_person(name, **window)
    person.go(person.make_room(f"{name} 방")["id"])
    person.page.focus("textarea")
    return person, person.cdp()


def compose(keys: CDPSession, steps: list[str]) -> None:
    for text in steps:
        keys.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )


def composing_enter(keys: CDPSession) -> None:
    keys.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Process", "code": "Enter"},
    )


def commit(keys: CDPSession, text: str) -> None:
    keys.send("Input.insertText", {"text": text})


def plain_enter(keys: CDPSession) -> None:
    key = {"windowsVirtualKeyCode": 13, "key": "Enter", "code": "Enter"}
    keys.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "\r", **key})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


def settled(person: Person, texts: list[str]) -> None:
    """The field is empty, these were sent, and nothing more comes of it."""
    expect(person.page.locator(".log .text")).to_have_text(texts, use_inner_text=True)
    expect(person.page.locator("textarea")).to_have_value("")
    # A marker sent afterwards is the next message: so nothing else was on its way.
    person.page.fill("textarea", "끝")
    person.page.click(".send")
    expect(person.page.locator(".log .text")).to_have_text([*texts, "끝"], use_inner_text=True)
    expect(person.page.locator(".msg.pending")).to_have_count(0)
    stored = person.api("GET", f"rooms/{person.page.url.rsplit('/', 1)[1]}/messages?limit=200")
    assert [state["text"] for state in stored["messages"]] == [*texts, "끝"]
