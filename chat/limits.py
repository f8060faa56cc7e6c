"""How often an entrance may be used: counts by person and by address, over HTTP and sockets.

Counts live in this process, or in Redis when REDIS_URL is set, so that workers share them; while
Redis is away each worker counts for itself, and asks it now and then.
RATE_LIMITS=off makes every limit answer yes.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TypeVar, cast

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis
from redis.exceptions import RedisError

from chat.errors import RateLimited

log = logging.getLogger(__name__)
T = TypeVar("T")

AWAY = 5.0
"""Seconds for which Redis is not asked once it failed: each question may take it one."""

WINDOWS: dict[str, tuple[str, int]] = {
    "guests": ("guests_per_minute_address", 1),
    "rooms": ("guests_per_minute_address", 1),
    "wrong_codes_person": ("wrong_codes_per_10_minutes", 10),
    "wrong_codes_address": ("wrong_codes_per_hour_address", 60),
    "logins_name": ("logins_per_10_minutes", 10),
    "logins_device": ("logins_per_10_minutes", 10),
    "logins_address": ("wrong_codes_per_hour_address", 60),
    "passwords_person": ("logins_per_10_minutes", 10),
    "passwords_address": ("wrong_codes_per_hour_address", 60),
    "searches": ("searches_per_minute", 1),
}
"""Limit → its amount in settings.CHAT, and the minutes of its window."""


def spend(name: str, key: str) -> None:
    """Count one use of `name` by `key`. Raises RateLimited, with the time to wait, when over."""
    if settings.RATE_LIMITS:
        item = _item(name)
        if not _ask(lambda limiter: limiter.hit(item, name, key)):
            raise RateLimited(retry_after=_wait(item, name, key))


@contextmanager
def attempt(*keys: tuple[str, str], failure: type[Exception]) -> Iterator[None]:
    """Count a try, given as limits and keys, before it is made: of many at once no more are let
    through than the limit says. What does not end in `failure` is given back.

    Raises RateLimited when one of them is over; then none is counted.
    """
    spend_all(*keys)
    try:
        yield
    except failure:
        raise
    except BaseException:
        give_back(*keys)
        raise
    give_back(*keys)


def spend_all(*keys: tuple[str, str]) -> None:
    """`spend` each of these limits and keys, or none of them."""
    for at, (name, key) in enumerate(keys):
        try:
            spend(name, key)
        except RateLimited:
            give_back(*keys[:at])
            raise


def give_back(*keys: tuple[str, str]) -> None:
    """Take one use of each back."""
    if settings.RATE_LIMITS:
        for name, key in keys:
            place = _item(name).key_for(name, key)
            _ask(lambda limiter, place=place: _forget_latest(limiter.storage, place))  # type: ignore[misc]


def address_key(address: str) -> str:
    """The part of an address that one household or phone holds: IPv6 by its /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64] or "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def reset() -> None:
    """Forget every count, the shared ones too."""
    _trust.renew()
    _memory().storage.reset()
    shared = _shared(settings.REDIS_URL)
    if shared is not None:
        shared.storage.reset()


def _forget_latest(storage: object, place: str) -> None:
    """Drop the newest entry of a window: the library only ever adds."""
    if isinstance(storage, MemoryStorage):
        with storage.locks[place]:
            del storage.events.get(place, [])[:1]
    elif isinstance(storage, RedisStorage):
        try:
            cast(Redis, storage.get_connection()).lpop(storage.prefixed_key(place))
        except RedisError as error:
            raise StorageError(error) from error


def _item(name: str) -> RateLimitItem:
    setting, minutes = WINDOWS[name]
    return RateLimitItemPerMinute(settings.CHAT[setting], minutes)


def _wait(item: RateLimitItem, name: str, key: str) -> float:
    reset_at = _ask(lambda limiter: limiter.get_window_stats(item, name, key)).reset_time
    return float(max(1, math.ceil(reset_at - time.time())))


def _ask(question: Callable[[MovingWindowRateLimiter], T]) -> T:
    """Put the question to Redis when there is one, and to this process's memory when it fails."""
    shared = _shared(settings.REDIS_URL)
    if shared is not None and _trust.may_ask():
        try:
            answer = question(shared)
        except StorageError:
            _trust.lose()
            log.warning("Redis does not answer; this worker counts by itself for the moment")
        else:
            _trust.renew()
            return answer
    return question(_memory())


class _Trust:
    """Whether Redis is asked: when it failed not for `AWAY` seconds, then by one question first."""

    def __init__(self) -> None:
        self._again_at: float | None = None
        self._lock = Lock()

    def may_ask(self) -> bool:
        if self._again_at is None:
            return True
        with self._lock:
            now = time.monotonic()
            if now < (self._again_at or now):
                return False
            self._again_at = now + AWAY  # All others wait for what this one finds out.
            return True

    def lose(self) -> None:
        self._again_at = time.monotonic() + AWAY

    def renew(self) -> None:
        self._again_at = None


_trust = _Trust()


_making = Lock()


def _memory() -> MovingWindowRateLimiter:
    with _making:  # Of two made at once, one would be lost with what it had counted.
        return _made_memory()


@cache
def _made_memory() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


@cache
def _shared(redis_url: str) -> MovingWindowRateLimiter | None:
    if not redis_url:
        return None
    storage = RedisStorage(
        redis_url.split(",")[0], wrap_exceptions=True, key_prefix="madang-limits",
        socket_timeout=1, socket_connect_timeout=1,
    )  # fmt: skip
    return MovingWindowRateLimiter(storage)
