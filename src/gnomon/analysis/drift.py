"""Drift: whether values that arrive now are distributed as others were that came before.

Two figures for numbers, one for classes, each with a bound that knows how many values there are: with few, two samples of
one distribution differ by much. Values are taken to be drawn independently; a burst of equal requests is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import numpy.typing as npt

LEAST: Final = 50
"""Values that are wanted before anything is said."""
BINS: Final = 10
LARGE: Final = 0.2
"""A population stability index from here on is called a large shift (Siddiqi, Credit Risk Scorecards, 2006, chapter 8)."""
ALPHA: Final = 0.001
"""How often a bound is passed though nothing changed; small, for there are many columns and one looks often."""
_ADDED: Final = 0.5
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold a measure of difference.

    Args:
        name: `psi` or `ks`.
        value: The difference; 0 when both are alike.
        bound: From here on it is neither chance nor small.
        source: Where the bound comes from.
    """

    name: str
    value: float
    bound: float
    source: str

    @property
    def exceeds(self) -> bool:
        """It is larger than its bound."""
        return self.value > self.bound


@dataclass(frozen=True, slots=True)
class Share:
    """Hold a bin or a class: its name, and which share of those before and of those now lies in it."""

    name: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Tell how far values now differ from those before.

    Args:
        before: How many values there were.
        now: How many there are.
        figures: Measures; none while there are too few values.
        shares: The distributions side by side.
    """

    before: int
    now: int
    figures: tuple[Figure, ...] = ()
    shares: tuple[Share, ...] = ()

    @property
    def state(self) -> str:
        """`few` values to tell, `same`, or `drifted`: every figure exceeds its bound."""
        if not self.figures:
            return "few"
        return "drifted" if all(figure.exceeds for figure in self.figures) else "same"


def of_numbers(before: npt.ArrayLike, now: npt.ArrayLike, least: int = LEAST) -> Drift:
    """Return the drift of numbers: the index over tenths of those before, and the distance of Kolmogorov and Smirnov.

    Args:
        before: Numbers, shape `(n,)`; those that are not finite are left out.
        now: Likewise, `(m,)`.
        least: Values of each that are wanted.

    Example:
        >>> of_numbers(range(1000), range(5, 1005)).state, of_numbers(range(1000), range(500, 1500)).state
        ('same', 'drifted')
    """
    a, b = (np.sort(_finite(values)) for values in (before, now))
    if min(len(a), len(b)) < least:
        return Drift(len(a), len(b))
    edges = np.unique(np.quantile(a, np.linspace(0, 1, BINS + 1)[1:-1]))
    counts = [np.bincount(np.searchsorted(edges, each, "left"), minlength=len(edges) + 1) for each in (a, b)]
    names = _bin_names(edges.tolist())
    shares = tuple(
        Share(name, float(x), float(y))
        for name, x, y in zip(names, counts[0] / len(a), counts[1] / len(b), strict=True)
    )
    return Drift(len(a), len(b), (_psi(*counts), _ks(a, b)), shares)


def of_classes(before: Mapping[str, int], now: Mapping[str, int], least: int = LEAST) -> Drift:
    """Return the drift of classes: the index over the classes of either.

    Args:
        before: How often each class was there.
        now: How often each is.
        least: Values of each that are wanted.

    Example:
        >>> of_classes({"a": 50, "b": 50}, {"a": 95, "b": 5}).state
        'drifted'
    """
    n, m = sum(before.values()), sum(now.values())
    if min(n, m) < least:
        return Drift(n, m)
    names = sorted({*before, *now}, key=_in_order)
    counts = [np.array([each.get(name, 0) for name in names]) for each in (before, now)]
    shares = [Share(name, before.get(name, 0) / n, now.get(name, 0) / m) for name in names]
    if len(shares) > _SHOWN:  # those that changed most are what one looks for
        shares = sorted(shares, key=lambda each: -abs(each.now - each.before))[:_SHOWN]
    return Drift(n, m, (_psi(*counts),), tuple(shares))


def _psi(before: npt.NDArray[Any], now: npt.NDArray[Any]) -> Figure:
    """Return the population stability index, the sum of (q - p) ln(q / p) over bins, each count half a value larger.

    Where nothing changed, it is distributed as (1/n + 1/m) times chi-squared with one degree of freedom less than there
    are bins (Yurdakul, Statistical Properties of Population Stability Index, 2018); the bound is beyond that chance.
    """
    n, m, k = int(before.sum()), int(now.sum()), len(before)
    p, q = (before + _ADDED) / (n + _ADDED * k), (now + _ADDED) / (m + _ADDED * k)
    value = float(((q - p) * np.log(q / p)).sum())
    chance = (1 / n + 1 / m) * _chi_squared(k - 1)
    if chance > LARGE:
        return Figure("psi", value, chance, f"chance alone, 1 in {1 / ALPHA:.0f}, with so few values (Yurdakul 2018)")
    return Figure("psi", value, LARGE, "what is called a large shift (Siddiqi 2006)")


def _ks(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Figure:
    """Return the largest distance of two distribution functions, and its quantile where both are one (Smirnov 1948)."""
    every = np.concatenate((a, b))
    distance = np.abs(np.searchsorted(a, every, "right") / len(a) - np.searchsorted(b, every, "right") / len(b)).max()
    bound = sqrt(-log(ALPHA / 2) / 2 * (1 / len(a) + 1 / len(b)))
    return Figure("ks", float(distance), bound, f"chance alone, 1 in {1 / ALPHA:.0f} (Smirnov 1948)")


def _chi_squared(freedom: int) -> float:
    """Return the quantile `1 - ALPHA` of chi-squared (Wilson and Hilferty 1931; within 3 % for one degree, closer for more)."""
    if freedom < 1:
        return 0.0
    part = 2 / (9 * freedom)
    found: float = freedom * (1 - part + NormalDist().inv_cdf(1 - ALPHA) * sqrt(part)) ** 3
    return found


def _in_order(name: str) -> tuple[int, float, str]:
    """Return what classes are sorted by: numbers by their size, before all else."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name


def _finite(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    found = np.asarray(values, np.float64)
    return found[np.isfinite(found)]


def _bin_names(edges: Sequence[float]) -> list[str]:
    names = [f"{low:.4g} … {high:.4g}" for low, high in pairwise(edges)]
    return [f"≤ {edges[0]:.4g}", *names, f"> {edges[-1]:.4g}"]
