"""What one does with messages: reply, react, edit, delete; by mouse, by finger and by keys."""

import re
from typing import Any

from playwright.sync_api import CDPSession, Locator, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE, Person
from tests.browser.site import Site
from tests.browser.states import run_in
from tests.browser.test_hangul import HANGUL, KANA, commit, compose, composing_enter, plain_enter

CROWD = """
from chat.models import Membership, User, room_key
from chat.protocol import React
from chat.services.feed import Draft, record
room = room_key("{room}")
crowd = [User.objects.create(nickname=f"c{{n}}", username=f"crowd {{n}}") for n in range(22)]
Membership.objects.bulk_create(Membership(room_id=room, user=one) for one in crowd)
record([Draft(room, one.pk, React("{room}", "r", {seq}, "👍", on=True)) for one in crowd])
"""


def test_a_reaction_is_toggled_and_seen_live_and_its_people_named(new_person: NewPerson) -> None:
    alice, bob = pair(new_person, "반응")
    (row,) = both(alice, bob, "저녁에 산책 갈 사람?")
    hover(alice, row).locator("[data-act=menu]").click()
    alice.page.locator(".panel .quick button").first.click()
    chip = row.locator(".chip[data-emoji='👍']")
    expect(chip).to_have_attribute("aria-pressed", "true")
    theirs = bob.sees("저녁에 산책 갈 사람?").locator(".chip[data-emoji='👍']")
    expect(theirs).to_have_attribute("aria-pressed", "false")
    theirs.click()
    expect(theirs).to_have_attribute("aria-label", "👍 2: 나, 반응하나")
    expect(chip).to_have_attribute("title", "👍 2: 나, 반응둘")
    expect(theirs).to_have_text("👍2")
    expect(chip).to_have_text("👍2")
    theirs.click()
    expect(chip).to_have_text("👍1")
    hover(alice, row).locator("[data-act=react]").click()
    expect(alice.page.locator(".panel.emoji input")).to_be_focused()
    alice.page.keyboard.type("케이크")
    alice.page.keyboard.press("Enter")
    expect(bob.page.locator(".chip[data-emoji='🎂']")).to_have_count(1)
    bob.sees("저녁에 산책 갈 사람?").focus()
    bob.page.keyboard.press("Enter")
    bob.page.locator("[data-deed=who]").click()
    expect(bob.page.locator(".panel.who .name")).to_have_text(["반응하나", "반응하나"])
    bob.page.keyboard.press("Escape")
    alice.page.reload()
    alice.connected()
    expect(alice.page.locator(".chip.on")).to_have_count(2)


def test_a_refused_reaction_is_taken_back_and_the_reason_said(new_person: NewPerson) -> None:
    alice, bob = pair(new_person, "스무")
    both(alice, bob, "스무 가지")
    for emoji in "😀😁😂😃😄😅😆😇😈😉":
        react(alice, emoji)
    for emoji in "🐶🐱🐭🐹🐰🦊🐻🐼🐨🐯":
        react(bob, emoji)
    expect(alice.page.locator(".chip:not(.add)")).to_have_count(20)
    react(alice, "🍎")
    expect(alice.page.locator(".toast")).to_contain_text("반응")
    expect(alice.page.locator(".chip:not(.add)")).to_have_count(20)


def test_a_reaction_among_many_is_mine_in_my_other_window_too(
    new_person: NewPerson, site: Site
) -> None:
    alice = new_person("많은반응")
    room = alice.make_room("많은 반응")["id"]
    (posted,) = alice.post(room, "다들 찬성?")
    run_in(site, CROWD.format(room=room, seq=posted["seq"]))
    alice.go(room)
    window = alice.another_window()
    window.goto(alice.page.url)
    expect(window.locator(".room-head .now")).to_be_visible()
    here, there = (page.locator(".chip[data-emoji='👍']") for page in (alice.page, window))
    for clicked, count, pressed in ((here, 23, "true"), (there, 22, "false"), (there, 23, "true")):
        clicked.click()
        for chip in (here, there):
            expect(chip).to_have_text(f"👍{count}")
            expect(chip).to_have_attribute("aria-pressed", pressed)


