"""The order of points: by step and arrival, which of them a rewind hides, which are overwritten."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.core.limits import MAX_STEP

Mask = npt.NDArray[np.bool_]


def limits(rewinds: Sequence[tuple[int, int]]) -> Int64:
    """Return, for each branch, the step below which its points are still part of the run.

    Args:
        rewinds: `(us, step)` in order; branch b lies between rewind b and rewind b + 1, counted from 1.

    Returns:
        int64 of shape `(len(rewinds) + 1,)`.

    Example:
        >>> limits([(0, 40), (0, 20), (0, 30)]).tolist()[:3]
        [20, 20, 30]
    """
    steps = np.array([step for _, step in rewinds] + [MAX_STEP + 1], np.int64)
    return np.minimum.accumulate(steps[::-1])[::-1]


def visible(step: Int64) -> Mask:
    """Tell which points of a sorted series are not overwritten by a later one of the same step."""
    mask = np.ones(len(step), np.bool_)
    np.not_equal(step[1:], step[:-1], out=mask[:-1])
    return mask


def known(step: Int64, other_step: Int64, other: Float64) -> Float64:
    """Return the value another series had at each step: the last known one at or before it, NaN before its first.

    Args:
        step: Steps asked for.
        other_step: Steps of the other series, strictly increasing.
        other: Its values.
    """
    if not len(other_step):
        return np.full(len(step), np.nan)
    at = np.searchsorted(other_step, step, "right") - 1
    return np.where(at >= 0, other[np.maximum(at, 0)], np.nan)
