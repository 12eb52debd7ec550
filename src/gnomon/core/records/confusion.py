"""Confusion matrices: how often each true class was taken for each class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError, ShapeError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.held import check, held
from gnomon.core.records.record_type import Encoded

MAX_CLASSES: Final = 2048
_MAX_LABEL_CHARS: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Count which class was taken for which.

    Args:
        y_true: True classes, shape `(n,)`: integers, texts or booleans. With `labels`, integers may be positions in it.
        y_pred: Predicted classes, shape `(n,)`; or scores of shape `(n, k)`, whose largest counts.
        labels: The classes in the order to show, or their names when the classes are 0 to k - 1; sorted when `None`.
        matrix: Counts of shape `(k, k)` instead of `y_true` and `y_pred`, rows being the truth.

    Attributes:
        accuracy: Share of the diagonal; `nan` when nothing was counted.

    Example:
        >>> Confusion([0, 1, 1], [0, 1, 0], labels=["cat", "dog"]).matrix.tolist()
        [[1, 0], [1, 1]]

    Source:
        Rows and columns as in scikit-learn: `matrix[i, j]` counts truth i predicted as j.
    """

    y_true: Any = None
    y_pred: Any = None
    labels: Sequence[Any] | None = None
    matrix: Any = None
    problem: Exception | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        with held(self):
            self._settle()

    def _settle(self) -> None:
        if self.matrix is None:
            matrix, labels = _counted(self.y_true, self.y_pred, self.labels)
        else:
            matrix = _counts(self.matrix)
            labels = [str(i) for i in range(len(matrix))] if self.labels is None else list(self.labels)
        if len(labels) != len(matrix):
            msg = f"Confusion.labels: expected {len(matrix)} of them, received {len(labels)}."
            raise ShapeError(msg, field="labels")
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "labels", tuple(_shown(label) for label in labels))
        object.__setattr__(self, "y_true", None)
        object.__setattr__(self, "y_pred", None)

    @property
    def accuracy(self) -> float:
        total = int(self.matrix.sum())
        return float(np.trace(self.matrix)) / total if total else float("nan")


class ConfusionType:
    """A square matrix of int64 counts with the names of its classes."""

    kind = "confusion"
    wrapper = Confusion
    viewer = "confusion"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        if not isinstance(value, Confusion):
            msg = f"confusion: expected gnomon.Confusion, received {type(value).__name__}."
            raise InputError(msg)
        check(value)
        n = int(value.matrix.sum())
        meta = {"labels": list(value.labels or ()), "n": n, "accuracy": value.accuracy if n else None}
        return Encoded(self.kind, meta, value.matrix.astype("<i8").tobytes())

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Confusion:
        labels = meta.get("labels")
        if not isinstance(labels, list) or len(labels) > MAX_CLASSES or len(data) != 8 * len(labels) ** 2:
            msg = f"confusion: expected labels and their matrix of counts, received {len(data)} bytes."
            raise CorruptError(msg)
        matrix = np.frombuffer(data, "<i8").reshape(len(labels), len(labels))
        try:
            confusion = Confusion(matrix=matrix, labels=labels)
            check(confusion)
        except (ValueError, TypeError) as error:
            msg = f"confusion: {error}"
            raise CorruptError(msg) from error
        return confusion

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del size
        accuracy = meta.get("accuracy")
        share = f", {accuracy:.1%} right" if isinstance(accuracy, (int, float)) else ""
        return f"{len(meta.get('labels') or ())} classes, {meta.get('n', 0):,} counted{share}"


def _counted(
    y_true: object, y_pred: object, labels: Sequence[Any] | None
) -> tuple[npt.NDArray[np.int64], Sequence[Any]]:
    if y_true is None or y_pred is None:
        msg = "Confusion: expected y_true and y_pred, or matrix=."
        raise InputError(msg)
    truth, predicted = _classes("y_true", y_true), _classes("y_pred", y_pred)
    if truth.shape != predicted.shape:
        msg = f"Confusion: expected y_true and y_pred of one length, received {len(truth)} and {len(predicted)}."
        raise ShapeError(msg, field="y_pred")
    classes = _order(truth, predicted, labels)
    rows, columns = _positions("y_true", truth, classes), _positions("y_pred", predicted, classes)
    k = len(classes)
    counts = np.bincount(rows * k + columns, minlength=k * k).reshape(k, k)
    return counts.astype(np.int64), list(labels) if labels is not None else classes


def _classes(name: str, values: object) -> npt.NDArray[Any]:
    """Return the class of each sample, shape `(n,)`."""
    # A tensor of torch may have a gradient, or be elsewhere than on the CPU; anything else may be text.
    array = wanted(values, f"Confusion.{name}") if hasattr(values, "detach") else np.asarray(values)
    if array.ndim == 2 and array.shape[1] > 1 and name == "y_pred":
        return np.asarray(array.argmax(axis=1))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        msg = f"Confusion.{name}: expected shape (n,), received {array.shape}. Pass one class per sample."
        raise ShapeError(msg, field=name)
    return array


def _order(truth: npt.NDArray[Any], predicted: npt.NDArray[Any], labels: Sequence[Any] | None) -> list[Any]:
    """Return the classes in the order of rows and columns."""
    seen = sorted({*truth.tolist(), *predicted.tolist()}, key=lambda c: (isinstance(c, str), c))
    if labels is None:
        classes = seen
    elif set(seen) <= set(labels):
        classes = list(labels)
    else:
        classes = list(range(len(labels)))
    if len(classes) > MAX_CLASSES:
        msg = (
            f"Confusion: expected at most {MAX_CLASSES} classes, received {len(classes)}. Log counts of groups of them."
        )
        raise LimitError(msg, field="labels")
    return classes


def _positions(name: str, values: npt.NDArray[Any], classes: list[Any]) -> npt.NDArray[np.int64]:
    index = {label: position for position, label in enumerate(classes)}
    distinct, inverse = np.unique(values, return_inverse=True)
    try:
        positions = np.array([index[label] for label in distinct.tolist()], np.int64)
    except KeyError as error:
        msg = f"Confusion.{name}: the class {error.args[0]!r:.40} is not among labels {classes!r:.80}."
        raise InputError(msg, field=name) from None
    return positions[inverse] if len(positions) else np.zeros(0, np.int64)


def _counts(matrix: object) -> npt.NDArray[np.int64]:
    array = wanted(matrix, "Confusion.matrix")
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        msg = f"Confusion.matrix: expected shape (k, k), received {array.shape}."
        raise ShapeError(msg, field="matrix")
    if len(array) > MAX_CLASSES:
        msg = f"Confusion.matrix: expected at most {MAX_CLASSES} classes, received {len(array)}."
        raise LimitError(msg, field="matrix")
    counts = array.astype(np.int64)
    if array.dtype.kind not in "iufb" or not np.array_equal(counts, array) or (counts < 0).any():
        msg = "Confusion.matrix: expected counts, whole numbers from 0, received others. Pass counts, not shares."
        raise InputError(msg, field="matrix")
    return counts


def _shown(label: object) -> str:
    return str(label).encode("utf-8", "replace").decode()[:_MAX_LABEL_CHARS]


TYPE = ConfusionType()
