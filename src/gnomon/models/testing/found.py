"""What was found at one output: its report, figures, what is kept of each row, and what a run is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.analysis.evaluation import Evaluation
from gnomon.models.testing.report import Number, OutputReport, TestHistogram

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
BINS: Final = 40
DIGITS: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Hold it.

    Args:
        report: As it is shown.
        at: Places in the part of the rows that were judged.
        rows: By name, an array with one entry for each of these rows: `truth predicted score loss right top top_score`.
        value: float64, of each row what the main figure is the mean of, or near to; for slices.
        slices_of: What `value` is, for its reader.
        evaluation: What the run is told; `None` when that is no evaluation.
    """

    report: OutputReport
    at: Int64
    rows: Mapping[str, npt.NDArray[Any]]
    value: Float64
    slices_of: str
    evaluation: Evaluation | None = None
    extra: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


def number(value: float) -> Number:
    """Return a number that JSON can hold, of six significant digits; `None` of one that is not finite."""
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None


def finite(values: Mapping[str, float]) -> dict[str, Number]:
    """Return figures that JSON can hold, in full."""
    return {name: float(value) if np.isfinite(value) else None for name, value in values.items()}


def rounded(values: npt.NDArray[Any]) -> tuple[float, ...]:
    """Return numbers of six significant digits: what is drawn needs no more."""
    return tuple(float(f"{value:.{DIGITS}g}") for value in np.asarray(values, np.float64).tolist())


def histogram(values: npt.NDArray[Any], bins: int = BINS) -> TestHistogram | None:
    """Return how finite numbers are spread; `None` of none."""
    kept = np.asarray(values, np.float64)
    kept = kept[np.isfinite(kept)]
    if not len(kept):
        return None
    low, high = float(kept.min()), float(kept.max())
    if low == high:
        return TestHistogram(low, high, (len(kept),))
    counts, _ = np.histogram(kept, bins, (low, high))
    return TestHistogram(low, high, tuple(counts.tolist()))
