"""Columns of plain values as data frames, each library imported when it is asked for."""

from collections.abc import Mapping
from typing import Any

from gnomon.core.errors import MissingExtraError
from gnomon.store.distinct import spelled

Columns = Mapping[str, list[Any]]


def pandas_frame(columns: Columns) -> Any:
    """Return a `pandas.DataFrame`."""
    try:
        import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415
    except ImportError as error:
        msg = "to_pandas() needs pandas. Install pandas."
        raise MissingExtraError(msg) from error
    return pd.DataFrame(dict(columns))


def polars_frame(columns: Columns) -> Any:
    """Return a `polars.DataFrame`; a column of texts and numbers becomes text."""
    try:
        import polars as pl  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
    except ImportError as error:
        msg = "to_polars() needs polars. Install gnomon[frames], or polars itself."
        raise MissingExtraError(msg) from error
    return pl.DataFrame({name: _of_one_type(values) for name, values in columns.items()}, strict=False)


def _of_one_type(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    if str in kinds and len(kinds) > 1:
        return [value if value is None else spelled(value) for value in values]
    return values
