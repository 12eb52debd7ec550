"""The permutation test: how often a mere reshuffling of the values puts one group as far ahead."""

import math
from functools import lru_cache
from itertools import chain, combinations
from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

EXACT: Final = 20_000
"""Up to so many ways to divide the values, all of them are tried; else so many are drawn."""

DRAWS: Final = 9_999
_ROUNDING: Final = 1e-12


def permutation_test(better: Float64, worse: Float64, *, seed: int = 0) -> float:
    """Return how likely `better` would be this far ahead if the values had been dealt out at random; one-sided.

    The statistic is the difference of the means. When there are at most 20,000 ways to divide the `n + m` values, p is
    the exact share of those with a difference as large; otherwise `(1 + k) / (1 + 9,999)` over random ones.

    Args:
        better: float64 `(n,)`, n >= 1.
        worse: float64 `(m,)`, m >= 1.
        seed: Of the random divisions; the same seed gives the same p.

    Source: R. A. Fisher, The Design of Experiments (1935); B. Phipson, G. K. Smyth (2010) for the added one.

    Example:
        >>> permutation_test(np.array([3.0, 4.0, 5.0]), np.array([0.0, 1.0, 2.0]))
        0.05
    """
    n, total = len(better), len(better) + len(worse)
    pooled = np.concatenate([better, worse])
    # With the sizes fixed, the sum of the first group decides the difference of the means.
    least = float(better.sum()) - _ROUNDING * float(np.abs(pooled).sum())
    if math.comb(total, n) <= EXACT:
        return float(np.mean(pooled[_divisions(total, n)].sum(1) >= least))
    hits = int((pooled[_draws(total, n, seed)].sum(1) >= least).sum())
    return (1 + hits) / (1 + DRAWS)


def smallest_p(n: int, m: int) -> float:
    """Return the smallest p that the test can give for groups of these sizes.

    Example:
        >>> smallest_p(3, 3)
        0.05
    """
    ways = math.comb(n + m, n)
    return 1 / ways if ways <= EXACT else 1 / (1 + DRAWS)


@lru_cache(maxsize=32)
def _divisions(total: int, n: int) -> Int64:
    flat = np.fromiter(chain.from_iterable(combinations(range(total), n)), np.int64)
    return flat.reshape(-1, n)


@lru_cache(maxsize=32)
def _draws(total: int, n: int, seed: int) -> Int64:
    rng = np.random.default_rng(seed)
    return np.argsort(rng.random((DRAWS, total)), axis=1)[:, :n]
