"""Envelopes: the exact extremes of a series, pixel by pixel, and nothing sampled away."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """Say which part of a series to draw, and on how many pixels.

    Args:
        px: Pixels, 1 to 20,000.
        first: Left edge in the unit of `x`; `None` is the first point.
        last: Right edge, included; `None` is the last point.
        x: What runs along the axis: `"step"`, `"time"` (UTC seconds), `"relative"` (seconds since the run began),
            or the key of another series of the same run (`"epoch"`).
        scale: `"log"` divides the window into pixels of equal ratio.
    """

    px: int = 1000
    first: float | None = None
    last: float | None = None
    x: str = "step"
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """Hold one bucket per drawn pixel column; every extreme is a point that was logged, at its true place.

    A bucket is a run of neighbouring points, at most about one pixel wide and never narrower than one point;
    buckets do not overlap and leave no point out, so over `x0 <= x <= x1` of a bucket its `low` and `high` are
    exactly the smallest and largest finite value. For steps logged twice the later value counts.

    Args:
        x0: float64 `(m,)`, x of the first point of each bucket.
        x1: float64 `(m,)`, x of its last point.
        n: int64 `(m,)`, points in the bucket, non-finite ones included.
        bad: int64 `(m,)`, non-finite points.
        low: float64 `(m,)`, smallest finite value, NaN when there is none.
        low_x: float64 `(m,)`, where it is.
        high: float64 `(m,)`, largest finite value.
        high_x: float64 `(m,)`, where it is.
        mean: float64 `(m,)`, mean of the finite values (stored as float32 where the bucket comes from a pyramid).
        total: Points of the whole series, whatever the window.
        span: First and last x of the whole series.
    """

    x0: Float64
    x1: Float64
    n: Int64
    bad: Int64
    low: Float64
    low_x: Float64
    high: Float64
    high_x: Float64
    mean: Float64
    total: int = 0
    span: tuple[float, float] = field(default=(0.0, 0.0))
