"""Runs by groups: those that hold the same in some columns, and what their other columns add up to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.core.errors import InputError
from gnomon.store.aggregate import AGGREGATES, Aggregate, aggregate
from gnomon.store.column import BOOL, MISSING, NUMBER, TEXT, Column
from gnomon.store.engine import RunInfo
from gnomon.store.filter import And, Compare, Filter, Name, Not, Null, Or, format_filter
from gnomon.store.filter_parser import parse_name
from gnomon.store.query import RunQuery

MAX_KEYS: Final = 8
_LARGEST: Final = 1.7976931348623157e308
_CALL: Final = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_DENSE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class GroupQuery:
    """Ask for runs by groups.

    Args:
        by: Columns whose values make a group. Values are the same when a filter holds them for equal: 0.1 and the
            text `0.1`, true and 1.
        columns: Columns to sum up.
        aggregates: What to count of their numbers, of `AGGREGATES`.
        order: Columns of `by`, `n` (how many runs), or aggregates such as `mean(metric.loss)`; `-` in front turns one
            round. Groups that are equal in all of it come in the order of their keys.
        offset: Groups to leave out at the beginning.
        limit: Groups to return at most.
        preview: Runs of each group to bring along, the newest.
        runs: Which runs; its order, columns, offset and limit do not count.
    """

    by: tuple[str, ...]
    columns: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = AGGREGATES
    order: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 200
    preview: int = 0
    runs: RunQuery = field(default_factory=RunQuery)

    def check(self) -> None:
        """Raise `InputError` when a field makes no sense."""
        if not 1 <= len(self.by) <= MAX_KEYS:
            msg = f"by: expected 1 to {MAX_KEYS} columns, received {len(self.by)}."
            raise InputError(msg, field="by")
        for name in ("offset", "limit", "preview"):
            if getattr(self, name) < 0:
                msg = f"{name}: expected 0 or more, received {getattr(self, name)}."
                raise InputError(msg, field=name)
        _check_aggregates(self.aggregates)
        for text in self.order:
            self._sort_of(text)

    @property
    def sorted_by(self) -> tuple[str, ...]:
        """Columns that the groups are sorted by an aggregate of."""
        return tuple(column for text in self.order for _, column, _ in [self._sort_of(text)] if column)

    def sorts(self) -> list[tuple[str, str, bool]]:
        """Return what to sort by: `(aggregate, column, descending)`; the number of a key, or `n`, without a column."""
        return [self._sort_of(text) for text in self.order]

    def _sort_of(self, text: str) -> tuple[str, str, bool]:
        down = text.startswith("-")
        said = text.removeprefix("-").strip()
        if said in self.by:
            return str(self.by.index(said)), "", down
        if said in {"n", "count"}:
            return "n", "", down
        call = _CALL.fullmatch(said)
        if call and call[1] in AGGREGATES:
            return call[1], call[2], down
        if said in self.columns:
            return "mean", said, down
        msg = (
            f'order: expected n, one of the columns in "by", or an aggregate such as mean({said[:80]}), '
            f"received {said[:80]!r}."
        )
        raise InputError(msg, field="order")


def _check_aggregates(asked: tuple[str, ...]) -> None:
    for name in asked:
        if name not in AGGREGATES:
            msg = f"aggregates: expected some of {', '.join(AGGREGATES)}, received {name[:40]!r}."
            raise InputError(msg, field="aggregates")


@dataclass(frozen=True, slots=True)
class Group:
    """One group.

    Args:
        key: Its values of `by`, in that order.
        n: How many runs it has.
        where: A filter that keeps exactly these runs of those that were asked about.
        values: What each column adds up to.
        runs: The newest of its runs.
    """

    key: list[Any]
    n: int
    where: str
    values: dict[str, Aggregate]
    runs: list[RunInfo]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Answer a question for groups; `total`, `archived` and `matched` count runs as in `RunPage`."""

    total: int
    archived: int
    matched: int
    total_groups: int
    groups: list[Group]


