"""What scores tell of a classifier beyond its labels: figures, and a curve for each class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.analysis.calibration import Calibration, calibration
from gnomon.analysis.classification import average_precision, log_loss, roc_auc, top_k
from gnomon.core.records.curve import Curve

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

MAX_CLASS_FIGURES: Final = 200
"""With more classes, only the figures of all together are made."""

MAX_CURVES: Final = 50
"""Of more classes, those with the most samples are drawn."""

MAX_POINTS: Final = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Hold samples of which each class has a probability.

    Args:
        truth: Class of each sample, int64 `(n,)` of 0 to k - 1.
        probability: float64 `(n, k)`, each row adds up to 1.
        names: Of the k classes.
        binary: There are two, and only the second is judged.
    """

    truth: Int64
    probability: Float64
    names: Sequence[str]
    binary: bool

    def figures(self) -> dict[str, float]:
        """Return log loss, calibration error, Brier score, accuracy among the best few, and areas under curves."""
        figures = {"log_loss": log_loss(self.truth, self.probability), "ece": self._fit().ece}
        k = len(self.names)
        for most in (3, 5):
            if k > most:
                figures[f"top_{most}"] = top_k(self.truth, self.probability, most)
        if k <= MAX_CLASS_FIGURES:
            hot = np.eye(k)[self.truth]
            figures["brier"] = float(((self.probability - hot) ** 2).sum(1).mean() / (2 if self.binary else 1))
            figures |= self._areas(hot)
        return figures

    def curves(self) -> dict[str, Curve]:
        """Return `calibration`, and `roc` and `pr` with a curve for each class that has samples within and without."""
        fit = self._fit()
        line = Curve(fit.confidence, fit.accuracy, "ECE", "confidence", "accuracy", fit.ece, diagonal=True)
        found = {"calibration": line}
        cases = [(self.names[at], *self._case(at)) for at in self._drawn()]
        if cases:
            found |= {"roc": _curves(Curve.roc, cases), "pr": _curves(Curve.pr, cases)}
        return found

    def _fit(self) -> Calibration:
        return calibration(self.probability.max(1), self.truth == self.probability.argmax(1))

    def _areas(self, hot: Float64) -> dict[str, float]:
        """Return the areas under the curves; `hot` is the truth as rows of 0 and 1."""
        judged = self._judged()
        if not judged:
            return {}
        area = {self.names[at]: roc_auc(*self._case(at)) for at in judged}
        precision = {self.names[at]: average_precision(*self._case(at)) for at in judged}
        figures = {
            "auc": float(np.mean(list(area.values()))),
            "average_precision": float(np.mean(list(precision.values()))),
        }
        if self.binary:
            return figures
        figures["auc_micro"] = roc_auc(hot.ravel() == 1, self.probability.ravel())
        figures |= {f"auc/{name}": value for name, value in area.items()}
        return figures | {f"average_precision/{name}": value for name, value in precision.items()}

    def _judged(self) -> list[int]:
        """Return the classes that have samples within and without: only of those is there a curve."""
        k = len(self.names)
        counts = np.bincount(self.truth, minlength=k)
        wanted = [1] if self.binary else range(k) if k <= MAX_CLASS_FIGURES else ()
        return [at for at in wanted if 0 < counts[at] < len(self.truth)]

    def _drawn(self) -> list[int]:
        counts = np.bincount(self.truth, minlength=len(self.names))
        return sorted(sorted(self._judged(), key=lambda at: -int(counts[at]))[:MAX_CURVES])

    def _case(self, at: int) -> tuple[npt.NDArray[np.bool_], Float64]:
        return self.truth == at, self.probability[:, at]


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
