"""Two people talk in Firefox and in WebKit: rooms, menus, dialogs, keys, drafts, Hangul, search."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.webdriver.conftest import NewWindow
from tests.webdriver.window import Window

COMPOSE = """
const field = document.activeElement;
const fire = (Type, name, more) => field.dispatchEvent(
    new Type(name, {bubbles: true, cancelable: true, composed: true, ...more}));
const key = (name, more) => fire(KeyboardEvent, name, more);
const before = field.value;
const put = (text) => {
    field.value = before + text;
    fire(InputEvent, 'input', {data: text, inputType: 'insertCompositionText', isComposing: true});
};
const [steps, enter] = arguments;
fire(CompositionEvent, 'compositionstart', {data: ''});
for (const text of steps) {
    key('keydown', {key: 'Process', keyCode: 229, isComposing: true});
    fire(CompositionEvent, 'compositionupdate', {data: text});
    put(text);
}
const last = steps.at(-1);
const confirming = {key: 'Enter', code: 'Enter', keyCode: 229};
if (enter === 'inside') key('keydown', {...confirming, isComposing: true});
fire(CompositionEvent, 'compositionend', {data: last});
if (enter === 'after') key('keydown', confirming);
"""
"""Composing as an input method does it; WebDriver can't reach a real one."""


def pair(new_window: NewWindow, title: str) -> tuple[Window, Window, str]:
    """Two people in one room."""
    alice, bob = new_window("앨리스"), new_window("보람")
    room = alice.make_room(title)
    bob.api("POST", "rooms/join", {"code": room["code"]})
    for person in (alice, bob):
        person.go(room["id"])
    return alice, bob, room["id"]


def test_two_people_talk_in_a_room_by_its_code(new_window: NewWindow) -> None:
    alice, bob = new_window("앨리스"), new_window("보람")
    alice.click("a[href='/rooms/new']")
    alice.fill("input[name=title]", "목요 독서 모임")
    alice.press("input[name=title]", Keys.ENTER)
    code = alice.text(".empty .code")
    alice.connected()
    bob.fill(".code-form input[name=code]", code)
    bob.press(".code-form input[name=code]", Keys.ENTER)
    bob.one("h1", "목요 독서 모임")
    bob.connected()
    alice.say("3장까지 읽어 오기로 해요")
    bob.sees("3장까지 읽어 오기로 해요")
    bob.fill("textarea", "네, **목요일**에 봬요!")
    bob.click(".send")
    alice.sees("네, 목요일에 봬요!")
    bob.sees("네, 목요일에 봬요!")
    assert alice.texts(".log .text strong") == ["목요일"]
    assert [row["text"] for row in alice.rows()] == [row["text"] for row in bob.rows()]
    bob.open("/rooms/board")
    bob.connected()
    alice.say("이제 우리끼리 말고 나만")
    bob.one(".room-link .preview", "이제 우리끼리 말고 나만")
    assert "이제 우리끼리" not in "".join(bob.texts(".log"))


def test_a_message_is_answered_reacted_to_edited_and_deleted(new_window: NewWindow) -> None:
    alice, bob, _room = pair(new_window, "손대기")
    alice.say("몇 시에 볼까요?")
    bob.hover(bob.sees("몇 시에 볼까요?"))
    bob.click("[data-act=menu]")
    bob.click(".panel .quick button")
    alice.one(".chip[data-emoji='👍']")
    bob.hover(bob.sees("몇 시에 볼까요?"))
    bob.click("[data-act=reply]")
    bob.one(".compose-strip", "앨리스")
    bob.say("일곱 시요")
    alice.sees("일곱 시요")
    alice.one(".quote", "몇 시에 볼까요?")
    alice.click("textarea")
    alice.keys(Keys.ARROW_UP)
    alice.until(lambda: alice.value("textarea") == "몇 시에 볼까요?", "the text to edit")
    alice.keys("!")
    alice.keys(Keys.ENTER)
    bob.sees("몇 시에 볼까요?!")
    alice.hover(alice.sees("몇 시에 볼까요?!"))
    alice.click("[data-act=menu]")
    alice.click("[data-deed=delete]")
    alice.click(".panel .danger")
    bob.one(".quote", "지워진 메시지예요")
    assert [row["text"] for row in bob.rows() if row["text"]] == ["일곱 시요"]


