"""How far figures of a test would be off by the luck of its rows: 95 % intervals by drawing the rows again.

A figure that only counts depends on how often each case occurs, so that instead of n rows the counts are drawn, from the
multinomial distribution that drawing n rows gives them: the same bootstrap, without the rows.
"""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Bounds = tuple[float, float]

RESAMPLES: Final = 1_999
LEVEL: Final = 0.95
MOST_CLASSES: Final = 50
"""Of more classes no interval is drawn."""
MOST_ROWS: Final = 20_000
"""Means of more rows have a normal distribution for every purpose, and their interval is that."""

_NORMAL: Final = NormalDist()
_FEW: Final = 256
_CHUNK: Final = 1 << 22
_ROUNDING: Final = 1e-12


def mean_interval(values: Float64, seed: int = 0) -> Bounds | None:
    """Return the BCa interval of a mean over rows; `None` for fewer than two.

    A share that is 0 or 1 never differs in a resample, which says nothing of the rows that were not drawn: its bound is
    the exact one of the binomial distribution (C. Clopper, E. Pearson, 1934), `1 - 0.025^(1/n)` away.

    Args:
        values: float64 `(n,)`, one for each row.
        seed: The same seed gives the same interval.

    Example:
        >>> low, high = mean_interval(np.array([1.0] * 90 + [0.0] * 10))
        >>> 0.8 < low < 0.9 < high < 0.96
        True
        >>> round(mean_interval(np.ones(5))[0], 3)
        0.478
    """
    n = len(values)
    if n < 2:
        return None
    known, counts = np.unique(values, return_counts=True)
    if len(known) == 1:
        return _flat(float(known[0]), n)
    mean = float(values.mean())
    if n > MOST_ROWS and len(known) > _FEW:
        half = _NORMAL.inv_cdf((1 + LEVEL) / 2) * float(values.std(ddof=1)) / math.sqrt(n)
        return mean - half, mean + half
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, counts / n, RESAMPLES) @ known / n if len(known) <= _FEW else _means(values, rng)
    return bca(mean, drawn, (values.sum() - known) / (n - 1), counts.astype(np.float64))


def matrix_intervals(matrix: Int64, positive: int | None, seed: int = 0) -> dict[str, Bounds]:
    """Return the BCa intervals of the figures that follow from a confusion matrix.

    Args:
        matrix: Counts of shape `(k, k)`, rows being the truth.
        positive: Class that `precision`, `recall` and `f1` are of, when there are two.
        seed: The same seed gives the same intervals.

    Returns:
        Those of `accuracy balanced_accuracy mcc precision recall f1 f1_macro`; of `accuracy` also when all is right.
    """
    n, k = int(matrix.sum()), len(matrix)
    if n < 2 or k > MOST_CLASSES:
        return {}
    cells = np.flatnonzero(matrix)
    counts = matrix.ravel()[cells]
    figures = _of_cells(cells, k, positive)
    drawn = figures(np.random.default_rng(seed).multinomial(n, counts / n, RESAMPLES).astype(np.float64))
    without = np.tile(counts.astype(np.float64), (len(cells), 1)) - np.eye(len(cells))
    left_out, seen = figures(without), figures(counts[None].astype(np.float64))
    found = {name: _one(float(seen[name][0]), drawn[name], left_out[name], counts, n) for name in seen}
    if len(cells) == 1 or np.trace(matrix) in (0, n):
        found["accuracy"] = _flat(float(np.trace(matrix) / n), n)
    return {name: each for name, each in found.items() if each is not None}


