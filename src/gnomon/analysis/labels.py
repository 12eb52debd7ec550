"""Labels and scores as they come out of any framework, as positions among classes and probabilities."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, LimitError, ShapeError
from gnomon.core.records.arrays import wanted

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Outputs = Literal["probabilities", "logits"]

MAX_CLASSES: Final = 2048
_SUM: Final = 1e-3
"""Rows of probabilities may miss 1 by so much: float16 does."""


def array_of(field: str, values: object) -> npt.NDArray[Any]:
    """Return labels or scores as an array of numbers or texts, one axis or two.

    Raises:
        InputError: A label is missing (`None`, NaN): an abstention is no label.
        ShapeError: It has no samples, or more than two axes.
    """
    array = _raw(field, values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2) or not len(array):
        msg = f"{field}: expected shape (n,) or (n, k) with n >= 1, received {array.shape}. Pass one row per sample."
        raise ShapeError(msg, field=field)
    if array.dtype.kind == "f":
        bad = int((~np.isfinite(array)).sum())
        if bad:
            msg = f"{field}: expected numbers, received {bad} NaN or infinite in {array.shape}. Leave those samples out, and say how many."
            raise InputError(msg, field=field)
    return array


def _raw(field: str, values: object) -> npt.NDArray[Any]:
    if not isinstance(values, np.ndarray) and (hasattr(values, "detach") or hasattr(values, "__dlpack__")):
        return np.asarray(wanted(values, field))
    array = np.asarray(values)
    if array.dtype.kind == "O":
        flat = array.ravel().tolist()
        missing = sum(value is None or value != value for value in flat)  # noqa: PLR0124 - only NaN differs from itself
        if missing:
            msg = f"{field}: expected a label for each sample, received {missing} missing. An abstention is no class: leave it out, or make it a class of its own."
            raise InputError(msg, field=field)
        array = np.array([str(value) for value in flat]).reshape(array.shape)
    if array.dtype.kind not in "biufUS":
        msg = f"{field}: expected integers, texts, truth values or numbers, received {array.dtype}."
        raise InputError(msg, field=field)
    return array


def is_one_hot(array: npt.NDArray[Any]) -> bool:
    """Tell whether each row of `(n, k)`, k > 1, is all zeros but for one 1.

    Example:
        >>> is_one_hot(np.array([[0, 1], [1, 0]])), is_one_hot(np.array([[0.2, 0.8]]))
        (True, False)
    """
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        return False
    return bool(((array == 0) | (array == 1)).all() and (array.sum(1) == 1).all())


def labels(field: str, values: object) -> npt.NDArray[Any]:
    """Return one label per sample, shape `(n,)`: integers, texts or truth values; of one-hot rows the column.

    Raises:
        InputError: Numbers that are no whole numbers, or scores where labels are expected.
    """
    array = array_of(field, values)
    if array.ndim == 2:
        if not is_one_hot(array):
            msg = f"{field}: expected one label per sample or one-hot rows, received {array.shape} {array.dtype}. Pass scores of classes as scores=."
            raise InputError(msg, field=field)
        return np.asarray(array.argmax(1))
    if array.dtype.kind == "f":
        if (array != np.round(array)).any():
            msg = f"{field}: expected whole numbers as labels, received {array[array != np.round(array)][0]:.6g}. Pass scores=, or task='regression'."
            raise InputError(msg, field=field)
        return array.astype(np.int64)
    return array


def classes_of(seen: Sequence[npt.NDArray[Any]], given: Sequence[Any] | None, columns: int | None) -> list[Any]:
    """Return the classes as they occur among the labels, in order.

    Args:
        seen: Labels, true and predicted.
        given: The classes in order, or names of the classes 0 to k - 1.
        columns: How many columns the scores have.

    Raises:
        InputError: A label is not among the classes, or there are not as many as columns.
        LimitError: More than 2,048 classes.
    """
    found = sorted({label for array in seen for label in array.tolist()}, key=lambda c: (isinstance(c, str), c))
    if given is not None:
        known = list(given)
        if not set(found) <= set(known):
            known = list(range(len(known)))
    elif columns is not None and columns > 1 and len(found) != columns:
        known = list(range(columns))
    else:
        known = found
    wrong = next((label for label in found if label not in set(known)), None)
    if wrong is not None:
        msg = f"y_true: the class {wrong!r:.40} is not among the {len(known)} classes. Pass classes=[...] in the order of the scores."
        raise InputError(msg, field="classes")
    if columns is not None and columns > 1 and columns != len(known):
        msg = f"classes: expected {columns}, one for each column of scores, received {len(known)}."
        raise ShapeError(msg, field="classes")
    if len(known) > MAX_CLASSES:
        msg = f"classes: expected at most {MAX_CLASSES}, received {len(known)}. For numbers, pass task='regression'."
        raise LimitError(msg, field="classes")
    return known


def positions(array: npt.NDArray[Any], classes: Sequence[Any]) -> Int64:
    """Return the place of each label among the classes.

    Example:
        >>> positions(np.array(["dog", "cat"]), ["cat", "dog"]).tolist()
        [1, 0]
    """
    place = {label: at for at, label in enumerate(classes)}
    distinct, inverse = np.unique(array, return_inverse=True)
    return np.array([place[label] for label in distinct.tolist()], np.int64)[inverse]


def probabilities(scores: object, outputs: Outputs | None) -> tuple[Float64, Outputs]:
    """Return scores as probabilities, and what they were taken for.

    Args:
        scores: Shape `(n,)` for the second of two classes, or `(n, k)`.
        outputs: What they are; `None` decides: probabilities when all lie between 0 and 1 and, of several columns, each
            row adds up to 1; logits otherwise.

    Raises:
        InputError: They are not what they are said to be, or could be either.
    """
    array = array_of("scores", scores)
    if array.dtype.kind not in "biuf":
        msg = f"scores: expected numbers, received {array.dtype}."
        raise InputError(msg, field="scores")
    array = array.astype(np.float64)
    within = bool((array >= 0).all() and (array <= 1).all())
    adds_up = array.ndim == 1 or bool((np.abs(array.sum(1) - 1) <= _SUM).all())
    if outputs is None:
        if within and not adds_up:
            msg = "scores: all lie between 0 and 1, but rows do not add up to 1. Say outputs='logits', or divide each row by its sum."
            raise InputError(msg, field="scores")
        outputs = "probabilities" if within else "logits"
    if outputs not in ("probabilities", "logits"):
        msg = f"outputs: expected probabilities or logits, received {outputs!r:.40}."
        raise InputError(msg, field="outputs")
    if outputs == "probabilities":
        if not (within and adds_up):
            what = "rows that add up to 1" if within else f"0 to 1, received {array.min():.4g} to {array.max():.4g}"
            msg = f"scores: expected probabilities, {what}. Pass outputs='logits' for scores before the softmax."
            raise InputError(msg, field="scores")
        return array, outputs
    if array.ndim == 1:
        return _sigmoid(array), outputs
    shifted = np.exp(array - array.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True)), outputs


def _sigmoid(z: Float64) -> Float64:
    small = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1 / (1 + small), small / (1 + small)))
