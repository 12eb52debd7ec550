"""What travels about many runs at once: groups, bulk changes, exports, values of a column."""

from typing import Any, Literal

import msgspec

from gnomon.server.wire import Number, RunRow, Wire, number
from gnomon.store.aggregate import Aggregate

AggregateName = Literal["count", "mean", "min", "max", "std"]


class GroupsQuery(Wire, forbid_unknown_fields=True):
    """Ask for runs by groups: those whose columns `by` hold the same.

    `order` names columns of `by`, `n`, or an aggregate such as `mean(metric.loss)`; `-` in front turns it round.
    """

    by: tuple[str, ...]
    project: str | None = None
    where: str | None = None
    columns: tuple[str, ...] = ()
    aggregates: tuple[AggregateName, ...] = ("count", "mean", "min", "max", "std")
    order: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 200
    preview: int = 0
    archived: bool | None = None
    ids: tuple[str, ...] | None = None
    lenient: bool = False


class GroupValue(Wire):
    """Sum up one column of one group; what was not asked for, or does not exist, is `null`.

    Args:
        count: Finite numbers among the values.
        bad: Values that are NaN or infinite.
        texts: Values that are no numbers.
        mean: Of the finite numbers.
        min: Smallest of them.
        max: Largest of them.
        std: Their standard deviation (of a sample: divided by count - 1), from two of them on.
        common: The value, when all runs of the group that have one have the same.
        mixed: They differ.
    """

    count: int = 0
    bad: int = 0
    texts: int = 0
    mean: Number | None = None
    min: float | None = None
    max: float | None = None
    std: Number | None = None
    common: Any = None
    mixed: bool = False


class GroupRow(Wire):
    """One group: `key` is parallel to `by`, `where` is a filter that keeps exactly its runs."""

    key: list[Any]
    n: int
    where: str
    values: dict[str, GroupValue]
    runs: list[RunRow]


class GroupsPage(Wire):
    """A window of the groups; `matched` counts their runs."""

    total: int
    archived: int
    matched: int
    total_groups: int
    groups: list[GroupRow]
    cursor: str


class RunsChange(Wire, forbid_unknown_fields=True):
    """Change many runs: those of `ids`, or those that `where` keeps; `expected` refuses another number of runs.

    `archived` is what they become; `also_archived` says whether `where` looks among archived runs too.
    """

    project: str | None = None
    where: str | None = None
    ids: tuple[str, ...] | None = None
    expected: int | None = None
    also_archived: bool | None = None
    tags_add: tuple[str, ...] = ()
    tags_remove: tuple[str, ...] = ()
    archived: bool | None = None
    group: str | msgspec.UnsetType | None = msgspec.UNSET


class RunsChanged(Wire):
    """Count the runs that are different now; sending what `undo` holds, in order, makes it as it was."""

    changed: int
    matched: int
    undo: list[RunsChange]


class RunsDelete(Wire, forbid_unknown_fields=True):
    """Delete many runs for good; refused unless there are exactly `expected`."""

    expected: int
    project: str | None = None
    where: str | None = None
    ids: tuple[str, ...] | None = None
    archived: bool | None = None


class RunsDeleted(Wire):
    """Count the runs that are gone and the bytes that the filesystem has back."""

    deleted: int
    freed_bytes: int


class RunsExport(Wire, forbid_unknown_fields=True):
    """Ask for runs as a file; without `limit` all that match. `fields` are those of a run that come before `columns`."""

    project: str | None = None
    where: str | None = None
    order: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    format: Literal["csv", "json", "parquet"] = "csv"
    fields: tuple[str, ...] | None = None
    offset: int = 0
    limit: int | None = None
    archived: bool | None = None
    ids: tuple[str, ...] | None = None
    lenient: bool = False


class ValuesQuery(Wire):
    """Ask for the values of a column, the most frequent first."""

    column: str
    project: str | None = None
    prefix: str = ""
    where: str = ""
    limit: int = 50
    archived: bool | None = None


class ValueCount(Wire):
    """A value and how many runs have it."""

    value: Any
    n: int


class Values(Wire):
    """The values of a column: `distinct` of them among `present` runs; `min` and `max` are over its finite numbers."""

    column: str
    values: list[ValueCount]
    distinct: int
    present: int
    missing: int
    numbers: int
    min: float | None
    max: float | None


def group_value(found: Aggregate) -> GroupValue:
    """Return what a column adds up to; a sum that overflowed travels as text."""
    common = found.common
    return GroupValue(
        count=found.count,
        bad=found.bad,
        texts=found.texts,
        mean=None if found.mean is None else number(found.mean),
        min=found.min,
        max=found.max,
        std=None if found.std is None else number(found.std),
        common=number(common) if isinstance(common, float) else common,
        mixed=found.mixed,
    )