def test_dialogs_open_close_by_escape_and_give_the_focus_back(new_window: NewWindow) -> None:
    alice = new_window("앨리스")
    alice.go(alice.make_room("창 여는 방")["id"])
    for button, dialog in (
        (".room-head .menu", "room-sheet dialog"),
        (".room-head .now", "people-panel dialog"),
        (".room-head .seek", "search-panel dialog"),
    ):
        alice.click(button)
        alice.one(dialog)
        alice.keys(Keys.ESCAPE)
        alice.none(dialog)
        alice.focused(button)


def test_keys_do_what_the_sheet_says(new_window: NewWindow) -> None:
    alice = new_window("앨리스")
    alice.make_room("자전거 여행")
    alice.go(alice.make_room("두 줄")["id"])
    alice.click("textarea")
    alice.keys("첫 줄")
    alice.keys(Keys.SHIFT, Keys.ENTER)
    alice.keys("둘째 줄")
    alice.keys(Keys.ENTER)
    alice.sees("첫 줄\n둘째 줄")
    alice.keys(Keys.CONTROL, "k")
    alice.focused(".switcher input")
    alice.keys("ㅈㅈㄱ")
    alice.one(".switcher [role=option]", "자전거 여행")
    alice.keys(Keys.ENTER)
    alice.one("h1", "자전거 여행")
    alice.connected()


def test_a_draft_is_kept_by_room_and_outlives_a_reload(new_window: NewWindow) -> None:
    alice = new_window("앨리스")
    first, second = alice.make_room("첫째")["id"], alice.make_room("둘째")["id"]
    alice.go(first)
    alice.fill("textarea", "쓰다 만 말")
    alice.one(".room-link", "둘째").click()
    alice.one("h1", "둘째")
    assert alice.value("textarea") == ""
    alice.go(second)
    alice.go(first)
    alice.until(lambda: alice.value("textarea") == "쓰다 만 말", "the draft")
    alice.reload()
    alice.connected()
    assert alice.value("textarea") == "쓰다 만 말"


@pytest.mark.parametrize("enter", ["inside", "after"])
def test_hangul_that_is_composed_goes_out_once_and_whole(new_window: NewWindow, enter: str) -> None:
    """Enter while composing (Firefox, Chromium) and just behind its end (Safari)."""
    alice = new_window("앨리스")
    room = alice.make_room("한글 방")["id"]
    alice.go(room)
    alice.click("textarea")
    alice.run(COMPOSE, ["ㅎ", "하", "한", "한그", "한글"], enter)
    alice.sees("한글")
    alice.until(lambda: alice.value("textarea") == "", "an empty field")
    alice.say("끝")
    alice.sees("끝")
    assert alice.stored(room) == ["한글", "끝"]


def test_search_finds_and_opens_by_keys(new_window: NewWindow) -> None:
    alice = new_window("앨리스")
    room = alice.make_room("독서 모임")["id"]
    alice.post(room, "회의를 합시다", *(f"이야기 {n}" for n in range(40)))
    alice.open("/rooms/board")
    alice.connected()
    alice.click(".seek")
    alice.focused("search-panel input[type=search]")
    alice.keys("ㅎㅇ")
    alice.one(".hits li", "회의를 합시다")
    assert alice.texts(".hits mark") == ["회의"]
    alice.keys(Keys.ARROW_DOWN)
    alice.focused(".hits a")
    alice.keys(Keys.ENTER)
    alice.one("h1", "독서 모임")
    alice.none("search-panel dialog")
    found = alice.sees("회의를 합시다")
    alice.until(
        lambda: alice.run(
            "const box = arguments[0].getBoundingClientRect();"
            "return box.top >= 0 && box.bottom <= innerHeight",
            found,
        ),
        "the message in view",
    )
