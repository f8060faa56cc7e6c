"""A real Chromium against a real server: people, their windows, and what may not go wrong."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.states import LIMITS, World, make_world
from tests.conftest import missing

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        path = playwright.chromium.executable_path
        if not Path(path).exists():
            missing("Chromium")
    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server that most tests share; without limits on rates, for they come from one address."""
    running = Site(tmp_path_factory.mktemp("site"), RATE_LIMITS="off")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """The shared server; for a second chance one of its own, where nobody has taken the names."""
    if getattr(request.node, "execution_count", 1) > 1:
        make = request.getfixturevalue("own_site")
        yield make(RATE_LIMITS="off")
    else:
        yield request.getfixturevalue("shared_site")


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes servers of this test alone, with the settings it names."""
    made: list[Site] = []

    def make(**settings: str) -> Site:
        folder = tmp_path / f"site{len(made)}"
        folder.mkdir()
        running = Site(folder, **settings)
        running.start()
        made.append(running)
        return running

    yield make
    for running in made:
        running.stop()


@pytest.fixture(scope="session")
def world(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with neighbours on it, for those who look at every state of the page."""
    running = Site(tmp_path_factory.mktemp("states"), **LIMITS)
    running.start()
    made = make_world(chromium, running)
    yield made
    for friend in made.friends.values():
        friend.context.close()
    running.stop()


NewPerson = Callable[..., Person]


@pytest.fixture
def new_person(chromium: Browser, site: Site) -> Iterator[NewPerson]:
    """Makes people, each with a browser of their own; nothing may go wrong in its console."""
    made: list[Person] = []

    def make(
        name: str | None = None, *, at: Site | None = None, lang: str = "ko", **window: object
    ) -> Person:
        person = Person(chromium, (at or site).url, lang=lang, **window)
        made.append(person)
        if name is not None:
            person.enter(name)
        return person

    yield make
    troubles = [trouble for person in made for trouble in person.troubles]
    for person in made:
        person.context.close()
    assert troubles == []


@pytest.fixture(scope="session")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: the folder SCREENS names, else one that is thrown away."""
    named = os.environ.get("SCREENS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
