"""What a check says: all is well, take care, or it does not work, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    GOOD = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about what is, and one about what helps (empty where nothing has to)."""

    check: str
    level: Level
    said: str
    help: str = ""


Check = Callable[[], Iterator[Finding]]


def good(check: str, said: str) -> Finding:
    return Finding(check, Level.GOOD, said)


def warn(check: str, said: str, help_: str) -> Finding:
    return Finding(check, Level.WARN, said, help_)


def bad(check: str, said: str, help_: str) -> Finding:
    return Finding(check, Level.BAD, said, help_)
