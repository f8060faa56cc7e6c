"""Two people in a room talk, a third one outside sees nothing; it is shown as it was written."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.person import PHONE


def test_two_people_talk_in_a_room_and_a_third_sees_nothing_of_it(new_person: NewPerson) -> None:
    alice = new_person("가람")
    bob = new_person("보람", **PHONE)
    charlie = new_person("다람")
    alice.page.click("a[href='/rooms/new']")
    alice.page.fill("input[name=title]", "목요 독서 모임")
    alice.page.keyboard.press("Enter")
    code = alice.page.locator(".empty .code").inner_text()
    bob.page.click(".room-head .back")
    bob.page.fill(".code-form input[name=code]", code)
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("h1")).to_have_text("목요 독서 모임")
    alice.connected()
    alice.say("3장까지 읽어 오기로 해요")
    bob.sees("3장까지 읽어 오기로 해요")
    bob.page.fill("textarea", "네, 목요일에 봬요!")
    bob.page.tap(".send")
    alice.sees("네, 목요일에 봬요!")
    bob.sees("네, 목요일에 봬요!")
    expect(bob.page.locator("textarea")).to_be_focused()
    charlie.say("마당에만 있어요")
    charlie.sees("마당에만 있어요")
    texts = [row["text"] for row in charlie.rows()]
    assert "3장까지 읽어 오기로 해요" not in texts
    assert "독서" not in charlie.page.content()
    assert [row["text"] for row in alice.rows()] == [row["text"] for row in bob.rows()]


def test_people_here_are_counted_once_and_named(new_person: NewPerson) -> None:
    alice = new_person("한별")
    room = alice.make_room("누가 있나")
    alice.go(room["id"])
    other = alice.another_window()
    other.goto(alice.page.url)
    bob = new_person("은별")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    bob.go(room["id"])
    expect(alice.page.locator(".now")).to_have_text("지금 2명")
    alice.page.click(".now")
    expect(alice.page.locator(".people .name")).to_have_count(2)
    assert set(alice.page.locator(".people .name").all_inner_texts()) == {"한별", "은별"}
    alice.page.keyboard.press("Escape")
    expect(alice.page.locator(".now")).to_be_focused()
    bob.page.goto(f"{bob.url}/rooms/board")
    expect(alice.page.locator(".now")).to_have_text("지금 1명")


def test_markup_is_text_and_links_are_safe(new_person: NewPerson) -> None:
    alice = new_person("글쓴이")
    room = alice.make_room("날것")
    alice.go(room["id"])
    nasty = "<img src=x onerror=alert(1)><script>alert(2)</script><b>굵게</b> &amp;"
    alice.page.on("dialog", lambda dialog: alice.troubles.append("a dialog opened"))
    alice.say(nasty)
    alice.sees(nasty)
    expect(alice.page.locator(".log img, .log script, .log b")).to_have_count(0)
    alice.say("javascript:alert(3) 그리고 https://example.com/a에서 봐요")
    link = alice.page.locator(".log a")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "https://example.com/a")
    assert "noopener" in (link.get_attribute("rel") or "")


def test_links_are_found_in_formatted_text_as_well_and_lead_where_they_say(
    new_person: NewPerson,
) -> None:
    alice = new_person("주소쟁이")
    room = alice.make_room("주소들")
    alice.go(room["id"])
    texts = {
        "http://[2001:db8::1]을 봐 **b**": "http://[2001:db8::1]/",
        "https://zh.wikipedia.org/wiki/列夫·托尔斯泰 `x`": (
            "https://zh.wikipedia.org/wiki/%E5%88%97%E5%A4%AB%C2%B7%E6%89%98%E5%B0%94%E6%96%AF%E6%B3%B0"
        ),
        "**https://a.example/_b_c**는": "https://a.example/_b_c",
        "[집](https://a.example/d) `https://a.example/code`": "https://a.example/d",
        "[`https://bank.com/login`](http://evil.example)": "http://evil.example/",
    }
    alice.post(room["id"], *texts)
    rows = alice.page.locator(".log .msg .text.rich")
    expect(rows).to_have_count(len(texts))
    for number, opens in enumerate(texts.values()):
        link = rows.nth(number).locator("a")
        expect(link).to_have_count(1)
        assert link.evaluate("link => link.href") == opens
        assert link.get_attribute("target") == "_blank"
        assert "noopener" in (link.get_attribute("rel") or "")
    expect(rows.last).to_have_text("http://evil.example")


def test_every_end_of_a_line_looks_like_one(new_person: NewPerson) -> None:
    alice = new_person("줄")
    room = alice.make_room("줄의 끝")
    alice.go(room["id"])
    ends = ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"]
    alice.post(room["id"], *(sign + "a" + sign + end + "b" for sign in ("", "*") for end in ends))
    rows = alice.page.locator(".log .msg .text")
    expect(rows).to_have_count(2 * len(ends))
    assert set(rows.all_inner_texts()) == {"a\nb"}
    heights = rows.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert max(heights) - min(heights) < 2, heights


def test_newlines_are_kept_and_long_words_break(new_person: NewPerson) -> None:
    alice = new_person("줄바꿈")
    room = alice.make_room("줄과 낱말")
    alice.go(room["id"])
    alice.page.focus("textarea")
    alice.page.keyboard.type("첫 줄")
    alice.page.keyboard.press("Shift+Enter")
    alice.page.keyboard.type("둘째 줄")
    alice.page.keyboard.press("Enter")
    text = alice.page.locator(".log .text")
    expect(text).to_have_text("첫 줄\n둘째 줄", use_inner_text=True)
    alice.say("ㅋ" * 500)
    alice.sees("ㅋ" * 500)
    assert fits(alice.page)


def test_unread_is_counted_and_read_when_looked_at(new_person: NewPerson) -> None:
    alice = new_person("읽는이")
    bob = new_person("쓰는이")
    room = alice.make_room("안 읽은 방")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    bob.post(room["id"], "하나", "둘", "셋")
    link = alice.page.locator(".room-link", has_text="안 읽은 방")
    expect(link.locator(".count")).to_have_text("3")
    expect(alice.page).to_have_title(re.compile(r"^\(3\) "))
    expect(link.locator(".preview")).to_have_text("쓰는이: 셋")
    link.click()
    alice.sees("셋")
    expect(alice.page.locator(".day.new")).to_have_count(1)
    expect(link.locator(".count")).to_have_count(0)
    expect(alice.page).to_have_title(re.compile(r"^안 읽은 방"))
    bob.post(room["id"], "넷")
    alice.sees("넷")
    expect(link.locator(".count")).to_have_count(0)
    alice.page.reload()
    alice.connected()
    expect(alice.page.locator(".room-link .count")).to_have_count(0)
    expect(alice.page.locator(".day.new")).to_have_count(0)


def test_what_is_read_in_one_window_is_read_in_the_other(new_person: NewPerson) -> None:
    alice = new_person("두창")
    bob = new_person("한창")
    room = alice.make_room("두 창")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    other = alice.another_window()
    other.goto(f"{alice.url}/rooms/board")
    bob.post(room["id"], "읽어 주세요")
    link = alice.page.locator(".room-link", has_text="두 창")
    expect(link.locator(".count")).to_have_text("1")
    expect(other.locator(".room-link", has_text="두 창").locator(".count")).to_have_text("1")
    link.click()
    alice.sees("읽어 주세요")
    expect(other.locator(".room-link", has_text="두 창").locator(".count")).to_have_count(0)


def test_own_words_settle_in_place_from_pending_to_sent(new_person: NewPerson) -> None:
    alice = new_person("자리")
    room = alice.make_room("제자리")
    alice.go(room["id"])
    alice.page.evaluate(
        """() => {
            window.seen = [];
            const log = document.querySelector('.log .rows');
            new MutationObserver(() => seen.push([...log.querySelectorAll('.msg')].length))
                .observe(log, {childList: true, subtree: true, attributes: true});
        }"""
    )
    for number in range(5):
        alice.say(f"글 {number}")
    for number in range(5):
        alice.sees(f"글 {number}")
    counts = alice.page.evaluate("seen")
    assert counts == sorted(counts), f"a row came and went: {counts}"
    assert max(counts) == 5


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= innerWidth"
            " && document.querySelector('.log').scrollWidth"
            " <= document.querySelector('.log').clientWidth"
        )
    )
