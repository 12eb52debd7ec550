"""Rows by what their columns hold: how a model does on each part of its world, and how little some of that says."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.analysis.resampled import mean_interval
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.testing.found import Float64, Int64, number
from gnomon.models.testing.report import SMALL, ColumnSlices, Slice

MOST_COLUMNS: Final = 16
MOST_VALUES: Final = 12
_QUARTERS: Final = 4


def slices_of(data: Prepared, rows: Int64, value: Float64, figure: str) -> tuple[ColumnSlices, ...]:
    """Return the mean of a figure over rows with each value of each column of categories, numbers and times.

    Args:
        data: The data set.
        rows: Numbers of the rows in the data.
        value: float64, one for each of these rows.
        figure: What it is.
    """
    found: list[ColumnSlices] = []
    for name, column in data.table.columns.items():
        if column.kind in ("category", "number", "time") and len(found) < MOST_COLUMNS and len(rows):
            made = _slices(name, column.kind, _values(data, name, column.kind, rows), value, figure)
            if made is not None:
                found.append(made)
    return tuple(found)


def _values(data: Prepared, name: str, kind: str, rows: Int64) -> npt.NDArray[Any]:
    if kind == "category":
        codes = data.table.codes(name, rows)
        names = np.array([*data.table.columns[name].classes, None], object)
        found: npt.NDArray[Any] = names[np.where(codes < 0, len(names) - 1, codes)]
        return found
    return np.asarray(data.table.values(name, rows)).astype(np.float64)


def _slices(name: str, kind: str, values: npt.NDArray[Any], score: Float64, figure: str) -> ColumnSlices | None:
    if kind == "category":
        return _of_categories(name, values, score, figure)
    return _of_numbers(name, kind, values, score, figure)


def _of_categories(name: str, values: npt.NDArray[Any], score: Float64, figure: str) -> ColumnSlices | None:
    texts = np.array(["missing" if each is None else str(each) for each in values])
    known, inverse, counts = np.unique(texts, return_inverse=True, return_counts=True)
    if len(known) < 2:
        return None
    order = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    shown = sorted(order.tolist())
    rows = tuple(_slice(str(known[i]), score[inverse == i]) for i in shown)
    return ColumnSlices(name, "category", figure, rows, int(len(score) - counts[shown].sum()))


def _of_numbers(name: str, kind: str, values: npt.NDArray[Any], score: Float64, figure: str) -> ColumnSlices | None:
    good = np.isfinite(values)
    if kind == "time":
        good &= values > np.iinfo(np.int64).min / 2
    if np.unique(values[good][:10_000]).size < 2:
        return None
    edges = np.unique(np.quantile(values[good], np.linspace(0, 1, _QUARTERS + 1)))
    place = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
    rows = []
    for i in range(len(edges) - 1):
        inside = good & (place == i)
        if inside.any():
            rows.append(_slice(_between(edges[i], edges[i + 1], kind, is_last=i == len(edges) - 2), score[inside]))
    if (~good).any():
        rows.append(_slice("missing", score[~good]))
    return ColumnSlices(name, kind, figure, tuple(rows), 0) if len(rows) > 1 else None


def _between(low: float, high: float, kind: str, *, is_last: bool) -> str:
    if kind == "time":
        first, last = (str(np.datetime64(int(each), "us").astype("datetime64[m]")) for each in (low, high))
        return f"{first} to {last}"
    return f"{low:.4g} to {high:.4g}" if is_last else f"{low:.4g} to below {high:.4g}"


def _slice(value: str, score: Float64) -> Slice:
    interval = mean_interval(score)
    low, high = interval or (np.nan, np.nan)
    return Slice(value, len(score), number(float(score.mean())), number(low), number(high), len(score) < SMALL)
