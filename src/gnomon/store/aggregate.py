"""What the values of a column add up to, group by group, for all groups at once."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.store.column import MISSING, TEXT, Column, Mask

AGGREGATES: Final = ("count", "mean", "min", "max", "std")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Sum up one column of one group.

    Args:
        count: Finite numbers among its values; true counts as 1, and a text that spells a number as that.
        bad: Values that are NaN or infinite.
        texts: Values that are no numbers.
        mean: Of the finite numbers; `None` without any, or when it was not asked for.
        min: Smallest of them.
        max: Largest of them.
        std: Their standard deviation, divided by `count - 1`; `None` below two.
        common: The value, when all runs that have one have the same.
        mixed: They differ.
    """

    count: int
    bad: int
    texts: int
    mean: float | None
    min: float | None
    max: float | None
    std: float | None
    common: Any
    mixed: bool


def aggregate(column: Column, rows: Int64, group: Int64, count: int, wanted: tuple[str, ...]) -> list[Aggregate]:
    """Sum up a column.

    Args:
        column: Column.
        rows: Which rows of it, int64 of shape `(n,)`.
        group: Number of the group of each, int64 of shape `(n,)`, below `count`.
        count: How many groups there are.
        wanted: Which of `AGGREGATES` to return besides the counts.
    """
    kind, number = column.kind[rows], column.number[rows]
    finite = np.isfinite(number) & (kind != MISSING)
    worded = (kind == TEXT) & np.isnan(number)
    bad = (kind != MISSING) & ~finite & ~worded
    values, places = (number, group) if finite.all() else (number[finite], group[finite])
    n = np.bincount(places, minlength=count)
    found = _numbers(values, places, n, wanted)
    common, mixed = _common(column, rows, group, count, kind != MISSING)
    columns = [found.get(name, [None] * count) for name in ("mean", "min", "max", "std")]
    counts = (n, np.bincount(group[bad], minlength=count), np.bincount(group[worded], minlength=count))
    lists = [each.tolist() for each in counts]
    return [Aggregate(*parts) for parts in zip(*lists, *columns, common, mixed, strict=True)]


def _numbers(values: Float64, places: Int64, n: Int64, wanted: tuple[str, ...]) -> dict[str, list[float | None]]:
    """Return the aggregates asked for, by name, for each group."""
    found: dict[str, list[float | None]] = {}
    some = n > 0
    with np.errstate(all="ignore"):
        if "mean" in wanted or "std" in wanted:
            mean = np.bincount(places, values, len(n)) / n
        if "mean" in wanted:
            found["mean"] = _known(mean, some)
        if "std" in wanted:
            away = values - mean[places]
            found["std"] = _known(np.sqrt(np.bincount(places, away * away, len(n)) / (n - 1)), n > 1)
    for name, pick, start in (("min", np.minimum, np.inf), ("max", np.maximum, -np.inf)):
        if name in wanted:
            edge = np.full(len(n), start)
            pick.at(edge, places, values)
            found[name] = _known(edge, some)
    return found


def _known(values: Float64, known: Mask) -> list[float | None]:
    return [value if has else None for value, has in zip(values.tolist(), known.tolist(), strict=True)]


def _common(column: Column, rows: Int64, group: Int64, count: int, given: Mask) -> tuple[list[Any], list[bool]]:
    """Return the value that all rows of a group share, and whether they differ; rows without a value do not count."""
    rows, group = rows[given], group[given]
    first = np.full(count, -1)
    first[group[::-1]] = np.arange(len(group))[::-1]
    key = column.sort_key(rows, descending=False)
    differs = key != key[first[group]]
    mixed = np.bincount(group[differs], minlength=count) > 0
    shared = np.flatnonzero((first >= 0) & ~mixed)
    common: list[Any] = [None] * count
    for place, value in zip(shared.tolist(), column.values(rows[first[shared]]), strict=True):
        common[place] = value
    return common, mixed.tolist()
