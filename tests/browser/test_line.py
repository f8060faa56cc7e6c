"""The line breaks, the server restarts or refuses: nothing is lost, nothing comes twice."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.states import manage, run_in

OFFLINE = ("WebSocket", "net::ERR", "Failed to load resource")


def test_written_offline_goes_out_once(new_person: NewPerson) -> None:
    """A7: written offline, sent once when the line is back, one row."""
    alice = new_person("끊긴이")
    alice.allow(*OFFLINE)
    room = alice.make_room("끊긴 방")
    alice.go(room["id"])
    alice.context.set_offline(True)
    alice.say("하나")
    alice.say("둘")
    expect(alice.page.locator(".msg.pending")).to_have_count(2)
    expect(alice.page.locator(".status-line")).to_be_visible()
    alice.context.set_offline(False)
    alice.sees("하나")
    alice.sees("둘")
    expect(alice.page.locator(".status-line")).to_have_count(0)
    assert stored(alice, room["id"]) == ["하나", "둘"]


def test_written_offline_survives_a_reload(new_person: NewPerson) -> None:
    alice = new_person("덮은이")
    alice.allow(*OFFLINE)
    room = alice.make_room("덮은 방")
    alice.go(room["id"])
    alice.context.set_offline(True)
    alice.say("나중에라도")
    expect(alice.page.locator(".msg.pending")).to_have_count(1)
    alice.page.goto("about:blank")
    alice.context.set_offline(False)
    alice.go(room["id"])
    alice.sees("나중에라도")
    assert stored(alice, room["id"]) == ["나중에라도"]


def test_who_is_shut_out_writes_no_more_but_keeps_the_text(
    new_person: NewPerson, site: Site
) -> None:
    alice = new_person("내보낸이")
    alice.allow(*OFFLINE)
    alice.go(alice.make_room("내보낸 방")["id"])
    alice.page.fill("textarea", "쓰다 만 글")
    run_in(site, SHUT_OUT)
    alice.context.set_offline(True)
    expect(alice.page.locator(".status-line")).to_be_visible()
    alice.context.set_offline(False)
    expect(alice.page.locator(".status-line.ended")).to_be_visible()
    expect(alice.page.get_by_text("이제 여기에 쓸 수 없어요.")).to_be_visible()
    field = alice.page.locator("textarea")
    expect(field).to_have_value("쓰다 만 글")
    expect(field).not_to_be_editable()
    expect(alice.page.locator(".send")).to_be_disabled()
    field.press("Enter")
    expect(alice.page.locator(".log .msg")).to_have_count(0)
    expect(field).to_have_value("쓰다 만 글")


SHUT_OUT = """
from chat.models import User
from chat.services import people
people.set_active(User.objects.get(nickname="내보낸이"), active=False)
"""


def test_after_a_restart_the_view_equals_a_fresh_one(
    new_person: NewPerson, own_site: Callable[..., Site]
) -> None:
    site = own_site(RATE_LIMITS="off")
    alice = new_person("하나", at=site)
    bob = new_person("두나", at=site)
    for person in (alice, bob):
        person.allow(*OFFLINE)
    room = alice.make_room("다시 켠 방")
    bob.api("POST", "rooms/join", {"code": room["code"]})
    alice.go(room["id"])
    bob.go(room["id"])
    alice.say("끄기 전")
    bob.sees("끄기 전")
    site.stop()
    alice.say("꺼진 동안")
    expect(alice.page.locator(".status-line")).to_be_visible()
    site.start()
    bob.post(room["id"], *[f"켠 뒤 {number}" for number in range(12)])
    alice.sees("꺼진 동안")
    bob.sees("꺼진 동안")
    alice.sees("켠 뒤 11")
    expect(alice.page.locator(".status-line")).to_have_count(0)
    for person in (alice, bob):
        resumed = [row for row in person.rows() if row["classes"] != "day new"]
        person.page.reload()
        person.connected()
        fresh = [row for row in person.rows() if row["classes"] != "day new"]
        assert [row["text"] for row in resumed] == [row["text"] for row in fresh]
        assert sorted(row["text"] for row in fresh).count("꺼진 동안") == 1


def test_a_restored_backup_is_what_open_pages_show(
    new_person: NewPerson, own_site: Callable[..., Site], tmp_path: Path
) -> None:
    site = own_site(RATE_LIMITS="off")
    alice = new_person("되돌린이", at=site)
    alice.allow(*OFFLINE)
    room = alice.make_room("되돌린 방")["id"]
    alice.go(room)
    alice.say("남는 말")
    alice.sees("남는 말")
    manage(site, "backup", str(tmp_path / "kept.tar.gz"))
    alice.say("잊힐 말")
    alice.sees("잊힐 말")
    manage(site, "restore", str(tmp_path / "kept.tar.gz"), "--yes")
    expect(alice.message("잊힐 말")).to_have_count(0, timeout=20_000)
    alice.say("이어지는 말")
    alice.sees("이어지는 말")
    view = alice.rows()
    said = [row["text"] for row in view if not row["classes"].startswith("day")]
    assert said == ["남는 말", "이어지는 말"]
    alice.page.reload()
    alice.connected()
    assert alice.rows() == view


def test_a_refusal_can_be_edited_discarded_or_sent_again(new_person: NewPerson) -> None:
    alice = new_person("거절")
    room = alice.make_room("거절하는 방")
    alice.go(room["id"])
    alice.page.evaluate(REFUSE)
    alice.say("안 받는 글")
    failed = alice.page.locator(".msg.failed")
    expect(failed).to_have_count(1)
    expect(failed.locator(".failure")).to_contain_text("받지 않아요")
    alice.page.reload()
    alice.connected()
    expect(failed).to_have_count(1)
    failed.get_by_role("button", name="수정").click()
    expect(failed).to_have_count(0)
    expect(alice.page.locator("textarea")).to_have_value("안 받는 글")
    alice.page.keyboard.press("Enter")
    alice.sees("안 받는 글")
    assert stored(alice, room["id"]) == ["안 받는 글"]


def test_too_fast_waits_and_keeps_the_text(
    new_person: NewPerson, own_site: Callable[..., Site]
) -> None:
    alice = new_person("빠른이", at=own_site())
    room = alice.make_room("빠른 방")
    alice.go(room["id"])
    texts = [f"빠르게 {number}" for number in range(12)]
    for text in texts:
        alice.page.fill("textarea", text)
        expect(alice.page.locator(".send")).to_be_enabled()
        alice.page.press("textarea", "Enter")
    for text in texts:
        alice.sees(text)
    assert stored(alice, room["id"]) == texts


def test_draft_stays_with_its_room(new_person: NewPerson) -> None:
    alice = new_person("초안")
    room = alice.make_room("초안 방")
    alice.go(room["id"])
    alice.page.fill("textarea", "이 방의 초안")
    alice.page.locator(".room-link").first.click()
    expect(alice.page.locator("h1")).not_to_have_text("초안 방")
    expect(alice.page.locator("textarea")).to_have_value("")
    alice.page.go_back()
    expect(alice.page.locator("h1")).to_have_text("초안 방")
    expect(alice.page.locator("textarea")).to_have_value("이 방의 초안")


def test_a_lost_room_leads_back_to_the_list(
    new_person: NewPerson, own_site: Callable[..., Site]
) -> None:
    site = own_site(RATE_LIMITS="off")
    alice = new_person("내보낸이", at=site)
    alice.allow(*OFFLINE)
    room = alice.make_room("떠난 방")
    alice.go(room["id"])
    site.stop()
    expect(alice.page.locator(".status-line")).to_be_visible()
    site.start()
    alice.api("POST", f"rooms/{room['id']}/leave", {})
    alice.page.wait_for_url(re.compile(r"/rooms(/board)?$"))
    expect(alice.page.locator("[data-section=mine] .room-link")).to_have_count(0)


def stored(person: Person, room: str) -> list[str]:
    answer = person.api("GET", f"rooms/{room}/messages?limit=200")
    return [state["text"] for state in answer["messages"]]


# The page's own socket, answering one post as a server that refuses would.
REFUSE = """
() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (text) {
        const command = JSON.parse(text);
        if (command.type !== 'post') return send.call(this, text);
        WebSocket.prototype.send = send;
        const error = {type: 'error', code: 'invalid', detail: '이런 글은 받지 않아요.',
                       nonce: command.nonce};
        this.onmessage({data: JSON.stringify([error])});
    };
}
"""