class Grouping:
    """Put rows into groups.

    Args:
        query: What is asked.
        tree: Its filter.
        rows: The rows it keeps, the newest first.
        columns: The columns it names, by the text it names them with.
    """

    def __init__(self, query: GroupQuery, tree: Filter | None, rows: Int64, columns: Mapping[str, Column]) -> None:
        self._query = query
        self._tree = tree
        self._rows = rows
        self._columns = columns
        self._ranks = [
            np.unique(columns[key].sort_key(rows, descending=False), return_inverse=True)[1] for key in query.by
        ]
        self._group, self._first = _joint(self._ranks)
        self.count = len(self._first)
        self._n = np.bincount(self._group, minlength=self.count)

    def page(self, run: Callable[[int], RunInfo | None]) -> list[Group]:
        """Return the groups asked for."""
        query = self._query
        chosen = self._order()[query.offset : query.offset + query.limit]
        place = np.full(self.count, -1)
        place[chosen] = np.arange(len(chosen))
        group = place[self._group]
        shown = group >= 0
        rows, group = self._rows[shown], group[shown]
        summed = {
            text: aggregate(self._columns[text], rows, group, len(chosen), query.aggregates) for text in query.columns
        }
        heads = self._rows[self._first[chosen]]
        keys = [self._columns[text].values(heads) for text in query.by]
        previews = _newest(group, len(chosen), query.preview)
        return [
            Group(
                [values[i] for values in keys],
                int(self._n[chosen[i]]),
                self._where(int(heads[i])),
                {text: values[i] for text, values in summed.items()},
                [found for at in previews[i] if (found := run(int(rows[at]))) is not None],
            )
            for i in range(len(chosen))
        ]

    def _order(self) -> Int64:
        """Return the groups in order; without any they come by their keys."""
        keys: list[Any] = []
        for what, column, down in self._query.sorts():
            keys.append(self._sort_key(what, column, down=down))
        keys += [ranks[self._first] for ranks in self._ranks]
        return np.lexsort(keys[::-1])

    def _sort_key(self, what: str, column: str, *, down: bool) -> Any:
        sign = -1 if down else 1
        if what == "n":
            return sign * self._n
        if not column:
            text = self._query.by[int(what)]
            return self._columns[text].sort_key(self._rows[self._first], descending=down)
        found = aggregate(self._columns[column], self._rows, self._group, self.count, (what,))
        values: Float64 = np.array([getattr(each, what) for each in found], np.float64)  # None becomes NaN: last
        return sign * values

    def _where(self, row: int) -> str:
        """Return a filter that keeps exactly the runs of the group that a row belongs to."""
        terms: list[Filter] = [] if self._tree is None else [self._tree]
        for text in self._query.by:
            terms += same(parse_name(text), self._columns[text], row)
        flat = [term for each in terms for term in (each.terms if isinstance(each, And) else (each,))]
        return format_filter(flat[0] if len(flat) == 1 else And(tuple(flat)))


def _joint(ranks: list[Int64]) -> tuple[Int64, Int64]:
    """Return the group of each row, and the first row of each group; groups are numbered in the order of their keys."""
    joint = ranks[0]
    for rank in ranks[1:]:
        joint = _dense(joint * (int(rank.max(initial=0)) + 1) + rank)
    count = int(joint.max(initial=-1)) + 1
    first = np.zeros(count, np.int64)
    first[joint[::-1]] = np.arange(len(joint))[::-1]  # the last one written is the first row
    return joint, first


def _dense(codes: Int64) -> Int64:
    """Return codes renumbered without gaps, in the same order."""
    most = int(codes.max(initial=0)) + 1
    if most <= _DENSE:
        there = np.zeros(most, np.bool_)
        there[codes] = True
        return (np.cumsum(there) - 1)[codes]
    return np.unique(codes, return_inverse=True)[1]


def _newest(group: Int64, count: int, preview: int) -> list[list[int]]:
    """Return the first places of each group."""
    if not preview:
        return [[] for _ in range(count)]
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=count)).tolist()
    return [order[start : min(start + preview, end)].tolist() for start, end in zip([0, *ends], ends, strict=False)]


def same(name: Name, column: Column, row: int) -> list[Filter]:
    """Return tests that together keep exactly the rows that hold the same as one row does."""
    kind, number = int(column.kind[row]), float(column.number[row])
    if kind == MISSING:
        # a tag that a run does not carry is false rather than missing, so a missing one has no row
        return [Null(name)]
    if kind in {NUMBER, BOOL} or (kind == TEXT and not np.isnan(number)):
        return _same_number(name, number)
    (text,) = column.values(np.array([row]))
    plain = str(text)
    if plain in {"true", "false"}:  # truth values are spelled so too, and count as numbers
        return [Compare(name, "=", plain), Not(Compare(name, "=", float(plain == "true")))]
    return [Compare(name, "=", plain)]


def _same_number(name: Name, number: float) -> list[Filter]:
    if np.isnan(number):
        return [Null(name, negated=True), Not(Or((Compare(name, "<=", 0.0), Compare(name, ">", 0.0))))]
    if np.isinf(number):
        return [Compare(name, ">", _LARGEST) if number > 0 else Compare(name, "<", -_LARGEST)]
    return [Compare(name, "=", number + 0.0)]