def test_a_reply_leads_to_its_source_and_outlives_edit_and_deletion(new_person: NewPerson) -> None:
    alice, bob = pair(new_person, "답장")
    (source,) = both(alice, bob, "몇 시에 볼까요?")
    hover(bob, bob.sees("몇 시에 볼까요?")).locator("[data-act=reply]").click()
    expect(bob.page.locator(".compose-strip")).to_contain_text("답장하나 님에게 답장")
    bob.page.keyboard.press("Escape")
    expect(bob.page.locator(".compose-strip")).to_be_hidden()
    hover(bob, bob.sees("몇 시에 볼까요?")).locator("[data-act=reply]").click()
    bob.page.keyboard.type("일곱 시요")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator(".compose-strip")).to_be_hidden()
    quote = alice.sees("일곱 시요").locator(".quote")
    expect(quote).to_have_text("답장하나몇 시에 볼까요?")
    alice.post(alice.page.url.rsplit("/", 1)[1], *[f"그 사이 {number}" for number in range(30)])
    alice.sees("그 사이 29")
    expect(source).not_to_be_in_viewport()
    quote.click()
    expect(source).to_be_in_viewport()
    expect(source).to_have_class(re.compile(r"\bfound\b"))
    expect(source).to_be_focused()
    alice.page.keyboard.press("Enter")
    alice.page.locator("[data-deed=edit]").click()
    expect(alice.page.locator("textarea")).to_have_value("몇 시에 볼까요?")
    alice.page.keyboard.type(" 저녁에")
    alice.page.keyboard.press("Enter")
    expect(bob.sees("일곱 시요").locator(".quote")).to_contain_text("볼까요? 저녁에")
    delete(alice, alice.sees("몇 시에 볼까요? 저녁에"))
    for person in (alice, bob):
        expect(person.page.locator(".log").get_by_text("몇 시에 볼까요? 저녁에")).to_have_count(0)
        expect(person.sees("일곱 시요").locator(".quote")).to_have_text("지워진 메시지예요")


def test_an_edit_keeps_its_lines_the_draft_and_a_mark(new_person: NewPerson) -> None:
    alice, bob = pair(new_person, "고침")
    both(alice, bob, "첫 글")
    field = alice.page.locator("textarea")
    alice.page.keyboard.type("하나")
    alice.page.keyboard.press("Shift+Enter")
    alice.page.keyboard.type("둘")
    alice.page.keyboard.press("Enter")
    alice.sees("하나\n둘")
    alice.page.keyboard.press("ArrowUp")
    expect(field).to_have_value("하나\n둘")
    alice.page.keyboard.type("과 셋")
    alice.page.keyboard.press("Escape")
    expect(field).to_have_value("")
    alice.page.keyboard.type("쓰다 만 글")
    alice.sees("하나\n둘").focus()
    alice.page.keyboard.press("Enter")
    alice.page.locator("[data-deed=edit]").click()
    expect(field).to_have_value("하나\n둘")
    alice.page.keyboard.type("과 셋")
    alice.page.keyboard.press("Enter")
    expect(field).to_have_value("쓰다 만 글")
    for person in (alice, bob):
        row = person.sees("하나\n둘과 셋")
        mark = row.locator(".note", has_text="수정됨")
        expect(mark).to_have_attribute("title", re.compile("년"))
    hover(bob, bob.sees("하나\n둘과 셋")).locator("[data-act=menu]").click()
    expect(bob.page.locator("[data-deed=reply]")).to_be_visible()
    expect(bob.page.locator("[data-deed=edit], [data-deed=delete]")).to_have_count(0)


def test_an_edit_that_is_being_written_survives_a_reload(new_person: NewPerson) -> None:
    alice = new_person("고치다가")
    room = alice.make_room("고치다 만 방")
    alice.post(room["id"], "앞선 말", "고칠 말")
    alice.go(room["id"])
    field = alice.page.locator("textarea")
    alice.page.fill("textarea", "쓰던 글")
    hover(alice, alice.sees("앞선 말")).locator("[data-act=menu]").click()
    alice.page.locator("[data-deed=edit]").click()
    expect(field).to_have_value("앞선 말")
    alice.page.keyboard.type("을 고침")
    alice.page.reload()
    alice.connected()
    expect(alice.page.locator(".compose-strip")).to_contain_text("앞선 말")
    expect(field).to_have_value("앞선 말을 고침")
    alice.page.press("textarea", "Enter")
    alice.sees("앞선 말을 고침")
    expect(field).to_have_value("쓰던 글")
    alice.page.reload()
    alice.connected()
    expect(alice.page.locator(".compose-strip")).to_be_hidden()
    expect(field).to_have_value("쓰던 글")


