"""Firefox and WebKit against a real server: each test with both."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.site import Site
from tests.conftest import missing
from tests.webdriver.browsers import BROWSERS, BrowserMissing
from tests.webdriver.window import Window

NewWindow = Callable[..., Window]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.webdriver)


@pytest.fixture(params=sorted(BROWSERS))
def browser(request: pytest.FixtureRequest) -> str:
    """The name of the browser that the test runs in."""
    name: str = request.param
    return name


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server of this test's own; without limits on rates, for all come from one address."""
    folder = tmp_path / "site"
    folder.mkdir()
    running = Site(folder, RATE_LIMITS="off")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def new_window(browser: str, site: Site) -> Iterator[NewWindow]:
    """Makes people, each in a browser of their own; no script may fail in it."""
    made: list[Window] = []
    with ExitStack() as stack:

        def make(name: str | None = None) -> Window:
            try:
                driver = stack.enter_context(BROWSERS[browser]())
            except BrowserMissing as error:
                missing(str(error))
            window = Window(driver, site.url)
            made.append(window)
            if name is not None:
                window.enter(name)
            return window

        yield make
        if folder := os.environ.get("SCREENS"):
            for number, window in enumerate(made):
                name = os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].partition(" ")[0]
                window.driver.save_screenshot(f"{folder}/{name}-{number}.png")
        assert [trouble for window in made for trouble in window.troubles()] == []
