"""From a nickname to the first message, and into rooms by code, link and click."""

import re
import time
import unicodedata
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.person import Person
from tests.browser.site import Site


def test_nickname_to_first_message_in_three_actions(new_person: NewPerson, site: Site) -> None:
    """A1: from nothing to the first message in three actions."""
    person = new_person()
    person.page.goto(site.url)
    began = time.monotonic()
    person.page.keyboard.type("첫걸음")
    person.page.keyboard.press("Enter")
    expect(person.page.locator("textarea")).to_be_focused()
    person.page.keyboard.type("안녕하세요, 마당!")
    person.page.keyboard.press("Enter")
    person.sees("안녕하세요, 마당!")
    assert time.monotonic() - began < 10


def test_reload_keeps_identity_and_draft(new_person: NewPerson) -> None:
    """A2: a reload keeps who one is, and what one was writing."""
    person = new_person("기억")
    room = person.make_room("이어지는 방")
    person.go(room["id"])
    person.say("제가 쓴 글")
    person.sees("제가 쓴 글")
    person.page.fill("textarea", "쓰다 만 글")
    person.page.reload()
    person.connected()
    expect(person.page.locator("textarea")).to_have_value("쓰다 만 글")
    expect(person.page.locator(".me bdi")).to_have_text("기억")
    expect(person.page.locator(".msg.mine")).to_have_count(1)
    person.page.click(".room-link >> nth=0")
    expect(person.page.locator("textarea")).to_have_value("")


