"""Places where a fault can be asked for, so that the tests can show what it does.

Inert unless the setting FAILPOINTS names them: then a place may crash the process, sleep, or
say that a safeguard is off. Format: `name=action[:seconds][@share]`, separated by commas, such
as `after_commit=crash@0.05,loop=sleep:2@0.01,nonces=off`. A share is the chance at each pass.
"""

import os
import random
import time
from dataclasses import dataclass

NAMES = frozenset(
    {
        "before_commit",  # in the transaction, after everything was written
        "after_commit",  # on the writing thread, before anybody knows
        "before_publish",  # acked, and neither told here nor to the other processes
        "before_ack",  # told to nobody's client yet
        "on_frame",  # on the event loop, at each command
        "gap_repair",  # off: a hole is taken for nothing
        "nonces",  # off: a resend is a new message
        "head_lock",  # off: two writers may take the same numbers
        "ack_after_commit",  # off: what is acked may be rolled back
        "search_turns",  # off: everyone searches at once, for as long as it takes
        "pipeline",  # off: all requests of a connection are taken in at once
        "answers",  # off: everyone is answered with as much as they ask for
        "doors",  # off: the plain sockets are open to any name and any page
        "lock_order",  # off: rooms are locked in whatever order
    }
)
CRASHED = 137


@dataclass(frozen=True, slots=True)
class _Point:
    action: str
    seconds: float
    share: float


_points: dict[str, _Point] = {}
_chance = random.Random()


def arm(wanted: str) -> None:
    """Take the place of what was armed before; empty disarms all. Raises ValueError."""
    points = {}
    for part in filter(None, (part.strip() for part in wanted.split(","))):
        name, _, how = part.partition("=")
        action, _, share = how.partition("@")
        action, _, seconds = action.partition(":")
        if name not in NAMES or action not in {"crash", "sleep", "off"}:
            raise ValueError(f"No such failpoint: {part}")
        points[name] = _Point(action, float(seconds or 0), float(share or 1))
    _points.clear()
    _points.update(points)


def passing(name: str) -> None:
    """Crash or sleep here if that was asked for."""
    if _points and (point := _points.get(name)) is not None and _chance.random() < point.share:
        if point.action == "crash":
            os._exit(CRASHED)
        elif point.action == "sleep":
            time.sleep(point.seconds)


def is_off(name: str) -> bool:
    """Whether a safeguard is switched off this time."""
    point = _points.get(name) if _points else None
    return point is not None and point.action == "off" and _chance.random() < point.share