def test_a_deleted_message_closes_its_menu_elsewhere(new_person: NewPerson) -> None:
    alice, bob = pair(new_person, "삭제")
    (row,) = both(alice, bob, "곧 지울 말")
    hover(bob, bob.sees("곧 지울 말")).locator("[data-act=menu]").click()
    expect(bob.page.locator(".panel.menu")).to_be_visible()
    delete(alice, row)
    expect(bob.page.locator(".panel")).to_have_count(0)
    for person in (alice, bob):
        expect(person.page.locator(".log").get_by_text("곧 지울 말")).to_have_count(0)
        person.page.reload()
        person.connected()
        expect(person.page.get_by_text("곧 지울 말")).to_have_count(0)


def test_the_keyboard_walks_the_rows_and_comes_back(new_person: NewPerson) -> None:
    alice = new_person("글쇠")
    room = alice.make_room("글쇠 방")
    alice.post(room["id"], "하나", "둘", "셋")
    alice.go(room["id"])
    alice.sees("셋")
    alice.page.locator("textarea").focus()
    alice.page.keyboard.press("Shift+Tab")
    while not alice.page.evaluate("document.activeElement.matches('.msg')"):
        alice.page.keyboard.press("Shift+Tab")
    expect(alice.message("셋")).to_be_focused()
    alice.page.keyboard.press("ArrowUp")
    alice.page.keyboard.press("ArrowUp")
    expect(alice.message("하나")).to_be_focused()
    alice.page.keyboard.press("ContextMenu")
    expect(alice.page.locator(".panel.menu")).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(alice.message("하나")).to_be_focused()
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator(".panel.menu[open]")).to_be_visible()
    alice.page.keyboard.press("Enter")  # the first of the quick emoji
    expect(alice.message("하나").locator(".chip.on")).to_have_text("👍1")
    expect(alice.message("하나")).to_be_focused()
    alice.page.keyboard.press("ArrowDown")
    alice.page.keyboard.press("Enter")
    alice.page.locator("[data-deed=delete]").press("Enter")
    alice.page.keyboard.press("Enter")
    expect(alice.message("둘")).to_have_count(0)
    expect(alice.message("셋")).to_be_focused()
    alice.page.keyboard.press("Escape")
    expect(alice.page.locator("textarea")).to_be_focused()
    # Whoever has said something since comes back to that, from either side.
    alice.page.keyboard.type("넷")
    alice.page.keyboard.press("Enter")
    alice.sees("넷")
    alice.page.keyboard.press("Shift+Tab")
    expect(alice.message("넷")).to_be_focused()
    expect(alice.message("넷")).to_have_attribute(
        "aria-label", re.compile("^글쇠, 오[전후] .*, 넷$")
    )
    alice.post(room["id"], "다섯")
    alice.sees("다섯")
    alice.page.locator(".log").focus()
    alice.page.keyboard.press("Tab")
    expect(alice.message("다섯")).to_be_focused()


def test_fingers_hold_for_the_menu_and_swipe_to_reply(new_person: NewPerson) -> None:
    alice = new_person("손가락", **PHONE)
    room = alice.make_room("손가락 방")
    alice.post(room["id"], "눌러 보세요")
    alice.go(room["id"])
    touch = alice.cdp()
    row = alice.sees("눌러 보세요")
    x, y = middle(row)
    send(touch, "touchStart", x, y)
    expect(alice.page.locator(".panel.menu")).to_be_visible()
    send(touch, "touchEnd")
    expect(alice.page.locator(".panel.menu")).to_be_visible()
    box = alice.page.locator(".panel.menu").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == PHONE["viewport"]["height"]  # type: ignore[index]
    alice.page.locator("[data-deed=copy]").tap()
    expect(alice.page.locator(".toast")).to_be_visible()
    send(touch, "touchStart", x, y)
    for step in range(1, 9):
        send(touch, "touchMove", x + 10 * step, y)
    send(touch, "touchEnd")
    expect(alice.page.locator(".compose-strip")).to_contain_text("눌러 보세요")
    expect(alice.page.locator("textarea")).to_be_focused()


def test_formatting_is_the_servers_and_markup_stays_text(new_person: NewPerson) -> None:
    """A18: markup is shown and never run, when said and when edited; names' order is A4's."""
    alice, bob = pair(new_person, "꾸밈")
    for person in (alice, bob):
        person.page.on("dialog", lambda _dialog: alice.troubles.append("a dialog opened"))
    nasty = "**굵게** <img src=x onerror=alert(1)> [눌러](javascript:alert(2)) `<script>`"
    alice.say(nasty)
    alice.say("```\n<b>가</b>\n```")
    for person in (alice, bob):
        expect(person.page.locator(".rich strong")).to_have_text("굵게")
        expect(person.page.locator(".code pre")).to_have_text("<b>가</b>")
        expect(person.page.locator(".log img, .log script, .log .rich a, .log b")).to_have_count(0)
    edited = "<svg onload=alert(3)> *기울게*"
    alice.page.keyboard.press("ArrowUp")
    alice.page.fill("textarea", edited)
    alice.page.keyboard.press("Enter")
    expect(bob.page.locator(".rich em")).to_have_text("기울게")
    expect(bob.page.locator(".log .text").last).to_contain_text("<svg onload=alert(3)>")
    expect(bob.page.locator(".log .text svg")).to_have_count(0)


