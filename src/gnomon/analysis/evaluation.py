"""One evaluation of a model: its figures, its curves, its predictions, and the hash of what it was judged by."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.analysis.calibration import calibration
from gnomon.analysis.classification import (
    average_precision,
    confusion_matrix,
    label_figures,
    log_loss,
    per_class,
    roc_auc,
    top_k,
)
from gnomon.analysis.labels import Outputs, array_of, classes_of, is_one_hot, labels, positions, probabilities
from gnomon.analysis.regression import regression_figures
from gnomon.core.errors import InputError, ShapeError
from gnomon.core.records.confusion import Confusion
from gnomon.core.records.curve import Curve
from gnomon.core.records.table import Table

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Task = Literal["classification", "binary", "regression"]

VERSION: Final = 1
MAX_CLASS_FIGURES: Final = 200
"""With more classes, only the figures of all together are made."""

MAX_CURVES: Final = 50
MAX_POINTS: Final = 2_000
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
    probability, taken_for = (None, None) if scores is None else probabilities(scores, outputs)
    true_labels = labels("y_true", y_true)
    predicted_labels = None if y_pred is None else labels("y_pred", y_pred)
    seen = [true_labels] if predicted_labels is None else [true_labels, predicted_labels]
    columns = None if probability is None else (2 if probability.ndim == 1 else probability.shape[1])
    known = classes_of(seen, classes, columns)
    _check_lengths(true_labels, predicted_labels, probability)
    if probability is not None and probability.ndim == 1:
        probability = np.stack([1 - probability, probability], axis=1)
    k = len(known)
    if task == "binary" and k != 2:
        msg = f"task: expected two classes for a binary task, received {k}: {known!r:.60}. Pass classes=."
        raise InputError(msg, field="task")
    truth = positions(true_labels, known)
    # As argmax: of equal scores the first class
    predicted = np.asarray(probability.argmax(1)) if predicted_labels is None else positions(predicted_labels, known)  # type: ignore[union-attr]
    names = _names(known, classes)
    binary = k == 2 and task != "classification"
    matrix = confusion_matrix(truth, predicted, k)
    figures = {"n": float(len(truth)), **label_figures(matrix, 1 if binary else None)}
    figures |= dict(_class_figures(matrix, names))
    records: dict[str, Any] = {"confusion": Confusion(matrix=matrix, labels=names)}
    if probability is not None:
        more, curves = _score_figures(truth, probability, names, binary=binary)
        figures |= more
        records |= curves
    if predictions and len(truth) <= MAX_ROWS:
        records["predictions"] = _table(truth, predicted, probability, names)
    return Evaluation(
        task="binary" if binary else "classification",
        hash=_hash("classification", truth.astype("<i8"), names),
        n=len(truth),
        classes=tuple(names),
        positive=names[1] if binary else None,
        outputs=taken_for,
        figures=figures,
        records=records,
    )


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


def _score_figures(
    truth: Int64, probability: Float64, names: Sequence[str], *, binary: bool
) -> tuple[dict[str, float], dict[str, Any]]:
    k = len(names)
    right = truth == probability.argmax(1)
    fit = calibration(probability.max(1), right)
    hot = np.eye(k)[truth] if k <= MAX_CLASS_FIGURES else None
    figures = {"log_loss": log_loss(truth, probability), "ece": fit.ece}
    if hot is not None:
        figures["brier"] = float(((probability - hot) ** 2).sum(1).mean() / (2 if binary else 1))
    for most in (3, 5):
        if k > most:
            figures[f"top_{most}"] = top_k(truth, probability, most)
    records: dict[str, Any] = {
        "calibration": Curve(fit.confidence, fit.accuracy, "ECE", "confidence", "accuracy", fit.ece, diagonal=True)
    }
    counts = np.bincount(truth, minlength=k)
    wanted = [1] if binary else list(range(k))
    have = [at for at in wanted if 0 < counts[at] < len(truth)]
    if not have or k > MAX_CLASS_FIGURES:
        return figures, records
    area = {at: roc_auc(truth == at, probability[:, at]) for at in have}
    precision = {at: average_precision(truth == at, probability[:, at]) for at in have}
    figures |= {
        "auc": float(np.mean(list(area.values()))),
        "average_precision": float(np.mean(list(precision.values()))),
    }
    if not binary:
        assert hot is not None
        figures["auc_micro"] = roc_auc(hot.ravel() == 1, probability.ravel())
        figures |= {f"auc/{names[at]}": value for at, value in area.items()}
        figures |= {f"average_precision/{names[at]}": value for at, value in precision.items()}
    drawn = sorted(sorted(have, key=lambda at: -int(counts[at]))[:MAX_CURVES])
    cases = [(names[at], truth == at, probability[:, at]) for at in drawn]
    records["roc"] = _curves(Curve.roc, cases)
    records["pr"] = _curves(Curve.pr, cases)
    return figures, records


def _curves(draw: Any, cases: Sequence[tuple[str, npt.NDArray[np.bool_], Float64]]) -> Curve:
    """Return one curve per class, each with the area of all its points and at most 2,000 of them."""
    made = [draw(positive, scores) for _, positive, scores in cases]
    kept = [_thinned(curve.x[0], curve.y[0]) for curve in made]
    pairs = list(zip(made, kept, strict=True))
    return Curve(
        [curve.x[0][rows] for curve, rows in pairs],
        [curve.y[0][rows] for curve, rows in pairs],
        [name for name, _, _ in cases],
        made[0].x_label,
        made[0].y_label,
        [curve.area[0] for curve in made],
        made[0].diagonal,
        [curve.thresholds[0][rows] for curve, rows in pairs],
    )


def _thinned(x: Float64, y: Float64) -> Int64:
    """Return which points to keep: evenly along the way, so that corners stay."""
    if len(x) <= MAX_POINTS:
        return np.arange(len(x))
    way = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    return np.unique(np.append(np.searchsorted(way, np.linspace(0, way[-1], MAX_POINTS - 1)), len(x) - 1))


def _table(truth: Int64, predicted: Int64, probability: Float64 | None, names: Sequence[str]) -> Table:
    columns: dict[str, Any] = {
        "true": [names[at] for at in truth.tolist()],
        "predicted": [names[at] for at in predicted.tolist()],
    }
    if probability is not None:
        columns["confidence"] = probability[np.arange(len(predicted)), predicted].tolist()
        if len(names) <= _MAX_SCORES:
            columns |= {f"p({name})": probability[:, at].tolist() for at, name in enumerate(names)}
    return Table(columns)


def _hash(task: str, truth: npt.NDArray[Any], classes: Sequence[str]) -> str:
    """Return what tells two evaluations apart: not the predictions, but what they are held against."""
    head = json.dumps([VERSION, task, list(truth.shape), list(classes)], ensure_ascii=True).encode()
    return hashlib.sha256(head + b"\n" + np.ascontiguousarray(truth).tobytes()).hexdigest()[:16]
