"""Calibration: whether a model that is 80 % sure is right in 80 % of such cases."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

BINS: Final = 15


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Hold how sure a model was and how often it was right, in bins of equal width that are not empty.

    Args:
        confidence: float64 `(m,)`, mean probability in each bin.
        accuracy: float64 `(m,)`, share that was right.
        count: int64 `(m,)`, samples.
        ece: Expected calibration error: mean distance between the two, weighted by the samples.
        mce: The largest distance.
    """

    confidence: Float64
    accuracy: Float64
    count: npt.NDArray[np.int64]
    ece: float
    mce: float


def calibration(probability: Float64, right: npt.NDArray[np.bool_], bins: int = BINS) -> Calibration:
    """Return the calibration of some predictions.

    Args:
        probability: float64 `(n,)`, 0 to 1: of the predicted class, or of the positive one.
        right: bool `(n,)`: the prediction was right, or the sample positive.
        bins: Bins of equal width between 0 and 1; 0 falls into the first, 1 into the last.

    Source: C. Guo et al., On calibration of modern neural networks (2017), equations 2 to 4.

    Example:
        >>> calibration(np.array([0.9, 0.9]), np.array([True, False])).ece
        0.4
    """
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    kept = count > 0
    confidence = np.bincount(place, probability, bins)[kept] / count[kept]
    accuracy = np.bincount(place, right, bins)[kept] / count[kept]
    apart = np.abs(confidence - accuracy)
    return Calibration(
        confidence, accuracy, count[kept], float((apart * count[kept]).sum() / len(probability)), float(apart.max())
    )
