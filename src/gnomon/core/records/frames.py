"""Columns out of whatever holds a table, recognised by its methods: no library of frames is imported."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gnomon.core.errors import InputError, ShapeError
from gnomon.core.limits import MAX_KEY_CHARS

_FRAMES: Final = {"pandas": ("DataFrame",), "polars": ("DataFrame", "LazyFrame"), "pyarrow": ("Table", "RecordBatch")}
_SERIES: Final = {"pandas": ("Series", "Index"), "polars": ("Series",)}


def is_frame(value: object) -> bool:
    """Return whether `value` is a frame or a series of pandas, polars or pyarrow, or a structured NumPy array."""
    if isinstance(value, np.ndarray):
        return value.dtype.names is not None
    return _is(value, _FRAMES) or _is(value, _SERIES)


def columns_of(data: Any, names: Sequence[str] | None) -> dict[str, list[Any]]:
    """Return the columns of `data` by name.

    Raises:
        InputError: It is nothing that has columns.
        ShapeError: Rows differ in length.
    """
    if isinstance(data, Mapping):
        return _named([(name, _listed(values)) for name, values in data.items()])
    if _is(data, _SERIES):
        return _named([(data.name or "value", _listed(data))])
    if isinstance(data, np.ndarray) and data.dtype.names is not None:
        return _named([(name, _listed(data[name])) for name in data.dtype.names])
    if _is(data, _FRAMES):
        return _framed(data)
    rows = data if isinstance(data, (list, tuple)) else _listed(data) if hasattr(data, "shape") else None
    if rows is None:
        msg = (
            f"Table: expected a frame, columns by name or rows, received {type(data).__name__}. "
            "Pass {'name': [values]} or a list of dicts."
        )
        raise InputError(msg, field="data")
    return _from_rows(rows, names)


def _is(value: object, kinds: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether a class of `value`, or one it inherits from, is named there: subclasses are frames as well."""
    return any(
        kind.__name__ in kinds.get(str(kind.__module__).partition(".")[0], ()) for kind in type(value).__mro__[:-1]
    )


def _framed(frame: Any) -> dict[str, list[Any]]:
    if hasattr(frame, "collect") and not hasattr(frame, "to_pylist"):
        frame = frame.collect()  # a lazy frame of polars
    if hasattr(frame, "to_pydict"):  # pyarrow
        return _named(list(zip(frame.schema.names, (column.to_pylist() for column in frame.columns), strict=True)))
    if hasattr(frame, "get_columns"):  # polars
        return _named([(column.name, column.to_list()) for column in frame.get_columns()])
    pairs = [(frame.columns[i], frame.iloc[:, i]) for i in range(frame.shape[1])]
    index = frame.index
    if type(index).__name__ != "RangeIndex":  # it holds something
        levels = [index.get_level_values(i) for i in range(index.nlevels)]
        pairs = [
            (level.name if level.name is not None else f"index{i or ''}", level) for i, level in enumerate(levels)
        ] + pairs
    return _named([("/".join(map(str, n)) if isinstance(n, tuple) else n, _listed(values)) for n, values in pairs])


def _listed(values: Any) -> list[Any]:
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        values = values.astype("datetime64[us]")  # what Python's own have; finer ones would become integers
    for name in ("to_list", "tolist", "to_pylist"):
        method = getattr(values, name, None)
        if callable(method):
            listed = method()
            listed = listed if isinstance(listed, list) else [listed]
            return _without_nan(listed) if _says_missing_by_nan(values) else listed
    if isinstance(values, (str, bytes, Mapping)):
        msg = f"Table: expected a list of values for each column, received {values!r:.60}."
        raise InputError(msg, field="data")
    try:
        return list(values)
    except TypeError as error:
        msg = f"Table: expected a list of values for each column, received {type(values).__name__} {values!r:.40}."
        raise InputError(msg, field="data") from error


def _says_missing_by_nan(values: Any) -> bool:
    """Return whether this is a column of pandas that holds no floats: NaN in it is a value that is not there."""
    return _is(values, {"pandas": _SERIES["pandas"]}) and getattr(values.dtype, "kind", "O") == "O"


def _without_nan(values: list[Any]) -> list[Any]:
    return [None if isinstance(value, float) and value != value else value for value in values]  # noqa: PLR0124


def _from_rows(rows: Sequence[Any], names: Sequence[str] | None) -> dict[str, list[Any]]:
    if all(isinstance(row, Mapping) for row in rows):
        keys = list(dict.fromkeys(key for row in rows for key in row)) if names is None else list(names)
        return _named([(key, [row.get(key) for row in rows]) for key in keys])
    lists = [_listed(row) for row in rows]
    width = len(lists[0]) if names is None else len(names)
    wrong = next((i for i, row in enumerate(lists) if len(row) != width), None)
    if wrong is not None:
        msg = f"Table: expected rows of {width} values, received {len(lists[wrong])} in row {wrong}."
        raise ShapeError(msg, field="data")
    return _named([(i if names is None else names[i], [row[i] for row in lists]) for i in range(width)])


def _named(pairs: Sequence[tuple[object, list[Any]]]) -> dict[str, list[Any]]:
    """Return columns by distinct names of text."""
    columns: dict[str, list[Any]] = {}
    for given, values in pairs:
        name = base = str(given).encode("utf-8", "replace").decode()[:MAX_KEY_CHARS]
        n = 1
        while name in columns:
            n += 1
            name = f"{base} ({n})"
        columns[name] = values
    return columns
