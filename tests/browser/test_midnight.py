"""Midnight passes, or the zone changes, while the page stands: its times follow by themselves."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.conftest import NewPerson

SEOUL = timedelta(hours=9)


def before_midnight() -> datetime:
    """Half a minute before the next midnight in Seoul."""
    there = datetime.now(UTC) + SEOUL
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight - SEOUL - timedelta(seconds=30)


def test_the_list_and_the_hits_have_yesterdays_date_after_midnight(
    new_person: NewPerson,
) -> None:
    person = new_person("밤샘")
    page = person.page
    room = person.make_room("자정을 넘기는 방")["id"]
    person.post(room, "어제가 될 말")
    page.clock.install(time=before_midnight())
    person.go(room)
    person.sees("어제가 될 말")
    when = page.locator(f"a.room-link[href='/rooms/{room}'] .when")
    expect(when).to_have_text(re.compile(r"^오[전후] \d+:\d\d$"))
    page.click(".seek")
    page.fill("search-panel input[type=search]", "어제가 될")
    page.keyboard.press("Enter")
    hit = page.locator("search-panel .hits time")
    page.clock.run_for(1_000)
    expect(hit).to_have_text(re.compile(r"^오[전후] \d+:\d\d$"))
    page.locator("search-panel .hits a").focus()
    page.clock.run_for(30_000)
    expect(when).to_have_text(re.compile(r"^\d+월 \d+일$"))
    expect(hit).to_have_text(re.compile(r"^\d+월 \d+일$"))
    expect(page.locator("search-panel .hits a")).to_be_focused()


def test_another_zone_changes_every_time_and_nothing_else(new_person: NewPerson) -> None:
    # The context's own zone could not be changed any more.
    person = new_person("여행자", timezone_id=None)
    page = person.page
    devtools = person.cdp()
    devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Seoul"})
    room = person.make_room("여행하는 방")["id"]
    posted = person.post(room, "떠나기 전", "하나 더")[0]
    person.go(room)
    row = person.sees("떠나기 전")
    person.sees("하나 더")
    at = datetime.fromisoformat(posted["at"])
    time = page.locator(".log .msg time").last
    bubble = row.locator(".bubble")
    when = page.locator(f"a.room-link[href='/rooms/{room}'] .when")
    expect(time).to_have_text(clock(at + SEOUL))
    page.evaluate(
        "document.querySelector('.log .msg').dataset.held = 'yes';"
        "getSelection().selectAllChildren(document.querySelector('.log .msg .text'))"
    )
    before = bubble.get_attribute("title")
    devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "Pacific/Kiritimati"})
    page.evaluate("dispatchEvent(new Event('focus'))")
    there = at + timedelta(hours=14)
    expect(time).to_have_text(clock(there))
    expect(bubble).not_to_have_attribute("title", before or "")
    expect(bubble).to_have_attribute("title", re.compile(re.escape(clock(there))))
    expect(when).to_have_text(clock(there))
    expect(page.locator(".log .day").first).to_contain_text(f"{there.month}월 {there.day}일")
    # The rows are the ones that were there, with what is selected in them.
    expect(page.locator(".log .msg[data-held]")).to_have_count(1)
    assert page.evaluate("getSelection().toString()") == "떠나기 전"


def clock(at: datetime) -> str:
    half = "오전" if at.hour < 12 else "오후"
    return f"{half} {at.hour % 12 or 12}:{at.minute:02}"
