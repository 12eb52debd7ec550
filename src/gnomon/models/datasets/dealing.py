"""Which rows of a data set are for what: the split that was asked for, less the rows that cannot be used."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.models.datasets.registry import SplitSpec, Transform
from gnomon.models.datasets.split import Int64, Split, Way
from gnomon.models.datasets.table import Table

Bool = npt.NDArray[np.bool_]

PARTS: Final = ("train", "validation", "test")
NO_TIME: Final = np.iinfo(np.int64).min
_GIVEN: Final = (0.9, 0.1)
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "stratified": ("category",),
    "grouped": ("category", "text", "number"),
    "time": ("time", "number"),
}


def usual(table: Table, target: Sequence[str]) -> SplitSpec:
    """Return the split that data get unless somebody says another."""
    if table.parts:
        return SplitSpec("given", _GIVEN)
    if target and table.columns[target[0]].kind == "category":
        return SplitSpec("stratified", column=target[0])
    return SplitSpec()


def deal(
    table: Table, split: SplitSpec, target: Sequence[str], transforms: Mapping[str, Transform]
) -> dict[str, Int64]:
    """Return the rows of each part, parts without rows left out.

    Raises:
        InputError: The split is none, or a part for training would be empty.
        NotFoundError: There is no column that it goes by.
    """
    parts = _given(table, split, target) if split.way == "given" else _made(table, split)
    bad = unusable(table, split, target, transforms)
    if len(bad):
        parts = {name: rows[~np.isin(rows, bad)] for name, rows in parts.items()}
    parts = {name: rows for name, rows in parts.items() if len(rows)}
    if "train" not in parts:
        msg = f"split: no row is left for training, of {table.rows:,} ({len(bad):,} cannot be used). Change the shares or the target."
        raise InputError(msg, field="split")
    return parts


def _given(table: Table, split: SplitSpec, target: Sequence[str]) -> dict[str, Int64]:
    if not table.parts:
        msg = "split.way: the data come in no parts of their own. Choose random, stratified, grouped or time."
        raise InputError(msg, field="split.way")
    parts = {name: np.asarray(table.parts[name]) for name in PARTS if name in table.parts}
    share = split.shares[1] if len(split.shares) == 2 else 0.0
    if "train" in parts and "validation" not in parts and share:
        rows = parts["train"]
        column = target[0] if target and table.columns[target[0]].kind == "category" else ""
        how = Split("stratified" if column else "random", split.shares, split.seed, column)
        train, validation = how.rows(len(rows), table.values(column, rows) if column else None)
        parts = {
            "train": rows[train],
            "validation": rows[validation],
            **{k: v for k, v in parts.items() if k == "test"},
        }
    return parts


def _made(table: Table, split: SplitSpec) -> dict[str, Int64]:
    if len(split.shares) > len(PARTS):
        msg = f"split.shares: expected those of training, validation and test, received {len(split.shares)}."
        raise InputError(msg, field="split.shares")
    how = Split(cast("Way", split.way), split.shares, split.seed, split.column)
    if split.way == "random":
        return dict(zip(PARTS, how.rows(table.rows), strict=False))
    column = table.column(split.column)
    if column.kind not in _KINDS[split.way]:
        msg = f"split.column: {split.way} goes by {' or '.join(_KINDS[split.way])}, and {split.column} holds {column.kind}."
        raise InputError(msg, field="split.column")
    if split.way != "time":
        return dict(zip(PARTS, table.split(how), strict=False))
    values = table.values(split.column)
    known = np.flatnonzero(_is_known(values))
    return {name: known[rows] for name, rows in zip(PARTS, how.rows(len(known), values[known]), strict=False)}


def _is_known(values: npt.NDArray[Any]) -> Bool:
    return np.asarray(np.isfinite(values) if values.dtype.kind == "f" else values != NO_TIME, np.bool_)


def unusable(table: Table, split: SplitSpec, target: Sequence[str], transforms: Mapping[str, Transform]) -> Int64:
    """Return the rows that are in no part: no target, no picture, no time to be put in order by, or to be dropped."""
    bad = np.zeros(table.rows, np.bool_)
    for name, column in table.columns.items():
        must = name in target or column.kind in ("image", "mask") or transforms.get(name, Transform()).missing == "drop"
        if column.missing and must:
            bad |= missing_in(table, name)
    if split.way == "time" and table.column(split.column).missing:
        bad |= missing_in(table, split.column)
    return np.flatnonzero(bad)


def missing_in(table: Table, name: str) -> Bool:
    """Return for each row whether a column holds nothing there."""
    if name in table.files:
        return np.array([value is None for value in table.files[name].names()], np.bool_)
    values = table.read(name, slice(None))
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values.reshape(len(values), -1)).any(axis=1), np.bool_)
    if values.dtype.kind == "O":
        return np.array([value is None for value in values], np.bool_)
    if values.dtype == np.int64 and table.columns[name].kind == "time":
        return np.asarray(values == NO_TIME, np.bool_)
    return np.zeros(len(values), np.bool_)


def said(split: SplitSpec, parts: Mapping[str, int], rows: int) -> str:
    """Return how rows are split, in a sentence."""
    counts = ", ".join(f"{n:,} for {_FOR[name]}" for name, n in parts.items())
    left = rows - sum(parts.values())
    out = f" {left:,} {'row is' if left == 1 else 'rows are'} in no part." if left else ""
    return f"{_SAID[split.way].format(column=split.column)}: {counts}.{out}"


_FOR: Final = {"train": "training", "validation": "validation", "test": "testing"}
_SAID: Final = {
    "given": "Parts as the data come in them",
    "random": "Rows dealt out at random",
    "stratified": "Each class of {column} in the same share in every part",
    "grouped": "All rows of one {column} in one part",
    "time": "What came first by {column} for training, what came last for testing",
}
