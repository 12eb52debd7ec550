"""One series at one moment: its chunks, its unsealed points, and what its rewinds hide; read raw from here."""

from dataclasses import dataclass, replace
from typing import Final

import apsw
import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.core.limits import MAX_STEP
from gnomon.store.chunks import REPEATS
from gnomon.store.engine import Stats
from gnomon.store.order import limits
from gnomon.store.shelf import Index, Shelf
from gnomon.store.stats import StatsTable
from gnomon.store.tail import Tail


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Points by step and arrival."""

    step: Int64
    us: Int64
    value: Float64


NOTHING: Final = Raw(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Tell where the points of a series are.

    Args:
        run: Row of the run.
        series: Id of the series.
        total: Points logged that no rewind hides.
        created_us: When the run began.
        rewinds: Of the run, in order.
        index: Its chunks.
        tail: Its points that are in no chunk of `index`.
    """

    run: int
    series: int
    total: int
    created_us: int
    rewinds: list[tuple[int, int]]
    index: Index
    tail: Tail

    def ends(self) -> Int64:
        """Return, for each chunk, the step below which its points are part of the run."""
        if not self.rewinds:
            return np.full(len(self.index.axis), MAX_STEP + 1)
        return limits(self.rewinds)[self.index.branch]

    def standing(self) -> Tail:
        """Return the tail without what a rewind hides."""
        if not self.rewinds or not len(self.tail):
            return self.tail
        return self.tail.where(self.tail.rows.step < limits(self.rewinds)[self.tail.branch])

    def points(self, shelf: Shelf, db: apsw.Connection, first: int, last: int, branch: int | None = None) -> Raw:
        """Return every point with `first <= step <= last`, of the run as it stands or of one branch."""
        index = self.index
        ends = self.ends() if branch is None else np.where(index.branch == branch, MAX_STEP + 1, -1)
        at = np.flatnonzero((index.step0 < ends) & (index.step0 <= last) & (index.step1 >= first))
        tail = self.standing() if branch is None else self.tail.where(self.tail.branch == branch)
        return self.read(shelf, db, at, tail, ends, first, last)

    def read(
        self,
        shelf: Shelf,
        db: apsw.Connection,
        at: Int64,
        tail: Tail,
        ends: Int64,
        first: int = 0,
        last: int = MAX_STEP,
    ) -> Raw:
        """Return the points of chunks and of a tail together.

        Args:
            shelf: Where chunks are read.
            db: A reading connection.
            at: Which chunks of the index.
            tail: Unsealed points.
            ends: For each chunk of the index, the step at which what can be seen ends.
            first: Smallest step.
            last: Largest step.
        """
        index = self.index
        at = at[np.argsort(index.step0[at], kind="stable")]
        axes = index.axis[at].tolist()
        step = _joined([*shelf.steps(db, self.run, index, at), tail.rows.step])
        us = _joined([*shelf.axes(db, "us", self.run, axes), tail.rows.us])
        value = _joined([shelf.values(db, self.run, self.series, index, at), tail.rows.values[0]])
        keep = (step >= first) & (step <= last)
        if (index.step1[at] >= ends[at]).any():
            n = [*index.n[at].tolist(), len(tail)]
            keep &= step < np.repeat(np.append(ends[at], MAX_STEP + 1), n)
        order = None
        if not _apart(index, at, tail):
            arrival = _joined([*shelf.axes(db, "arrival", self.run, axes), tail.rows.arrival])
            order = np.lexsort((arrival, step))
            order = order[keep[order]]
        elif not keep.all():
            order = np.flatnonzero(keep)
        return Raw(step, us, value) if order is None else Raw(step[order], us[order], value[order])

    def at(self, shelf: Shelf, db: apsw.Connection, step: int) -> float | None:
        """Return the last value at or before a step, `None` when there is none.

        A chunk that ends at or before the step holds a point where it ends, so that nothing earlier need be read.
        """
        index, ends = self.index, self.ends()
        before = (index.step1 <= step) & (index.step1 < ends)
        raw = self.points(shelf, db, int(index.step1[before].max(initial=0)), step)
        return float(raw.value[-1]) if len(raw.value) else None

    def stats(self, shelf: Shelf, db: apsw.Connection) -> Stats:
        """Return the statistics of the series, from those of its chunks where no rewind cuts them."""
        index, ends = self.index, self.ends()
        at = np.flatnonzero(index.step0 < ends)
        whole = (index.step1[at] < ends[at]) & ((index.flags[at] & REPEATS) == 0)
        raw = self.read(shelf, db, at[~whole], self.standing(), ends)
        table, row, at = StatsTable(1), np.zeros(1, np.int64), at[whole]
        if len(raw.step):
            table.fold(row, raw.step, raw.us, raw.value[None])
        if not len(at):
            return table.row(0)
        columns = table.columns
        columns["n"][0] += index.n[at].sum()
        columns["bad"][0] += index.bad[at].sum()
        with np.errstate(over="ignore", invalid="ignore"):
            columns["total"][0] += index.total[at].sum()
        for name, sign in (("low", 1.0), ("high", -1.0)):
            value = np.append(getattr(index, name)[at], columns[name][0])
            step = np.append(getattr(index, f"{name}_step")[at], columns[f"{name}_step"][0])
            seen = np.flatnonzero(~np.isnan(value))
            if len(seen):
                best = seen[np.lexsort((step[seen], sign * value[seen]))[0]]
                columns[name][0], columns[f"{name}_step"][0] = value[best], step[best]
        top = max(int(index.step1[at].max()), int(raw.step[-1]) if len(raw.step) else 0)
        last = self.points(shelf, db, top, top)
        columns["last"][0], columns["last_step"][0], columns["last_us"][0] = last.value[-1], top, last.us[-1]
        return table.row(0)

    def cut(self, index: Index) -> "Source":
        """Return the source with another index, and the tail without what that index holds."""
        keep = self.tail.rows.arrival >= index.sealed
        return replace(self, index=index, tail=self.tail if keep.all() else self.tail.where(keep))


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    parts = [p for p in parts if len(p)] or parts[:1]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _apart(index: Index, at: Int64, tail: Tail) -> bool:
    """Tell whether chunks in the order of their first step, and then the tail, are in order as they are."""
    if (index.step0[at][1:] <= index.step1[at][:-1]).any():
        return False
    step = tail.rows.step
    if len(at) and len(step) and step[0] <= index.step1[at[-1]]:
        return False
    return not (step[1:] < step[:-1]).any()
