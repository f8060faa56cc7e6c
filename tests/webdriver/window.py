"""One person at one window of a browser driven by WebDriver, and what they do there."""

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

SETTLED_S = 20
T = TypeVar("T")

WATCH = """
window.troubles = [];
addEventListener('error', (event) => troubles.push(`script: ${event.message}`));
addEventListener('unhandledrejection', (event) => troubles.push(`promise: ${event.reason}`));
document.addEventListener('securitypolicyviolation', (event) =>
    troubles.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
FETCH = """
const [method, path, body, done] = arguments;
const options = {method, headers: {'Content-Type': 'application/json'}};
if (body !== null) options.body = JSON.stringify(body);
fetch('/api/v1/' + path, options)
    .then(async (answer) => done({ok: answer.ok, status: answer.status, text: await answer.text(),
                                  json: answer.headers.get('content-type')?.includes('json')}))
    .catch((error) => done({ok: false, status: 0, text: String(error)}));
"""
ROWS = """
return [...document.querySelectorAll('.log .msg')].map((row) => ({
    text: row.querySelector('.text')?.textContent ?? '',
    state: ['pending', 'failed'].filter((name) => row.classList.contains(name)).join(' '),
}));
"""
CONTROLLED = """
const done = arguments[0];
navigator.serviceWorker.ready.then((ready) => {
    const worker = ready.active;
    const told = () => { if (worker.state === 'activated') done(true); };
    worker.addEventListener('statechange', told);
    told();
});
"""


class Window:
    """A browser with a profile of its own at a server's address."""

    def __init__(self, driver: Remote, url: str) -> None:
        self.driver = driver
        self.url = url
        driver.set_script_timeout(SETTLED_S)

    # --- what a person does

    def open(self, path: str = "/") -> None:
        self.driver.get(self.url + path)
        self.run(WATCH)

    def enter(self, name: str) -> None:
        """Comes in by the first page, in Korean, and is on the board."""
        self.driver.get(self.url)
        self.run("document.cookie = 'madang_language=ko; path=/'")
        self.open()
        self.fill("input[name=nickname]", name)
        self.press("input[name=nickname]", "\ue007")
        self.until(lambda: self.driver.current_url.endswith("/rooms/board"), "the board")
        self.connected()

    def go(self, room: str) -> None:
        self.open(f"/rooms/{room}")
        self.connected()

    def reload(self) -> None:
        """As F5 does it; WebDriver's own refresh goes past the worker in Firefox."""
        self.run("window.before = true; location.reload()")
        self.until(
            lambda: self.run(
                "return window.before === undefined && document.readyState === 'complete'"
            ),
            "the page again",
        )
        self.run(WATCH)

    def say(self, text: str) -> None:
        self.fill("textarea", text)
        self.press("textarea", "\ue007")

    def fill(self, css: str, text: str) -> None:
        field = self.one(css)
        field.clear()
        field.send_keys(text)

    def press(self, css: str, keys: str) -> None:
        self.one(css).send_keys(keys)

    def keys(self, *keys: str) -> None:
        """A chord where the focus is: all but the last are held."""
        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in reversed(keys[:-1]):
            chain.key_up(key)
        chain.perform()

    def click(self, css: str) -> None:
        self.one(css).click()

    def hover(self, element: WebElement) -> None:
        ActionChains(self.driver).move_to_element(element).perform()

    # --- what a person sees

    def run(self, script: str, *values: object) -> Any:
        return self.driver.execute_script(script, *values)

    def until(self, condition: Callable[[], T], what: str) -> T:
        """Waits until the condition holds, and returns what it gave."""
        wait = WebDriverWait(
            self.driver, SETTLED_S, 0.05, ignored_exceptions=[StaleElementReferenceException]
        )
        return wait.until(lambda _driver: condition(), f"never came: {what}")

    def one(self, css: str, text: str = "") -> WebElement:
        """Waits for a shown element with these words in it."""
        found = self.until(lambda: self._shown(css, text), f"{css} {text}")
        assert found is not None
        return found

    def none(self, css: str, text: str = "") -> None:
        self.until(lambda: self._shown(css, text) is None, f"no {css} {text}")

    def text(self, css: str) -> str:
        return str(self.run("return arguments[0].innerText", self.one(css)))

    def texts(self, css: str) -> list[str]:
        found: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText)", css
        )
        return found

    def value(self, css: str) -> str:
        return str(self.run("return document.querySelector(arguments[0]).value", css))

    def focused(self, css: str) -> None:
        self.until(
            lambda: self.run("return document.activeElement?.matches(arguments[0])", css),
            f"the focus on {css}",
        )

    def connected(self) -> None:
        self.one(".room-head .now")

    def sees(self, text: str) -> WebElement:
        """Waits until exactly one message of this text is there, and sent."""
        self.until(
            lambda: [row["state"] for row in self.rows() if row["text"] == text] == [""],
            f"the message {text}",
        )
        return self.one(".log .msg", text)

    def rows(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.run(ROWS)
        return rows

    def installed(self) -> None:
        """Waits until the worker answers for this page; one opened too early isn't taken over."""
        self.driver.execute_async_script(CONTROLLED)
        if self.run("return navigator.serviceWorker.controller === null"):
            self.reload()
            self.until(
                lambda: self.run("return navigator.serviceWorker.controller !== null"), "the worker"
            )

    def troubles(self) -> list[str]:
        return list(self.run("return window.troubles ?? []"))

    # --- without the page's help

    def api(self, method: str, path: str, body: object = None) -> Any:
        answer = self.driver.execute_async_script(FETCH, method, path, body)
        assert answer["ok"], f"{answer['status']} {answer['text']}"
        if not answer["json"]:
            return answer["text"]
        return self.run("return JSON.parse(arguments[0])", answer["text"])

    def make_room(self, title: str) -> dict[str, Any]:
        room: dict[str, Any] = self.api("POST", "rooms", {"title": title, "listed": False})
        return room

    def post(self, room: str, *texts: str) -> None:
        for text in texts:
            body = {"text": text, "nonce": f"t{next(_NONCES)}"}
            self.api("POST", f"rooms/{room}/messages", body)

    def stored(self, room: str) -> list[str]:
        answer = self.api("GET", f"rooms/{room}/messages?before=999999&limit=200")
        return [one["text"] for one in answer["messages"] if not one.get("deleted")]

    def _shown(self, css: str, text: str) -> WebElement | None:
        for one in self.driver.find_elements(By.CSS_SELECTOR, css):
            box = self.run(
                "const box = arguments[0].getBoundingClientRect();"
                "return box.width > 0 && box.height > 0"
                " && arguments[0].textContent.includes(arguments[1])",
                one,
                text,
            )
            if box:
                return one
        return None


_NONCES = itertools.count(1)
