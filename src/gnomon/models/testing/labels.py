"""A test of what tells for each of several labels whether it applies."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from gnomon.analysis.classification import average_precision, roc_auc
from gnomon.analysis.resampled import mean_interval, weighted_interval
from gnomon.core.records.curve import Curve
from gnomon.models.testing.classes import (
    MOST_LINES,
    TOP,
    calibrated,
    class_names,
    left_out,
    lines,
    nothing,
    threshold_row,
)
from gnomon.models.testing.feed import Int64
from gnomon.models.testing.found import Found, finite
from gnomon.models.testing.opened import Head
from gnomon.models.testing.report import ClassFigures, OutputReport
from gnomon.models.testing.scores import applying

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
MOST_LABELS: Final = 200


def judge(head: Head, at: Int64, truth: npt.NDArray[Any], scores: npt.NDArray[Any], notes: Sequence[str] = ()) -> Found:
    """Return what was found; a label applies whose probability is at least one half.

    Args:
        head: The output, with its labels.
        at: Places of the rows in the part.
        truth: `(n, l)`, 1 where a label applies.
        scores: `(n, l)`, probabilities.
        notes: What is known already.
    """
    given, said = applying(scores)
    notes = [*notes, *said]
    names = class_names(head, given.shape[1])
    kept = np.isfinite(given).all(1)
    notes = [*notes, *left_out(at, np.zeros(0, np.float64), given)]
    report = OutputReport(
        output=head.name, task="multi_label", n=int(kept.sum()), left_out=int((~kept).sum()), classes=names
    )
    at, has, given = at[kept], truth.reshape(len(truth), -1)[kept] > 0.5, given[kept]
    if not len(at):
        return nothing(report, notes)
    taken = given >= 0.5
    each = tuple(_label(name, has[:, i], taken[:, i], given[:, i]) for i, name in enumerate(names[:MOST_LABELS]))
    report = replace(
        report,
        main="f1_micro",
        figures=finite(_figures(has, taken, given, each)),
        intervals=_intervals(has, taken),
        per_class=each,
        **_curves(has, given, names),
        calibration=calibrated(given.ravel(), has.ravel()),
        thresholds=tuple(threshold_row(name, has[:, i], given[:, i]) for i, name in enumerate(names[:MOST_LINES])),
        notes=tuple(notes),
    )
    exact = (has == taken).all(1)
    return Found(report, at, _rows(has, given, exact), exact.astype(np.float64), "exact_match")


def _label(name: str, has: Bool, taken: Bool, scores: Float64) -> ClassFigures:
    tp, claimed, support = int((has & taken).sum()), int(taken.sum()), int(has.sum())
    judged = 0 < support < len(has)
    return ClassFigures(
        name,
        support,
        tp / claimed if claimed else 0.0,
        tp / support if support else 0.0,
        2 * tp / (claimed + support) if claimed + support else 0.0,
        roc_auc(has, scores) if judged else None,
        average_precision(has, scores) if judged else None,
    )


def _figures(has: Bool, taken: Bool, scores: Float64, each: Sequence[ClassFigures]) -> dict[str, float]:
    tp, claimed, support = float((has & taken).sum()), float(taken.sum()), float(has.sum())
    clipped = np.clip(scores, 1e-15, 1 - 1e-15)
    figures = {
        "n": float(len(has)),
        "exact_match": float((has == taken).all(1).mean()),
        "accuracy": float((has == taken).mean()),
        "precision_micro": tp / claimed if claimed else 0.0,
        "recall_micro": tp / support if support else 0.0,
        "f1_micro": 2 * tp / (claimed + support) if claimed + support else 0.0,
        "f1_macro": float(np.mean([label.f1 for label in each])),
        "log_loss": float(-np.where(has, np.log(clipped), np.log(1 - clipped)).mean()),
    }
    for name, field in (("auc", "auc"), ("average_precision", "average_precision")):
        known = [getattr(label, field) for label in each if getattr(label, field) is not None]
        if known:
            figures[name] = float(np.mean(known))
    for label in each:
        figures |= {f"f1/{label.name}": label.f1, f"support/{label.name}": float(label.support)}
    return figures


def _intervals(has: Bool, taken: Bool) -> dict[str, tuple[float, float]]:
    tp, both = (has & taken).sum(1).astype(np.float64), (has.sum(1) + taken.sum(1)).astype(np.float64)

    def f1(weights: Float64) -> Float64:
        with np.errstate(invalid="ignore"):
            return np.asarray(2 * (weights @ tp) / (weights @ both))

    found = {
        "exact_match": mean_interval((has == taken).all(1).astype(np.float64)),
        "accuracy": mean_interval((has == taken).mean(1)),
        "f1_micro": weighted_interval(f1, len(has)) if both.any() else None,
    }
    return {name: each for name, each in found.items() if each is not None}


def _curves(has: Bool, scores: Float64, names: Sequence[str]) -> dict[str, Any]:
    judged = [i for i in range(len(names)) if 0 < has[:, i].sum() < len(has)][:MOST_LINES]
    if not judged:
        return {}
    found = {}
    for key, draw in (("roc", Curve.roc), ("pr", Curve.pr)):
        made = [draw(has[:, i], scores[:, i]) for i in judged]
        found[key] = lines(
            Curve(
                [curve.x[0] for curve in made],
                [curve.y[0] for curve in made],
                [names[i] for i in judged],
                area=[curve.area[0] for curve in made],
                thresholds=[curve.thresholds[0] for curve in made],
            )
        )
    return found


def _rows(has: Bool, scores: Float64, exact: Bool) -> dict[str, npt.NDArray[Any]]:
    clipped = np.clip(scores, 1e-15, 1 - 1e-15)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    return {
        "truth": has,
        "predicted": scores >= 0.5,
        "loss": -np.where(has, np.log(clipped), np.log(1 - clipped)).mean(1).astype(np.float32),
        "score": np.abs(scores - 0.5).min(1).astype(np.float32) + np.float32(0.5),
        "right": exact,
        "top": order.astype(np.int32),
        "top_score": np.take_along_axis(scores, order, axis=1).astype(np.float32),
    }
