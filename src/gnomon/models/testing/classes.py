"""A test of a classification: every figure that follows from the truth and the probability of each class."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from gnomon.analysis.calibration import BINS, calibration
from gnomon.analysis.classification import confusion_matrix, per_class
from gnomon.analysis.evaluation import Evaluation, evaluate
from gnomon.analysis.resampled import matrix_intervals, mean_interval
from gnomon.models.testing.feed import Int64
from gnomon.models.testing.found import Found, finite, number, rounded
from gnomon.models.testing.opened import Head
from gnomon.models.testing.report import CalibrationBins, ClassFigures, CurveLine, OutputReport, Thresholds
from gnomon.models.testing.scores import probable

Float64 = npt.NDArray[np.float64]
MOST_MATRIX: Final = 100
MOST_LINES: Final = 20
MOST_KEPT: Final = 16_000_000
TOP: Final = 5
_FEW: Final = 4
_POINTS: Final = (200, 80)
_STEPS: Final = np.arange(101) / 100


def judge(head: Head, at: Int64, truth: Int64, scores: npt.NDArray[Any], notes: Sequence[str] = ()) -> Found:
    """Return what was found.

    Args:
        head: The output, with its classes.
        at: Places of the rows in the part.
        truth: int64 `(n,)`, classes as the model counts them; -1 of one that it does not know.
        scores: `(n, k)`, probabilities; what is not is made so, and said.
        notes: What is known already.
    """
    probability, said = probable(scores)
    names = class_names(head, probability.shape[1])
    truth = np.where(truth < len(names), truth, -1)
    kept = (truth >= 0) & np.isfinite(probability).all(1)
    notes = [*notes, *said, *left_out(at, truth, probability)]
    at, truth, probability = at[kept], truth[kept], probability[kept]
    report = OutputReport(
        output=head.name, task="classification", n=len(at), left_out=int((~kept).sum()), classes=names
    )
    if not len(at):
        return nothing(report, notes)
    found = evaluate(truth, scores=probability, classes=names, outputs="probabilities", predictions=False)
    matrix = confusion_matrix(truth, np.asarray(probability.argmax(1)), len(names))
    report = replace(
        report,
        main="accuracy",
        figures=finite(found.figures),
        intervals=_intervals(found, matrix, truth, probability),
        confusion=tuple(map(tuple, matrix.tolist())) if len(names) <= MOST_MATRIX else None,
        per_class=_per_class(found, matrix),
        roc=lines(found.records.get("roc")),
        pr=lines(found.records.get("pr")),
        calibration=calibrated(probability.max(1), probability.argmax(1) == truth),
        thresholds=_thresholds(truth, probability, names),
        notes=tuple(notes),
    )
    rows = kept_rows(truth, probability)
    right = rows["right"].astype(np.float64)
    return Found(report, at, rows, right, "accuracy", found)


def class_names(head: Head, size: int) -> tuple[str, ...]:
    """Return as many names as there are scores; numbers where nobody knows them."""
    named = list(head.classes[:size])
    return (*named, *(f"#{i}" if str(i) in named else str(i) for i in range(len(named), size)))


def left_out(at: Int64, truth: Int64, scores: Float64) -> list[str]:
    """Return what to say of rows that cannot be judged."""
    bad = ~np.isfinite(scores.reshape(len(scores), -1)).all(1)
    notes = []
    if bad.any():
        shown = ", ".join(map(str, at[bad][:10].tolist()))
        notes.append(f"the model gives NaN or infinity in {int(bad.sum()):,} rows, which are left out: {shown}")
    if truth.ndim == 1 and truth.dtype.kind == "i" and (truth < 0).any():
        notes.append(f"{int((truth < 0).sum()):,} rows are of classes that the model does not know, and are left out")
    return notes


def lines(curve: Any) -> tuple[CurveLine, ...]:
    """Return curves with few enough points to be drawn, the corners among them."""
    if curve is None:
        return ()
    names = list(curve.label)
    most = _POINTS[len(names) > _FEW]
    found = []
    for i, name in enumerate(names[:MOST_LINES]):
        x, y, level = np.asarray(curve.x[i]), np.asarray(curve.y[i]), np.asarray(curve.thresholds[i])
        kept = _thinned(x, y, most)
        levels = tuple(number(value) for value in level[kept].tolist())
        found.append(CurveLine(str(name), rounded(x[kept]), rounded(y[kept]), levels, float(curve.area[i])))
    return tuple(found)


def _thinned(x: Float64, y: Float64, most: int) -> Int64:
    if len(x) <= most:
        return np.arange(len(x))
    way = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    return np.unique(np.append(np.searchsorted(way, np.linspace(0, way[-1], most - 1)), len(x) - 1))


def calibrated(probability: Float64, right: npt.NDArray[np.bool_]) -> CalibrationBins:
    """Return how far confidence and accuracy agree."""
    fit = calibration(probability, right)
    return CalibrationBins(
        rounded(fit.confidence), rounded(fit.accuracy), tuple(fit.count.tolist()), BINS, fit.ece, fit.mce
    )


def threshold_row(name: str, positive: npt.NDArray[np.bool_], scores: Float64) -> Thresholds:
    """Return counts of true and false positives at each threshold from 0 to 1."""
    ordered = [np.sort(scores[positive]), np.sort(scores[~positive])]
    tp, fp = (len(each) - np.searchsorted(each, _STEPS, "left") for each in ordered)
    return Thresholds(name, len(scores), int(positive.sum()), rounded(_STEPS), tuple(tp.tolist()), tuple(fp.tolist()))


def kept_rows(truth: Int64, probability: Float64) -> dict[str, npt.NDArray[Any]]:
    """Return what is kept of each row."""
    n, k = probability.shape
    order = np.argsort(-probability, axis=1, kind="stable")[:, :TOP]
    every = np.arange(n)
    predicted = order[:, 0]
    own = np.clip(probability[every, truth], np.finfo(np.float64).eps, 1)
    found = {
        "truth": truth.astype(np.int32),
        "predicted": predicted.astype(np.int32),
        "score": probability[every, predicted].astype(np.float32),
        "loss": (-np.log(own)).astype(np.float32),
        "right": truth == predicted,
        "top": order.astype(np.int32),
        "top_score": np.take_along_axis(probability, order, axis=1).astype(np.float32),
    }
    return found | ({"scores": probability.astype(np.float32)} if n * k <= MOST_KEPT else {})


def _intervals(found: Evaluation, matrix: Int64, truth: Int64, probability: Float64) -> dict[str, tuple[float, float]]:
    intervals = matrix_intervals(matrix, 1 if found.task == "binary" else None)
    own = np.clip(probability[np.arange(len(truth)), truth], np.finfo(np.float64).eps, 1)
    loss = mean_interval(-np.log(own))
    return intervals | ({"log_loss": loss} if loss is not None else {})


def _per_class(found: Evaluation, matrix: Int64) -> tuple[ClassFigures, ...]:
    each = per_class(matrix)
    figures = found.figures
    rows = []
    for i, name in enumerate(found.classes):
        alone = found.positive == name
        auc = figures.get("auc") if alone else figures.get(f"auc/{name}")
        precise = figures.get("average_precision") if alone else figures.get(f"average_precision/{name}")
        p, r, f = float(each.precision[i]), float(each.recall[i]), float(each.f1[i])
        rows.append(ClassFigures(name, int(each.support[i]), p, r, f, auc, precise))
    return tuple(rows)


def _thresholds(truth: Int64, probability: Float64, names: Sequence[str]) -> tuple[Thresholds, ...]:
    counts = np.bincount(truth, minlength=len(names))
    wanted = [1] if len(names) == 2 else sorted(np.argsort(-counts, kind="stable")[:MOST_LINES].tolist())
    return tuple(threshold_row(names[i], truth == i, probability[:, i]) for i in wanted)


def nothing(report: OutputReport, notes: Sequence[str]) -> Found:
    """Return what is found where no row can be judged."""
    empty = np.empty(0, np.int64)
    said = replace(report, notes=(*notes, "no row is left that could be judged"))
    return Found(said, empty, {}, np.empty(0), "")
