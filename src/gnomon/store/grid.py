"""Pixels along an axis, and the one function that unites neighbouring points or buckets into pixels."""

import itertools
import math
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

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


_SMALL: Final = 0.25  # of a pixel
_HARDLY: Final = 9 / 8  # times as many pieces as buckets: not worth uniting


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
        if last - first == math.inf:  # from -1e308 to 1e308, say
            x, first, last = x / 2, first / 2, last / 2
        out: Float64 = x - first
        out /= last - first
        out *= self.px
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Neighbouring points or buckets in the order of x; the columns mean what they mean in `Envelope`.

    `total` is the sum of the finite values rather than their mean.
    """

    x0: Float64
    x1: Float64
    n: npt.NDArray[np.integer[Any]]
    bad: npt.NDArray[np.integer[Any]]
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

    def in_order(self) -> "Pieces":
        """Return the pieces in the order of x."""
        if not (self.x0[1:] < self.x0[:-1]).any():
            return self
        order = np.argsort(self.x0, kind="stable")
        return Pieces(*(getattr(self, name)[order] for name in Pieces.__slots__))

    @classmethod
    def join(cls, parts: "list[Pieces]") -> "Pieces":
        """Return several sets of pieces as one, in the order of x; they must not overlap."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in cls.__slots__)).in_order()


def unite_all(parts: list[Pieces], grid: Grid, *, total: int, span: tuple[float, float]) -> Envelope:
    """Unite sets of pieces; those that lie one after the other are united each by itself, without being copied.

    Args:
        parts: In any order, as chunks of several lanes come; no piece may overlap another one.
        grid: The pixels.
        total: Points of the whole series.
        span: First and last x of the whole series.
    """
    parts = sorted((p.in_order() for p in parts if len(p.x0)), key=lambda p: float(p.x0[0]))
    if any(a.x1[-1] >= b.x0[0] for a, b in itertools.pairwise(parts)):
        parts = [Pieces.join(parts)]
    found = [unite(part, grid, total=total, span=span) for part in parts]
    if len(found) == 1:
        return found[0]
    if not found:
        return blank(total, span)
    names = ("x0", "x1", "n", "bad", "low", "low_x", "high", "high_x", "mean")
    columns = {name: np.concatenate([getattr(e, name) for e in found]) for name in names}
    return Envelope(**columns, total=total, span=span)


def unite(pieces: Pieces, grid: Grid, *, total: int, span: tuple[float, float]) -> Envelope:
    """Unite neighbouring pieces, to buckets of at most one pixel.

    Pieces are gathered by where they begin, in cells that are narrower than a pixel by the width of the widest small
    piece, so that one which begins at the end of its cell still ends within a pixel of the cell's beginning. A piece
    wider than a quarter of a pixel that reaches into the next cell stays by itself.

    Args:
        pieces: In the order of x, disjoint, all of them on the grid and at most a pixel wide.
        grid: The pixels.
        total: Points of the whole series.
        span: First and last x of the whole series.
    """
    if not len(pieces.x0):
        return blank(total, span)
    code = _cells(pieces, grid)
    fresh = np.empty(len(code), np.bool_)
    fresh[0] = True
    np.not_equal(code[1:], code[:-1], out=fresh[1:])
    start = np.flatnonzero(fresh)
    if _HARDLY * len(start) >= len(code) and (pieces.x0[1:] > pieces.x1[:-1]).all():
        return _as_they_are(pieces, total, span)
    group = np.cumsum(fresh) - 1
    end = np.append(start[1:], len(code)) - 1
    n, bad = (np.add.reduceat(column, start, dtype=np.int64) for column in (pieces.n, pieces.bad))
    low, low_x = _extreme(np.fmin, pieces.low, pieces.low_x, start, group)
    high, high_x = _extreme(np.fmax, pieces.high, pieces.high_x, start, group)
    good = n - bad
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.add.reduceat(pieces.total, start)
    mean = np.divide(sums, good, out=np.full(len(start), np.nan), where=good > 0)
    return Envelope(pieces.x0[start], pieces.x1[end], n, bad, low, low_x, high, high_x, mean, total, span)


def _as_they_are(pieces: Pieces, total: int, span: tuple[float, float]) -> Envelope:
    p = pieces
    n, bad = p.n.astype(np.int64), p.bad.astype(np.int64)
    low_x, high_x, good = p.low_x, p.high_x, n - bad
    if not good.all():
        low_x, high_x = np.where(good > 0, low_x, np.nan), np.where(good > 0, high_x, np.nan)
    with np.errstate(invalid="ignore"):
        mean = p.total / good
    return Envelope(p.x0, p.x1, n, bad, p.low, low_x, p.high, high_x, mean, total, span)


def _cells(pieces: Pieces, grid: Grid) -> Int64:
    """Return a number for each piece, the same for neighbours that become one bucket."""
    left = grid.position(pieces.x0)
    if pieces.x1 is pieces.x0:
        return np.minimum(left, grid.px - 1, out=left).astype(np.int64)
    right = grid.position(pieces.x1)
    width = right - left
    small = width <= _SMALL
    cell = 1 - float(width.max(initial=0, where=small))
    most = math.ceil(grid.px / cell) - 1
    left /= cell
    code: Int64 = np.minimum(left, most, out=left).astype(np.int64)
    if small.all():
        return code
    right /= cell
    reaches = ~small & (code != np.minimum(right, most, out=right).astype(np.int64))
    code *= 2
    code += reaches
    return code


def _extreme(of: np.ufunc, value: Float64, x: Float64, start: Int64, group: Int64) -> tuple[Float64, Float64]:
    """Return the extreme of each group, and the x of its first occurrence.

    Args:
        of: `np.fmin` or `np.fmax`, which pass over NaN.
        value: What to look at, NaN where there is nothing.
        x: Where each value is.
        start: Where each group begins.
        group: Number of the group that each value belongs to.
    """
    best: Float64 = of.reduceat(value, start)
    hits = np.flatnonzero(value == best[group])[::-1]
    where = np.full(len(start), np.nan)
    where[group[hits]] = x[hits]  # written backwards, so that the first occurrence stays
    return best, where


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