def test_directions_that_a_message_turns_stay_turned_within_it_alone(
    new_person: NewPerson,
) -> None:
    """A18: signs that turn the direction of writing, never closed, and what stands around them."""
    alice, bob = pair(new_person, "방향")
    turned = "\u202egpj.exe \u2067abc \u2066\u202dxyz"
    row = bob.sees(both(alice, bob, "앞 말")[0].locator(".text").inner_text())
    bob.say("제 말")
    alice.say(turned)
    turning = bob.page.locator(".log .msg", has_text="gpj.exe").first
    hover(bob, turning).locator("[data-act=react]").click()
    bob.page.locator(".panel.emoji input").fill("👍")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator(".chip.on")).to_have_text("👍1")
    hover(bob, turning).locator("[data-act=reply]").click()
    expect(bob.page.locator(".compose-strip")).to_contain_text("gpj.exe")
    around = [".compose-strip bdi", ".log .who .name", ".log .who time", ".chip.on"]
    for name in around:
        assert runs_forward(bob.page.locator(name).last), name
    bob.say("네 그 말요")
    bob.say("**굵게** 123 abc")
    expect(bob.page.locator(".log .quote")).to_contain_text("gpj.exe")
    alice.go("board")
    preview = alice.page.locator(".room-link", has_text="방향 방")
    bob_list = bob.page.locator(".room-link", has_text="방향 방")
    for part in (
        *(bob.page.locator(name).last for name in (".log .quote bdi", ".log .meta", ".log .text")),
        *(link.locator(name) for link in (preview, bob_list) for name in (".title", ".when")),
        row.locator(".text"),
    ):
        expect(part).to_be_visible()
        assert runs_forward(part), part
    # What was turned is turned, so the measure sees it.
    assert not runs_forward(turning.locator(".text"))


def runs_forward(part: Locator) -> bool:
    """Whether each letter or digit stands right of the one before it, or below it."""
    forward: bool = part.evaluate(
        """(element) => {
            const SIGNS = /[\\p{L}\\p{N}\\p{Emoji_Presentation}]/gu;
            const places = [];
            const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                for (const { 0: sign, index } of node.data.matchAll(SIGNS)) {
                    const range = document.createRange();
                    range.setStart(node, index);
                    range.setEnd(node, index + sign.length);
                    const { left, top, height } = range.getBoundingClientRect();
                    if (height) places.push([left, top + height / 2]);
                }
            }
            return places.length > 1 && places.every(([left, middle], at) =>
                !at || left > places[at - 1][0] || middle > places[at - 1][1] + 4);
        }"""
    )
    return forward


