"""Columns of NumPy arrays as the tables of other libraries, each imported when it is asked for."""

import importlib
import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import LimitError, MissingExtraError

Columns = dict[str, npt.NDArray[Any]]
_MOST_COLUMNS: Final = 10_000


def to_arrow(columns: Columns) -> Any:
    """Return a `pyarrow.Table`; arrays of more axes become lists of fixed length, one inside the other.

    A complex number becomes `{"real", "imag"}`.
    """
    pa = _library("pyarrow", "to_arrow() needs pyarrow. Install gnomon[frames], or pyarrow itself.")
    return pa.table({name: _arrow(pa, values) for name, values in columns.items()})


def to_polars(columns: Columns) -> Any:
    """Return a `polars.DataFrame`; arrays of more axes become columns of type `Array`."""
    pl = _library("polars", "to_polars() needs polars. Install gnomon[frames], or polars itself.")
    return pl.DataFrame({name: pl.Series(name, _native(values)) for name, values in columns.items()})


def to_pandas(columns: Columns) -> Any:
    """Return a `pandas.DataFrame`; arrays of more axes become a column for each number: `value[0,2]`.

    Raises:
        LimitError: That would be too many columns.
    """
    pd = _library("pandas", "to_pandas() needs pandas. Install pandas.")
    return pd.DataFrame(spread(columns))


def to_bokeh(columns: Columns) -> Any:
    """Return a `bokeh.models.ColumnDataSource` with the columns of `to_pandas`."""
    models = _library("bokeh.models", "to_bokeh() needs Bokeh. Install bokeh.")
    return models.ColumnDataSource(spread(columns))


def spread(columns: Columns) -> Columns:
    """Return columns of one axis each.

    Example:
        >>> list(spread({"step": np.arange(2), "value": np.zeros((2, 1, 2))}))
        ['step', 'value[0,0]', 'value[0,1]']
    """
    found: Columns = {}
    for name, values in columns.items():
        if values.ndim == 1:
            found[name] = _native(values)
            continue
        count = math.prod(values.shape[1:])
        if count > _MOST_COLUMNS:
            msg = f"slice: expected at most {_MOST_COLUMNS} numbers for each step, received {count}. Take a smaller slice."
            raise LimitError(msg, field="slice")
        flat = _native(values).reshape(len(values), count)
        for column, place in enumerate(np.ndindex(values.shape[1:])):
            found[f"{name}[{','.join(map(str, place))}]"] = np.ascontiguousarray(flat[:, column])
    return found


def _arrow(pa: Any, values: npt.NDArray[Any]) -> Any:
    flat = _native(values).reshape(-1)
    if flat.dtype.kind == "c":
        parts = [np.ascontiguousarray(flat.real), np.ascontiguousarray(flat.imag)]
        found = pa.StructArray.from_arrays(list(map(pa.array, parts)), ["real", "imag"])
    else:
        found = pa.array(flat)
    if 0 in values.shape[1:]:  # Arrow has no lists whose fixed length is 0
        kind = found.type
        for _ in values.shape[1:]:
            kind = pa.list_(kind)
        return pa.array(values.tolist(), kind)
    for length in reversed(values.shape[1:]):
        found = pa.FixedSizeListArray.from_arrays(found, length)
    return found


def _native(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array in the byte order of this machine, which these libraries expect."""
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("="), copy=False))


def _library(name: str, message: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError(message) from error
