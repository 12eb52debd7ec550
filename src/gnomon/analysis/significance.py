"""Which entries are not significantly worse than the best, by three tests, all corrected for how many entries there are."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.analysis.bootstrap import DrawnAgain, against, bootstrap_interval, drawn_again
from gnomon.analysis.goal import Goal
from gnomon.analysis.permutation import permutation_test, smallest_p
from gnomon.analysis.student import student_cdf, student_quantile, student_tails
from gnomon.core.errors import InputError, LimitError

Float64 = npt.NDArray[np.float64]
Test = Literal["welch", "permutation", "bootstrap"]

TESTS: Final = ("welch", "permutation", "bootstrap")
LEVEL: Final = 0.95
MIN_SEEDS: Final = 3
"""With fewer seeds the spread is a guess, and no entry is called worse."""

MAX_RESAMPLED: Final = 200
"""Entries that a test by resampling is asked for at most: each takes thousands of draws."""

_ROUNDING: Final = 1e-12
"""A spread below this share of the values is what adding them up leaves over, not a spread."""

_RIVALS: Final = {"welch": 10, "permutation": 5, "bootstrap": 5}
"""Each entry is compared with so many of the best; the correction still counts all."""

_NAMES: Final = {
    "welch": "Welch's t test",
    "permutation": "permutation test of the difference of means",
    "bootstrap": "bootstrap test of Welch's t",
}


def interval(values: Float64, level: float = LEVEL, test: Test = "welch") -> tuple[float, float] | None:
    """Return the confidence interval of the mean; `None` for fewer than two values.

    `mean ± t · s / √n` by Student's distribution; under `bootstrap` the BCa interval.

    Args:
        values: float64 of shape `(n,)`, one per seed, taken as independent and about normal.
        level: Confidence, 0 to 1.
        test: The test that goes with it.

    Example:
        >>> low, high = interval(np.array([1.0, 2.0, 3.0]))
        >>> round(low, 3), round(high, 3)
        (-0.484, 4.484)
    """
    n = len(values)
    if n < 2:
        return None
    if test == "bootstrap":
        return bootstrap_interval(values, level)
    half = student_quantile((1 + level) / 2, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    mean = float(values.mean())
    return mean - half, mean + half


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Hold what is needed of many samples, none of them empty: arrays of one length.

    Args:
        n: float64, values of each.
        mean: float64.
        variance: float64, with n - 1 below the line; 0 for a single value.
        size: float64, the largest absolute value.
    """

    n: Float64
    mean: Float64
    variance: Float64
    size: Float64


def moments(samples: Sequence[Float64]) -> Moments:
    """Return count, mean, variance and size of each sample, all at once.

    Example:
        >>> found = moments([np.array([1.0, 3.0]), np.array([5.0])])
        >>> found.mean.tolist(), found.variance.tolist()
        ([2.0, 5.0], [2.0, 0.0])
    """
    if not samples:
        nothing = np.empty(0)
        return Moments(nothing, nothing, nothing, nothing)
    n = np.array([len(sample) for sample in samples])
    together = np.concatenate(samples)
    starts = np.append(0, np.cumsum(n)[:-1])
    mean = np.add.reduceat(together, starts) / n
    square = np.add.reduceat((together - np.repeat(mean, n)) ** 2, starts)
    return Moments(
        n.astype(np.float64), mean, square / np.maximum(1, n - 1), np.maximum.reduceat(np.abs(together), starts)
    )


def intervals(samples: Sequence[Float64], test: Test = "welch") -> list[tuple[float, float] | None]:
    """Return `interval` of many samples."""
    if test == "bootstrap":
        return [interval(sample, test=test) for sample in samples]
    filled = [sample for sample in samples if len(sample)]
    found = moments(filled)
    spread = np.sqrt(found.variance / found.n)
    rows = zip(found.n.tolist(), found.mean.tolist(), spread.tolist(), strict=True)
    out: list[tuple[float, float] | None] = []
    for sample in samples:
        n, mean, each = next(rows) if len(sample) else (0, 0.0, 0.0)
        half = student_quantile((1 + LEVEL) / 2, n - 1) * each if n > 1 else 0.0
        out.append((mean - half, mean + half) if n > 1 else None)
    return out


def welch(better: Float64, worse: Float64) -> float | None:
    """Return how likely it is that `better` is ahead by luck alone: Welch's t test, one-sided.

    Args:
        better: float64 `(n,)`, the larger sample mean first.
        worse: float64 `(m,)`.

    Returns:
        The p value; `None` with fewer than three values on a side, or no spread at all to compare with.

    Source: B. L. Welch, The generalization of "Student's" problem, Biometrika 34 (1947); degrees of freedom after
    F. E. Satterthwaite (1946). For learning algorithms: C. Colas et al., A hitchhiker's guide to statistical
    comparisons of reinforcement learning algorithms (2019), where it stands up best among the usual tests.

    Example:
        >>> round(welch(np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0])), 4)
        0.0352
    """
    n, m = len(better), len(worse)
    if min(n, m) < MIN_SEEDS or _is_flat(better, worse):
        return None
    a, b = float(better.var(ddof=1)) / n, float(worse.var(ddof=1)) / m
    t = (float(better.mean()) - float(worse.mean())) / math.sqrt(a + b)
    df = (a + b) ** 2 / (a * a / (n - 1) + b * b / (m - 1))
    return student_cdf(-t, df)


