"""How long the tasks of a page's main thread are, as Chromium's own trace tells."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page


class Tasks:
    """Times in ms, longest first, of the thread itself: what other programs on a busy machine
    take meanwhile is not the page's.
    """

    def __init__(self) -> None:
        self.times: list[float] = []

    @property
    def longest(self) -> float:
        return self.times[0] if self.times else 0.0

    def __str__(self) -> str:
        over = sum(time > 50 for time in self.times)
        return f"{over} tasks over 50 ms, the longest {[round(time) for time in self.times[:5]]}"


@contextmanager
def watched(page: Page) -> Iterator[Tasks]:
    """The tasks that ran on this page's main thread in the block; known once it is left."""
    tasks = Tasks()
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
    try:
        page.evaluate("performance.mark('watched')")
        yield tasks
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    mark = next(event for event in events if event.get("name") == "watched")
    tasks.times = sorted(
        (
            event["tdur"] / 1000
            for event in events
            if event["name"].endswith("RunTask")
            and "tdur" in event
            and (event["pid"], event["tid"]) == (mark["pid"], mark["tid"])
        ),
        reverse=True,
    )
