"""The run table: one column in memory per config key, metric statistic and attribute, read when first asked for."""

import threading
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from gnomon.core.batch import Int64
from gnomon.core.errors import FilterError, InputError
from gnomon.store.cells import attribute_column, config_column, statistic_column, tag_column
from gnomon.store.column import MISSING, Column, Mask
from gnomon.store.column_set import ColumnSet, Event
from gnomon.store.engine import Appended, Engine, MetricColumn, RunInfo
from gnomon.store.filter import Filter, Name, names
from gnomon.store.filter_parser import parse_filter, parse_name
from gnomon.store.nearest import hint
from gnomon.store.query import Evaluator, RunPage, RunQuery, first_rows

MAX_COLUMNS: Final = 1_000
"""Columns that one query may sort by or return."""

_ALWAYS: Final = (Name("attr", "project"), Name("attr", "created"))
"""Needed to pick the runs of a project, and to break ties."""

Columns = dict[Name, Column]


class RunTable:
    """Filter, sort and list runs without asking the engine, once a column has been read.

    Columns are read when a query first names them and then follow every commit. Safe to call from several threads;
    while a column is read from the engine, commits and other queries go on.

    Args:
        engine: Where the runs are.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
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
        tree = parse_filter(query.where)
        order = [_parse_order(text) for text in query.order]
        columns = {text: parse_column(text) for text in query.columns}
        _check_bounds(query)
        tested = names(tree) if tree else []
        read = self._read([*_ALWAYS, *columns.values(), *(name for name, _ in order), *tested])
        if not query.lenient:
            self._check_known(tested, read)
        with self._lock:
            found = {name: self._columns.get(name) or column for name, column in read.items()}
            for column in found.values():
                column.grow(len(self._runs))
            among = self._among(query.project, found)
            rows = np.flatnonzero(self._kept(tree, among, found))
            keys = [(found[name], down) for name, down in [*order, (Name("attr", "created"), True)]]
            shown = _sorted(rows, keys, query.offset + query.limit)[query.offset :]
            values = {text: found[name].values(shown) for text, name in columns.items()}
            runs = [run for index in shown.tolist() if (run := self._runs[index]) is not None]
            return RunPage(int(among.sum()), len(rows), runs, values)

    def _among(self, project: str | None, found: Columns) -> Mask:
        column = found[Name("attr", "project")]
        alive: Mask = column.kind[: len(self._runs)] != MISSING
        return alive if project is None else Evaluator(len(self._runs), found.__getitem__).same_text(column, project)

    def _kept(self, tree: Filter | None, among: Mask, found: Columns) -> Mask:
        return among if tree is None else among & Evaluator(len(self._runs), found.__getitem__).keep(tree)

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
        with self._lock:
            found = {name: self._columns.get(name) for name in wanted}
            missing = [name for name, column in found.items() if column is None]
            if missing:
                runs, events = list(self._runs), list[Event]()
                self._readers.append(events)
        if missing:
            new = ColumnSet()
            try:
                self._fill(new, missing, runs)
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

    def _of(self, new: ColumnSet, name: Name) -> Column | None:
        """Return a column just read; that of `loss.max` when nobody logs `loss`, but a series of that name."""
        column = new.get(name)
        if column is None or name.kind != "metric" or column.kind.any():
            return column
        return self._columns.get(_dotted(name)) or column

    def _keep(self, new: ColumnSet) -> None:
        """Keep the columns that hold anything: questions about nothing must not fill the memory."""
        for name, column in new:
            holds = column.number == 1 if name.kind == "tag" else column.kind
            if holds.any() and self._columns.get(name) is None:
                self._columns.put(name, column)

    def _check_known(self, asked: Iterable[Name], found: Columns) -> None:
        """Refuse a name that no run has: it is far more often a slip than a question."""
        for name in asked:
            if name.kind not in {"config", "metric"} or found[name].kind.any() or not len(self):
                continue
            known = self._engine.config_keys() if name.kind == "config" else self._engine.metric_keys()
            if name.key in known:
                continue
            thing = "config key" if name.kind == "config" else "metric"
            msg = f'filter: no run has the {thing} "{name.key}". {hint(name.key, known)}'.rstrip()
            raise FilterError(msg, position=name.position)


def _dotted(name: Name) -> Name:
    return Name("metric", f"{name.key}.{name.statistic}", "last")


def _sorted(rows: Int64, keys: Sequence[tuple[Column, bool]], count: int) -> Int64:
    rows = rows[::-1]  # rows equal in all keys keep this order: the one made later in front
    return first_rows(rows, [column.sort_key(rows, descending=down) for column, down in keys], count)


def parse_column(text: str) -> Name:
    """Return the column that a text such as `config.lr` names; a wrong one is an `InputError` of `columns`."""
    try:
        return parse_name(text)
    except FilterError as error:
        msg = f"columns: {str(error).removeprefix('filter: ')}"
        raise InputError(msg, field="columns") from None


def _parse_order(text: str) -> tuple[Name, bool]:
    """Return the column to sort by, and whether the largest comes first."""
    words = text.rsplit(None, 1)
    down = text.startswith("-")
    if len(words) == 2 and words[1].upper() in {"ASC", "DESC"}:
        text, down = words[0], words[1].upper() == "DESC"
    try:
        return parse_name(text.removeprefix("-").strip()), down
    except FilterError as error:
        msg = f"order: {str(error).removeprefix('filter: ')}"
        raise InputError(msg, field="order") from None


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
