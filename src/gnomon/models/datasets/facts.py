"""What is told of data besides their description: sizes, histograms, how many rows of each class are in each part."""

from collections import Counter
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

import numpy as np

from gnomon.models.datasets.column import Column
from gnomon.models.datasets.dealing import NO_TIME
from gnomon.models.datasets.describing import Described
from gnomon.models.datasets.places import PACKAGED
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.datasets.profile import balance
from gnomon.models.datasets.shown import thumbnails
from gnomon.models.datasets.summary import gives_rows
from gnomon.models.datasets.table import Table

BINS: Final = 32
_COMMONEST: Final = 50
_LONGEST: Final = 80


def facts_of(found: Described) -> dict[str, Any]:
    """Return what is kept beside a version: bytes, thumbnails, columns, what they give, findings."""
    table = found.prepared.table
    return {
        "size_bytes": size_of(table),
        "thumbnails": thumbnails(table),
        "columns": column_rows(found.prepared, measured=False),
        "gives": gives_rows(found.prepared),
        "findings": [each.told() for each in found.findings],
    }


def size_of(table: Table) -> int:
    """Return how many bytes the files of data have."""
    if str(table.path).startswith(PACKAGED):
        return len(resources.files("gnomon.models").joinpath("data/optical_digits.csv.gz").read_bytes())
    place = table.path
    files = {place} if place.is_file() else {each for each in place.iterdir() if each.is_file()}
    for pictures in table.files.values():
        files.update(pictures.paths())
    return sum(each.stat().st_size for each in files)


def column_rows(found: Prepared, *, measured: bool) -> list[dict[str, Any]]:
    """Return the columns as `DatasetColumn`; `measured` adds histograms and counts."""
    return [_row(found, name, column, measured=measured) for name, column in found.table.columns.items()]


def _row(found: Prepared, name: str, column: Column, *, measured: bool) -> dict[str, Any]:
    spec = found.specs.get(name)
    row: dict[str, Any] = {
        "name": name,
        "kind": column.kind,
        "why": column.why,
        "said": found.spec.columns[name].said,
        "shape": list(column.shape),
        "classes": list(column.classes),
        "missing": column.missing,
        "low": column.low,
        "high": column.high,
        "mean": column.mean,
        "std": column.std,
        "allowed": list(found.table.allowed(name)),
        "gives": list(spec.shape) if spec is not None else [],
        "dtype": spec.dtype if spec is not None else "",
    }
    return row | (_measures(found.table, name, column) if measured else {})


def _measures(table: Table, name: str, column: Column) -> dict[str, Any]:
    if column.kind in ("number", "time"):
        return {"histogram": _histogram(table, name, column)}
    if column.kind == "category":
        counts = balance(table, name)
        most = sorted(counts, key=lambda text: -counts[text])[:_COMMONEST]
        return {"counts": {text: counts[text] for text in counts if text in set(most)}}
    if column.kind == "text" and name not in table.files:
        texts = Counter(str(text)[:_LONGEST] for text in table.values(name).tolist() if text is not None)
        return {"counts": dict(texts.most_common(_COMMONEST))}
    return {}


def _histogram(table: Table, name: str, column: Column) -> dict[str, Any] | None:
    values = table.values(name)
    if column.kind == "time" and values.dtype == np.int64:
        values = values[values != NO_TIME] / 1e6
    values = values.astype(np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    counts, _ = np.histogram(values, BINS, (low, high if high > low else low + 1))
    return {"low": low, "high": high, "counts": counts.tolist()}


def balance_rows(found: Prepared) -> dict[str, dict[str, int]] | None:
    """Return how many rows of each class are in each part; `None` when the target has no classes."""
    goal = next((name for name in found.targets if found.table.columns[name].kind == "category"), None)
    if goal is None:
        return None
    counts: Mapping[str, dict[str, int]] = {
        part: balance(found.table, goal, rows) for part, rows in found.parts.items()
    }
    return {text: {part: of[text] for part, of in counts.items()} for text in found.table.columns[goal].classes}
