"""Starting Firefox and WebKit, each with a profile of its own that is gone afterwards."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Remote
from selenium.webdriver.firefox.options import Options as FirefoxOptions
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service

from tests.webdriver.marionette import Marionette

READY_WITHIN_S = 60
PREFERENCES = {
    "marionette.port": 0,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
    "ui.allPointerCapabilities": 6,
    "ui.primaryPointerCapabilities": 6,
}
"""Nothing is fetched from elsewhere and nothing asks; Marionette takes a free port; and there is a
mouse, exact and able to hover, without a screen too."""

FIREFOX = ("firefox-esr", "firefox")
MINI_BROWSER = "webkit2gtk-*/MiniBrowser"
LIBRARIES = Path("/usr/lib")


class BrowserMissing(Exception):
    """The named package is not installed here."""


@contextmanager
def firefox() -> Iterator[Remote]:
    """A Firefox without a screen. Raises BrowserMissing."""
    program = next(filter(None, map(shutil.which, FIREFOX)), None)
    if program is None:
        raise BrowserMissing("Firefox (Debian's firefox-esr)")
    with tempfile.TemporaryDirectory(prefix="madang-firefox-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lines = [f'user_pref("{key}", {json.dumps(value)});' for key, value in PREFERENCES.items()]
        (folder / "user.js").write_text("\n".join(lines))
        process = subprocess.Popen(
            [
                program,
                "--headless",
                "--marionette",
                "--no-remote",
                "--profile",
                name,
                "about:blank",
            ],
            env=_environment(TZ="Asia/Seoul", HOME=name),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            line = Marionette(_port(folder / "MarionetteActivePort", process))
            driver = Remote(command_executor=line, options=FirefoxOptions())  # type: ignore[arg-type]
            yield driver
            line.close()
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def webkit() -> Iterator[Remote]:
    """A WebKit on a screen that nobody sees. Raises BrowserMissing."""
    program = next(LIBRARIES.glob(f"*/{MINI_BROWSER}"), None)
    for tool, package in (("WebKitWebDriver", "webkit2gtk-driver"), ("Xvfb", "xvfb")):
        if program is None or shutil.which(tool) is None:
            raise BrowserMissing(f"{tool} (Debian's {package})")
    with (
        tempfile.TemporaryDirectory(prefix="madang-webkit-", ignore_cleanup_errors=True) as name,
        _screen() as display,
    ):
        environment = _environment(
            DISPLAY=display,
            HOME=name,
            XDG_RUNTIME_DIR=name,
            TZ="Asia/Seoul",
            LC_ALL="C.UTF-8",
            GDK_BACKEND="x11",
            LIBGL_ALWAYS_SOFTWARE="1",
        )
        options = WebKitOptions()
        options.binary_location = str(program)
        options.add_argument("--automation")
        service = Service(str(shutil.which("WebKitWebDriver")), env=environment)
        service.start()
        try:
            line = RemoteConnection(client_config=ClientConfig(service.service_url))
            driver = Remote(command_executor=line, options=options)
            yield driver
            with suppress(WebDriverException):
                driver.quit()
        finally:
            service.stop()


BROWSERS: dict[str, Callable[[], AbstractContextManager[Remote]]] = {
    "firefox": firefox,
    "webkit": webkit,
}


@contextmanager
def _screen() -> Iterator[str]:
    """An X display of this browser alone: its name."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert server.stdout is not None
        yield ":" + server.stdout.readline().decode().strip()
    finally:
        server.terminate()
        server.communicate(timeout=20)


def _environment(**own: str) -> dict[str, str]:
    return {**os.environ, **own}


def _port(path: Path, process: subprocess.Popen[bytes]) -> int:
    """The port that Firefox writes into its profile once it listens."""
    until = time.monotonic() + READY_WITHIN_S
    while not path.exists() or not path.read_text().strip():
        assert process.poll() is None, "Firefox has ended"
        assert time.monotonic() < until, "Firefox does not listen"
        time.sleep(0.05)
    return int(path.read_text())
