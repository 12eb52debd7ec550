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
from gnomon.store.chunks import REPEATS, TIMELY
from gnomon.store.envelope import Envelope, Window
from gnomon.store.grid import Grid, Pieces, blank, from_points, unite
from gnomon.store.order import Mask, known, visible
from gnomon.store.pyramid import BUCKET
from gnomon.store.shelf import Shelf
from gnomon.store.source import Raw, Source
from gnomon.store.tail import NO_TAIL


def draw(source: Source, window: Window, shelf: Shelf, db: apsw.Connection) -> Envelope:
    """Return the envelope of a series over step or time."""
    return _Drawing(source, window, shelf, db).envelope()


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

    def x(self, step: Int64, us: Int64) -> Float64:
        if self.window.x == "step":
            return step.astype(np.float64)
        if self.window.x == "time":
            return us / 1e6
        return (us - self.source.created_us) / 1e6

    def envelope(self) -> Envelope:
        source, index = self.source, self.source.index
        ends, tail = source.ends(), source.standing()
        at = np.flatnonzero(index.step0 < ends)
        if not len(at) and not len(tail):
            return blank(source.total)
        clean = self._clean(at, ends)
        raw = _seen(source.read(self.shelf, self.db, at[~clean], tail, ends))
        at = at[clean]
        x0, x1 = self.x(index.step0[at], index.us0[at]), self.x(index.step1[at], index.us1[at])
        x, value = self.x(raw.step, raw.us), raw.value
        if self.window.scale == "log":
            # What reaches below zero is read point by point, so that the first positive x is known.
            x, value, at, x0, x1 = self._add(x, value, at, x0, x1, (x0 <= 0) & (x1 > 0))
            x, value = x[x > 0], value[x > 0]
            at, x0, x1 = at[x0 > 0], x0[x0 > 0], x1[x0 > 0]
        if not len(at) and not len(x):
            return blank(source.total)
        span = float(min(np.append(x, x0))), float(max(np.append(x, x1)))
        grid = Grid.over(self.window, *span)
        if grid.empty:
            return blank(source.total, span)
        inside = (x1 >= grid.first) & (x0 <= grid.last)
        at, x0, x1 = at[inside], x0[inside], x1[inside]
        x, value, at, x0, x1 = self._add(x, value, at, x0, x1, (x0 < grid.first) | (x1 > grid.last))
        pieces = Pieces.join([*self._levels(grid, at, x0, x1), _points(grid, x, value)])
        return unite(pieces, grid, total=source.total, span=span)

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
                x = np.concatenate([x, self.x(points.step, points.us)])
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
        out = [self._wholes(at[whole], x0[whole], x1[whole])]
        if fine.any():
            out += self._buckets(grid, at[fine])
        for i in at[~whole & ~fine].tolist():
            points = self._chunk(i)
            out.append(Pieces.raw(self.x(points.step, points.us), points.value))
        return out

    def _wholes(self, at: Int64, x0: Float64, x1: Float64) -> Pieces:
        index = self.source.index
        low, high = index.low[at], index.high[at]
        low_x = self.x(index.low_step[at], index.low_us[at])
        high_x = self.x(index.high_step[at], index.high_us[at])
        return Pieces(x0, x1, index.seen[at], index.bad[at], low, low_x, high, high_x, index.total[at])

    def _buckets(self, grid: Grid, at: Int64) -> list[Pieces]:
        """Return the buckets of pyramids, and the points of those buckets that are wider than a pixel."""
        source, index = self.source, self.source.index
        pyramids = self.shelf.pyramids(self.db, source.run, source.series, index.axis[at])
        axes = self._axes(at)
        seen = index.seen[at]
        counts = -(-seen // BUCKET)
        offset = np.cumsum(seen) - seen
        x = np.concatenate(axes)
        base = np.repeat(offset, counts)
        left = np.concatenate([np.arange(0, n, BUCKET) for n in seen.tolist()]) + base
        right = np.append(left[1:], len(x)) - 1
        low_at = np.concatenate([p.low_at for p in pyramids]) + base
        high_at = np.concatenate([p.high_at for p in pyramids]) + base
        bad = np.concatenate([p.bad for p in pyramids])
        low, high = np.concatenate([p.low for p in pyramids]), np.concatenate([p.high for p in pyramids])
        n = right - left + 1
        with np.errstate(invalid="ignore"):
            total = np.where(n > bad, np.concatenate([p.mean for p in pyramids]) * (n - bad), 0.0)
        narrow = grid.position(x[right]) - grid.position(x[left]) <= 1
        pieces = Pieces(x[left], x[right], n, bad, low, x[low_at], high, x[high_at], total)
        out = [pieces if narrow.all() else pieces.where(narrow)]
        wide = np.add.reduceat(~narrow, np.cumsum(counts) - counts) > 0
        for i, begin in zip(np.flatnonzero(wide).tolist(), offset[wide].tolist(), strict=True):
            points = self._chunk(int(at[i]))
            mine = ~narrow & (base == begin)
            keep = np.concatenate([np.arange(a, b + 1) for a, b in zip(left[mine], right[mine], strict=True)]) - begin
            out.append(Pieces.raw(x[keep + begin], points.value[keep]))
        return out

    def _axes(self, at: Int64) -> list[Float64]:
        """Return x of the seen points of each chunk."""
        source, index = self.source, self.source.index
        repeats = (index.flags[at] & REPEATS) != 0
        steps = self.shelf.steps(self.db, source.run, index, at) if self.window.x == "step" or repeats.any() else None
        if self.window.x == "step":
            assert steps is not None
            columns = steps
        else:
            columns = self.shelf.axes(self.db, "us", source.run, index.axis[at].tolist())
        if steps is not None:
            columns = [
                c[visible(s)] if many else c for c, s, many in zip(columns, steps, repeats.tolist(), strict=True)
            ]
        return [self.x(c, c) for c in columns]


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
    order = np.argsort(first, kind="stable")
    reach = np.maximum.accumulate(last[order])
    joins = np.concatenate(([False], first[order][1:] <= reach[:-1], [False]))
    alone = np.empty(len(first), np.bool_)
    alone[order] = ~(joins[:-1] | joins[1:])
    return alone[: len(alone) - bool(len(points))]
