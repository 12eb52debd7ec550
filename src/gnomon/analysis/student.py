"""Student's t distribution: the share below a value, and the value below which a share lies."""

import math
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

_TINY: Final = 1e-300
_CLOSE: Final = 1e-15
_NEAR: Final = 1e-13


def student_cdf(t: float, df: float) -> float:
    """Return the probability that a value of Student's distribution is below `t`.

    `P(T <= t) = 1 - I_x(df/2, 1/2) / 2` with `x = df / (df + t²)` for `t >= 0`, and by symmetry below.

    Args:
        t: Any number.
        df: Degrees of freedom, above 0; need not be whole.

    Source: DLMF 8.17 (incomplete beta function).

    Example:
        >>> round(student_cdf(2.776445, 4), 4)
        0.975
    """
    if math.isinf(t):
        return 1.0 if t > 0 else 0.0
    tail = _incomplete_beta(df / (df + t * t), df / 2, 0.5) / 2
    return 1 - tail if t > 0 else tail


def student_tails(t: Float64, df: Float64) -> Float64:
    """Return the probability of a value above each `t >= 0`: as `1 - student_cdf`, for whole arrays.

    Args:
        t: float64 `(n,)`, 0 or above.
        df: float64 `(n,)`, degrees of freedom, above 0.

    Example:
        >>> student_tails(np.array([0.0, 2.776445]), np.array([4.0, 4.0])).round(4).tolist()
        [0.5, 0.025]
    """
    x = df / (df + t * t)
    a, b = df / 2, np.full(len(df), 0.5)
    turned = x > (a + 1) / (a + b + 2)  # the fraction converges quickly on the other side only
    x, a, b = np.where(turned, 1 - x, x), np.where(turned, b, a), np.where(turned, a, b)
    # 1 - x loses its digits near 0: t²/(df + t²) has them
    x = np.where(turned, t * t / (df + t * t), x)
    half = df / 2
    logs = _lgamma(half + 0.5) - _lgamma(half) - math.lgamma(0.5)
    with np.errstate(divide="ignore"):
        front = np.exp(a * np.log(x) + b * np.log1p(-x) + logs)
    part = front * _fractions(x, a, b) / a
    return np.asarray(np.where(turned, 1 - part, part) / 2)


def _lgamma(values: Float64) -> Float64:
    return np.fromiter(map(math.lgamma, values.tolist()), np.float64, len(values))


@lru_cache(maxsize=1024)
def student_quantile(p: float, df: float) -> float:
    """Return the value below which the share `p` of Student's distribution lies, by bisection.

    Args:
        p: Share, 0 < p < 1.
        df: Degrees of freedom, above 0.

    Example:
        >>> round(student_quantile(0.975, 2), 3)
        4.303
    """
    if p < 0.5:
        return -student_quantile(1 - p, df)
    low, high = 0.0, 1.0
    while student_cdf(high, df) < p:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if student_cdf(middle, df) < p else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function `I_x(a, b)`."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges quickly on the other side only
        return 1 - _incomplete_beta(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of DLMF 8.17.22, from the front (the modified method of Lentz)."""
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _off_zero(1 + term * d)
            c = _off_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _fractions(x: Float64, a: Float64, b: Float64) -> Float64:
    """Return `_fraction` of whole arrays; those that have converged change no more."""

    def off_zero(values: Float64) -> Float64:
        return np.where(np.abs(values) > _TINY, values, _TINY)

    c, d = np.ones_like(x), 1 / off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / off_zero(1 + term * d)
            c = off_zero(1 + term / c)
            value = value * c * d
        if (np.abs(c * d - 1) < _NEAR).all():
            break
    return value


def _off_zero(x: float) -> float:
    return x if abs(x) > _TINY else _TINY
