"""One evaluation of a model: its figures, its curves, its predictions, and the hash of what it was judged by."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.analysis.classification import confusion_matrix, label_figures, per_class
from gnomon.analysis.labels import Outputs, array_of, classes_of, is_one_hot, labels, positions, probabilities
from gnomon.analysis.regression import regression_figures
from gnomon.analysis.scored import MAX_CLASS_FIGURES, Scored
from gnomon.core.errors import InputError, ShapeError
from gnomon.core.records.confusion import Confusion
from gnomon.core.records.table import Table

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Task = Literal["classification", "binary", "regression"]

VERSION: Final = 1
MAX_ROWS: Final = 100_000
"""Predictions of more samples are not kept."""

_MAX_SCORES: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Hold what came of judging a model.

    Args:
        task: `classification`, `binary` or `regression`.
        hash: 16 hex digits of what it was judged by: version, task, true values in their order, classes.
        n: Samples.
        classes: Names of the classes, in order; empty for a regression.
        positive: Name of the positive class of a binary task.
        outputs: What the scores were taken for: `probabilities` or `logits`; `None` without scores.
        figures: Numbers by name: `accuracy`, `f1`, `auc`, `precision/cat` …
        records: What is no number, by name: `confusion roc pr calibration predictions`.
    """

    task: Task
    hash: str
    n: int
    classes: tuple[str, ...]
    positive: str | None
    outputs: Outputs | None
    figures: dict[str, float]
    records: dict[str, Any]


def evaluate(
    y_true: object,
    y_pred: object = None,
    scores: object = None,
    *,
    classes: Sequence[Any] | None = None,
    task: Task | None = None,
    outputs: Outputs | None = None,
    predictions: bool = True,
) -> Evaluation:
    """Judge predictions.

    Args:
        y_true: Truth, `(n,)`: integers, texts, truth values; one-hot rows; numbers for a regression.
        y_pred: Predictions of the same form; made of the scores when `None`.
        scores: `(n, k)`, a column per class, or `(n,)` for the second of two classes.
        classes: The classes in the order of the columns, or names of the classes 0 to k - 1; sorted when `None`. Of
            two, the second is the positive one.
        task: What it is; `None` decides: a regression when there are no scores and either side is not whole.
        outputs: Whether scores are `probabilities` or `logits`; `None` decides and says which in the answer.
        predictions: Keep a table of the predictions.

    Raises:
        InputError: A label is missing, NaN, or not among the classes; scores are not what they are said to be.
        ShapeError: Lengths differ.

    Example:
        >>> found = evaluate([0, 1, 1, 0], [0, 1, 0, 0], classes=["cat", "dog"])
        >>> found.task, found.figures["accuracy"], found.figures["recall/dog"]
        ('binary', 0.75, 0.5)
    """
    if y_pred is None and scores is None:
        msg = "evaluate: expected y_pred or scores, received neither."
        raise InputError(msg, field="y_pred")
    if task not in (None, "classification", "binary", "regression"):
        msg = f"task: expected classification, binary or regression, received {task!r:.40}."
        raise InputError(msg, field="task")
    if task == "regression" or (task is None and scores is None and classes is None and _is_regression(y_true, y_pred)):
        return _regression(y_true, y_pred, predictions=predictions)
    return _classification(y_true, y_pred, scores, classes, task, outputs, predictions=predictions)


def _is_regression(y_true: object, y_pred: object) -> bool:
    truth, predicted = array_of("y_true", y_true), array_of("y_pred", y_pred)
    if is_one_hot(truth):
        return False
    is_whole = [array.dtype.kind != "f" or bool((array == np.round(array)).all()) for array in (truth, predicted)]
    if is_whole[0] and not is_whole[1] and (predicted.ndim == 2 or set(np.unique(truth)[:3].tolist()) <= {0, 1}):
        msg = "y_pred: expected labels, received fractions, which look like scores. Pass them as scores=, or task='regression'."
        raise InputError(msg, field="y_pred")
    return not all(is_whole)


