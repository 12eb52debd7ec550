"""Bands: the mean of several curves with its spread, on an axis that they share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.analysis.student import student_quantile

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Curve = tuple[Float64, Float64]
Interval = Literal["ci", "std", "range"]
Scale = Literal["linear", "log"]

INTERVALS: Final = {
    "ci": "95 % confidence interval of the mean (Student's t over the runs)",
    "std": "one standard deviation of the runs to either side of the mean",
    "range": "from the smallest to the largest run",
}


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Hold a mean and its band.

    Args:
        x: float64 `(m,)`, ascending.
        mean: float64 `(m,)`, over the runs that have a value there.
        low: float64 `(m,)`, NaN where the runs are too few for it.
        high: float64 `(m,)`.
        n: int64 `(m,)`, how many runs have a value there.
        exact: Every value was logged at its x; otherwise values in between were interpolated.
    """

    x: Float64
    mean: Float64
    low: Float64
    high: Float64
    n: Int64
    exact: bool


def band(curves: Sequence[Curve], px: int = 1000, *, interval: Interval = "ci", scale: Scale = "linear") -> Band:
    """Return the band of some curves.

    Where the curves have the same x (one may begin later or end earlier than another), the statistics at each are
    exact. Otherwise each curve is interpolated linearly between its own points, never beyond its first and last, at
    all x of all curves, or at `px` even places when those are more.

    Args:
        curves: x and y of each, float64 `(n,)`; x ascending without repeats. Points that are not finite are left out.
        px: Places at most.
        interval: `ci`, `std` or `range`.
        scale: How places are spread when they are even.

    Example:
        >>> x = np.array([0.0, 1.0])
        >>> made = band([(x, np.array([1.0, 2.0])), (x, np.array([3.0, 4.0]))], interval="range")
        >>> made.mean.tolist(), made.low.tolist(), made.n.tolist(), made.exact
        ([2.0, 3.0], [1.0, 2.0], [2, 2], True)
    """
    kept = [_finite(*curve) for curve in curves]
    kept = [curve for curve in kept if len(curve[0])]
    if not kept:
        nothing = np.empty(0)
        return Band(nothing, nothing, nothing, nothing, np.empty(0, np.int64), True)
    # Whether they agree is asked of every x that was logged, those of a NaN included
    union = np.unique(np.concatenate([x for x, _ in curves]))
    exact = all(_covers(x, union) for x, _ in curves if len(x))
    union = np.unique(np.concatenate([x for x, _ in kept]))
    places = _places(union, px, scale, exact=exact)
    values = np.full((len(kept), len(places)), np.nan)
    for row, (x, y) in zip(values, kept, strict=True):
        if exact:
            at = np.minimum(np.searchsorted(x, places), len(x) - 1)
            row[:] = np.where(x[at] == places, y[at], np.nan)
        else:
            row[:] = np.interp(places, x, y, left=np.nan, right=np.nan)
    return _band(places, values, interval, exact=exact)


def _finite(x: Float64, y: Float64) -> Curve:
    keep = np.isfinite(y) & np.isfinite(x)
    return (x, y) if keep.all() else (x[keep], y[keep])


def _covers(x: Float64, union: Float64) -> bool:
    """Tell whether a curve has every x of all between its first and its last."""
    first, last = np.searchsorted(union, x[0]), np.searchsorted(union, x[-1])
    return bool(last - first + 1 == len(x))


def _places(union: Float64, px: int, scale: Scale, *, exact: bool) -> Float64:
    if len(union) <= px:
        return union
    if exact:  # some of the steps that there are, evenly, so that what is shown was logged
        return np.asarray(union[np.unique(np.linspace(0, len(union) - 1, px).round().astype(np.int64))])
    if scale == "log" and union[-1] > 0:
        first = union[union > 0][0]
        return np.geomspace(first, union[-1], px)
    return np.linspace(union[0], union[-1], px)


def _band(x: Float64, values: Float64, interval: Interval, *, exact: bool) -> Band:
    n = np.isfinite(values).sum(0)
    x, values, n = x[n > 0], values[:, n > 0], n[n > 0]
    mean = np.nanmean(values, axis=0) if len(x) else np.empty(0)
    if interval == "range":
        low, high = (np.nanmin(values, axis=0), np.nanmax(values, axis=0)) if len(x) else (mean, mean)
        return Band(x, mean, low, high, n, exact)
    square = np.nansum((values - mean) ** 2, axis=0)
    spread = np.sqrt(np.divide(square, n - 1, out=np.full(len(x), np.nan), where=n > 1))
    if interval == "ci":
        factor = {
            count: student_quantile(0.975, count - 1) / math.sqrt(count) for count in set(n.tolist()) if count > 1
        }
        spread = spread * np.array([factor.get(count, math.nan) for count in n.tolist()])
    return Band(x, mean, mean - spread, mean + spread, n, exact)