def weighted_interval(
    figure: Callable[[Float64], Float64], n: int, seed: int = 0, most: int = 5_000, resamples: int = 499
) -> Bounds | None:
    """Return the percentile interval of a figure of weighted rows; `None` for fewer than two rows, or too many.

    Args:
        figure: From weights `(b, n)`, how often each row was drawn, to the figure of each resample `(b,)`.
        n: Rows.
        seed: The same seed gives the same interval.
        most: Rows that this is done for.
        resamples: How often they are drawn.
    """
    if not 2 <= n <= most:
        return None
    rng = np.random.default_rng(seed)
    some = max(1, _CHUNK // n)
    sizes = [min(some, resamples - first) for first in range(0, resamples, some)]
    drawn = np.concatenate([figure(rng.multinomial(n, np.full(n, 1 / n), size).astype(np.float64)) for size in sizes])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < resamples / 2:
        return None
    low, high = np.percentile(drawn, [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2])
    return float(low), float(high)


def bca(value: float, drawn: Float64, left_out: Float64, weights: Float64) -> Bounds:
    """Return the bias-corrected and accelerated interval.

    Args:
        value: The figure.
        drawn: The same of each resample.
        left_out: The same without one row of each kind.
        weights: How many rows there are of each kind.

    Source: B. Efron, Better bootstrap confidence intervals, JASA 82 (1987), equations 2.3 and 6.6.
    """
    ordered = np.sort(drawn)
    near = _ROUNDING * max(1.0, abs(value))
    below, until = np.searchsorted(ordered, value - near, "left"), np.searchsorted(ordered, value + near, "right")
    b = len(ordered)
    bias = _NORMAL.inv_cdf(min(max(float(below + until) / 2 / b, 0.5 / b), 1 - 0.5 / b))
    away = np.average(left_out, weights=weights) - left_out
    spread = float((weights * away**2).sum())
    pull = float((weights * away**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    edges = []
    for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        z = bias + _NORMAL.inv_cdf(share)
        edges.append(100 * _NORMAL.cdf(bias + z / (1 - pull * z)))
    low, high = np.percentile(ordered, edges)
    return float(low), float(high)


def _one(value: float, drawn: Float64, left_out: Float64, counts: Int64, n: int) -> Bounds | None:
    del n
    if not np.isfinite(value) or not np.isfinite(left_out).all() or float(np.ptp(drawn)) <= _ROUNDING:
        return None
    return bca(value, drawn, left_out, counts.astype(np.float64))


def _flat(value: float, n: int) -> Bounds:
    """Return the interval where all rows say the same: of a share that of the binomial, of other numbers none to speak of."""
    away = 1 - ((1 - LEVEL) / 2) ** (1 / n)
    return (1 - away, 1.0) if value == 1 else (0.0, away) if value == 0 else (value, value)


def _means(values: Float64, rng: np.random.Generator) -> Float64:
    n = len(values)
    some = max(1, _CHUNK // n)
    counts = [min(some, RESAMPLES - first) for first in range(0, RESAMPLES, some)]
    return np.concatenate([values[rng.integers(0, n, (count, n))].mean(1) for count in counts])


def _of_cells(cells: Int64, k: int, positive: int | None) -> Callable[[Float64], dict[str, Float64]]:
    """Return what makes figures of counts `(b, m)` of the cells of a confusion matrix."""
    truth, taken = cells // k, cells % k
    is_truth, is_taken = np.eye(k)[truth], np.eye(k)[taken]
    is_right = is_truth * (truth == taken)[:, None]

    def figures(counts: Float64) -> dict[str, Float64]:
        right, rows, columns = counts @ is_right, counts @ is_truth, counts @ is_taken
        n = counts.sum(1)
        each = {
            "precision": _share(right, columns),
            "recall": _share(right, rows),
            "f1": _share(2 * right, rows + columns),
        }
        has_any, has_truth = rows + columns > 0, rows > 0
        macro = {name: _mean(values, has_any) for name, values in each.items()}
        own = macro if positive is None else {name: values[:, positive] for name, values in each.items()}
        return {
            "accuracy": right.sum(1) / n,
            "balanced_accuracy": _mean(each["recall"], has_truth),
            "mcc": _matthews(right.sum(1), rows, columns, n),
            **own,
            "f1_macro": macro["f1"],
        }

    return figures


def _share(above: Float64, below: Float64) -> Float64:
    out: Float64 = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return out


def _mean(values: Float64, kept: npt.NDArray[np.bool_]) -> Float64:
    out: Float64 = (values * kept).sum(1) / np.maximum(1, kept.sum(1))
    return out


def _matthews(right: Float64, rows: Float64, columns: Float64, n: Float64) -> Float64:
    below = (n * n - (columns**2).sum(1)) * (n * n - (rows**2).sum(1))
    above = right * n - (rows * columns).sum(1)
    return np.asarray(np.divide(above, np.sqrt(np.maximum(below, 0)), out=np.zeros_like(above), where=below > 0))
