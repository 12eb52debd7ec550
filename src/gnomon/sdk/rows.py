"""The rows that a stream is writing: progress bars below one another, which move the cursor up, are one row each."""

import re
from typing import Final

from gnomon.core.terminal import Line

MOST_ROWS: Final = 50
"""A cursor goes no higher than this above the lowest row."""

_UP: Final = re.compile(r"\x1b\[(\d*)A")
_STEPS: Final = re.compile(r"(\n|\x1b\[\d*A)")


class Rows:
    r"""A line, and while the cursor moves up, those around it; they end together, when the lowest does.

    What is above the first row has ended and is not changed any more: a cursor that goes there begins a row.

    Example:
        >>> rows = Rows()
        >>> rows.feed("all 1/2\n\rone 1/9\x1b[A\n\rone 9/9\x1b[A\rall 2/2")
        ['all 1/2']
        >>> rows.feed("\n\n")
        ['all 2/2', 'one 9/9']
    """

    __slots__ = ("_above", "_below", "_line")

    def __init__(self) -> None:
        self._line = Line()
        self._above: list[str] = []
        self._below: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written that has not ended."""
        return not self._above and not self._below and self._line.is_empty

    @property
    def text(self) -> str:
        """What stands in the row that is being written."""
        return self._line.text

    @property
    def ends(self) -> int:
        """How many line feeds end all that was begun."""
        return 0 if self.is_empty else 1 + len(self._below)

    def feed(self, text: str) -> list[str]:
        """Write `text`; return the lines that it ended, without their line feeds."""
        if not self._above and not self._below and ("\x1b" not in text or not _UP.search(text)):
            return self._line.feed(text)
        ended: list[str] = []
        for step in _STEPS.split(text):
            up = _UP.fullmatch(step)
            if up:
                self._go_up(int(up[1] or 1))
            elif step == "\n":
                ended += self._go_down()
            elif step:
                ended += self._line.feed(step)
        return ended

    def _go_up(self, by: int) -> None:
        for _ in range(min(by, MOST_ROWS - len(self._below))):
            column = self._line.column
            self._below.insert(0, self._line.end())
            self._line = Line(self._above.pop() if self._above else "", column)

    def _go_down(self) -> list[str]:
        if self._below:
            self._above.append(self._line.end())
            self._line = Line(self._below.pop(0), 0)
            return []
        if not self._above:
            return [self._line.end()]
        rows = [*self._above, self._line.end()]
        self._above.clear()
        return [row for row in rows if row]  # a bar that was wiped away leaves nothing
