"""Drawing: the envelope of a series from the coarsest view of each chunk that a pixel cannot tell from its points.

A chunk whose points follow those of every other chunk is read whole (one extreme pair), by its pyramid (one pair for
64 points) or point by point, whichever is the coarsest that is nowhere wider than a pixel. Chunks that share steps
with others, that a rewind cuts or that reach over an edge of the window are read point by point.
"""

from dataclasses import dataclass

import apsw
import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.core.limits import MAX_STEP
from gnomon.store.axis import Axis
from gnomon.store.chunks import TIMELY
from gnomon.store.envelope import Envelope, Window
from gnomon.store.grid import Grid, Pieces, blank, from_points, unite_all
from gnomon.store.order import Mask, known, visible
from gnomon.store.pyramid import WIDE
from gnomon.store.shelf import Ready, Shelf
from gnomon.store.source import NOTHING, Raw, Source
from gnomon.store.tail import NO_TAIL


def draw(source: Source, window: Window, shelf: Shelf, db: apsw.Connection, ready: Ready | None = None) -> Envelope:
    """Return the envelope of a series over step or time.

    Args:
        source: The series.
        window: What to draw.
        shelf: Where chunks are read.
        db: A reading connection.
        ready: Levels that were put together already.
    """
    return _Drawing(source, window, shelf, db, axis_of(source, window), ready or {}).envelope()


def axis_of(source: Source, window: Window) -> Axis:
    """Return the axis of a window over a series."""
    return Axis(window.x, source.created_us if window.x == "relative" else 0)


def draw_over(source: Source, other: Source, window: Window, shelf: Shelf, db: apsw.Connection) -> Envelope:
    """Return the envelope of a series over the values of another one of the same run."""
    points, axis = (_seen(s.points(shelf, db, 0, MAX_STEP)) for s in (source, other))
    return from_points(known(points.step, axis.step, axis.value), points.value, window, source.total)


def _seen(raw: Raw) -> Raw:
    keep = visible(raw.step)
    return raw if keep.all() else Raw(raw.step[keep], raw.us[keep], raw.value[keep])


