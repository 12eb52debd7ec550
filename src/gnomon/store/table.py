"""The run table: one column in memory per config key, metric statistic and attribute, read when first asked for."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from gnomon.core.batch import Int64
from gnomon.core.errors import FilterError, InputError
from gnomon.store.best import BestColumn, is_at_best, needed
from gnomon.store.cells import attribute_column, config_column, statistic_column, tag_column
from gnomon.store.column import MISSING, Column, Mask
from gnomon.store.column_set import ColumnSet, Event
from gnomon.store.distinct import Distinct, distinct, of_labels
from gnomon.store.engine import Appended, Engine, MetricColumn, RunInfo
from gnomon.store.filter import Filter, Name, names
from gnomon.store.filter_parser import parse_filter, parse_name
from gnomon.store.grouping import Grouping, GroupPage, GroupQuery
from gnomon.store.nearest import hint
from gnomon.store.query import Evaluator, RunPage, RunQuery, rows_between

MAX_COLUMNS: Final = 1_000
"""Columns that one query may sort by or return."""

_PROJECT: Final = Name("attr", "project")
_CREATED: Final = Name("attr", "created")
_ARCHIVED: Final = Name("attr", "archived")
_ALWAYS: Final = (_PROJECT, _CREATED, _ARCHIVED)
"""Needed to pick the runs of a project, and to break ties."""

_SCAN: Final = 1_000
_LOOK: Final = 2_000
"""Runs whose points are looked into before what was found is kept: others see it, and it outlives a failure."""

Columns = dict[Name, Column]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query parsed, and the columns it needs."""

    query: RunQuery
    tree: Filter | None
    order: list[tuple[Name, bool]]
    columns: dict[str, Name]
    found: Columns

    @property
    def shows_archived(self) -> bool:
        """Whether archived runs are among those asked for."""
        if self.query.archived is not None:
            return self.query.archived
        return self.query.ids is not None or (self.tree is not None and _ARCHIVED in names(self.tree))


@dataclass(frozen=True, slots=True)
class Scan:
    """Hold many runs that are read some at a time.

    Args:
        count: How many there are.
        kinds: What each column asked for holds: `number whole truth text`.
        pages: The runs, in order.
    """

    count: int
    kinds: dict[str, str]
    pages: Iterator[RunPage]


