"""How much of an epoch goes into waiting for its batches."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Waiting(Generic[T]):
    """Hand on batches, and measure how long they took to come.

    Args:
        batches: Of one epoch.
        clock: Seconds.

    Example:
        >>> ticks = iter([0.0, 3.0, 4.0, 4.0])
        >>> waiting = Waiting(["batch"], lambda: next(ticks))
        >>> list(waiting), round(waiting.share, 2)
        (['batch'], 0.75)
    """

    def __init__(self, batches: Iterable[T], clock: Callable[[], float]) -> None:
        self._batches, self._clock = batches, clock
        self._waited_s, self._began, self._ended = 0.0, 0.0, 0.0

    def __iter__(self) -> Iterator[T]:
        batches = iter(self._batches)
        asked = self._began = self._ended = self._clock()
        for batch in batches:
            self._waited_s += self._clock() - asked
            yield batch
            asked = self._ended = self._clock()
        self._ended = self._clock()

    @property
    def share(self) -> float:
        """Share of the time until now that went into waiting, 0 to 1; 0 before there is any."""
        taken = self._ended - self._began
        return min(1.0, self._waited_s / taken) if taken > 0 else 0.0
