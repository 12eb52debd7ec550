"""What runs along the axis of a chart when it is not another series: step, time, or time since the run began."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from gnomon.core.batch import Float64, Int64

NAMES: Final = frozenset({"step", "time", "relative"})


@dataclass(frozen=True, slots=True)
class Axis:
    """Make x of steps and times.

    Args:
        name: `step`, `time` or `relative`.
        origin_us: Where `relative` begins, microseconds since 1970.
    """

    name: str
    origin_us: int = 0

    @property
    def column(self) -> str:
        """Return the column of an axis that x is made of: `step` or `us`."""
        return "step" if self.name == "step" else "us"

    def x(self, step: Int64, us: Int64) -> Float64:
        """Return x of points; only the column that it is made of is looked at."""
        if self.name == "step":
            return step.astype(np.float64)
        return (us - self.origin_us) / 1e6
