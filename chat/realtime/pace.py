"""How fast one person may post, or one socket send: a window of a second and one of a minute."""


class Pace:
    """The moments of the latest posts, as many as a minute admits.

    A list, not a deque: most sockets send two frames in their life, and an empty deque is 620
    bytes.
    """

    __slots__ = ("_moments", "_most", "_per_minute", "_per_second")

    def __init__(self, per_second: int, per_minute: int) -> None:
        self._per_second = per_second
        self._per_minute = per_minute
        self._most = max(per_second, per_minute)
        self._moments: list[float] = []

    def take(self, now: float) -> float:
        """Count a post at `now` (seconds of any clock) and return 0, or how long to wait."""
        wait = max(self._wait(now, self._per_second, 1.0), self._wait(now, self._per_minute, 60.0))
        if wait <= 0:
            self._moments.append(now)
            if len(self._moments) > 2 * self._most:
                del self._moments[: -self._most]
            return 0.0
        return wait

    def note(self, now: float, count: int) -> None:
        """Count posts that were let through elsewhere, as if they came now."""
        self._moments += [now] * min(count, self._most)
        del self._moments[: -2 * self._most]

    def _wait(self, now: float, count: int, span: float) -> float:
        if len(self._moments) < count:
            return 0.0
        return span - (now - self._moments[-count])

    def idle(self, now: float) -> bool:
        """Whether nothing of the last minute is remembered."""
        return not self._moments or now - self._moments[-1] > 60.0
