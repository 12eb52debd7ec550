"""What is asked of the run table, what comes back, and which rows a parsed filter keeps."""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from gnomon.core.batch import Int64
from gnomon.core.spelling import number_of
from gnomon.store.column import BOOL, MISSING, NUMBER, TEXT, Column, Mask
from gnomon.store.engine import RunInfo
from gnomon.store.filter import And, Compare, Filter, In, Like, Name, Not, Null, Or, Value, Word
from gnomon.store.like import Matcher, containing, each, like

_OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Ask for some runs, in an order, with some columns.

    Args:
        project: Only runs of this project; `None` for all.
        where: Filter, see `docs/reference/filter.md`; empty for all.
        order: Columns to sort by, the most important first; `-` in front (or ` DESC` behind) turns one round.
        columns: Columns to return, such as `config.lr`, `metric.val/acc.max`, `tag.best`, `attr.duration`.
        offset: Runs to leave out at the beginning.
        limit: Runs to return at most.
        lenient: A name in `where` that no run has matches nothing, instead of being an error.
        archived: Archived runs too (`True`) or not (`False`); `None` leaves them out unless `where` tests
            `attr.archived` or `ids` names them.
        ids: Only these runs; `None` for all.
    """

    project: str | None = None
    where: str = ""
    order: tuple[str, ...] = ("-created",)
    columns: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 200
    lenient: bool = False
    archived: bool | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RunPage:
    """Answer a query.

    Args:
        total: Runs of the project, without the archived ones when they are left out.
        matched: Those that the filter keeps.
        runs: The runs asked for, in order.
        columns: For each column asked for, one value per run: a number, a text, a truth value or `None`.
        archived: Archived runs of the project.
    """

    total: int
    matched: int
    runs: list[RunInfo]
    columns: dict[str, list[Any]] = field(default_factory=dict)
    archived: int = 0


class Evaluator:
    """Decide for all rows at once which ones a filter keeps.

    Args:
        rows: How many rows the table has.
        column: Returns the column of a name.
    """

    def __init__(self, rows: int, column: Callable[[Name], Column]) -> None:
        self.rows = rows
        self.column = column

    def keep(self, tree: Filter) -> Mask:
        """Return a truth value for each row."""
        kept: Mask
        match tree:
            case And(terms):
                kept = np.logical_and.reduce([self.keep(term) for term in terms])
            case Or(terms):
                kept = np.logical_or.reduce([self.keep(term) for term in terms])
            case Not(term):
                kept = ~self.keep(term)
            case Word(text):
                kept = self.texts(self.column(Name("attr", "name")), tree, containing(text.casefold()), fold=True)
            case _:
                kept = self.test(tree, self.column(tree.name))
        return kept

    def test(self, term: Compare | Like | In | Null, column: Column) -> Mask:
        """Return which rows pass one test of one column."""
        match term:
            case Compare(_, op, value):
                return self.compare(column, op, value)
            case Null(name, negated):
                # a tag that a run does not carry is false, and counts as null
                present = column.number[: self.rows] == 1.0 if name.kind == "tag" else self.present(column)
                return present if negated else ~present
            case In(_, values, negated):
                found: Mask = np.logical_or.reduce([self.compare(column, "=", value) for value in values])
            case Like(_, pattern, fold, negated):
                found = self.texts(column, ("like", pattern, fold), like(pattern, fold=fold), fold=fold)
        return self.present(column) & ~found if negated else found

    def present(self, column: Column) -> Mask:
        """Return which rows have a value."""
        present: Mask = column.kind[: self.rows] != MISSING
        return present

    def texts(self, column: Column, question: object, fits: Matcher, *, fold: bool = False) -> Mask:
        """Return which rows hold a text that fits; each different text is looked at once."""
        if column.code is None or not column.vocabulary.words:
            return np.zeros(self.rows, np.bool_)
        codes = column.code[: self.rows]
        found: Mask = column.vocabulary.fitting(question, fits, fold=fold)[codes]
        found &= codes >= 0
        return found

    def compare(self, column: Column, op: str, value: Value) -> Mask:
        """Return which rows stand in this relation to a literal; a missing value stands in none."""
        if isinstance(value, bool):
            return self.truth(column, value=value, equal=op == "=")
        if isinstance(value, str):
            return self.compare_text(column, op, value)
        found: Mask = _OPERATORS[op](column.number[: self.rows], value)
        return found & self.present(column)

    def truth(self, column: Column, *, value: bool, equal: bool) -> Mask:
        """`true` means a truth value or a text that says so; the number 1 is neither."""
        kind = column.kind[: self.rows]
        said = "true" if value else "false"
        found: Mask = self.texts(column, ("says", said), each(said.__eq__), fold=True) & (kind == TEXT)
        found |= (kind == BOOL) & (column.number[: self.rows] == value)
        if not equal:
            found = self.present(column) & ~found
        return found

    def compare_text(self, column: Column, op: str, value: str) -> Mask:
        """Compare texts by code points, and numbers with the number that the literal spells, if it does."""
        compare = _OPERATORS[op]
        numeric = column.kind[: self.rows] == NUMBER
        found: Mask = numeric & compare(column.number[: self.rows], number_of(value))
        if op in {"=", "!="}:
            same = self.same_text(column, value)
            worded = self.present(column) & ~numeric
            found |= same if op == "=" else worded & ~same
            return found
        found |= self.texts(column, (op, value), each(lambda text: bool(compare(text, value))))
        return found

    def same_text(self, column: Column, value: str) -> Mask:
        """Return which rows hold exactly this text: one look into the vocabulary."""
        code = column.vocabulary.find(value)
        if column.code is None or code is None:
            return np.zeros(self.rows, np.bool_)
        same: Mask = column.code[: self.rows] == code
        return same


def rows_between(rows: Int64, keys: list[Int64], first: int, end: int) -> Int64:
    """Return rows `first` to `end` of the order by several keys, the most important first; equal rows keep theirs.

    Only what can be among them by the first key is sorted further: a page of 200 out of 100,000 rows, wherever it
    lies, costs a partition instead of a sort.
    """
    end = min(end, len(rows))
    if first >= end:
        return rows[:0]
    if not keys:
        return rows[first:end]
    if end - first > len(rows) // 2:
        return rows[np.lexsort(keys[::-1])[first:end]]
    key = keys[0]
    low, high = np.partition(key, (first, end - 1))[[first, end - 1]].tolist()
    parts = [key == low, (key > low) & (key < high), key == high] if low < high else [key == low]
    found: list[Int64] = []
    begin = int((key < low).sum())
    for part in parts:
        near = np.flatnonzero(part)
        among = (max(0, first - begin), min(len(near), end - begin))
        # In between rows differ in the first key, at the edges only in the others.
        left = [each[near] for each in (keys if len(found) == 1 else keys[1:])]
        found.append(rows_between(rows[near], left, *among))
        begin += len(near)
    return np.concatenate(found)
