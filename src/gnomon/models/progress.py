"""A progress bar on standard error, where somebody is there to see it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_WIDTH: Final = 30
_EVERY_S: Final = 0.1


@contextmanager
def progress_bar(total: int, shown: bool | None = None, label: str = "training") -> Iterator[Callable[[], object]]:
    """Yield a function to be called once per unit of work done.

    Args:
        total: Units of work in all.
        shown: Draw the bar, in a notebook too, which is no terminal; `None` draws it when standard error is one.
        label: Word in front of the bar.
    """
    if not (sys.stderr.isatty() if shown is None else shown):
        yield lambda: None
        return
    bar = _Bar(total, label)
    try:
        yield bar.advance
    finally:
        bar.draw()
        sys.stderr.write("\n")


class _Bar:
    """One line that is drawn over and over, ten times a second at most."""

    def __init__(self, total: int, label: str) -> None:
        self._total, self._label = max(total, 1), label
        self._done = 0
        self._began = self._drawn = time.monotonic()

    def advance(self) -> None:
        self._done += 1
        if time.monotonic() - self._drawn >= _EVERY_S:
            self.draw()

    def draw(self) -> None:
        self._drawn = time.monotonic()
        part = min(1.0, self._done / self._total)
        left = (self._drawn - self._began) * (1 - part) / part if part else 0.0
        filled = round(part * _WIDTH)
        line = f"{self._label} {'#' * filled}{'-' * (_WIDTH - filled)} {part:4.0%}  {left:.0f} s left "
        sys.stderr.write(f"\r{line}")
        sys.stderr.flush()
