"""How much of a processor one search may take, and how it leaves room for everyone else."""

import time
from dataclasses import dataclass, field

from chat import failpoints

CPU = 0.15
"""Seconds of processor time for one search; then it answers, and says where to go on."""
AT_ONCE = 0.01
"""Seconds of it after which a search rests as long as it worked: the loop needs the interpreter."""


@dataclass(slots=True)
class Budget:
    """What one search has, from its making on and in the thread that made it."""

    seconds: float = CPU
    _began: float = field(default_factory=time.thread_time)
    _rested: float = field(default_factory=time.thread_time)

    @property
    def spent(self) -> bool:
        """Whether it is used up."""
        worked = time.thread_time() - self._began
        return worked >= self.seconds and not failpoints.is_off("search_turns")

    def rest(self) -> None:
        """Let others have the processor, after a long enough stretch of work."""
        worked = time.thread_time() - self._rested
        if worked >= AT_ONCE and not failpoints.is_off("search_turns"):
            time.sleep(worked)
            self._rested = time.thread_time()
