"""The values of an expression: exact, point by point, where the series that it joins have a step in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from gnomon.analysis.expression import Call, Expression, Name, Node, Number

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Hold points in the order of their steps.

    Args:
        step: int64 `(n,)`, strictly increasing.
        us: int64 `(n,)`, when each was logged, microseconds since 1970.
        value: float64 `(n,)`.
        missed: Points that were left out because another series has no value at their step.
    """

    step: Int64
    us: Int64
    value: Float64
    missed: int = 0


def evaluate(expression: Expression, read: Callable[[str], Column]) -> Column:
    """Return the values of an expression.

    Where two series meet, the points at steps that both have are kept, and the rest is counted. Functions that look
    at neighbours (`ema mean diff cumsum …`) look at every point of what they are given.

    Args:
        expression: What to evaluate.
        read: Returns the points of a series.
    """
    held: dict[str, Column] = {}

    def series(key: str) -> Column:
        if key not in held:
            held[key] = read(key)
        return held[key]

    with np.errstate(all="ignore"):
        found = _value(expression.root, series)
    assert isinstance(found, Column)  # the parser demands a series
    return found


def _value(node: Node, series: Callable[[str], Column]) -> Column | float:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return series(node.key)
    args = [_value(arg, series) for arg in node.args]
    if node.name in _ALONG:
        return _along(node, args)
    function = _POINTWISE[node.name]
    columns, missed = _joined([arg for arg in args if isinstance(arg, Column)])
    if not columns:
        return float(function(*(np.float64(arg) for arg in args if isinstance(arg, float))))
    left = iter(columns)
    values = [next(left).value if isinstance(arg, Column) else arg for arg in args]
    first = columns[0]
    return Column(first.step, first.us, np.asarray(function(*values), np.float64), missed)


def _joined(columns: list[Column]) -> tuple[list[Column], int]:
    """Return columns at the steps that all of them have, and how many points were left out to get there."""
    missed = sum(column.missed for column in columns)
    for i in range(1, len(columns)):
        first, other = columns[0].step, columns[i].step
        if first is other or np.array_equal(first, other):
            continue
        _, mine, its = np.intersect1d(first, other, assume_unique=True, return_indices=True)
        missed += len(first) + len(other) - 2 * len(mine)
        columns = [
            *(Column(c.step[mine], c.us[mine], c.value[mine]) for c in columns[:i]),
            Column(other[its], columns[i].us[its], columns[i].value[its]),
            *columns[i + 1 :],
        ]
    return columns, missed


def _along(node: Call, args: list[Column | float]) -> Column | float:
    column = args[0]
    if not isinstance(column, Column):
        return column  # the average, the extreme and the sum of one number
    parameter = args[1] if len(args) > 1 else 0.0
    assert isinstance(parameter, float)  # the parser demands a constant
    values = _ALONG[node.name](column.value, parameter)
    gone = len(column.value) - len(values)
    return Column(column.step[gone:], column.us[gone:], values, column.missed)


def ema(value: Float64, weight: float) -> Float64:
    """Return the debiased exponential moving average.

    `s_i = w s_(i-1) + (1 - w) v_i`, divided by the same sum of ones. What is not finite leaves the average as it is and
    comes out as NaN.

    Example:
        >>> ema(np.array([1.0, 3.0]), 0.5).tolist()
        [1.0, 2.3333333333333335]
    """
    out = np.full(len(value), np.nan)
    good = np.isfinite(value)
    kept = value[good]
    out[good] = _decayed(kept, weight) / _decayed(np.ones(len(kept)), weight)
    return out


_BLOCK: Final = 64


def _decayed(value: Float64, weight: float) -> Float64:
    """Return `s_i = w s_(i-1) + v_i`: within blocks by a triangle of powers, from block to block by the same rule."""
    n = len(value)
    power = weight ** np.arange(_BLOCK + 1, dtype=np.float64)
    gap = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    triangle = np.where(gap >= 0, power[np.maximum(gap, 0)], 0.0)
    blocks = np.zeros((-(-n // _BLOCK), _BLOCK))
    blocks.reshape(-1)[:n] = value
    inside = blocks @ triangle.T
    if len(inside) > 1:
        ends = _decayed(inside[:, -1], float(power[_BLOCK])) if power[_BLOCK] > 0 else inside[:, -1]
        inside[1:] += ends[:-1, None] * power[None, 1:]
    return inside.reshape(-1)[:n]


def running_mean(value: Float64, points: int) -> Float64:
    """Return the mean of each value and those before it, at most so many; what is not finite is passed over.

    Sums are made within blocks of that many points: a huge value leaves no trace in windows that it is not in.
    """
    out = np.full(len(value), np.nan)
    good = np.isfinite(value)
    kept = value[good]
    size = min(points, max(1, len(kept)))
    blocks = np.zeros((-(-len(kept) // size), size))
    blocks.reshape(-1)[: len(kept)] = kept
    sums = np.cumsum(blocks, axis=1)
    sums[1:, :-1] += np.cumsum(blocks[:-1, ::-1], axis=1)[:, ::-1][:, 1:]
    out[good] = sums.reshape(-1)[: len(kept)] / np.minimum(np.arange(1, len(kept) + 1), size)
    return out


_POINTWISE: Final[dict[str, Callable[..., Float64]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "neg": np.negative,
    "abs": np.abs,
    "ceil": np.ceil,
    "clip": lambda value, low, high: np.minimum(np.maximum(value, low), high),
    "exp": np.exp,
    "floor": np.floor,
    "log": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "max": np.maximum,
    "min": np.minimum,
    "round": np.round,
    "sign": np.sign,
    "sqrt": np.sqrt,
}
_ALONG: Final[dict[str, Callable[[Float64, float], Float64]]] = {
    "cummax": lambda value, _: np.fmax.accumulate(value),
    "cummin": lambda value, _: np.fmin.accumulate(value),
    "cumsum": lambda value, _: np.cumsum(value),
    "diff": lambda value, _: np.diff(value),
    "ema": ema,
    "mean": lambda value, points: running_mean(value, int(points)),
}
