"""When Python looks for garbage in circles.

It looks after every 700 objects, and through all that live whenever they grew by a quarter.
While ten thousand join that is hundreds of looks through a million objects of which none is
garbage: a sixth of the time of joining, and pauses for those who are talking meanwhile.
"""

import gc

YOUNG = 20_000
"""Objects more than were freed before the youngest are looked through: about 2 MB."""


def settle() -> None:
    """Leave out what the process began with, which stays, and look more seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
