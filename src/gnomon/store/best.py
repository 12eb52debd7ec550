"""Columns that hold the value of one series at the best step of another: `metric.acc.at_min(loss)`."""

from collections.abc import Iterable

import numpy as np

from gnomon.core.batch import Int64
from gnomon.store.column import MISSING, Column
from gnomon.store.filter import ELSEWHERE, Name


def is_at_best(name: Name) -> bool:
    """Tell whether a column is one of these."""
    return name.statistic in ELSEWHERE


def needed(name: Name) -> tuple[Name, Name]:
    """Return the columns that such a column is made from: a value of the one series, the best step of the other."""
    best = "min_step" if name.statistic == "at_min" else "max_step"
    return Name("metric", name.key, "last"), Name("metric", name.other, best)


class BestColumn(Column):
    """Hold what was read, and know which rows must be read (again).

    A value is that of the last point at or before the other series' best step: both are logged together most of the
    time, and where they are not, that is what the run knew then. It takes a look at the points of a run, so it is
    looked up when a row is shown, filtered or sorted by, and after the run logged one of the two series again.

    Args:
        rows: How many runs there are.
        stale: Rows to be read. They stay so until they are: whoever looks meanwhile reads them too, and nobody waits.
    """

    def __init__(self, rows: int, stale: Iterable[int]) -> None:
        super().__init__(rows)
        self._stale = dict.fromkeys(stale, 0)
        self._changes = 0

    @classmethod
    def of(cls, value: Column, best: Column, rows: int) -> "BestColumn":
        """Return the column of these two, all of it still to be read."""
        both = (value.kind[:rows] != MISSING) & (best.kind[:rows] != MISSING)
        return cls(rows, np.flatnonzero(both).tolist())

    @property
    def waits(self) -> bool:
        """Whether any row must be read."""
        return bool(self._stale)

    def mark(self, row: int) -> None:
        """Have a row read again."""
        self._changes += 1
        self._stale[row] = self._changes

    def forget(self, row: int) -> None:
        """Have a row not read any more."""
        self._stale.pop(row, None)

    def stale(self, rows: Int64 | None) -> dict[int, int]:
        """Return which of some rows (of all, when `None`) must be read, each with the mark that `settle` wants."""
        if rows is None:
            return self._stale.copy()
        return {row: self._stale[row] for row in rows.tolist() if row in self._stale}

    def settle(self, row: int, mark: int, value: float | None) -> None:
        """Set what was read of a row; where it was marked again meanwhile, it is to be read once more."""
        now = self._stale.get(row)
        if now is not None:
            self.put(row, value)
        if now == mark:
            del self._stale[row]
