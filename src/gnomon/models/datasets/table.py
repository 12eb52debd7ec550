"""A data set that is open: rows of columns, of which values are read when asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, LimitError, NotFoundError
from gnomon.models.datasets.column import KINDS, Column, Kind
from gnomon.models.datasets.pictures import Pictures
from gnomon.models.datasets.split import Int64, Split

Rows = Sequence[int] | Int64 | slice
MAX_COLUMNS: Final = 10_000
MAX_CELLS: Final = 500_000_000


@dataclass(frozen=True)
class Table:
    """Hold a data set.

    Args:
        path: Where it lies.
        rows: How many there are.
        columns: What each column is, by name, in the order of the file.
        read: Returns the values of some rows of a column: `(name, rows) -> array`, the first axis the rows.
        parts: Rows of the parts that the data come in already, such as `train` and `test`; empty when they do not.
        notes: What its user should know, one sentence each.
        files: The files behind the columns of pictures.
    """

    path: Path
    rows: int
    columns: Mapping[str, Column]
    read: Callable[[str, Rows], npt.NDArray[Any]] = field(repr=False)
    parts: Mapping[str, Int64] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    files: Mapping[str, Pictures] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return self.rows

    def values(self, name: str, rows: Rows = slice(None)) -> npt.NDArray[Any]:
        """Return values of a column.

        Args:
            name: The column.
            rows: Which rows; all unless told.

        Raises:
            NotFoundError: There is no such column.
        """
        column = self.column(name)
        if column.kind == "text" and name in self.files:
            return self.files[name].names(rows)
        return self.read(name, rows)

    def column(self, name: str) -> Column:
        """Return what a column is.

        Raises:
            NotFoundError: There is no such column.
        """
        found = self.columns.get(name)
        if found is None:
            msg = f"column: there is no {name!r:.60} in {self.path.name}. It has {', '.join(list(self.columns)[:20])}."
            raise NotFoundError(msg)
        return found

    def retyped(self, kinds: Mapping[str, Kind]) -> "Table":
        """Return the same data with columns that are what you say they are.

        Raises:
            NotFoundError: There is no such column.
            InputError: There is no such kind, or its values cannot be of it.
        """
        columns = dict(self.columns)
        for name, kind in kinds.items():
            columns[name] = self._retyped(self.column(name), kind)
        return replace(self, columns=columns)

    def allowed(self, name: str) -> tuple[Kind, ...]:
        """Return what a column may be said to hold, what it holds first."""
        column = self.column(name)
        others: tuple[Kind, ...] = _ALLOWED.get(column.kind, ())
        if column.kind == "category" and all(_in_order(text)[0] == 0 for text in column.classes):
            others = ("number", *others)
        if column.kind in ("image", "mask") and name not in self.files:
            others = tuple(kind for kind in others if kind != "text")
        if column.kind == "array" and (len(column.shape) == 2 or column.shape[2:] in ((1,), (3,), (4,))):
            others = ("image", *others)
        return (column.kind, *others)

    def _retyped(self, column: Column, kind: Kind) -> Column:
        if kind not in KINDS:
            msg = f"{column.name}: expected one of {', '.join(KINDS)}, received {kind!r:.40}."
            raise InputError(msg, field=column.name)
        if kind == "category" and column.kind in ("number", "text", "time"):
            values = self.read(column.name, slice(None))
            texts = {_text(value) for value in values.tolist() if value is not None and value == value}  # noqa: PLR0124 - NaN
            return replace(column, kind=kind, why="", classes=tuple(sorted(texts, key=_in_order)), low=None, high=None)
        if kind == "number" and column.kind == "category":
            numbers = [_number(column.name, text) for text in column.classes]
            return replace(column, kind=kind, why="", classes=(), low=min(numbers), high=max(numbers))
        if kind not in self.allowed(column.name):
            msg = f"{column.name}: a column of {column.kind} ({column.why}) cannot be one of {kind}."
            raise InputError(msg, field=column.name)
        return replace(column, kind=kind, why="", classes=column.classes if kind == column.kind else ())

    def codes(self, name: str, rows: Rows = slice(None)) -> Int64:
        """Return a column of categories as the numbers of its classes; -1 where one is missing.

        Raises:
            InputError: It is no column of categories.
        """
        column = self.column(name)
        if column.kind != "category":
            msg = f"{name}: expected a column of categories, received one of {column.kind}. Change its type first."
            raise InputError(msg, field=name)
        rank = {text: i for i, text in enumerate(column.classes)}
        return np.array([rank.get(_text(value), -1) for value in self.read(name, rows).tolist()], np.int64)

    def split(self, how: Split) -> tuple[Int64, ...]:
        """Return the rows of each part.

        Raises:
            NotFoundError: There is no column that the split goes by.
        """
        return how.rows(self.rows, self.values(how.column) if how.column and how.way != "random" else None)


def check_size(path: Path, rows: int, columns: int) -> None:
    """Refuse a table that is larger than we accept, before it is read.

    Raises:
        LimitError: It has too many columns, or too many values in all.
    """
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        msg = (
            f"{path}: expected at most {MAX_COLUMNS:,} columns and {MAX_CELLS:,} values, received {columns:,} columns of "
            f"{rows:,} rows. Leave columns out, or save rows of numbers as one array (npz)."
        )
        raise LimitError(msg, field="path")


_ALLOWED: Final[Mapping[Kind, tuple[Kind, ...]]] = {
    "number": ("category",),
    "category": ("text",),
    "text": ("category",),
    "time": ("category",),
    "image": ("mask", "text", "array"),
    "mask": ("image", "text"),
}


def held(path: Path, columns: Mapping[str, tuple[Column, npt.NDArray[Any]]], **more: Any) -> Table:
    """Return a table of columns whose values are in memory."""
    rows = len(next(iter(columns.values()))[1]) if columns else 0

    def read(name: str, rows: Rows) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = columns[name][1][rows]
        return values

    return Table(path, rows, {name: column for name, (column, _) in columns.items()}, read, **more)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def _in_order(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        msg = f"{name}: its value {text!r:.40} is no number. Leave it a category."
        raise InputError(msg, field=name) from error
