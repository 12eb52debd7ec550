"""Figures of a classifier: of its labels by way of the confusion matrix, of its scores by way of their order."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PerClass:
    """Hold the figures of each class; 0 where a quotient has nothing below the line, as scikit-learn has it.

    Args:
        precision: float64 `(k,)`: of what was taken for the class, how much is of it.
        recall: float64 `(k,)`: of what is of the class, how much was taken for it.
        f1: float64 `(k,)`, their harmonic mean.
        support: int64 `(k,)`, samples of the class.
        present: bool `(k,)`, the class occurs among the true or the predicted labels.
    """

    precision: Float64
    recall: Float64
    f1: Float64
    support: Int64
    present: Bool


def confusion_matrix(truth: Int64, predicted: Int64, k: int) -> Int64:
    """Return counts of shape `(k, k)`: rows are the truth, columns what it was taken for.

    Example:
        >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
        [[1, 0], [1, 1]]
    """
    return np.bincount(truth * k + predicted, minlength=k * k).reshape(k, k).astype(np.int64)


def per_class(matrix: Int64) -> PerClass:
    """Return precision, recall and F1 of each class.

    Precision divides the diagonal by the sum of a column (what was predicted), recall by the sum of a row (what is
    true); exchanging the two was the mistake of one of this program's ancestors.

    Args:
        matrix: Counts, rows being the truth.

    Example:
        >>> found = per_class(np.array([[8, 2], [0, 10]]))
        >>> found.precision.round(3).tolist(), found.recall.tolist()
        ([1.0, 0.833], [0.8, 1.0])
    """
    right, rows, columns = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    return PerClass(
        precision=_quotient(right, columns),
        recall=_quotient(right, rows),
        f1=_quotient(2 * right, rows + columns),
        support=rows,
        present=rows + columns > 0,
    )


def label_figures(matrix: Int64, positive: int | None) -> dict[str, float]:
    """Return the figures of the labels.

    Args:
        matrix: Counts of shape `(k, k)`, rows being the truth.
        positive: Class that `precision`, `recall` and `f1` are of, when there are two; `None`: their means over the
            classes that occur.

    Returns:
        `accuracy balanced_accuracy mcc precision recall f1`, `f1_macro f1_weighted` and `f1_micro`.
    """
    n = int(matrix.sum())
    found = per_class(matrix)
    has_support = found.support > 0
    macro = {name: float(getattr(found, name)[found.present].mean()) for name in ("precision", "recall", "f1")}
    own = macro if positive is None else {name: float(getattr(found, name)[positive]) for name in macro}
    accuracy = float(np.trace(matrix)) / n
    return {
        "accuracy": accuracy,
        "balanced_accuracy": float(found.recall[has_support].mean()),
        "mcc": matthews(matrix),
        **own,
        "f1_macro": macro["f1"],
        "f1_weighted": float((found.f1 * found.support).sum() / n),
        "f1_micro": accuracy,  # with one label per sample, every wrong one is missed once and claimed once
    }


def matthews(matrix: Int64) -> float:
    """Return Matthews' correlation coefficient for any number of classes, -1 to 1; 0 when one side is constant.

    Source: J. Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient (2004).
    """
    n, right = float(matrix.sum()), float(np.trace(matrix))
    rows, columns = matrix.sum(1).astype(np.float64), matrix.sum(0).astype(np.float64)
    below = (n * n - float(columns @ columns)) * (n * n - float(rows @ rows))
    return (right * n - float(rows @ columns)) / math.sqrt(below) if below > 0 else 0.0


def roc_auc(positive: Bool, scores: Float64) -> float:
    """Return the chance that a positive scores above a negative, ties counted half.

    Args:
        positive: bool `(n,)`, with both kinds.
        scores: float64 `(n,)`.

    Source: J. A. Hanley, B. J. McNeil (1982): the area is the Mann-Whitney statistic.

    Example:
        >>> roc_auc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8]))
        0.75
    """
    _check_both(positive)
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    p = int(positive.sum())
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * (len(positive) - p)))


def average_precision(positive: Bool, scores: Float64) -> float:
    """Return the precision averaged over the recall gained at each threshold, without interpolation.

    Args:
        positive: bool `(n,)`, with at least one positive.
        scores: float64 `(n,)`.

    Example:
        >>> round(average_precision(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])), 4)
        0.8333
    """
    _check_both(positive)
    order = np.argsort(-scores, kind="stable")
    sorted_, hits = scores[order], np.cumsum(positive[order])
    last = np.append(np.nonzero(sorted_[1:] != sorted_[:-1])[0], len(scores) - 1)  # of each group of equal scores
    tp = hits[last].astype(np.float64)
    return float((np.diff(np.append(0.0, tp)) * tp / (last + 1)).sum() / hits[-1])


def top_k(truth: Int64, scores: Float64, k: int) -> float:
    """Return how often the truth is among the k highest scores; classes that score the same share the places left.

    A tie counts as the chance of being picked, so that a model that says nothing gains nothing from its order.

    Example:
        >>> top_k(np.array([0, 1]), np.array([[0.5, 0.3, 0.2], [0.5, 0.2, 0.3]]), 2)
        0.5
    """
    own = scores[np.arange(len(truth)), truth][:, None]
    above, level = (scores > own).sum(1), (scores == own).sum(1)
    return float(np.clip((k - above) / level, 0.0, 1.0).mean())


def log_loss(truth: Int64, probability: Float64) -> float:
    """Return the mean of minus the logarithm of the probability given to the truth, clipped at the smallest double step."""
    own = probability[np.arange(len(truth)), truth] / probability.sum(1)
    smallest = np.finfo(np.float64).eps
    return float(-np.log(np.clip(own, smallest, 1 - smallest)).mean())


def _quotient(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Float64:
    out: Float64 = np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
    return out


def _check_both(positive: Bool) -> None:
    if positive.all() or not positive.any():
        msg = (
            f"y_true: expected positives and negatives, received only {'positives' if positive.any() else 'negatives'}."
        )
        raise InputError(msg, field="y_true")
