"""Curves of one quantity over another: ROC, precision and recall, calibration, anything that is no series over steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError, ShapeError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.held import check, held
from gnomon.core.records.record_type import Encoded

Float64 = npt.NDArray[np.float64]

_Draw = Callable[[npt.NDArray[np.bool_], Float64], tuple[Float64, Float64, Float64]]
_Area = Callable[[Float64, Float64], float]

MAX_CURVES: Final = 1000
_MAX_LABEL_CHARS: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Hold one or more curves that share their axes.

    Args:
        x: Horizontal positions, shape `(n,)`; a list of them for several curves.
        y: Vertical positions, of the same shape.
        label: Name of the curve, or of each.
        x_label: What runs along the horizontal axis.
        y_label: What runs along the vertical axis.
        area: A figure that belongs to each curve, such as the area under it.
        thresholds: The score from which a sample counts as positive, at each point of each curve; a list of them, or
            `None`.
        diagonal: Draw the line from (0, 0) to (1, 1) that chance would give.

    Example:
        >>> Curve([0, 1, 2], [0, 1, 4], x_label="epochs", y_label="hours").n
        (3,)
    """

    x: Any
    y: Any
    label: Any = ""
    x_label: str = "x"
    y_label: str = "y"
    area: Any = None
    diagonal: bool = False
    thresholds: Any = None
    problem: Exception | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        with held(self):
            self._settle()

    def _settle(self) -> None:
        xs, ys = _lines("x", self.x), _lines("y", self.y)
        labels = [self.label] * len(xs) if isinstance(self.label, str) else list(self.label)
        areas = [self.area] * len(xs) if self.area is None or np.ndim(self.area) == 0 else list(self.area)
        if not len(xs) == len(ys) == len(labels) == len(areas):
            msg = f"Curve: expected as many y, labels and areas as x ({len(xs)}), received {len(ys)}, {len(labels)}, {len(areas)}."
            raise ShapeError(msg, field="y")
        if len(xs) > MAX_CURVES:
            msg = f"Curve: expected at most {MAX_CURVES} curves, received {len(xs)}. Log them under several keys."
            raise LimitError(msg, field="x")
        levels = _lines("thresholds", self.thresholds) if self.thresholds is not None else ys
        if len(levels) != len(xs) or any(x.shape != level.shape for x, level in zip(xs, levels, strict=True)):
            msg = f"Curve.thresholds: expected one for each of {[len(x) for x in xs][:6]} points, received others."
            raise ShapeError(msg, field="thresholds")
        for x, y in zip(xs, ys, strict=True):
            if x.shape != y.shape:
                msg = f"Curve.y: expected shape {x.shape} as x has, received {y.shape}."
                raise ShapeError(msg, field="y")
        object.__setattr__(self, "thresholds", None if self.thresholds is None else levels)
        for name, value in (("x", xs), ("y", ys), ("label", _texts(labels)), ("area", tuple(map(_area, areas)))):
            object.__setattr__(self, name, value)

    @property
    def n(self) -> tuple[int, ...]:
        return tuple(map(len, self.x))

    @classmethod
    def roc(cls, y_true: object, scores: object, *, labels: Sequence[str] | None = None) -> "Curve":
        """Draw true against false positive rate as the threshold falls through all scores.

        Samples of one score pass the threshold together, so that ties add a sloped piece, and the area counts them half:
        it is exactly the chance that a positive scores above a negative, plus half the chance that both score the same.

        Args:
            y_true: Shape `(n,)`: booleans, or 0 and 1; classes 0 to k - 1 when `scores` has k columns.
            scores: Larger means positive; shape `(n,)`, or `(n, k)` for one curve per class against the rest.
            labels: Names of the k classes.

        A class without a positive or without a negative has no curve, nor have scores that hold NaN: logging such a
        curve is refused with the reason.

        Example:
            >>> Curve.roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).area
            (0.75,)

        Source:
            Fawcett 2006, An introduction to ROC analysis, algorithms 1 and 2.
        """
        return cls._made(
            _roc, (y_true, scores, labels), "false positive rate", "true positive rate", _trapezoids, diagonal=True
        )

    @classmethod
    def pr(cls, y_true: object, scores: object, *, labels: Sequence[str] | None = None) -> "Curve":
        """Draw precision against recall as the threshold falls through all scores; arguments as for `roc`.

        The area is the average precision, the sum of precision times the recall it adds: between two thresholds
        nothing is interpolated, which would flatter.

        Example:
            >>> Curve.pr([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).area
            (0.8333333333333333,)

        Source:
            Davis and Goadrich 2006, The relationship between precision-recall and ROC curves, section 4.
        """
        return cls._made(_pr, (y_true, scores, labels), "recall", "precision", _steps)

    @classmethod
    def _made(
        cls,
        draw: _Draw,
        given: tuple[Any, Any, Any],
        x_label: str,
        y_label: str,
        area: _Area,
        *,
        diagonal: bool = False,
    ) -> "Curve":
        try:
            names, cases = _cases(*given)
            lines = [draw(truth, score) for truth, score in cases]
        except Exception as error:  # noqa: BLE001 - as `held`
            curve = cls([], [], x_label=x_label, y_label=y_label)
            object.__setattr__(curve, "problem", error)
            return curve
        xs, ys, thresholds = ([line[i] for line in lines] for i in range(3))
        areas = [area(x, y) for x, y in zip(xs, ys, strict=True)]
        return cls(xs, ys, names, x_label, y_label, areas, diagonal, thresholds)


