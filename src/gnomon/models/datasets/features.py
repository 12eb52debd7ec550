"""What is measured of a row, so that rows of another day can be compared with it: a few numbers and classes by name."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.models.datasets.dealing import NO_TIME
from gnomon.models.datasets.table import Table
from gnomon.models.datasets.values import Values

MISSING: Final = "(missing)"
Features = dict[str, float | str]
"""Numbers and classes by name; a number that is not known is left out."""


def features(table: Table, values: Mapping[str, Values], names: Iterable[str], row: int) -> Features:
    """Return what is measured of a row: numbers and times as they are, classes, how long texts are, mean and spread of arrays.

    Pictures and arrays are measured after their transforms, for sizes and ranges before may be anybody's.

    Args:
        table: Rows as they came.
        values: What a model gets of them, by column.
        names: The columns.
        row: Which row.
    """
    found: Features = {}
    for name in names:
        kind = table.columns[name].kind
        if kind in ("image", "array"):
            found |= measured(name, values[name].read(np.array([row], np.int64))[0])
        else:
            found |= _plain(name, kind, table.values(name, np.array([row], np.int64))[0])
    return found


def measured(name: str, value: npt.NDArray[Any]) -> Features:
    """Return mean and standard deviation of an array, nothing of one that is empty or holds no numbers."""
    if not value.size or value.dtype.kind not in "biuf":
        return {}
    return {f"{name} mean": float(value.mean(dtype=np.float64)), f"{name} spread": float(value.std(dtype=np.float64))}


def _plain(name: str, kind: str, value: Any) -> Features:
    if kind == "time":
        return {} if value == NO_TIME else {name: float(value) / 1e6}
    if kind == "number":
        return {name: float(value)} if value is not None and math.isfinite(value) else {}
    if kind == "text":
        return {f"{name} length": float(len(value or ""))}
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return {name: MISSING}
    return {name: f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)}
