"""Pixels along an axis, and the one function that unites neighbouring points or buckets into pixels."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.core.errors import InputError
from gnomon.store.envelope import Envelope, Window
from gnomon.store.order import Mask


def check_window(window: Window) -> None:
    """Raise `InputError` when a window asks for something that cannot be drawn."""
    px: Any = window.px
    if type(px) is not int or not 1 <= px <= 20_000:
        msg = f"px: expected 1 to 20000, received {px!r:.40}."
        raise InputError(msg, field="px")
    scale: Any = window.scale
    if scale not in {"linear", "log"}:
        msg = f'scale: expected "linear" or "log", received {scale!r:.40}.'
        raise InputError(msg, field="scale")
    x: Any = window.x
    if not isinstance(x, str) or not x:
        msg = f'x: expected "step", "time", "relative" or the key of a series, received {x!r:.40}.'
        raise InputError(msg, field="x")
    for name in ("first", "last"):
        edge = getattr(window, name)
        if edge is not None and math.isnan(edge):
            msg = f"{name}: expected a number, received NaN."
            raise InputError(msg, field=name)


@dataclass(frozen=True, slots=True)
class Grid:
    """Divide `first <= x <= last` into `px` pixels of equal width, or of equal ratio when `log`."""

    first: float
    last: float
    px: int
    log: bool

    @classmethod
    def over(cls, window: Window, low: float, high: float) -> Self:
        """Return the grid of a window over a series whose x runs from `low` to `high`.

        On a log scale `low` must be the smallest positive x; what lies at or below zero has no place there.
        """
        first = low if window.first is None else float(window.first)
        last = high if window.last is None else float(window.last)
        log = window.scale == "log"
        return cls(max(first, low) if log and first <= 0 else first, last, window.px, log)

    @property
    def empty(self) -> bool:
        """Whether nothing can lie on the grid."""
        return not self.first <= self.last or (self.log and self.first <= 0)

    def position(self, x: Float64) -> Float64:
        """Return where `x` lies, in pixels from the left edge; everything must lie on the grid."""
        first, last = self.first, self.last
        if self.log:
            x, first, last = np.log(x), math.log(first), math.log(last)
        if last <= first:
            return np.zeros(len(x))
        # Halved first, so that a window from -1e308 to 1e308 has a finite width.
        return (x / 2 - first / 2) / (last / 2 - first / 2) * self.px

    def column(self, position: Float64) -> Int64:
        """Return the pixel that holds a position; the right edge belongs to the last pixel."""
        return np.clip(position, 0, self.px - 1).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Neighbouring points or buckets in the order of x; the columns mean what they mean in `Envelope`.

    `total` is the sum of the finite values rather than their mean.
    """

    x0: Float64
    x1: Float64
    n: Int64
    bad: Int64
    low: Float64
    low_x: Float64
    high: Float64
    high_x: Float64
    total: Float64

    @classmethod
    def raw(cls, x: Float64, value: Float64) -> Self:
        """Return one piece for each point."""
        finite = np.isfinite(value)
        if finite.all():
            bad, seen, total = np.zeros(len(x), np.int64), value, value
        else:
            bad, seen, total = (~finite).astype(np.int64), np.where(finite, value, np.nan), np.where(finite, value, 0.0)
        return cls(x, x, np.ones(len(x), np.int64), bad, seen, x, seen, x, total)

    def where(self, keep: Mask) -> "Pieces":
        """Return some of the pieces."""
        return Pieces(*(getattr(self, name)[keep] for name in Pieces.__slots__))

    @classmethod
    def join(cls, parts: "list[Pieces]") -> "Pieces":
        """Return several sets of pieces as one, in the order of x; they must not overlap."""
        if len(parts) == 1:
            return parts[0]
        columns = [np.concatenate([getattr(p, name) for p in parts]) for name in cls.__slots__]
        if len(columns[0]) and (columns[0][1:] < columns[0][:-1]).any():
            order = np.argsort(columns[0], kind="stable")
            columns = [c[order] for c in columns]
        return cls(*columns)


def unite(pieces: Pieces, grid: Grid, *, total: int, span: tuple[float, float]) -> Envelope:
    """Unite the pieces that lie wholly in one pixel; a piece that reaches into the next one stays by itself.

    Args:
        pieces: In the order of x, disjoint, all of them on the grid.
        grid: The pixels.
        total: Points of the whole series.
        span: First and last x of the whole series.
    """
    if not len(pieces.x0):
        return blank(total, span)
    left, right = grid.column(grid.position(pieces.x0)), grid.column(grid.position(pieces.x1))
    code = 2 * left + (left != right)
    start = np.flatnonzero(np.concatenate(([True], code[1:] != code[:-1])))
    end = np.append(start[1:], len(code)) - 1
    n, bad = np.add.reduceat(pieces.n, start), np.add.reduceat(pieces.bad, start)
    low, low_x = _extreme(np.fmin, pieces.low, pieces.low_x, start)
    high, high_x = _extreme(np.fmax, pieces.high, pieces.high_x, start)
    good = n - bad
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.add.reduceat(pieces.total, start)
    mean = np.divide(sums, good, out=np.full(len(start), np.nan), where=good > 0)
    return Envelope(pieces.x0[start], pieces.x1[end], n, bad, low, low_x, high, high_x, mean, total, span)


def _extreme(of: np.ufunc, value: Float64, x: Float64, start: Int64) -> tuple[Float64, Float64]:
    """Return the extreme of each group that begins at `start`, and the x of its first occurrence."""
    best: Float64 = of.reduceat(value, start)
    count = np.diff(np.append(start, len(value)))
    hits = np.flatnonzero(value == np.repeat(best, count))
    if len(hits) == 0:
        return best, np.full(len(start), np.nan)
    where = hits[np.minimum(np.searchsorted(hits, start), len(hits) - 1)]
    return best, np.where(np.isnan(best), np.nan, x[where])


def blank(total: int = 0, span: tuple[float, float] = (0.0, 0.0)) -> Envelope:
    """Return an envelope with no buckets."""
    f, i = np.empty(0, np.float64), np.empty(0, np.int64)
    return Envelope(f, f, i, i, f, f, f, f, f, total, span)


def from_points(x: Float64, value: Float64, window: Window, total: int) -> Envelope:
    """Return the envelope of points given one by one, in any order of x."""
    keep = np.isfinite(x) if window.scale == "linear" else np.isfinite(x) & (x > 0)
    if not keep.all():
        x, value = x[keep], value[keep]
    if len(x) == 0:
        return blank(total)
    if (x[1:] < x[:-1]).any():
        order = np.argsort(x, kind="stable")
        x, value = x[order], value[order]
    span = float(x[0]), float(x[-1])
    grid = Grid.over(window, *span)
    if grid.empty:
        return blank(total, span)
    a, b = np.searchsorted(x, grid.first, "left"), np.searchsorted(x, grid.last, "right")
    return unite(Pieces.raw(x[a:b], value[a:b]), grid, total=total, span=span)
