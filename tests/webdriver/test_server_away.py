"""Firefox and WebKit while the server is away: what was read is there."""

from tests.browser.site import Site
from tests.webdriver.conftest import NewWindow
from tests.webdriver.window import Window

KEPT = (
    "return Object.entries(localStorage)"
    ".some(([key, value]) => key.startsWith('madang.kept.') && value.includes(arguments[0]))"
)
HIDE = """
Object.defineProperty(document, 'hidden', { configurable: true, get: () => arguments[0] });
document.dispatchEvent(new Event('visibilitychange'));
"""


def reader(new_window: NewWindow) -> tuple[Window, str]:
    """Somebody who has read a room, and the device has kept it."""
    alice = new_window("앨리스")
    room = alice.make_room("산책 모임")["id"]
    alice.post(room, "일곱 시에 만나요")
    alice.go(room)
    alice.installed()
    alice.connected()
    alice.run(HIDE, True)
    alice.until(lambda: alice.run(KEPT, "일곱 시에 만나요"), "what is kept")
    alice.run(HIDE, False)
    return alice, room


def test_a_reload_shows_what_was_read_and_sends_what_is_written_once(
    new_window: NewWindow, site: Site
) -> None:
    alice, room = reader(new_window)
    site.stop()
    alice.reload()
    alice.sees("일곱 시에 만나요")
    alice.one("h1", "산책 모임")
    alice.one(".status-line")
    alice.fill("textarea", "저는 좀 늦어요")
    alice.click(".send")
    alice.one(".msg.pending", "저는 좀 늦어요")
    site.start()
    alice.sees("저는 좀 늦어요")
    assert alice.stored(room) == ["일곱 시에 만나요", "저는 좀 늦어요"]


def test_going_elsewhere_ends_on_a_page_of_ours_and_goes_on_by_itself(
    new_window: NewWindow, site: Site
) -> None:
    alice, _room = reader(new_window)
    site.stop()
    alice.driver.get(f"{site.url}/me")
    alice.one("h1", "연결")
    alice.one("a.button").click()
    alice.one(".room-link", "산책 모임").click()
    alice.sees("일곱 시에 만나요")
    alice.driver.get(f"{site.url}/me")
    alice.one("h1", "연결")
    site.start()
    alice.one("h1", "앨리스")


def test_a_restart_under_an_open_page_loses_nothing(new_window: NewWindow, site: Site) -> None:
    alice, bob = new_window("앨리스"), new_window("보람")
    for person in (alice, bob):
        person.go("board")
    alice.say("앞말")
    bob.sees("앞말")
    site.stop()
    bob.one(".status-line")
    alice.say("그사이 말")
    site.start()
    bob.sees("그사이 말")
    alice.sees("그사이 말")
    assert [row["text"] for row in bob.rows()] == ["앞말", "그사이 말"]