class CurveType:
    """Curves as doubles: for each the horizontal, then the vertical positions, then the thresholds when there are any."""

    kind = "curve"
    wrapper = Curve
    viewer = "curve"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        if not isinstance(value, Curve):
            msg = f"curve: expected gnomon.Curve, received {type(value).__name__}."
            raise InputError(msg)
        check(value)
        more = {} if value.thresholds is None else {"thresholds": True}
        curves = [
            {"label": label, "n": n} | ({} if area is None else {"area": area}) | more
            for label, n, area in zip(value.label, value.n, value.area, strict=True)
        ]
        meta = {"x": value.x_label, "y": value.y_label, "curves": curves} | (
            {"diagonal": True} if value.diagonal else {}
        )
        columns = (value.x, value.y) if value.thresholds is None else (value.x, value.y, value.thresholds)
        parts = [line.astype("<f8").tobytes() for lines in zip(*columns, strict=True) for line in lines]
        return Encoded(self.kind, meta, b"".join(parts))

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Curve:
        try:
            curves = [(str(c["label"]), c["n"], c.get("area")) for c in meta["curves"]]
            sizes = [n for _, n, _ in curves if type(n) is int and n >= 0]
            have = [c.get("thresholds") is True for c in meta["curves"]]
            k = 3 if all(have) and have else 2
            if len(sizes) != len(curves) or 8 * k * sum(sizes) != len(data):
                msg = f"curve: expected {sizes} points, received {len(data)} bytes."
                raise CorruptError(msg)
            lines = np.split(np.frombuffer(data, "<f8"), np.cumsum(np.repeat(sizes, k))[:-1]) if sizes else []
            curve = Curve(
                lines[::k],
                lines[1::k],
                label=[label for label, _, _ in curves],
                x_label=str(meta.get("x", "x")),
                y_label=str(meta.get("y", "y")),
                area=[area for _, _, area in curves],
                diagonal=meta.get("diagonal") is True,
                thresholds=lines[2::3] if k == 3 else None,
            )
            check(curve)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            msg = f"curve: its meta does not say what its curves are: {error!r}"
            raise CorruptError(msg) from error
        return curve

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del size
        curves = meta.get("curves") or []
        area = curves[0].get("area") if len(curves) == 1 else None
        shown = f", area {area:.4f}" if isinstance(area, (int, float)) else ""
        count = "1 curve" if len(curves) == 1 else f"{len(curves)} curves"
        return f"{meta.get('y', 'y')} over {meta.get('x', 'x')}, {count}{shown}"


def _lines(name: str, given: object) -> tuple[Float64, ...]:
    """Return one array for each curve."""
    parts = list(given) if isinstance(given, (list, tuple)) and len(given) and np.ndim(given[0]) else [given]
    if isinstance(given, (list, tuple)) and not len(given):
        return ()
    lines = tuple(_floats(part) for part in parts)
    for line in lines:
        if line.ndim != 1:
            msg = f"Curve.{name}: expected shape (n,) or a list of them, received {line.shape}."
            raise ShapeError(msg, field=name)
    return lines


def _floats(given: object) -> Float64:
    return wanted(given, "Curve").astype(np.float64)


