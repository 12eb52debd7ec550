"""The bootstrap: what a mean, or a difference of two, would do if the seeds were drawn again from those there are."""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

RESAMPLES: Final = 9_999
_NORMAL: Final = NormalDist()
_ROUNDING: Final = 1e-12


def bootstrap_interval(
    values: Float64, level: float = 0.95, *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """Return the bias-corrected and accelerated (BCa) interval of the mean; `None` for fewer than two values.

    Args:
        values: float64 `(n,)`. With fewer than about ten values the interval is known to be too narrow.
        level: Confidence, 0 to 1.
        resamples: How often the values are drawn again.
        seed: The same seed gives the same interval.

    Source: B. Efron, Better bootstrap confidence intervals, JASA 82 (1987), equations 2.3 and 6.6.

    Example:
        >>> low, high = bootstrap_interval(np.array([1.0, 2.0, 3.0, 4.0]))
        >>> 1 < low < 2 and 3 < high < 4
        True
    """
    n = len(values)
    if n < 2:
        return None
    mean = float(values.mean())
    if float(np.ptp(values)) <= _ROUNDING * float(np.abs(values).max()):
        return mean, mean
    means = np.sort(values[_draws(n, resamples, seed)].mean(1))
    below, until = np.searchsorted(means, mean, "left"), np.searchsorted(means, mean, "right")
    share = min(max((below + until) / 2 / resamples, 0.5 / resamples), 1 - 0.5 / resamples)
    bias = _NORMAL.inv_cdf(float(share))
    left_out = (values.sum() - values) / (n - 1)
    away = left_out.mean() - left_out
    pull = float((away**3).sum() / (6 * (away**2).sum() ** 1.5))
    tail = (1 - level) / 2
    edges = [_NORMAL.cdf(_shifted(bias, pull, _NORMAL.inv_cdf(part))) for part in (tail, 1 - tail)]
    low, high = np.percentile(means, [100 * edge for edge in edges])
    return float(low), float(high)


def bootstrap_test(better: Float64, worse: Float64, *, resamples: int = RESAMPLES, seed: int = 0) -> float:
    """Return how likely `better` would be this far ahead if both had one mean; one-sided.

    Both groups are moved to their common mean and drawn again, each from itself; the statistic is Welch's t, so that
    groups may spread differently: `p = (1 + k) / (1 + resamples)` with k the resamples of a t as large.

    Args:
        better: float64 `(n,)`, n >= 2.
        worse: float64 `(m,)`, m >= 2.
        resamples: How often they are drawn again.
        seed: The same seed gives the same p.

    Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), algorithm 16.2.

    Example:
        >>> bootstrap_test(np.array([9.0, 9.1, 9.2, 9.3]), np.array([1.0, 1.1, 1.2, 1.3]))
        0.0001
    """
    return against(drawn_again(better, resamples, seed), drawn_again(worse, resamples, seed + 1))


@dataclass(frozen=True, slots=True, eq=False)
class DrawnAgain:
    """Hold a sample and what its resamples are like, to be compared with several others.

    Args:
        mean: Of the sample.
        part: Its variance over its count.
        size: Its largest absolute value.
        means: float64 `(resamples,)`, mean of each resample of the sample moved to mean 0.
        parts: float64 `(resamples,)`, variance over count of each.
    """

    mean: float
    part: float
    size: float
    means: Float64
    parts: Float64


def drawn_again(values: Float64, resamples: int = RESAMPLES, seed: int = 0) -> DrawnAgain:
    """Return a sample with its resamples."""
    n, mean = len(values), float(values.mean())
    drawn = (values - mean)[_draws(n, resamples, seed)]
    part = float(values.var(ddof=1)) / n
    return DrawnAgain(mean, part, float(np.abs(values).max()), drawn.mean(1), drawn.var(1, ddof=1) / n)


def against(better: DrawnAgain, worse: DrawnAgain) -> float:
    """Return the p of `bootstrap_test`; the two should be drawn with different seeds."""
    scale = _ROUNDING * (better.size + worse.size)
    seen = _t(np.array([better.mean - worse.mean]), np.array([better.part + worse.part]), scale)[0]
    # Moved to one mean, whichever: it is in both, and a difference does not know it
    t = _t(better.means - worse.means, better.parts + worse.parts, scale)
    return (1 + int((t >= seen * (1 - _ROUNDING)).sum())) / (1 + len(t))


def _t(apart: Float64, square: Float64, scale: float) -> Float64:
    """Return Welch's t of each; where nothing spreads, the sign of the difference times infinity."""
    spread = np.sqrt(square)
    flat = spread <= scale
    t: Float64 = np.divide(apart, spread, out=np.zeros_like(apart), where=~flat)
    t[flat] = np.where(np.abs(apart[flat]) <= scale, 0.0, np.copysign(math.inf, apart[flat]))
    return t


def _shifted(bias: float, pull: float, z: float) -> float:
    return bias + (bias + z) / (1 - pull * (bias + z))


@lru_cache(maxsize=32)
def _draws(n: int, resamples: int, seed: int) -> Int64:
    return np.random.default_rng(seed).integers(0, n, (resamples, n))
