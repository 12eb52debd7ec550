"""Statistics of all series of a run as parallel arrays, folded a frame at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.store.engine import Stats

COLUMNS: Final = ("n", "bad", "last", "last_step", "last_us", "low", "low_step", "high", "high_step", "total")
_EMPTY: Final = (0, 0, np.nan, 0, 0, np.nan, 0, np.nan, 0, 0.0)
_KIND: Final = tuple(np.float64 if isinstance(value, float) else np.int64 for value in _EMPTY)

ROW: Final = np.dtype([(c, "<f8" if k is np.float64 else "<i8") for c, k in zip(COLUMNS, _KIND, strict=True)])
"""How the statistics of one series are stored."""


class StatsTable:
    """Hold one row of statistics per series; rows are only ever added.

    Args:
        rows: How many series to begin with, all of them empty.
    """

    def __init__(self, rows: int = 0) -> None:
        self.size = 0
        self.columns: dict[str, npt.NDArray[Any]] = {c: np.empty(0, k) for c, k in zip(COLUMNS, _KIND, strict=True)}
        self.grow(rows)

    @classmethod
    def load(cls, rows: Sequence[bytes]) -> Self:
        """Return a table of rows as `pack` has made them."""
        table, stored = cls(len(rows)), np.frombuffer(b"".join(rows), ROW)
        for name, column in table.columns.items():
            column[: len(rows)] = stored[name]
        return table

    def copy(self, more: int = 0) -> "StatsTable":
        """Return a table of its own, with `more` empty rows at the end."""
        table = StatsTable(self.size + more)
        for name, column in self.columns.items():
            table.columns[name][: self.size] = column[: self.size]
        return table

    def grow(self, rows: int) -> None:
        """Add empty rows at the end."""
        size = self.size + rows
        if size > len(self.columns["n"]):
            room = max(16, 2 * size)
            for (name, old), empty in zip(list(self.columns.items()), _EMPTY, strict=True):
                new = np.full(room, empty, old.dtype)
                new[: self.size] = old[: self.size]
                self.columns[name] = new
        self.size = size

    def put(self, row: int, stats: Stats) -> None:
        """Replace one row."""
        for name in COLUMNS:
            self.columns[name][row] = getattr(stats, name)

    def fold(self, rows: Int64, step: Int64, us: Int64, values: Float64) -> None:
        """Add points to several series at once.

        Args:
            rows: Which rows, each at most once, length k.
            step: int64 `(n,)`, n at least 1, in any order.
            us: int64 `(n,)`.
            values: float64 `(k, n)`.
        """
        if (step[1:] < step[:-1]).any():
            order = np.argsort(step, kind="stable")
            step, us, values = step[order], us[order], values[:, order]
        c = self.columns
        newer = (step[-1] >= c["last_step"][rows]) | (c["n"][rows] == 0)
        at = rows[newer]
        c["last"][at], c["last_step"][at], c["last_us"][at] = values[newer, -1], step[-1], us[-1]
        c["n"][rows] += len(step)
        finite = np.isfinite(values)
        if finite.all():
            self._extremes(rows, step, values, values)
            with np.errstate(over="ignore", invalid="ignore"):
                c["total"][rows] += values.sum(axis=1)
            return
        good = finite.sum(axis=1)
        c["bad"][rows] += len(step) - good
        some = good > 0
        values, finite, rows = values[some], finite[some], rows[some]
        self._extremes(rows, step, np.where(finite, values, np.inf), np.where(finite, values, -np.inf))
        with np.errstate(over="ignore", invalid="ignore"):
            c["total"][rows] += np.where(finite, values, 0.0).sum(axis=1)

    def _extremes(self, rows: Int64, step: Int64, lows: Float64, highs: Float64) -> None:
        for name, sign, values in (("low", 1.0, lows), ("high", -1.0, highs)):
            at = values.argmin(axis=1) if sign > 0 else values.argmax(axis=1)
            best, when = values[np.arange(len(rows)), at], step[at]
            old, old_step = self.columns[name][rows], self.columns[f"{name}_step"][rows]
            wins = np.isnan(old) | (sign * best < sign * old) | ((best == old) & (when < old_step))
            self.columns[name][rows[wins]] = best[wins]
            self.columns[f"{name}_step"][rows[wins]] = when[wins]

    def row(self, row: int) -> Stats:
        """Return one row as a value."""
        return Stats(*(self.columns[name][row].item() for name in COLUMNS))

    def pack(self, rows: Int64) -> list[bytes]:
        """Return rows as they are stored, each an array of one `ROW`."""
        stored = np.empty(len(rows), ROW)
        for name in COLUMNS:
            stored[name] = self.columns[name][rows]
        return [row.tobytes() for row in stored]

    def view(self, keys: Sequence[str], rows: Int64) -> "StatsView":
        """Return a copy of some rows as a mapping that makes `Stats` only when asked."""
        return StatsView(keys, [self.columns[name][rows] for name in COLUMNS])


class StatsView(Mapping[str, Stats]):
    """Map keys to statistics as they were at one moment; a frame of 1,000 keys would else make 1,000 objects."""

    def __init__(self, keys: Sequence[str], columns: list[npt.NDArray[Any]]) -> None:
        self._index = {key: i for i, key in enumerate(keys)}
        self._columns = columns

    def __getitem__(self, key: str) -> Stats:
        at = self._index[key]
        return Stats(*(column[at].item() for column in self._columns))

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __repr__(self) -> str:
        return f"StatsView({dict(self)!r})"
