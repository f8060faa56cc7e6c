"""Passwords are hashed on a thread of their own, so that no page waits for a hash.

A hash takes a third of a second. A view that may make one is marked with `hashes`; the server
answers it on the hashing thread. When too many wait there already it is refused before the hash:
whoever hashes calls `admitted` first.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from chat.errors import Unavailable

V = TypeVar("V", bound=Callable[..., Any])

crowded: ContextVar[bool] = ContextVar("crowded", default=False)
"""Set by the server for a request that found the hashing thread's queue full."""


def hashes(view: V) -> V:
    """Mark a view whose unsafe requests may hash a password."""
    view.hashes = True  # type: ignore[attr-defined]
    return view


def may_hash(view: Callable[..., Any]) -> bool:
    """Whether a view was marked with `hashes`."""
    return bool(getattr(view, "hashes", False))


def admitted() -> None:
    """Raise Unavailable when too many passwords wait to be hashed. Call it before hashing."""
    if crowded.get():
        raise Unavailable(retry_after=5)
