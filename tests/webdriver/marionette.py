"""Selenium's commands in the words of Firefox itself, for Debian ships no geckodriver.

Firefox listens on a TCP port when started with `--marionette` and answers the commands of WebDriver
under names of its own, each message `LENGTH:[kind, id, …]`
(https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

import itertools
import json
import socket
from typing import Any

NAMES = {
    "newSession": "WebDriver:NewSession",
    "quit": "WebDriver:DeleteSession",
    "get": "WebDriver:Navigate",
    "refresh": "WebDriver:Refresh",
    "getCurrentUrl": "WebDriver:GetCurrentURL",
    "getTitle": "WebDriver:GetTitle",
    "findElement": "WebDriver:FindElement",
    "findElements": "WebDriver:FindElements",
    "clickElement": "WebDriver:ElementClick",
    "clearElement": "WebDriver:ElementClear",
    "sendKeysToElement": "WebDriver:ElementSendKeys",
    "w3cExecuteScript": "WebDriver:ExecuteScript",
    "w3cExecuteScriptAsync": "WebDriver:ExecuteAsyncScript",
    "w3cGetActiveElement": "WebDriver:GetActiveElement",
    "w3cGetWindowHandles": "WebDriver:GetWindowHandles",
    "w3cGetCurrentWindowHandle": "WebDriver:GetWindowHandle",
    "newWindow": "WebDriver:NewWindow",
    "switchToWindow": "WebDriver:SwitchToWindow",
    "setWindowRect": "WebDriver:SetWindowRect",
    "getWindowRect": "WebDriver:GetWindowRect",
    "setTimeouts": "WebDriver:SetTimeouts",
    "screenshot": "WebDriver:TakeScreenshot",
    "actions": "WebDriver:PerformActions",
    "clearActionState": "WebDriver:ReleaseActions",
}
"""Selenium's name of a command → Firefox's; what is not here is not asked for by these tests."""


class Marionette:
    """One session with a running Firefox; stands where Selenium has its HTTP connection."""

    client_config = None
    w3c = True

    def __init__(self, port: int) -> None:
        self._ids = itertools.count(1)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._read()  # It says first what it is.

    def execute(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """The answer as Selenium's own connection gives it: `value`, and `status` when refused."""
        asked = {key: value for key, value in params.items() if key != "sessionId"}
        if command == "newSession":
            asked = params["capabilities"].get("alwaysMatch", {})
        if command == "setWindowRect":
            asked = {key: value for key, value in asked.items() if value is not None}
        if command == "screenshot":
            asked = {"full": False}
        number = next(self._ids)
        self._write([0, number, NAMES[command], asked])
        _kind, answered, error, result = self._read()
        assert answered == number, f"an answer to {answered}, not to {number}"
        if error:
            return {"status": 500, "value": json.dumps({"value": error})}
        if command == "newSession":
            return {"value": result}
        bare = isinstance(result, dict) and result.keys() == {"value"}
        return {"value": result["value"] if bare else result}

    def close(self) -> None:
        self._socket.close()

    def _write(self, message: list[Any]) -> None:
        body = json.dumps(message).encode()
        self._socket.sendall(b"%d:%s" % (len(body), body))

    def _read(self) -> Any:
        head = b""
        while not head.endswith(b":"):
            head += self._some(1)
        size = int(head[:-1])
        body = b""
        while len(body) < size:
            body += self._some(size - len(body))
        return json.loads(body)

    def _some(self, size: int) -> bytes:
        part = self._socket.recv(size)
        assert part, "Firefox has closed the line"
        return part