def _texts(labels: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(label).encode("utf-8", "replace").decode()[:_MAX_LABEL_CHARS] for label in labels)


def _area(area: Any) -> float | None:
    number = float("nan") if area is None else float(area)
    return number if np.isfinite(number) else None


def _cases(
    y_true: object, scores: object, labels: Sequence[str] | None
) -> tuple[list[str], list[tuple[npt.NDArray[np.bool_], Float64]]]:
    """Return for each curve its name, who is positive, and the scores."""
    score, truth = _floats(scores), wanted(y_true, "Curve.y_true")
    if truth.ndim != 1 or score.ndim not in (1, 2) or len(score) != len(truth):
        msg = f"Curve: expected y_true of shape (n,) and scores of (n,) or (n, k), received {truth.shape} and {score.shape}."
        raise ShapeError(msg, field="scores")
    if np.isnan(score).any():
        msg = f"Curve.scores: expected numbers, received {int(np.isnan(score).sum())} NaN. Leave those samples out."
        raise InputError(msg, field="scores")
    if score.ndim == 1:
        return list(labels or [""])[-1:], [(_checked(_binary(truth)), score)]
    k = score.shape[1]
    names = [str(label) for label in labels] if labels is not None else [str(i) for i in range(k)]
    if len(names) != k:
        msg = f"Curve.labels: expected {k}, one for each column of scores, received {len(names)}."
        raise ShapeError(msg, field="labels")
    return names, [(_checked(truth == i, names[i]), score[:, i]) for i in range(k)]


def _binary(truth: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if truth.dtype.kind not in "biuf" or not np.isin(truth, (0, 1)).all():
        msg = f"Curve.y_true: expected 0 and 1, received {np.unique(truth)[:6].tolist()}. Compare with the positive class."
        raise InputError(msg, field="y_true")
    return truth.astype(bool)


def _checked(positive: npt.NDArray[np.bool_], name: str = "") -> npt.NDArray[np.bool_]:
    if positive.all() or not positive.any():
        who = f" of {name}" if name else ""
        missing = "negatives" if positive.any() else "positives"
        msg = f"Curve.y_true: expected positives and negatives, received no {missing}{who}. The curve needs both."
        raise InputError(msg, field="y_true")
    return positive


def _trapezoids(x: Float64, y: Float64) -> float:
    return float((np.diff(x) * (y[1:] + y[:-1])).sum() / 2)


def _steps(x: Float64, y: Float64) -> float:
    return float((np.diff(x) * y[1:]).sum())


def _counts(positive: npt.NDArray[np.bool_], scores: Float64) -> tuple[Float64, Float64, Float64]:
    """Return true and false positives, and the thresholds, from above all scores down; shape `(distinct scores + 1,)`."""
    order = np.argsort(-scores, kind="stable")
    scores, positive = scores[order], positive[order]
    last = np.append(np.nonzero(scores[1:] != scores[:-1])[0], len(scores) - 1)  # of each group of equal scores
    tp = np.append(0.0, np.cumsum(positive)[last])
    fp = np.append(0.0, last + 1 - tp[1:])
    return tp, fp, np.append(np.inf, scores[last])


def _roc(positive: npt.NDArray[np.bool_], scores: Float64) -> tuple[Float64, Float64, Float64]:
    """Return false and true positive rate and thresholds, without the points on a line between their neighbours."""
    tp, fp, thresholds = _counts(positive, scores)
    # On a line with both neighbours when the cross product of the two steps is zero; whole numbers, so exactly.
    a, b = np.diff(tp), np.diff(fp)
    keep = np.concatenate(([True], a[:-1] * b[1:] != a[1:] * b[:-1], [True]))
    return fp[keep] / fp[-1], tp[keep] / tp[-1], thresholds[keep]


def _pr(positive: npt.NDArray[np.bool_], scores: Float64) -> tuple[Float64, Float64, Float64]:
    """Return recall, precision and thresholds."""
    tp, fp, thresholds = _counts(positive, scores)
    # A threshold that adds only negatives adds no recall: the first and the last of such a column say all of it.
    rises = np.diff(tp) > 0
    keep = np.concatenate(([True], rises | np.append(rises[1:], True)))
    precision = np.append(1.0, tp[1:] / (tp[1:] + fp[1:]))
    return tp[keep] / tp[-1], precision[keep], thresholds[keep]


TYPE = CurveType()
