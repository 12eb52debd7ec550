"""Tables: named columns of one type each, exact, out of frames, dicts of columns, or rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.core.errors import CorruptError, LimitError, MissingExtraError, ShapeError
from gnomon.core.plain import plain
from gnomon.core.records import cells
from gnomon.core.records.frames import columns_of, is_frame
from gnomon.core.records.held import check, held
from gnomon.core.records.json import decode_json
from gnomon.core.records.record_type import Encoded

MAX_COLUMNS: Final = 5_000
MAX_CELLS: Final = 1 << 26
_to_json: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Hold columns of one length.

    Numbers stay exact: integers of any size up to 64 bits, doubles to the last bit, NaN and infinities. `None` is a
    missing value.

    Args:
        data: A frame of pandas, polars or pyarrow, a structured NumPy array, a mapping of names to columns, a list of
            mappings (rows), or a list of rows together with `names`.
        names: Names of the columns, when `data` is a list of rows or a 2-D array.

    Attributes:
        columns: Name and values of each column, as Python values.
        types: Name and type of each column: `number integer text bool datetime json`.

    Example:
        >>> table = Table({"epoch": [1, 2], "loss": [0.5, float("nan")]})
        >>> table.types
        {'epoch': 'integer', 'loss': 'number'}
        >>> table.rows
        [(1, 0.5), (2, nan)]
    """

    data: Any
    names: Any = None
    problem: Exception | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        with held(self):
            self._settle()

    def _settle(self) -> None:
        given = columns_of(self.data, self.names)
        if len(given) > MAX_COLUMNS:
            msg = f"Table: expected at most {MAX_COLUMNS:,} columns, received {len(given):,}. Log some of them."
            raise LimitError(msg, field="data")
        lengths = {len(values) for values in given.values()}
        if len(lengths) > 1:
            shown = {name: len(values) for name, values in list(given.items())[:6]}
            msg = f"Table: expected columns of one length, received {shown}."
            raise ShapeError(msg, field="data")
        if sum(map(len, given.values())) > MAX_CELLS:
            msg = f"Table: expected at most {MAX_CELLS:,} cells, received more. Log a part of it, or a gnomon.File."
            raise LimitError(msg, field="data")
        columns = {name: cells.column(values) for name, values in given.items()}
        object.__setattr__(self, "data", {name: values for name, (_, values) in columns.items()})
        object.__setattr__(self, "names", {name: type_ for name, (type_, _) in columns.items()})

    @property
    def columns(self) -> dict[str, list[Any]]:
        return dict(self.data)

    @property
    def types(self) -> dict[str, str]:
        return dict(self.names)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return list(zip(*self.data.values(), strict=True))

    def __len__(self) -> int:
        return len(next(iter(self.data.values()), ()))

    def to_pandas(self) -> Any:
        """Return a pandas frame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        return _library("pandas").DataFrame(self.data)

    def to_polars(self) -> Any:
        """Return a polars frame.

        Raises:
            MissingExtraError: polars is not installed.
        """
        return _library("polars").DataFrame(self.data, strict=False)


class TableType:
    """Columns as JSON, one list for each; what JSON cannot say exactly is said as text of a known form."""

    kind = "table"
    wrapper = Table
    viewer = "table"

    def accept(self, value: object) -> bool:
        return is_frame(value)

    def encode(self, value: object) -> Encoded:
        table = value if isinstance(value, Table) else Table(value)
        check(table)
        types = table.types
        meta = {"columns": [{"name": name, "type": type_} for name, type_ in types.items()], "rows": len(table)}
        columns = [cells.stored(types[name], values) for name, values in table.columns.items()]
        try:
            data = _to_json({"columns": columns})
        except UnicodeEncodeError:  # a lone surrogate somewhere, which no encoding can hold
            data = _to_json({"columns": plain(columns, longest=None)})
        return Encoded(self.kind, meta, data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Table:
        stored = decode_json(data)
        try:
            described = [(column["name"], column["type"]) for column in meta["columns"]]
            columns = stored["columns"]
            table = Table({})
            values = {
                name: cells.restored(type_, column) for (name, type_), column in zip(described, columns, strict=True)
            }
            if len(values) != len(described) or any(len(column) != meta["rows"] for column in values.values()):
                msg = f"table: expected {meta['rows']} rows of {len(described)} columns, received others."
                raise CorruptError(msg)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            msg = f"table: its meta and its columns do not fit each other: {error!r:.200}"
            raise CorruptError(msg) from error
        object.__setattr__(table, "data", values)
        object.__setattr__(table, "names", dict(described))
        return table

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del size
        return f"{meta.get('rows', 0):,} rows × {len(meta.get('columns') or ())} columns"


def _library(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 - asked for by somebody who has it

    try:
        return import_module(name)
    except ImportError as error:
        msg = f"Table.to_{name} needs {name}. Install gnomon[frames]."
        raise MissingExtraError(msg) from error


TYPE = TableType()
