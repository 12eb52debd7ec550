"""How fast answers come: a count for each of the last seconds, and how long the last ones took."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

SECONDS: Final = 60
_RATE_S: Final = 10
_KEPT: Final = 1_000


class Pace:
    """Count answers.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._counts = [0] * SECONDS
        self._second = int(clock())
        self._taken: deque[float] = deque(maxlen=_KEPT)

    def add(self, taken_s: float) -> None:
        """Count an answer that took so long."""
        self._turn()
        self._counts[self._second % SECONDS] += 1
        self._taken.append(taken_s)

    def recent(self) -> list[int]:
        """Return how many there were in each of the last 60 seconds, the one that runs last."""
        self._turn()
        at = self._second % SECONDS + 1
        return self._counts[at:] + self._counts[:at]

    @property
    def rate(self) -> float:
        """Answers a second, of the last ten whole seconds."""
        return sum(self.recent()[-_RATE_S - 1 : -1]) / _RATE_S

    def within_ms(self, share: float) -> float | None:
        """Return within how many milliseconds a share of the last 1,000 were answered; `None` when there was none."""
        if not self._taken:
            return None
        taken = sorted(self._taken)
        return taken[min(len(taken) - 1, int(share * len(taken)))] * 1000

    def _turn(self) -> None:
        now = int(self._clock())
        for second in range(self._second + 1, min(now, self._second + SECONDS) + 1):
            self._counts[second % SECONDS] = 0
        self._second = max(now, self._second)
