"""What time it is, in one unit: whole microseconds since 1970, UTC."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the time in microseconds since 1970, UTC. Passed in, so that a test brings its own."""


def now_us() -> int:
    """Return the wall clock in microseconds since 1970, UTC."""
    return time.time_ns() // 1000
