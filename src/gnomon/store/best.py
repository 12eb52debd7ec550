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
        stale: Rows to be read.
    """

    def __init__(self, rows: int, stale: Iterable[int]) -> None:
        super().__init__(rows)
        self.stale = set(stale)

    @classmethod
    def of(cls, value: Column, best: Column, rows: int) -> "BestColumn":
        """Return the column of these two, all of it still to be read."""
        both = (value.kind[:rows] != MISSING) & (best.kind[:rows] != MISSING)
        return cls(rows, np.flatnonzero(both).tolist())

    def take_stale(self, rows: Int64 | None) -> list[int]:
        """Return which of some rows (of all, when `None`) must be read; they count as read from now on."""
        taken = sorted(self.stale if rows is None else self.stale.intersection(rows.tolist()))
        self.stale.difference_update(taken)
        return taken
