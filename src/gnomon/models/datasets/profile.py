"""What one should know of data before training on it: balance, gaps, rows that are in two parts, columns that give it away."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.table import Table

Code = Literal["imbalance", "missing", "duplicates", "leak", "constant", "key", "unseen", "small", "future", "groups"]

UNEVEN: Final = 10.0
"""Largest class over smallest from which on a data set counts as imbalanced."""

_MOST_ROWS: Final = 200_000
"""Rows that are compared with one another; of more, the first so many."""
_FEW: Final = 10
_STRAIGHT: Final = 0.9999
"""Correlation from which on one number says all of the other."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one thing to know.

    Args:
        code: What it is.
        column: The column it is about; "" for the rows as a whole.
        message: What was found, with numbers, and what to do.
        fix: What would mend it: its `title`, and the `split` to take.
    """

    code: Code
    column: str
    message: str
    fix: Mapping[str, Any] | None = None

    def told(self) -> dict[str, Any]:
        """Return it as it is kept and sent."""
        return {"code": self.code, "column": self.column, "message": self.message, "fix": self.fix}


def balance(table: Table, column: str, rows: Int64 | None = None) -> dict[str, int]:
    """Return how many rows each class has, in the order of the classes."""
    codes = table.codes(column) if rows is None else table.codes(column, rows)
    counts = Counter(codes[codes >= 0].tolist())
    return {name: counts.get(i, 0) for i, name in enumerate(table.column(column).classes)}


def findings(
    table: Table, target: str = "", parts: Mapping[str, Int64] | None = None, inputs: Sequence[str] | None = None
) -> list[Finding]:
    """Return what one should know.

    Args:
        table: The data.
        target: The target column; "" when nobody has said.
        parts: Rows of the parts, as `Table.parts` and `Table.split` give them; by default those the data come in.
        inputs: Columns that rows are compared by; all but the target unless told.
    """
    parts = table.parts if parts is None else parts
    found = [*_of_columns(table, target), *_of_rows(table, _compared(table, target, inputs), parts)]
    if target and table.column(target).kind == "category":
        found += _of_classes(table, target, parts)
        found += _leaks(table, target)
    if target and table.column(target).kind == "number":
        found += _copies(table, target)
    return found


def future(table: Table, way: str, target: str = "") -> list[Finding]:
    """Return what one should know of rows that have times when they are split in another way than by time."""
    times = [name for name, column in table.columns.items() if column.kind == "time" and name != target]
    if way not in ("random", "stratified") or not times:
        return []
    message = "Rows have times, and parts are dealt out without regard to them: what is tested may lie before what was learnt from."
    return [Finding("future", times[0], f"{message} Split by time if the model is to predict what comes.")]


def _of_columns(table: Table, target: str) -> list[Finding]:
    found = []
    for name, column in table.columns.items():
        if column.missing:
            share = column.missing / max(table.rows, 1)
            does = (
                "Rows without a target teach nothing: leave them out."
                if name == target
                else "Fill them in, or leave them out."
            )
            found.append(
                Finding(
                    "missing", name, f"{column.missing:,} of {table.rows:,} values ({share:.0%}) are missing. {does}"
                )
            )
        if len(column.classes) == 1 or (column.kind == "number" and column.low == column.high is not None):
            found.append(Finding("constant", name, "Every row has the same value: it tells nothing. Leave it out."))
        elif column.kind == "text" and name != target and table.rows > _FEW and _is_key(table, name):
            found.append(
                Finding(
                    "key", name, "Every row has another value, as a name or a number of its own would. Leave it out."
                )
            )
    return found


def _is_key(table: Table, name: str) -> bool:
    values = table.values(name, slice(0, _MOST_ROWS)).tolist()
    return len(set(values)) == len(values) and max((len(str(value)) for value in values), default=0) <= 40


def _compared(table: Table, target: str, inputs: Sequence[str] | None) -> list[str]:
    return [name for name in table.columns if name != target] if inputs is None else list(inputs)


def _of_rows(table: Table, inputs: Sequence[str], parts: Mapping[str, Int64]) -> list[Finding]:
    """Tell of rows that are there twice, above all in two parts."""
    marks = _marks(table, inputs)
    if marks is None:
        return []
    named = [name for name in parts if len(parts[name])]
    for i, first in enumerate(named):
        for second in named[i + 1 :]:
            seen = set(marks[parts[first][parts[first] < len(marks)]].tolist())
            again = [mark in seen for mark in marks[parts[second][parts[second] < len(marks)]].tolist()]
            if any(again):
                count, share = sum(again), sum(again) / len(again)
                rows = (
                    f"1 row of {second} ({share:.1%}) is"
                    if count == 1
                    else f"{count:,} rows of {second} ({share:.1%}) are"
                )
                message = f"{rows} in {first} too: what is measured there was learnt by heart."
                return [Finding("duplicates", "", f"{message} Split by group, or remove them.")]
    twice = len(marks) - len(set(marks.tolist()))
    if twice and not named:
        message = f"{twice:,} rows are there more than once; a random split puts some of them into two parts. Split by group, or remove them."
        return [Finding("duplicates", "", message)]
    return []


def _marks(table: Table, inputs: Sequence[str]) -> npt.NDArray[np.int64] | None:
    """Return a number for each row that is the same for rows with the same inputs; `None` when these cannot be compared."""
    rows = slice(0, _MOST_ROWS)
    columns = [_files(table, name) if name in table.files else table.values(name, rows) for name in inputs]
    if not columns or any(len(values) and isinstance(values.flat[0], np.ndarray) for values in columns):
        return None
    mixed = [tuple(_mark(values[i]) for values in columns) for i in range(len(columns[0]))]
    return np.array([hash(mark) for mark in mixed], np.int64)


def _files(table: Table, name: str) -> npt.NDArray[Any]:
    """Return what tells files apart."""
    marks = [table.files[name].digest(row) for row in range(min(table.rows, _MOST_ROWS))]
    found = np.empty(len(marks), object)
    found[:] = [None if mark is None else mark[1] for mark in marks]
    return found


def _mark(value: Any) -> object:
    return value.tobytes() if isinstance(value, np.ndarray) else str(value)


def _of_classes(table: Table, target: str, parts: Mapping[str, Int64]) -> list[Finding]:
    counts = balance(table, target)
    present = {name: n for name, n in counts.items() if n}
    found = []
    if present and max(present.values()) >= UNEVEN * min(present.values()):
        most, least = max(present, key=present.__getitem__), min(present, key=present.__getitem__)
        ratio = present[most] / present[least]
        message = f"{most} has {present[most]:,} rows and {least} {present[least]:,}, {ratio:.0f} times fewer: accuracy will hide it."
        found.append(Finding("imbalance", target, f"{message} Weight the classes, and look at F1 of each."))
    if present and min(present.values()) < _FEW:
        least = min(present, key=present.__getitem__)
        found.append(
            Finding("small", target, f"{least} has {present[least]} rows: too few to measure anything by them.")
        )
    for part, rows in parts.items():
        if part == "train" or not len(rows) or "train" not in parts:
            continue
        unseen = [
            name
            for name, n in balance(table, target, rows).items()
            if n and not balance(table, target, parts["train"])[name]
        ]
        if unseen:
            found.append(
                Finding(
                    "unseen", target, f"{_some(unseen)} of {part} never occur in train. Split stratified by {target}."
                )
            )
    return found


def _leaks(table: Table, target: str) -> list[Finding]:
    """Tell of columns each of whose values goes with one class only: they may have been written down after it was known."""
    codes = table.codes(target, slice(0, _MOST_ROWS))
    found = []
    for name, column in table.columns.items():
        if (
            name == target
            or column.kind not in ("category", "number", "text")
            or (column.kind == "text" and _is_key(table, name))
        ):
            continue
        values = table.values(name, slice(0, _MOST_ROWS)).tolist()
        of: dict[object, set[int]] = {}
        for value, code in zip(values, codes.tolist(), strict=True):
            of.setdefault(str(value), set()).add(code)
        is_told = all(len(classes) == 1 for classes in of.values())
        if is_told and 1 < len(of) <= max(2, len(values) // 3) and len({*codes.tolist()}) > 1:
            message = f"Each of its {len(of):,} values goes with one {target} only: it may have been written down after {target} was known."
            found.append(Finding("leak", name, f"{message} Leave it out unless it is known beforehand."))
    return found


def _copies(table: Table, target: str) -> list[Finding]:
    """Tell of numbers that go with the target in a straight line: they are the target in another unit."""
    rows = slice(0, _MOST_ROWS)
    wanted = np.asarray(table.values(target, rows), np.float64)
    found = []
    for name, column in table.columns.items():
        if name == target or column.kind != "number" or not column.std:
            continue
        values = np.asarray(table.values(name, rows), np.float64)
        both = np.isfinite(values) & np.isfinite(wanted)
        if both.sum() < _FEW or not (wanted[both].std() and values[both].std()):
            continue
        if abs(np.corrcoef(values[both], wanted[both])[0, 1]) >= _STRAIGHT:
            message = f"It goes with {target} in a straight line: it may be the same in another unit."
            found.append(Finding("leak", name, f"{message} Leave it out unless it is known beforehand."))
    return found


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
