"""Figures of a model that predicts numbers."""

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def regression_figures(truth: Float64, predicted: Float64) -> dict[str, float]:
    """Return `mae rmse r2 bias max_error`; of several outputs the mean of each output's.

    `r2` is 1 for an exact prediction and 0 for the mean of the truth; of an output that is constant it is 1 when all are
    exact and 0 otherwise, and it is left out for a single sample.

    Args:
        truth: float64 `(n,)` or `(n, d)`.
        predicted: Of the same shape.

    Example:
        >>> found = regression_figures(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
        >>> round(found["rmse"], 4), found["r2"]
        (0.5774, 0.5)
    """
    truth, predicted = truth.reshape(len(truth), -1), predicted.reshape(len(predicted), -1)
    wrong = predicted - truth
    found = {
        "mae": float(np.abs(wrong).mean()),
        "rmse": float(np.sqrt((wrong**2).mean(0)).mean()),
        "bias": float(wrong.mean()),
        "max_error": float(np.abs(wrong).max()),
    }
    if len(truth) > 1:
        left, spread = (wrong**2).sum(0), ((truth - truth.mean(0)) ** 2).sum(0)
        each = 1 - np.divide(left, spread, out=np.where(left > 0, 1.0, 0.0), where=spread > 0)
        found["r2"] = float(each.mean())
    return found
