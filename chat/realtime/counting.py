"""The threads on which sockets ask `chat.limits`: what is counted in Redis may take its time, and
neither commits nor reads wait for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2


class Counting:
    """Asks one question after the other, a few at once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "madang-count")

    async def ask(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a function of `limits`; its RateLimited is raised here."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: question(*args, **kwargs))

    def stop(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)