class RunTable:
    """Filter, sort, group and list runs without asking the engine, once a column has been read.

    Columns are read when a query first names them and then follow every commit. Safe to call from several threads;
    while a column is read from the engine, commits and other queries go on.

    Args:
        engine: Where the runs are.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._settling = threading.Lock()  # for whole columns; taken before `_lock`
        self._runs: list[RunInfo | None] = []
        self._index: dict[str, int] = {}
        self._columns = ColumnSet()
        self._readers: list[list[Event]] = []
        for info in engine.runs():
            self._put(info)

    def __len__(self) -> int:
        return len(self._index)

    @property
    def nbytes(self) -> int:
        """Bytes of the columns in memory."""
        with self._lock:
            return sum(column.nbytes for _, column in self._columns)

    def apply(self, appended: Iterable[Appended | Exception]) -> None:
        """Follow what was committed; only columns that somebody has asked for cost anything."""
        with self._lock:
            changes: list[Event] = [change for change in appended if isinstance(change, Appended)]
            for change in changes:
                assert isinstance(change, Appended)
                self._put(change.run)
            self._happened(changes)

    def changed(self, run: RunInfo) -> None:
        """Follow a run whose fields were edited."""
        with self._lock:
            self._put(run)
            self._happened([run])

    def removed(self, run_id: str) -> None:
        """Forget a run."""
        with self._lock:
            index = self._index.pop(run_id, None)
            if index is not None:
                self._runs[index] = None
                self._happened([index])

    def query(self, query: RunQuery) -> RunPage:
        """Return a page of runs; rows that are equal in every column of the order come newest first.

        Raises:
            FilterError: `where` does not parse, or names a column that no run has.
            InputError: `order` or `columns` name what cannot be a column, or `offset` or `limit` is negative.
        """
        asked = self._asked(query)
        with self._lock:
            among, rows, archived = self._rows(asked)
            shown = self._in_order(asked, rows, query.offset, query.limit)
        runs, values = self._shown(asked, shown)
        return RunPage(int(among.sum()), len(rows), runs, values, archived)

    def scan(self, query: RunQuery) -> Scan:
        """Return the runs that a query finds, however many, some at a time, whatever changes meanwhile.

        `offset` and `limit` count; a run that is deleted before its page comes is left out.
        """
        asked = self._asked(query)
        self._settle(asked.columns.values(), None)
        with self._lock:
            _, rows, _ = self._rows(asked)
            rows = self._in_order(asked, rows, query.offset, query.limit)
            kinds = {text: asked.found[name].holds(rows) for text, name in asked.columns.items()}

        def pages() -> Iterator[RunPage]:
            for first in range(0, len(rows), _SCAN):
                runs, values = self._shown(asked, rows[first : first + _SCAN])
                yield RunPage(len(rows), len(rows), runs, values)

        return Scan(len(rows), kinds, pages())

    def select(self, query: RunQuery) -> list[RunInfo]:
        """Return all runs that a query finds, the newest first; order, columns, offset and limit do not count."""
        asked = self._asked(replace(query, order=(), columns=()))
        with self._lock:
            _, rows, _ = self._rows(asked)
            found = self._in_order(asked, rows, 0, len(rows))
            return [run for index in found.tolist() if (run := self._runs[index]) is not None]

    def group(self, query: GroupQuery) -> GroupPage:
        """Return a page of groups: runs that hold the same in some columns, and what their other columns add up to.

        Raises:
            FilterError: `where` does not parse, or names a column that no run has.
            InputError: Another field names what cannot be a column or an aggregate.
        """
        query.check()
        for field, texts in (("by", query.by), ("order", query.sorted_by)):
            for text in texts:
                parse_column(text, field)
        columns = (*query.by, *query.columns, *query.sorted_by)
        asked = self._asked(replace(query.runs, order=(), columns=columns))
        self._settle(asked.columns.values(), None)
        with self._lock:
            among, rows, archived = self._rows(asked)
            rows = self._in_order(asked, rows, 0, len(rows))
            grouping = Grouping(query, asked.tree, rows, {text: asked.found[n] for text, n in asked.columns.items()})
            groups = grouping.page(lambda index: self._runs[index])
            return GroupPage(int(among.sum()), archived, len(rows), grouping.count, groups)

    def values(self, query: RunQuery, column: str, prefix: str = "", limit: int = 50) -> Distinct:
        """Return the values of a column, the most frequent first, over the runs that a query finds.

        Args:
            query: Which runs; order, columns, offset and limit do not count.
            column: As in `columns` of a query; `tags` counts the runs of each label.
            prefix: Only values whose text begins so, whatever the case.
            limit: Values at most.
        """
        if column == "tags":
            return of_labels([run.tags for run in self.select(query)], prefix, limit)
        name = parse_column(column, "column")
        asked = self._asked(replace(query, order=(), columns=(column,)))
        self._settle([name], None)
        with self._lock:
            _, rows, _ = self._rows(asked)
            return distinct(asked.found[name], rows, prefix, limit)

    def _asked(self, query: RunQuery) -> _Asked:
        """Parse a query and read the columns it needs; those it filters and sorts by are complete then."""
        tree = parse_filter(query.where)
        order = [_parse_order(text) for text in query.order]
        columns = {text: parse_column(text) for text in query.columns}
        _check_bounds(query)
        tested = names(tree) if tree else []
        read = self._read([*_ALWAYS, *columns.values(), *(name for name, _ in order), *tested])
        if not query.lenient:
            self._check_known(tested, read)
        self._settle([*tested, *(name for name, _ in order)], None)
        return _Asked(query, tree, order, columns, read)

    def _rows(self, asked: _Asked) -> tuple[Mask, Int64, int]:
        """Return the runs asked about, the rows that the filter keeps, and how many are archived. Under the lock."""
        found, count = asked.found, len(self._runs)
        for name in found:
            found[name] = self._columns.get(name) or found[name]
            found[name].grow(count)
        evaluator = Evaluator(count, found.__getitem__)
        project, ids = asked.query.project, asked.query.ids
        among = found[_PROJECT].kind[:count] != MISSING
        if project is not None:
            among = evaluator.same_text(found[_PROJECT], project)
        away = among & (found[_ARCHIVED].number[:count] == 1.0)
        if ids is not None:
            chosen = np.zeros(count, np.bool_)
            chosen[[self._index[run] for run in ids if run in self._index]] = True
            among = among & chosen
        if not asked.shows_archived:
            among = among & ~away
        kept = among if asked.tree is None else among & evaluator.keep(asked.tree)
        return among, np.flatnonzero(kept), int(away.sum())

    def _in_order(self, asked: _Asked, rows: Int64, offset: int, limit: int) -> Int64:
        keys = [(asked.found[name], down) for name, down in [*asked.order, (_CREATED, True)]]
        return _sorted(rows, keys, offset, limit)

    def _shown(self, asked: _Asked, rows: Int64) -> tuple[list[RunInfo], dict[str, list[object]]]:
        """Return runs and columns of some rows, without runs that are gone by now."""
        self._settle(asked.columns.values(), rows)
        with self._lock:
            there = [index for index in rows.tolist() if self._runs[index] is not None]
            rows = np.array(there, np.int64)
            values = {text: asked.found[name].values(rows) for text, name in asked.columns.items()}
            return [run for index in there if (run := self._runs[index]) is not None], values

    def _put(self, info: RunInfo) -> None:
        self._runs += [None] * (info.index + 1 - len(self._runs))
        self._runs[info.index] = info
        self._index[info.id] = info.index

    def _happened(self, events: list[Event]) -> None:
        self._columns.follow(events)
        for reader in self._readers:
            reader.extend(events)

    def _read(self, wanted: Iterable[Name]) -> Columns:
        """Return the columns of these names, reading those that are not in memory.

        They are read without the lock, so that a slow disk holds up no commit. What happens meanwhile is noted and
        repeated on them afterwards; an event they had seen already changes nothing.
        """
        wanted = list(wanted)
        wanted += [part for name in wanted if is_at_best(name) for part in needed(name)]
        with self._lock:
            found = {name: self._columns.get(name) for name in wanted}
            missing = [name for name, column in found.items() if column is None]
            if missing:
                runs, events = list(self._runs), list[Event]()
                self._readers.append(events)
        if missing:
            new = ColumnSet()
            try:
                self._fill(new, [name for name in missing if not is_at_best(name)], runs)
                for name in filter(is_at_best, missing):
                    value, best = (self._of(new, part) or found[part] for part in needed(name))
                    assert value is not None
                    assert best is not None
                    new.put(name, BestColumn.of(value, best, len(runs)))
            finally:
                with self._lock:
                    self._readers = [reader for reader in self._readers if reader is not events]
                    new.follow(events)
                    self._keep(new)
            found |= {name: self._of(new, name) for name in missing}
        return {name: column for name, column in found.items() if column is not None}

    def _fill(self, new: ColumnSet, missing: Iterable[Name], runs: list[RunInfo | None]) -> None:
        """Read columns; a series is read once, however many of its statistics are wanted."""
        read: dict[str, MetricColumn] = {}
        for name in missing:
            if name.kind == "attr":
                new.put(name, attribute_column(name.key, runs))
            elif name.kind == "tag":
                new.put(name, tag_column(name.key, runs))
            elif name.kind == "config":
                new.put(name, config_column(self._engine.config_column(name.key), len(runs)))
            else:
                for each in (name, _dotted(name)):
                    if each is not name and self._columns.get(each) is not None:
                        break
                    series = read[each.key] = read.get(each.key) or self._engine.metric_column(each.key)
                    new.put(each, statistic_column(series, each.statistic, len(runs)))
                    if len(series.index):
                        break

    def _settle(self, wanted: Iterable[Name], rows: Int64 | None) -> None:
        """Look up what columns such as `metric.acc.at_min(loss)` still lack in some rows, or in all."""
        for name in filter(is_at_best, wanted):
            if rows is not None:
                self._settle_one(name, rows)
                continue
            with self._settling:  # all rows of a large table take seconds: whoever comes second finds it done
                self._settle_one(name, None)

    def _settle_one(self, name: Name, rows: Int64 | None) -> None:
        with self._lock:
            column, steps = self._columns.get(name), self._columns.get(needed(name)[1])
            if not isinstance(column, BestColumn) or steps is None:
                return
            at = []
            for index, mark in column.stale(rows).items():
                run = self._runs[index]
                if run is None or steps.kind[index] == MISSING:
                    column.settle(index, mark, None)
                else:
                    at.append((index, mark, run.id, int(steps.number[index])))
        for first in range(0, len(at), _LOOK):
            part = at[first : first + _LOOK]
            found = self._engine.values_at(name.key, [(run, step) for _, _, run, step in part])
            with self._lock:
                for (index, mark, _, _), value in zip(part, found, strict=True):
                    column.settle(index, mark, value)

    def _of(self, new: ColumnSet, name: Name) -> Column | None:
        """Return a column just read; that of `loss.max` when nobody logs `loss`, but a series of that name."""
        column = new.get(name)
        if column is None or name.kind != "metric" or column.kind.any() or is_at_best(name):
            return column
        return self._columns.get(_dotted(name)) or column

    def _keep(self, new: ColumnSet) -> None:
        """Keep the columns that hold anything: questions about nothing must not fill the memory."""
        for name, column in new:
            holds = column.number == 1 if name.kind == "tag" else column.kind
            full = holds.any() or name in _ALWAYS or (isinstance(column, BestColumn) and column.waits)
            if full and self._columns.get(name) is None:
                self._columns.put(name, column)

    def _check_known(self, asked: Iterable[Name], found: Columns) -> None:
        """Refuse a name that no run has: it is far more often a slip than a question."""
        for name in asked:
            if name.kind not in {"config", "metric"} or found[name].kind.any() or not len(self):
                continue
            known = self._engine.config_keys() if name.kind == "config" else self._engine.metric_keys()
            unknown = [key for key in (name.key, name.other or name.key) if key not in known]
            if not unknown:
                continue
            thing = "config key" if name.kind == "config" else "metric"
            msg = f'filter: no run has the {thing} "{unknown[0]}". {hint(unknown[0], known)}'.rstrip()
            raise FilterError(msg, position=name.position)


def _dotted(name: Name) -> Name:
    return Name("metric", f"{name.key}.{name.statistic}", "last")


def _sorted(rows: Int64, keys: Sequence[tuple[Column, bool]], offset: int, limit: int) -> Int64:
    rows = rows[::-1]  # rows equal in all keys keep this order: the one made later in front
    sort_keys = [column.sort_key(rows, descending=down) for column, down in keys]
    return rows_between(rows, sort_keys, offset, offset + limit)


def parse_column(text: str, field: str = "columns") -> Name:
    """Return the column that a text such as `config.lr` names; a wrong one is an `InputError` of `field`."""
    try:
        return parse_name(text)
    except FilterError as error:
        msg = f"{field}: {str(error).removeprefix('filter: ')}"
        raise InputError(msg, field=field) from None


def _parse_order(text: str) -> tuple[Name, bool]:
    """Return the column to sort by, and whether the largest comes first."""
    words = text.rsplit(None, 1)
    down = text.startswith("-")
    if len(words) == 2 and words[1].upper() in {"ASC", "DESC"}:
        text, down = words[0], words[1].upper() == "DESC"
    return parse_column(text.removeprefix("-").strip(), "order"), down


def _check_bounds(query: RunQuery) -> None:
    for field in ("offset", "limit"):
        value = getattr(query, field)
        if value < 0:
            msg = f"{field}: expected 0 or more, received {value}."
            raise InputError(msg, field=field)
    columns = len(query.columns) + len(query.order)
    if columns > MAX_COLUMNS:
        msg = f"columns: expected at most {MAX_COLUMNS} to return and sort by, received {columns}."
        raise InputError(msg, field="columns")
