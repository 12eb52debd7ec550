"""A share of somebody else's time: when a piece of work may be done again so that all of it stays within the share."""

from typing import Final

WARM_UP_STEPS: Final = 10
"""The first collection pays for loading code and allocating memory: it is not charged, and none follows this soon."""

MOST_AT_ONCE: Final = 16
"""Steps that may be taken note of together: enough to make the counting cheap, few enough to follow a step that grows."""


class Budget:
    """Say when to collect, from what steps take and collections cost.

    Every step earns `share` of its duration, every collection is paid for from that: after one that cost `c`, at least
    `c / share` seconds of steps pass before the next. Nothing is saved up while there is no debt, so a long pause is not
    followed by a burst.

    Args:
        share: Largest part of the time of the steps, above 0 up to 1.
        every: Collect at each so many-th step instead, whatever it costs.
        warm_up: Steps after the first that are never collected.
        idle_s: Seconds that each step pays for being watched at all; they come off what it earns, half of it at most.

    Example:
        >>> budget = Budget(0.5)
        >>> [budget.step(1.0) for _ in range(20)].count(True)  # what costs nothing is due at once after the warm-up
        11
        >>> budget.spent(1.0)
        >>> [budget.step(1.0) for _ in range(4)]
        [False, False, True, True]
    """

    def __init__(
        self, share: float = 0.03, every: int | None = None, *, warm_up: int = WARM_UP_STEPS, idle_s: float = 0.0
    ) -> None:
        self._share, self._every, self._warm_up, self._idle_s = share, every, warm_up, idle_s
        self._steps = 0
        self._debt_s = self._spent_s = 0.0

    def step(self, seconds: float, steps: int = 1) -> bool:
        """Take note that steps took so long, our own work included; tell whether the next one may be collected.

        Args:
            seconds: Of all of them together.
            steps: How many they are: 1, or as many as `wait` allowed.
        """
        earned = self._share * max(0.0, seconds - self._spent_s)
        self._debt_s = max(0.0, self._debt_s - max(earned - self._idle_s * steps, earned / 2))
        self._spent_s = 0.0
        self._steps += steps
        if self._every is not None:
            return (self._steps - 1) % self._every == 0
        return self._steps == 1 or (self._steps > self._warm_up and self._debt_s == 0.0)

    def wait(self, seconds: float) -> int:
        """Return after how many steps of so many seconds each to call `step` again: half of those that the debt needs.

        Example:
            >>> budget = Budget(0.5, warm_up=0)
            >>> _ = budget.step(1.0), budget.step(1.0), budget.spent(6.0)
            >>> budget.wait(1.0)
            6
        """
        if self._every is not None or seconds <= 0 or self._steps < self._warm_up:
            return 1
        # Rounded up front: a debt of hours over a step of nanoseconds is no integer worth making.
        return int(min(MOST_AT_ONCE, max(1.0, self._debt_s / (2 * self._share * seconds))))

    def spent(self, seconds: float) -> None:
        """Take note of what a collection, or a part of one, has cost in this step."""
        self._spent_s += seconds
        if self._steps > 1:
            self._debt_s += seconds