def test_taken_nickname_offers_another(new_person: NewPerson, site: Site) -> None:
    """A3: two guests want one name; the second is offered another."""
    new_person("하나뿐")
    second = new_person()
    second.allow("status of 409")
    second.page.goto(site.url)
    second.page.fill("input[name=nickname]", "하나뿐")
    second.page.keyboard.press("Enter")
    field = second.page.locator("input[name=nickname]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(second.page.locator("#id_nickname_error")).to_be_visible()
    offered = field.input_value()
    assert offered.startswith("하나뿐")
    assert offered != "하나뿐"
    second.page.click("button.primary")
    second.page.wait_for_url("**/rooms/board")
    expect(second.page.locator(".me bdi")).to_have_text(offered)


def test_invite_link_asks_a_newcomer_for_one_thing(new_person: NewPerson, site: Site) -> None:
    host = new_person("주인")
    room = host.make_room("초대받는 방")
    newcomer = new_person()
    newcomer.page.goto(f"{site.url}/join#{room['code']}")
    expect(newcomer.page.locator("input:visible")).to_have_count(1)
    assert room["code"] not in newcomer.page.url
    newcomer.page.keyboard.type("새내기")
    newcomer.page.keyboard.press("Enter")
    newcomer.page.wait_for_url(f"**/rooms/{room['id']}")
    expect(newcomer.page.locator("h1")).to_have_text("초대받는 방")


def test_a_link_to_a_message_waits_for_the_newcomers_name(
    new_person: NewPerson, site: Site
) -> None:
    host = new_person()
    host.enter("길잡이")
    (said,) = host.post("board", "여기를 봐요")
    place = f"/rooms/board#m{said['seq']}"
    guest = new_person()
    guest.page.goto(site.url + place)
    guest.page.fill("input[name=nickname]", "길손")
    guest.page.keyboard.press("Enter")
    guest.page.wait_for_url("**" + place)
    guest.sees("여기를 봐요")


def test_invite_link_survives_the_choice_of_language(new_person: NewPerson, site: Site) -> None:
    room = new_person("손짓").make_room("어느 말로든")
    newcomer = new_person()
    newcomer.page.goto(f"{site.url}/join#{room['code']}")
    newcomer.page.click("button[lang=en]")
    expect(newcomer.page.locator("html")).to_have_attribute("lang", "en")
    newcomer.page.fill("input[name=nickname]", "Polyglot")
    newcomer.page.keyboard.press("Enter")
    newcomer.page.wait_for_url(f"**/rooms/{room['id']}")


def test_invite_link_takes_who_is_here_straight_in(new_person: NewPerson, site: Site) -> None:
    room = new_person("여는이").make_room("곧장 가는 방")
    guest = new_person("곧장")
    guest.page.goto(f"{site.url}/join#{room['code']}")
    guest.page.wait_for_url(f"**/rooms/{room['id']}")


def test_code_is_read_as_people_type_it(new_person: NewPerson, site: Site) -> None:
    """A5: in small letters, with spaces, full-width, as a whole link."""
    room = new_person("부르는이").make_room("받아 적는 방")
    code = room["code"]
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    typed = [f" {code[:5].lower()} - {code[5:].lower()} ", wide, f"{site.url}/join#{code}"]
    for number, text in enumerate(typed):
        guest = new_person(f"적는이{number}")
        guest.page.fill(".code-form input[name=code]", text)
        guest.page.keyboard.press("Enter")
        guest.page.wait_for_url(f"**/rooms/{room['id']}")
        expect(guest.page.locator("h1")).to_have_text("받아 적는 방")


def test_nasty_nicknames_are_cleaned_or_refused_in_place(new_person: NewPerson, site: Site) -> None:
    """A4: unseen signs, a reversed line, 50 emoji, loose jamo, and the name of who runs it."""
    person = new_person()
    person.page.goto(site.url)
    person.allow("status of 422")
    for nasty in ("\u200b\u200b", "\u202e각설이", "🍂" * 50, "운영자"):
        person.page.fill("input[name=nickname]", nasty)
        person.page.keyboard.press("Enter")
        expect(person.page.locator("#id_nickname_error")).to_be_visible()
        assert "/rooms" not in person.page.url
    person.page.fill("input[name=nickname]", unicodedata.normalize("NFD", "각설이"))
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**/rooms/board")
    expect(person.page.locator(".me bdi")).to_have_text("각설이")


def test_too_many_wrong_codes_count_down(
    new_person: NewPerson, own_site: Callable[..., Site]
) -> None:
    """A6: a wrong code eleven times: the wait is counted down; a closed room answers as none."""
    site = own_site()
    guest = new_person("열번넘게", at=site)
    guest.allow("status of 404", "status of 429")
    field = guest.page.locator(".code-form input[name=code]")
    error = guest.page.locator("#code-error")
    answers = set()
    for number in range(10):
        field.fill(f"AAAAA-AAAA{'BCDEFGHJKM'[number]}")
        with guest.page.expect_response("**/rooms/join") as answer:
            guest.page.keyboard.press("Enter")
        assert answer.value.status == 404
        expect(error).not_to_be_empty()
        answers.add(error.inner_text())
    assert len(answers) == 1
    field.fill("AAAAA-AAAAN")
    guest.page.keyboard.press("Enter")
    wait = re.compile(r"(\d[\d,]*)초 뒤에 다시 해 주세요")
    expect(error).to_have_text(wait)
    first = wait.search(error.inner_text())
    assert first is not None
    expect(error).not_to_contain_text(first.group(0))
    expect(error).to_have_text(wait)
    expect(field).to_have_value("AAAAA-AAAAN")


def test_wrong_code_says_so_in_place_and_keeps_the_text(new_person: NewPerson) -> None:
    guest = new_person("틀린이")
    guest.allow("status of 404")
    guest.page.fill(".code-form input[name=code]", "AAAAA-AAAAA")
    guest.page.keyboard.press("Enter")
    expect(guest.page.locator("#code-error")).not_to_be_empty()
    expect(guest.page.locator(".code-form input[name=code]")).to_have_value("AAAAA-AAAAA")
    assert guest.page.url.endswith("/rooms/board")


def test_wrong_code_on_an_invite_link_can_be_mended(new_person: NewPerson, site: Site) -> None:
    room = new_person("고치게").make_room("고쳐 가는 방")
    newcomer = new_person()
    newcomer.allow("status of 404")
    newcomer.page.goto(f"{site.url}/join#AAAAAAAAAA")
    newcomer.page.fill("input[name=nickname]", "고친이")
    newcomer.page.keyboard.press("Enter")
    expect(newcomer.page.locator(".note-box.error")).to_be_visible()
    expect(newcomer.page.locator("input[name=nickname]")).to_have_value("고친이")
    newcomer.page.fill("input[name=code]", room["code"])
    newcomer.page.click("button.primary")
    newcomer.page.wait_for_url(f"**/rooms/{room['id']}")


def test_listed_room_is_joined_by_a_click(new_person: NewPerson) -> None:
    room = new_person("텃밭지기").make_room("텃밭 이야기", listed=True)
    guest = new_person("지나던이")
    guest.page.locator("[data-section=open] .room-link", has_text="텃밭 이야기").click()
    guest.page.wait_for_url(f"**/rooms/{room['id']}")
    mine = guest.page.locator("[data-section=mine] .room-link", has_text="텃밭 이야기")
    expect(mine).to_have_attribute("aria-current", "page")


def test_leaving_a_room(new_person: NewPerson) -> None:
    person = new_person("떠나는이")
    room = person.make_room("떠나는 방")
    person.go(room["id"])
    person.page.click(".room-head .menu")
    person.page.click("[data-act=ask]")
    person.page.click("[data-act=leave]")
    person.page.wait_for_url("**/rooms")
    expect(person.page.locator("[data-section=mine] .room-link")).to_have_count(0)
    person.allow("status of 404")
    answer = person.page.goto(f"{person.url}/rooms/{room['id']}")
    assert answer is not None
    assert answer.status == 404


def test_login_keeps_the_person_on_another_device(new_person: NewPerson, site: Site) -> None:
    person = new_person("오래갈이")
    add_login(person, "orae")
    elsewhere = new_person()
    elsewhere.page.goto(f"{site.url}/login")
    elsewhere.page.fill("input[name=username]", "orae")
    elsewhere.page.fill("input[name=password]", "maru-apen-sonamu-7")
    elsewhere.page.keyboard.press("Enter")
    elsewhere.page.wait_for_url("**/rooms")
    expect(elsewhere.page.locator(".me bdi")).to_have_text("오래갈이")


def test_a_new_login_leaves_ones_other_windows_where_they_are(
    new_person: NewPerson, site: Site
) -> None:
    """The session goes on under another key, which is in every window's cookie."""
    person, guest = new_person("창이둘"), new_person("말손님")
    other = person.another_window()
    other.goto(f"{site.url}/rooms/board")
    expect(other.locator(".room-head .now")).to_be_visible()
    other.fill("textarea", "쓰던 말")
    other.evaluate("window.stays = true")
    with other.expect_event("websocket"):  # Opened again, with the new cookie.
        add_login(person, "duchang")
    guest.say("아직 들리나요?")
    expect(other.locator(".log .msg", has_text="아직 들리나요?")).to_be_visible()
    expect(other.locator("textarea")).to_have_value("쓰던 말")
    assert other.evaluate("window.stays") is True


def test_signing_out_ends_every_window(new_person: NewPerson, site: Site) -> None:
    person = new_person("나가는이")
    other = person.another_window()
    other.goto(f"{site.url}/rooms/board")
    expect(other.locator(".room-head .now")).to_be_visible()
    person.page.goto(f"{site.url}/me")
    person.sign_out_for_good()
    person.page.wait_for_url(f"{site.url}/")
    other.wait_for_url(f"{site.url}/")
    expect(other.locator("input[name=nickname]")).to_be_visible()


def test_language_is_chosen_by_the_browser_and_changeable(
    new_person: NewPerson, site: Site
) -> None:
    person = new_person(lang="en-US")
    person.page.goto(site.url)
    expect(person.page.locator("button.primary")).to_have_text("Come in")
    person.page.click("button[lang=ko]")
    expect(person.page.locator("html")).to_have_attribute("lang", "ko")
    expect(person.page.locator("button.primary")).to_have_text("들어가기")


def add_login(person: Person, username: str) -> None:
    """Keeps who one is, on one's own page."""
    person.page.goto(f"{person.url}/me")
    person.page.fill("input[name=username]", username)
    person.page.fill("input[name=password]", "maru-apen-sonamu-7")
    person.page.locator("form", has=person.page.locator("[name=password]")).locator(
        "button"
    ).click()
    expect(person.page.locator("input[name=password]")).to_have_count(0)
