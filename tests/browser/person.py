"""One person at one browser window, and what they do there."""

import itertools
import re
from typing import Any

from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Locator, Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WIDE = {"viewport": {"width": 1280, "height": 800}}
SETTLED_MS = 10_000

# What a page reports when its content security policy stops something.
WATCH_POLICY = """
document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
ROWS = """
() => [...document.querySelectorAll('.log .rows > .msg, .log .rows > .day')].map((row) => ({
    classes: ['day', 'msg', 'mine', 'first', 'last', 'pending', 'failed']
        .filter((name) => row.classList.contains(name)).join(' '),
    name: row.querySelector('.name')?.textContent ?? '',
    quote: row.querySelector('.quote')?.textContent ?? '',
    text: (row.querySelector('.text') ?? row).textContent,
    note: [...row.querySelectorAll('time, .note')].map((part) => part.textContent).join(' '),
    reactions: row.querySelector('.reactions')?.textContent ?? '',
}))
"""


class Person:
    """A window with a cookie jar of its own. `troubles` collects what its console says."""

    def __init__(self, browser: Browser, url: str, *, lang: str = "ko", **window: Any) -> None:
        options: dict[str, Any] = {**WIDE, "timezone_id": "Asia/Seoul", "locale": lang, **window}
        self.url = url
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(SETTLED_MS)
        self.context.add_init_script(WATCH_POLICY)
        self.troubles: list[str] = []
        self.allowed: list[str] = []
        self.page = self._watched(self.context.new_page())

    def another_window(self) -> Page:
        """Another tab of the same person."""
        return self._watched(self.context.new_page())

    def allow(self, *patterns: str) -> None:
        """Console messages that this test brings about on purpose."""
        self.allowed += patterns

    def enter(self, name: str) -> None:
        """Comes in by the first page and is on the board."""
        self.page.goto(self.url)
        self.page.fill("input[name=nickname]", name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/rooms/board")
        self.connected()

    def sign_out_for_good(self) -> None:
        """From one's own page, as a guest, who is asked first."""
        self.page.click("a[href='/logout']")
        self.page.click("form[action='/logout'] button")

    def go(self, room: str) -> None:
        self.page.goto(f"{self.url}/rooms/{room}")
        self.connected()

    def connected(self) -> None:
        """Waits until the open room is followed live; who is here is told only then."""
        expect(self.page.locator(".room-head .now")).to_be_visible()

    def say(self, text: str) -> None:
        """Writes and sends as on a keyboard."""
        self.page.fill("textarea", text)
        self.page.press("textarea", "Enter")

    def sees(self, text: str) -> Locator:
        """Waits until exactly one message of this text is there, and sent."""
        row = self.message(text)
        expect(row).to_have_count(1)
        expect(row).not_to_have_class(re.compile(r"\b(pending|failed)\b"))
        return row

    def message(self, text: str) -> Locator:
        exact = re.compile(rf"^{re.escape(text)}$")
        return self.page.locator(".log .msg").filter(
            has=self.page.locator(".text").filter(has_text=exact)
        )

    def make_room(self, title: str, *, listed: bool = False) -> dict[str, Any]:
        """Makes a room without the page's help; its id, code and the rest."""
        room: dict[str, Any] = self.api("POST", "rooms", {"title": title, "listed": listed})
        return room

    def post(self, room: str, *texts: str) -> list[dict[str, Any]]:
        """Posts without the page's help."""
        return [
            self.api("POST", f"rooms/{room}/messages", {"text": text, "nonce": f"t{next(_NONCES)}"})
            for text in texts
        ]

    def api(self, method: str, path: str, body: object = None) -> Any:
        options: dict[str, Any] = {"method": method}
        if body is not None:
            options |= {"data": body, "headers": {"Content-Type": "application/json"}}
        answer = self.context.request.fetch(f"{self.url}/api/v1/{path}", **options)
        assert answer.ok, f"{answer.status} {answer.text()}"
        return answer.json()

    def rows(self) -> list[dict[str, str]]:
        """What the log shows, row by row."""
        rows: list[dict[str, str]] = self.page.evaluate(ROWS)
        return rows

    def cdp(self) -> CDPSession:
        return self.context.new_cdp_session(self.page)

    def _watched(self, page: Page) -> Page:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        said = f"{message.type}: {message.text} {message.location.get('url', '')}"
        if not any(re.search(pattern, said) for pattern in self.allowed):
            self.troubles.append(said)


_NONCES = itertools.count(1)