def test_names_are_offered_while_hangul_is_composed_and_never_fight_it(
    new_person: NewPerson,
) -> None:
    alice, bob = pair(new_person, "부름")
    field = alice.page.locator("textarea")
    options = alice.page.locator(".mentions [role=option]")
    keys = alice.cdp()
    alice.page.keyboard.type("@")
    expect(options).to_have_text(["부부름둘"])
    compose(keys, ["ㅂ", "부", "불", "부르"])
    expect(options).to_have_text(["부부름둘"])
    expect(field).to_have_value("@부르")
    compose(keys, ["부를"])
    expect(options).to_have_count(0)
    compose(keys, ["부름"])
    expect(options).to_have_text(["부부름둘"])
    composing_enter(keys)
    commit(keys, "부름")
    plain_enter(keys)
    expect(field).to_have_value("@부름둘 ")
    expect(options).to_have_count(0)
    alice.page.keyboard.insert_text("어서 와요")
    alice.page.keyboard.press("Enter")
    expect(bob.page.locator(".mention.me")).to_have_text("@부름둘")
    expect(bob.page.locator(".mention.me")).to_have_css("display", "inline")
    expect(alice.page.locator(".log .msg")).to_have_count(1)
    # Safari's order: the composition ends first, and no line break follows.
    alice.page.keyboard.type("@")
    compose(keys, ["부"])
    expect(options).to_have_text(["부부름둘"])
    commit(keys, "부")
    enter = {"windowsVirtualKeyCode": 229, "key": "Enter", "code": "Enter"}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    expect(field).to_have_value("@부름둘 ")
    # What is only being confirmed chooses nobody.
    alice.page.keyboard.type("@")
    compose(keys, KANA[:1])
    composing_enter(keys)
    commit(keys, KANA[0])
    expect(field).to_have_value(f"@부름둘 @{KANA[0]}")
    alice.page.fill("textarea", "")
    alice.page.keyboard.type("그런데 @")
    compose(keys, ["ㅂ", "부"])
    options.first.click()
    expect(field).to_have_value("그런데 @부름둘 ")
    expect(field).to_be_focused()
    alice.page.keyboard.press("Backspace")
    alice.page.keyboard.insert_text("아, 봤어?")
    alice.page.keyboard.press("Enter")
    expect(bob.page.locator(".mention.me")).to_have_count(2)
    expect(alice.page.locator(".log .msg")).to_have_count(2)
    # A name that is written to its end needs no choosing: one Enter sends.
    alice.page.keyboard.type("@")
    compose(keys, ["부름두", "부름둘"])
    expect(options).to_have_text(["부부름둘"])
    composing_enter(keys)
    commit(keys, "부름둘")
    plain_enter(keys)
    expect(bob.page.locator(".mention.me")).to_have_count(3)
    expect(field).to_have_value("")
    expect(options).to_have_count(0)
    alice.page.keyboard.insert_text("@부름둘")
    expect(options).to_have_text(["부부름둘"])
    alice.page.keyboard.press("Enter")
    expect(bob.page.locator(".mention.me")).to_have_count(4)
    expect(alice.page.locator(".log .msg")).to_have_count(4)


def test_an_edit_is_saved_by_one_hangul_enter_in_every_order(new_person: NewPerson) -> None:
    alice = new_person("고침글쇠")
    room = alice.make_room("고침 글쇠")
    alice.post(room["id"], "처음")
    alice.go(room["id"])
    alice.page.focus("textarea")
    keys = alice.cdp()

    def edited(text: str) -> None:
        alice.sees(text)
        expect(alice.page.locator("textarea")).to_have_value("")
        expect(alice.page.locator(".log .msg")).to_have_count(1)

    alice.page.keyboard.press("ArrowUp")
    compose(keys, HANGUL)
    composing_enter(keys)
    commit(keys, "한글")
    plain_enter(keys)
    edited("처음한글")
    alice.page.keyboard.press("ArrowUp")
    compose(keys, KANA)
    composing_enter(keys)
    commit(keys, "日本")
    expect(alice.page.locator("textarea")).to_have_value("처음한글日本")
    plain_enter(keys)
    edited("처음한글日本")
    alice.page.keyboard.press("ArrowUp")
    compose(keys, HANGUL)
    composing_enter(keys)
    commit(keys, "한글")
    edited("처음한글日本한글")
    stored = alice.api("GET", f"rooms/{room['id']}/messages?limit=9")["messages"]
    assert [state["text"] for state in stored] == ["처음한글日本한글"]


def pair(new_person: NewPerson, name: str, **window: Any) -> tuple[Person, Person]:
    """Two people in a room of their own."""
    alice, bob = new_person(f"{name}하나", **window), new_person(f"{name}둘", **window)
    room = alice.make_room(f"{name} 방")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    for person in (alice, bob):
        person.go(room["id"])
    return alice, bob


def both(alice: Person, bob: Person, *texts: str) -> list[Locator]:
    """Alice says these and both see them; her rows."""
    for text in texts:
        alice.say(text)
        bob.sees(text)
    return [alice.sees(text) for text in texts]


def hover(person: Person, row: Locator) -> Locator:
    row.locator(".text").hover()
    bar = person.page.locator(".act-bar")
    expect(bar).to_be_visible()
    return bar


def delete(person: Person, row: Locator) -> None:
    hover(person, row).locator("[data-act=menu]").click()
    person.page.locator("[data-deed=delete]").click()
    person.page.locator("[data-deed=sure]").click()


def react(person: Person, emoji: str) -> None:
    """Chooses one in the picker, on the only message."""
    hover(person, person.page.locator(".log .msg")).locator("[data-act=react]").click()
    person.page.locator(".panel.emoji input").fill(emoji)
    person.page.keyboard.press("Enter")
    expect(person.page.locator(".panel")).to_have_count(0)


def middle(row: Locator) -> tuple[float, float]:
    box = row.locator(".text").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def send(touch: CDPSession, kind: str, x: float = 0, y: float = 0) -> None:
    points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
    touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