@dataclass(slots=True)
class _Drawing:
    """The state of one call: which chunks are clean, and how x is made of step and time."""

    source: Source
    window: Window
    shelf: Shelf
    db: apsw.Connection
    axis: Axis
    ready: Ready

    def envelope(self) -> Envelope:
        source, index = self.source, self.source.index
        ends, tail = source.ends(), source.standing()
        at = np.flatnonzero(index.step0 < ends)
        if not len(at) and not len(tail):
            return blank(source.total)
        clean = self._clean(at, ends)
        raw = NOTHING
        if len(tail) or not clean.all():
            raw = _seen(source.read(self.shelf, self.db, at[~clean], tail, ends))
        at = at[clean]
        x0, x1 = self.axis.x(index.step0[at], index.us0[at]), self.axis.x(index.step1[at], index.us1[at])
        x, value = self.axis.x(raw.step, raw.us), raw.value
        if self.window.scale == "log":
            # What reaches below zero is read point by point, so that the first positive x is known.
            x, value, at, x0, x1 = self._add(x, value, at, x0, x1, (x0 <= 0) & (x1 > 0))
            x, value = x[x > 0], value[x > 0]
            at, x0, x1 = at[x0 > 0], x0[x0 > 0], x1[x0 > 0]
        if not len(at) and not len(x):
            return blank(source.total)
        span = (
            float(min(x.min(initial=np.inf), x0.min(initial=np.inf))),
            float(max(x.max(initial=-np.inf), x1.max(initial=-np.inf))),
        )
        grid = Grid.over(self.window, *span)
        if grid.empty:
            return blank(source.total, span)
        inside = (x1 >= grid.first) & (x0 <= grid.last)
        at, x0, x1 = at[inside], x0[inside], x1[inside]
        x, value, at, x0, x1 = self._add(x, value, at, x0, x1, (x0 < grid.first) | (x1 > grid.last))
        parts = self._levels(grid, at, x0, x1) if len(at) else []
        if len(x):
            parts.append(_points(grid, x, value))
        return unite_all(parts, grid, total=source.total, span=span)

    def _clean(self, at: Int64, ends: Int64) -> Mask:
        """Tell which chunks share no step, and on a time axis no moment, with anything else of the series."""
        index, tail = self.source.index, self.source.standing().rows
        step0, step1 = index.step0[at], index.step1[at]
        clean = step1 < ends[at]
        clean &= _alone(step0, np.minimum(step1, ends[at] - 1), tail.step)
        if self.window.x != "step":
            clean &= ((index.flags[at] & TIMELY) != 0) & _alone(index.us0[at], index.us1[at], tail.us)
        return clean

    def _add(
        self, x: Float64, value: Float64, at: Int64, x0: Float64, x1: Float64, raw: Mask
    ) -> tuple[Float64, Float64, Int64, Float64, Float64]:
        """Read some clean chunks point by point and take them off the list."""
        if raw.any():
            for i in at[raw].tolist():
                points = self._chunk(i)
                x = np.concatenate([x, self.axis.x(points.step, points.us)])
                value = np.concatenate([value, points.value])
        return x, value, at[~raw], x0[~raw], x1[~raw]

    def _chunk(self, i: int) -> Raw:
        return _seen(self.source.read(self.shelf, self.db, np.array([i]), NO_TAIL, self.source.ends()))

    def _levels(self, grid: Grid, at: Int64, x0: Float64, x1: Float64) -> list[Pieces]:
        """Return pieces of chunks that lie wholly in the window, each from the coarsest level that will do."""
        index = self.source.index
        width = grid.position(x1) - grid.position(x0)
        whole = width <= 1
        fine = ~whole & (index.pyramid[at] > 0)
        plain = at[~whole & ~fine]
        out = [self._wholes(at[whole], x0[whole], x1[whole])] if whole.any() else []
        if fine.any() and self.axis.name == "step":
            fine &= ~self._coarse(grid, at, fine, width, out)
        if fine.any():
            out += self._buckets(grid, at[fine])
        for i in plain.tolist():
            points = self._chunk(i)
            out.append(Pieces.raw(self.axis.x(points.step, points.us), points.value))
        return out

    def _coarse(self, grid: Grid, at: Int64, fine: Mask, width: Float64, out: list[Pieces]) -> Mask:
        """Add buckets of 1,024 points to `out`; tell which chunks needed nothing finer."""
        done = np.zeros(len(at), np.bool_)
        index = self.source.index
        if not grid.log and (WIDE * width[fine] > 1.2 * index.n[at[fine]]).all():
            return done  # too wide to be worth a look
        level = self.shelf.coarse(self.source.run, self.source.series, index)
        narrow = np.zeros(len(index.axis), np.bool_)
        narrow[at[fine]] = True
        mine = level.where(narrow[level.chunk])
        if not len(mine.chunk):
            return done
        wide = grid.position(mine.large[1]) - grid.position(mine.large[0]) > 1
        narrow[mine.chunk[wide]] = False
        good = np.zeros(len(index.axis), np.bool_)
        good[mine.chunk] = True
        mine = mine.where(narrow[mine.chunk])
        if len(mine.chunk):
            out.append(mine.pieces())
        return fine & narrow[at] & good[at]

    def _wholes(self, at: Int64, x0: Float64, x1: Float64) -> Pieces:
        index = self.source.index
        low, high = index.low[at], index.high[at]
        low_x = self.axis.x(index.low_step[at], index.low_us[at])
        high_x = self.axis.x(index.high_step[at], index.high_us[at])
        return Pieces(x0, x1, index.seen[at], index.bad[at], low, low_x, high, high_x, index.total[at])

    def _buckets(self, grid: Grid, at: Int64) -> list[Pieces]:
        """Return the buckets of pyramids, and the points of those buckets that are wider than a pixel."""
        out = []
        s = self.source
        for level in self.shelf.levels(self.db, s.run, s.series, s.index, at, self.axis, self.ready):
            pieces = level.pieces()
            narrow = grid.position(pieces.x1) - grid.position(pieces.x0) <= 1
            if narrow.all():
                out.append(pieces)
                continue
            out.append(pieces.where(narrow))
            wide = level.where(~narrow)
            for i in sorted(set(wide.chunk.tolist())):
                mine = wide.chunk == i
                points = self._chunk(i)
                cover = np.zeros(len(points.step) + 1, np.int64)
                _, place, n, _ = wide.small[:, mine]
                np.add.at(cover, place, 1)
                np.add.at(cover, place + n, -1)
                keep = np.cumsum(cover)[:-1] > 0
                out.append(Pieces.raw(self.axis.x(points.step[keep], points.us[keep]), points.value[keep]))
        return out


def _points(grid: Grid, x: Float64, value: Float64) -> Pieces:
    """Return the points that lie on the grid, in the order of x."""
    keep = (x >= grid.first) & (x <= grid.last)
    if not keep.all():
        x, value = x[keep], value[keep]
    if (x[1:] < x[:-1]).any():
        order = np.argsort(x, kind="stable")
        x, value = x[order], value[order]
    return Pieces.raw(x, value)


def _alone(first: Int64, last: Int64, points: Int64) -> Mask:
    """Tell which of the ranges `first` to `last` touch no other one, and not the range of `points`."""
    if len(points):
        first, last = np.append(first, points.min()), np.append(last, points.max())
    if (first[1:] > last[:-1]).all():
        return np.ones(len(first) - bool(len(points)), np.bool_)
    order = np.argsort(first, kind="stable")
    reach = np.maximum.accumulate(last[order])
    joins = np.concatenate(([False], first[order][1:] <= reach[:-1], [False]))
    alone = np.empty(len(first), np.bool_)
    alone[order] = ~(joins[:-1] | joins[1:])
    return alone[: len(alone) - bool(len(points))]
