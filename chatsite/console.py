"""What the commands say on the console, and in which language."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def console_language() -> str:
    """`ko` when the terminal's locale is Korean, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Which rights the files that are made meanwhile don't get."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


class Progress:
    """Counts on stderr: in place on a terminal, else a line for each part that is done."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{what} {done:,}/{total:,}" + ("\n" if done >= total else ""))
            sys.stderr.flush()
        elif done >= total and total:
            sys.stderr.write(f"{what} {done:,}\n")
