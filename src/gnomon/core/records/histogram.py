"""How values are spread: counts between edges, over all finite values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError, ShapeError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.axes import check_range
from gnomon.core.records.describe import range_text
from gnomon.core.records.record_type import Encoded

MAX_BINS: Final = 65_536
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Log the distribution of values, or counts made elsewhere.

    Args:
        values: An array of any library and shape. NaN and infinities are counted apart.
        bins: How many bins of equal width, 1 to 65,536.
        range: Where the first bin begins and the last ends; by default the smallest and largest finite value. Values
            outside are not counted.
        counts: Instead of `values`: how many in each bin, `(bins,)`, not negative.
        edges: With `counts`: where the bins begin and end, `(bins + 1,)`, increasing.

    Example:
        >>> payload = TYPE.encode(Histogram([0.0, 1.0, 1.5, 2.0], bins=2))
        >>> TYPE.decode(payload.meta, payload.data).counts
        array([1., 3.])
    """

    values: object = None
    bins: int = 64
    range: tuple[float, float] | None = None
    counts: object = None
    edges: object = None


class HistogramType:
    """The record type of `Histogram`."""

    kind = "histogram"
    wrapper = Histogram
    viewer = "histogram"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        histogram = value if isinstance(value, Histogram) else Histogram(value)
        if histogram.counts is not None or histogram.edges is not None:
            meta, edges, counts = _given(histogram)
        else:
            meta, edges, counts = _counted(histogram)
        data = edges.astype("<f8").tobytes() + counts.astype("<f8").tobytes()
        return Encoded(self.kind, {"bins": len(counts), **meta}, data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Histogram:
        bins = meta.get("bins")
        if type(bins) is not int or not 1 <= bins <= MAX_BINS or len(data) != 8 * (2 * bins + 1):
            msg = f"A histogram of {bins!r:.20} bins is edges and counts as float64, received {len(data)} bytes."
            raise CorruptError(msg)
        numbers = np.frombuffer(data, "<f8")
        return Histogram(bins=bins, counts=numbers[bins + 1 :], edges=numbers[: bins + 1])

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        n = meta.get("n")
        return f"{n if n is not None else size} values in {meta.get('bins', 'some')} bins{range_text(meta)}"


def _counted(histogram: Histogram) -> tuple[dict[str, Any], Floats, Floats]:
    values = wanted(histogram.values, "Histogram.values").reshape(-1)
    if values.dtype.kind not in "biuf":
        msg = f"Histogram.values: expected real numbers, received {values.dtype}. Pass their absolute values."
        raise InputError(msg, field="values")
    bins = histogram.bins
    if type(bins) is not int or not 1 <= bins <= MAX_BINS:
        msg = f"Histogram.bins: expected 1 to {MAX_BINS:,}, received {bins!r:.40}."
        raise InputError(msg, field="bins")
    # The range of float32 and less, and the mean of many, are not to overflow.
    wide = values.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        finite = wide if np.isfinite(wide.sum()) else wide[np.isfinite(wide)]
    limits = None if histogram.range is None else check_range(histogram.range, "Histogram")
    counts, edges = _histogram(finite, bins, limits)
    meta: dict[str, Any] = {"n": int(values.size), "bad": int(values.size - finite.size), "low": None, "high": None}
    if finite.size:
        meta |= {"low": float(finite.min()), "high": float(finite.max())}
        with np.errstate(over="ignore", invalid="ignore"):
            mean, std = float(finite.mean()), float(finite.std())
        if np.isfinite(mean) and np.isfinite(std):
            meta |= {"mean": mean, "std": std}
    return meta, edges, counts.astype(np.float64)


def _histogram(finite: Floats, bins: int, limits: list[float] | None) -> tuple[npt.NDArray[Any], Floats]:
    if limits is None and finite.size:
        limits = [float(finite.min()), float(finite.max())]
    if limits is None:
        return np.histogram(finite, bins)
    # The width of the whole is to be a finite number too.
    scale = 0.25 if max(map(abs, limits)) > 2.0**1021 else 1.0
    low, high = limits[0] * scale, limits[1] * scale
    # Bins narrower than the numbers there are between the edges cannot be told apart.
    narrow = max(max(abs(low), abs(high)) * 2.0**-52, 5e-324) * bins
    if 0 < high - low < 2 * narrow or (low == high and narrow > 0.25):
        # Towards 0, where there always are more numbers.
        low, high = (low - 2 * narrow, high) if low + high > 0 else (low, high + 2 * narrow)
    counts, edges = np.histogram(finite if scale == 1 else finite * scale, bins, (low, high))
    return counts, edges / scale


def _given(histogram: Histogram) -> tuple[dict[str, Any], Floats, Floats]:
    edges = wanted(histogram.edges, "Histogram.edges").astype(np.float64)
    counts = wanted(histogram.counts, "Histogram.counts").astype(np.float64)
    if edges.ndim != 1 or counts.shape != (len(edges) - 1,) or len(counts) < 1:
        msg = f"Histogram.edges: expected one more than counts, received {edges.shape} and {counts.shape}."
        raise ShapeError(msg, field="edges")
    if len(counts) > MAX_BINS:
        msg = f"Histogram.counts: expected at most {MAX_BINS:,}, received {len(counts):,}."
        raise LimitError(msg, field="counts")
    if not np.isfinite(edges).all() or not (edges[1:] > edges[:-1]).all():
        msg = "Histogram.edges: expected increasing finite numbers."
        raise InputError(msg, field="edges")
    if not np.isfinite(counts).all() or (counts < 0).any():
        msg = "Histogram.counts: expected finite numbers that are not negative."
        raise InputError(msg, field="counts")
    n = counts.sum()
    meta = {"n": int(n) if n == int(n) else float(n), "bad": 0, "low": float(edges[0]), "high": float(edges[-1])}
    return meta, edges, counts


TYPE = HistogramType()
