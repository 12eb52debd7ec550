"""A test of a segmentation: classes of pixels, counted batch by batch, for all of them together would be too many to keep."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from gnomon.analysis.classification import confusion_matrix, per_class
from gnomon.analysis.resampled import mean_interval, weighted_interval
from gnomon.models.testing.classes import MOST_MATRIX, class_names, nothing
from gnomon.models.testing.feed import Int64
from gnomon.models.testing.found import Found, finite, histogram
from gnomon.models.testing.opened import Head
from gnomon.models.testing.report import ClassFigures, OutputReport

Float64 = npt.NDArray[np.float64]
MOST_PIXELS: Final = 1 << 26
"""Of predicted and true classes that are kept for overlays; of more, the first rows'."""


class Masks:
    """Count pixels.

    Args:
        head: The output, with its classes.
    """

    def __init__(self, head: Head) -> None:
        self._head = head
        self._size = max(2, head.size or 2)
        self._matrix = np.zeros((self._size, self._size), np.int64)
        self._at: list[Int64] = []
        self._counts: list[Int64] = []
        self._bad: list[int] = []
        self._kept: list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]] = []
        self._pixels = 0

    def add(self, at: Int64, truth: npt.NDArray[Any], scores: npt.NDArray[Any]) -> None:
        """Count the pixels of some rows; those of a class that the model does not know, -1, are passed over.

        Args:
            at: Places in the part.
            truth: `(n, h, w)`, classes as the model counts them.
            scores: `(n, h, w, k)`; of one channel, how likely the second of two classes is.
        """
        good = np.isfinite(scores).reshape(len(scores), -1).all(1)
        self._bad += at[~good].tolist()
        at, truth, scores = at[good], truth[good], scores[good]
        codes = codes_of(scores)
        for row, wanted, made in zip(at.tolist(), truth, codes, strict=True):
            known = (wanted >= 0) & (wanted < self._size)
            matrix = confusion_matrix(wanted[known].astype(np.int64), made[known].astype(np.int64), self._size)
            self._matrix += matrix
            right = np.diag(matrix)
            self._at.append(np.array([row]))
            self._counts.append(np.stack([right, matrix.sum(1), matrix.sum(0)]))
            if self._pixels + made.size <= MOST_PIXELS and self._size <= 256:
                self._kept.append((np.where(known, wanted, 0).astype(np.uint8), made.astype(np.uint8)))
                self._pixels += made.size

    def done(self, notes: Sequence[str] = ()) -> Found:
        """Return what was found."""
        names = class_names(self._head, self._size)
        if self._bad:
            shown = ", ".join(map(str, self._bad[:10]))
            notes = [*notes, f"the model gives NaN or infinity in {len(self._bad):,} rows, which are left out: {shown}"]
        report = OutputReport(
            output=self._head.name,
            task="segmentation",
            n=int(self._matrix.sum()),
            left_out=len(self._bad),
            classes=names,
            notes=tuple(notes),
        )
        if not self._counts or not self._matrix.any():
            return nothing(report, notes)
        at, counts = np.concatenate(self._at), np.stack(self._counts).astype(np.float64)
        row_iou = _mean_iou(counts)
        report = replace(
            report,
            main="iou",
            figures=finite(_figures(self._matrix, names, row_iou)),
            intervals=_intervals(counts, row_iou),
            confusion=tuple(map(tuple, self._matrix.tolist())) if self._size <= MOST_MATRIX else None,
            per_class=_per_class(self._matrix, names),
            errors=histogram(1 - row_iou),
        )
        rows = {"score": row_iou.astype(np.float32), "loss": (1 - row_iou).astype(np.float32)}
        extra = _stacked(self._kept)
        return Found(report, at, rows, row_iou, "iou of a row", None, extra)


def codes_of(scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the likeliest class of each pixel."""
    return scores.argmax(-1) if scores.shape[-1] > 1 else (scores[..., 0] >= 0.5).astype(np.int64)


def _figures(matrix: Int64, names: Sequence[str], row_iou: Float64) -> dict[str, float]:
    each, iou = per_class(matrix), _iou(matrix)
    there = each.present
    figures = {
        "n": float(matrix.sum()),
        "accuracy": float(np.trace(matrix) / matrix.sum()),
        "iou": float(iou[there].mean()),
        "dice": float(each.f1[there].mean()),
        "row_iou": float(row_iou.mean()),
    }
    for i in np.flatnonzero(there).tolist():
        figures |= {f"iou/{names[i]}": float(iou[i]), f"recall/{names[i]}": float(each.recall[i])}
    return figures


def _iou(matrix: Int64) -> Float64:
    right, rows, columns = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    below = rows + columns - right
    return np.asarray(np.divide(right, below, out=np.zeros(len(matrix)), where=below > 0))


def _mean_iou(counts: Float64) -> Float64:
    """Return the mean IoU over the classes that occur, of counts `(…, 3, k)`: right, true and predicted."""
    right, rows, columns = counts[..., 0, :], counts[..., 1, :], counts[..., 2, :]
    below = rows + columns - right
    iou = np.divide(right, below, out=np.zeros_like(right), where=below > 0)
    return np.asarray(iou.sum(-1) / np.maximum(1, (below > 0).sum(-1)))


def _intervals(counts: Float64, row_iou: Float64) -> dict[str, tuple[float, float]]:
    n, _, k = counts.shape
    flat = counts.reshape(n, -1)
    pixels, right = counts[:, 1].sum(1), counts[:, 0].sum(1)
    found = {
        "iou": weighted_interval(lambda weights: _mean_iou((weights @ flat).reshape(-1, 3, k)), n),
        "accuracy": weighted_interval(lambda weights: (weights @ right) / (weights @ pixels), n),
        "row_iou": mean_interval(row_iou),
    }
    return {name: each for name, each in found.items() if each is not None}


def _per_class(matrix: Int64, names: Sequence[str]) -> tuple[ClassFigures, ...]:
    each, iou = per_class(matrix), _iou(matrix)
    rows = zip(names, each.support, each.precision, each.recall, each.f1, iou, strict=True)
    return tuple(ClassFigures(n, int(s), float(p), float(r), float(f), iou=float(i)) for n, s, p, r, f, i in rows)


def _stacked(kept: Sequence[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]) -> dict[str, npt.NDArray[Any]]:
    if not kept or len({truth.shape for truth, _ in kept}) != 1:
        return {}
    return {"mask_truth": np.stack([each[0] for each in kept]), "mask_made": np.stack([each[1] for each in kept])}
