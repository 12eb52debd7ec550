"""Tables in Parquet files."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, MissingExtraError
from gnomon.models.datasets.column import Column, of_numbers, of_texts
from gnomon.models.datasets.table import Table, check_size, held


def read_parquet(path: Path) -> Table:
    """Return the table in a Parquet file.

    Raises:
        MissingExtraError: Reading Parquet needs the extra `frames`.
        CorruptError: It is no such file.
        LimitError: It says that it has more than we accept: a few bytes may stand for many rows.
    """
    try:
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - the extra `frames`
        import pyarrow.parquet as pq  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415
    except ImportError as error:
        msg = "Reading Parquet needs the `frames` extra. Install gnomon[frames], or write the table as CSV."
        raise MissingExtraError(msg) from error
    try:
        head = pq.ParquetFile(path).metadata
        check_size(path, head.num_rows, head.num_columns)
        frame = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        msg = f"{path}: expected a Parquet file, received one that cannot be read: {error}."
        raise CorruptError(msg) from error
    return held(path, {name: _column(name, frame.column(name)) for name in frame.column_names})


def _column(name: str, values: Any) -> tuple[Column, npt.NDArray[Any]]:
    kind = str(values.type)
    if kind == "bool" or kind.startswith(("int", "uint", "float", "double", "half", "decimal")):
        numbers = np.array([np.nan if value is None else float(value) for value in values.to_pylist()])
        if kind == "bool":
            return Column(name, "category", "true or false", classes=("0", "1"), missing=values.null_count), numbers
        return of_numbers(name, numbers, missing=values.null_count)
    if kind.startswith(("list", "fixed_size_list", "large_list")):
        rows = values.to_pylist()
        lengths = {None if row is None else len(row) for row in rows}
        if len(lengths) == 1 and None not in lengths:
            return Column(name, "array", "lists of one length", (lengths.pop(),)), np.array(rows)
        ragged = np.empty(len(rows), object)
        ragged[:] = rows
        return Column(name, "array", "lists of several lengths", (None,), missing=values.null_count), ragged
    return of_texts(name, ["" if value is None else str(value) for value in values.to_pylist()])