def _regression(y_true: object, y_pred: object, *, predictions: bool) -> Evaluation:
    if y_pred is None:
        msg = "y_pred: expected predicted numbers for a regression, received none."
        raise InputError(msg, field="y_pred")
    truth, predicted = array_of("y_true", y_true), array_of("y_pred", y_pred)
    for field, array in (("y_true", truth), ("y_pred", predicted)):
        if array.dtype.kind not in "biuf":
            msg = f"{field}: expected numbers for a regression, received {array.dtype}."
            raise InputError(msg, field=field)
    if truth.shape != predicted.shape:
        msg = f"y_pred: expected shape {truth.shape} as y_true has, received {predicted.shape}."
        raise ShapeError(msg, field="y_pred")
    truth, predicted = truth.astype(np.float64), predicted.astype(np.float64)
    kept = predictions and truth.ndim == 1 and len(truth) <= MAX_ROWS
    return Evaluation(
        task="regression",
        hash=_hash("regression", truth.astype("<f8"), []),
        n=len(truth),
        classes=(),
        positive=None,
        outputs=None,
        figures={"n": float(len(truth)), **regression_figures(truth, predicted)},
        records={"predictions": Table({"true": truth.tolist(), "predicted": predicted.tolist()})} if kept else {},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """Hold classified samples: int64 places of their classes among `known`, and a float64 `(n, k)` where scores came."""

    truth: Int64
    predicted: Int64
    probability: Float64 | None
    known: Sequence[Any]
    outputs: Outputs | None


def _samples(
    y_true: object, y_pred: object, scores: object, classes: Sequence[Any] | None, outputs: Outputs | None
) -> _Samples:
    probability, taken_for = (None, None) if scores is None else probabilities(scores, outputs)
    true_labels = labels("y_true", y_true)
    predicted_labels = None if y_pred is None else labels("y_pred", y_pred)
    columns = None if probability is None else (2 if probability.ndim == 1 else probability.shape[1])
    known = classes_of([each for each in (true_labels, predicted_labels) if each is not None], classes, columns)
    _check_lengths(true_labels, predicted_labels, probability)
    if probability is not None and probability.ndim == 1:
        probability = np.stack([1 - probability, probability], axis=1)
    truth = positions(true_labels, known)
    if predicted_labels is not None:
        predicted = positions(predicted_labels, known)
    else:
        assert probability is not None  # checked where both may be missing
        predicted = np.asarray(probability.argmax(1))  # of equal scores the first class
    return _Samples(truth, predicted, probability, known, taken_for)


def _classification(
    y_true: object,
    y_pred: object,
    scores: object,
    classes: Sequence[Any] | None,
    task: Task | None,
    outputs: Outputs | None,
    *,
    predictions: bool,
) -> Evaluation:
    found = _samples(y_true, y_pred, scores, classes, outputs)
    k = len(found.known)
    if task == "binary" and k != 2:
        msg = f"task: expected two classes for a binary task, received {k}: {found.known!r:.60}. Pass classes=."
        raise InputError(msg, field="task")
    names = _names(found.known, classes)
    binary = k == 2 and task != "classification"
    figures, records = _judged(found, names, binary=binary)
    if predictions and len(found.truth) <= MAX_ROWS:
        records["predictions"] = _table(found, names)
    return Evaluation(
        task="binary" if binary else "classification",
        hash=_hash("classification", found.truth.astype("<i8"), names),
        n=len(found.truth),
        classes=tuple(names),
        positive=names[1] if binary else None,
        outputs=found.outputs,
        figures=figures,
        records=records,
    )


def _judged(found: _Samples, names: Sequence[str], *, binary: bool) -> tuple[dict[str, float], dict[str, Any]]:
    """Return figures and records, by name."""
    matrix = confusion_matrix(found.truth, found.predicted, len(names))
    figures = {"n": float(len(found.truth)), **label_figures(matrix, 1 if binary else None)}
    figures |= dict(_class_figures(matrix, names))
    records: dict[str, Any] = {"confusion": Confusion(matrix=matrix, labels=names)}
    if found.probability is not None:
        scored = Scored(found.truth, found.probability, names, binary)
        figures |= scored.figures()
        records |= scored.curves()
    return figures, records


def _check_lengths(truth: npt.NDArray[Any], predicted: npt.NDArray[Any] | None, probability: Float64 | None) -> None:
    for field, array in (("y_pred", predicted), ("scores", probability)):
        if array is not None and len(array) != len(truth):
            msg = f"{field}: expected {len(truth)} samples as y_true has, received {len(array)}."
            raise ShapeError(msg, field=field)


def _names(known: Sequence[Any], given: Sequence[Any] | None) -> list[str]:
    """Return distinct names that can be part of a key."""
    names = [str(name).strip().replace("/", "_") or "_" for name in (known if given is None else given)]
    if len(set(names)) < len(names):
        msg = f"classes: expected distinct names, received {names!r:.80}."
        raise InputError(msg, field="classes")
    return names


def _class_figures(matrix: Int64, names: Sequence[str]) -> Iterator[tuple[str, float]]:
    if len(names) > MAX_CLASS_FIGURES:
        return
    found = per_class(matrix)
    for at in np.flatnonzero(found.present).tolist():
        yield f"precision/{names[at]}", float(found.precision[at])
        yield f"recall/{names[at]}", float(found.recall[at])
        yield f"f1/{names[at]}", float(found.f1[at])
        yield f"support/{names[at]}", float(found.support[at])


def _table(found: _Samples, names: Sequence[str]) -> Table:
    columns: dict[str, Any] = {
        "true": [names[at] for at in found.truth.tolist()],
        "predicted": [names[at] for at in found.predicted.tolist()],
    }
    probability = found.probability
    if probability is not None:
        columns["confidence"] = probability[np.arange(len(found.predicted)), found.predicted].tolist()
        if len(names) <= _MAX_SCORES:
            columns |= {f"p({name})": probability[:, at].tolist() for at, name in enumerate(names)}
    return Table(columns)


def _hash(task: str, truth: npt.NDArray[Any], classes: Sequence[str]) -> str:
    """Return what tells two evaluations apart: not the predictions, but what they are held against."""
    head = json.dumps([VERSION, task, list(truth.shape), list(classes)], ensure_ascii=True).encode()
    return hashlib.sha256(head + b"\n" + np.ascontiguousarray(truth).tobytes()).hexdigest()[:16]