def not_best(samples: Sequence[Float64], goal: Goal = "max", test: Test = "welch") -> list[float | None]:
    """Return for each sample the p value of "another one is better", `None` where nothing can be said.

    Every entry is compared with those that have a better mean; Bonferroni's correction counts all k - 1 others. So
    the entry that is truly best is called worse with a probability of at most 5 % (at p <= 0.05), whichever entry
    happens to lead: comparing with the leader alone and ignoring that it was picked for leading would claim more.

    Args:
        samples: float64 `(n,)` for each entry; empty where an entry has no value.
        goal: `max` or `min`.
        test: `welch`, `permutation` or `bootstrap`.

    Raises:
        InputError: `test` is none of these.
        LimitError: More than 200 entries for a test by resampling.

    Source: J. C. Hsu, Multiple Comparisons (1996), chapter 4, multiple comparisons with the best.
    """
    if test not in TESTS:
        msg = f"test: expected one of {', '.join(TESTS)}, received {test!r:.40}."
        raise InputError(msg, field="test")
    sign = 1.0 if goal == "max" else -1.0
    filled = [g for g, sample in enumerate(samples) if len(sample)]
    signed = [sign * samples[g] for g in filled]
    if test == "welch":
        smallest = _by_welch(signed)
    elif len(filled) > MAX_RESAMPLED:
        msg = f"test: expected at most {MAX_RESAMPLED} entries for {test}, received {len(filled)}. Narrow them, or take welch."
        raise LimitError(msg, field="test")
    else:
        smallest = _by_resampling(signed, _permuted if test == "permutation" else _Bootstrapped(signed), _RIVALS[test])
    out: list[float | None] = [None] * len(samples)
    for g, p in zip(filled, smallest, strict=True):
        out[g] = None if p is None else min(1.0, p * (len(filled) - 1))
    return out


def stated(test: Test, samples: Sequence[Float64]) -> str:
    """Return in words what was done, and what it cannot do."""
    k = sum(1 for sample in samples if len(sample))
    others = "1 other entry" if k == 2 else f"{max(0, k - 1)} other entries"
    how = "BCa bootstrap (9,999 resamples, seed 0)" if test == "bootstrap" else "Student's t over the runs of an entry"
    text = (
        f"Mean over the runs of an entry; 95 % interval of the mean by {how}. Tied: not worse than any by a "
        f"one-sided {_NAMES[test]} at 5 %, Bonferroni-corrected for {others}; entries of fewer than "
        f"{MIN_SEEDS} runs are never called worse."
    )
    if sum(1 for sample in samples if len(sample) >= MIN_SEEDS and float(np.ptp(sample)) == 0.0) > 1:
        text += " Entries that gave one value in every run are not told apart: without a spread nothing says how far luck goes."
    sizes = sorted((len(sample) for sample in samples if len(sample) >= MIN_SEEDS), reverse=True)[:2]
    if test == "permutation" and len(sizes) == 2:
        least = min(1.0, smallest_p(*sizes) * (k - 1))
        text += f" The smallest p that {sizes[0]} against {sizes[1]} runs can reach here is {least:.3g}."
        if least > 1 - LEVEL:
            text += " So this test can tell no entry from the best; take more seeds, or Welch's test."
    return text


def _by_welch(samples: list[Float64]) -> list[float | None]:
    """Return for each sample the smallest p of Welch's test against those with a better mean, all at once."""
    if not samples:
        return []
    found = moments(samples)
    n, mean, size = found.n, found.mean, found.size
    part = found.variance / n
    rivals = np.argsort(-mean, kind="stable")[: _RIVALS["welch"]]
    a, b = part[rivals], part[:, None]
    ahead = mean[rivals] - mean[:, None]
    testable = (ahead > 0) & (n[rivals] >= MIN_SEEDS) & (n[:, None] >= MIN_SEEDS)
    testable &= np.sqrt(a + b) > _ROUNDING * np.maximum(size[rivals], size[:, None])
    row, column = np.nonzero(testable)
    a, b = part[rivals][column], part[row]
    df = (a + b) ** 2 / (a**2 / (n[rivals][column] - 1) + b**2 / (n[row] - 1))
    p = np.full(testable.shape, np.inf)
    p[row, column] = student_tails(ahead[row, column] / np.sqrt(a + b), df)
    return [float(least) if math.isfinite(least) else None for least in p.min(1)]


def _by_resampling(samples: list[Float64], test: "_Pair", rivals: int) -> list[float | None]:
    means = [float(s.mean()) for s in samples]
    best = sorted(range(len(samples)), key=lambda g: -means[g])[:rivals]
    out: list[float | None] = []
    for g, sample in enumerate(samples):
        better = [r for r in best if means[r] > means[g] and min(len(samples[r]), len(sample)) >= MIN_SEEDS]
        out.append(min((test(samples, r, g) for r in better if not _is_flat(samples[r], sample)), default=None))
    return out


_Pair = Callable[[list[Float64], int, int], float]


def _permuted(samples: list[Float64], better: int, worse: int) -> float:
    return permutation_test(samples[better], samples[worse])


class _Bootstrapped:
    """Compares samples by their resamples, each drawn once for either side."""

    def __init__(self, samples: list[Float64]) -> None:
        self._drawn: list[dict[int, DrawnAgain]] = [{} for _ in samples]

    def __call__(self, samples: list[Float64], better: int, worse: int) -> float:
        return against(self._side(samples, better, 0), self._side(samples, worse, 1))

    def _side(self, samples: list[Float64], place: int, seed: int) -> DrawnAgain:
        known = self._drawn[place]
        if seed not in known:
            known[seed] = drawn_again(samples[place], seed=seed)
        return known[seed]


def _is_flat(a: Float64, b: Float64) -> bool:
    """Tell whether neither sample spreads: then there is nothing to compare a difference with."""
    spread = math.sqrt(float(a.var(ddof=1)) / len(a) + float(b.var(ddof=1)) / len(b))
    return spread <= _ROUNDING * max(float(np.abs(a).max()), float(np.abs(b).max()))
