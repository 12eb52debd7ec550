"""The run table: one column in memory per config key, metric statistic and attribute, read when first asked for."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from gnomon.core.batch import Int64
from gnomon.core.errors import FilterError, InputError
from gnomon.store.cells import (
    ATTRIBUTE_CELLS,
    attribute_column,
    config_column,
    statistic_cell,
    statistic_column,
    tag_column,
    truth,
)
from gnomon.store.column import MISSING, Column, Mask
from gnomon.store.engine import Appended, Engine, RunInfo
from gnomon.store.fields import cell
from gnomon.store.filter import Name, names
from gnomon.store.filter_parser import parse_filter, parse_name
from gnomon.store.nearest import hint
from gnomon.store.query import Evaluator, RunPage, RunQuery, first_rows

MAX_COLUMNS: Final = 1_000
"""Columns that one query may sort by or return."""


class RunTable:
    """Filter, sort and list runs without asking the engine, once a column has been read.

    Columns are read when a query first names them and then follow every commit. Safe to call from several threads.
    The lock is held while a column is read, so an engine must not call back into the table.

    Args:
        engine: Where the runs are.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.RLock()
        self._runs: list[RunInfo | None] = []
        self._index: dict[str, int] = {}
        self._count = 0
        self._configs: dict[str, Column] = {}
        self._metrics: dict[str, dict[str, Column]] = {}
        self._attributes: dict[str, Column] = {}
        self._tags: dict[str, Column] = {}
        for info in engine.runs():
            self._put(info)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes of the columns in memory."""
        with self._lock:
            metrics = [column for group in self._metrics.values() for column in group.values()]
            rest = [*self._configs.values(), *self._attributes.values(), *self._tags.values()]
            return sum(column.nbytes for column in metrics + rest)

    def apply(self, appended: Iterable[Appended | Exception]) -> None:
        """Follow what was committed; only columns that somebody has asked for cost anything."""
        with self._lock:
            for change in appended:
                if isinstance(change, Exception):
                    continue
                index = self._put(change.run)
                for key in change.config.keys() & self._configs.keys():
                    self._configs[key].put(index, *cell(change.config[key]))
                for key in change.stats.keys() & self._metrics.keys():
                    for statistic, column in self._metrics[key].items():
                        column.put(index, *statistic_cell(change.stats[key], statistic))

    def changed(self, run: RunInfo) -> None:
        """Follow a run whose fields were edited."""
        with self._lock:
            self._put(run)

    def removed(self, run_id: str) -> None:
        """Forget a run."""
        with self._lock:
            index = self._index.pop(run_id, None)
            if index is None:
                return
            self._runs[index] = None
            self._count -= 1
            groups = [self._configs, self._attributes, self._tags, *self._metrics.values()]
            for column in [column for group in groups for column in group.values()]:
                column.clear(index)

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
        with self._lock:
            wanted = [*columns.values(), *(name for name, _ in order), *(names(tree) if tree else [])]
            found = self._columns(wanted)
            if not query.lenient:
                self._check_known(names(tree) if tree else [], found)
            among = self._among(query.project)
            kept = among if tree is None else among & Evaluator(len(self._runs), self._reader(found)).keep(tree)
            rows = np.flatnonzero(kept)
            keys = [(found[name], down) for name, down in order]
            shown = self._sorted(rows, keys, query.offset + query.limit)[query.offset :]
            values = {text: found[name].values(shown) for text, name in columns.items()}
            runs = [run for index in shown.tolist() if (run := self._runs[index]) is not None]
            return RunPage(int(among.sum()), len(rows), runs, values)

    def _among(self, project: str | None) -> Mask:
        column = self._attribute("project")
        if project is None:
            alive: Mask = column.kind[: len(self._runs)] != MISSING
            return alive
        return Evaluator(len(self._runs), lambda _: column).same_text(column, project)

    def _sorted(self, rows: Int64, keys: Sequence[tuple[Column, bool]], count: int) -> Int64:
        chosen = [*keys, (self._attribute("created"), True)]
        rows = rows[::-1]  # rows equal in all of these keep this order: the one made later in front
        return first_rows(rows, [column.sort_key(rows, descending=down) for column, down in chosen], count)

    def _put(self, info: RunInfo) -> int:
        index = info.index
        self._runs += [None] * (index + 1 - len(self._runs))
        if self._runs[index] is None:
            self._count += 1
            self._index[info.id] = index
        self._runs[index] = info
        for key, column in self._attributes.items():
            column.put(index, *ATTRIBUTE_CELLS[key](info))
        for tag, column in self._tags.items():
            column.put(index, *truth(value=tag in info.tags))
        return index

    def _columns(self, wanted: Iterable[Name]) -> dict[Name, Column]:
        """Return the column of each name; a series is read once, however many of its statistics are wanted."""
        found: dict[Name, Column] = {}
        by_key: dict[str, list[str]] = {}
        for name in wanted:
            if name.kind == "metric":
                by_key.setdefault(name.key, []).append(name.statistic)
            else:
                found[name] = self._plain(name)
        for key, statistics in by_key.items():
            for statistic, column in self._statistics(key, statistics).items():
                found[Name("metric", key, statistic)] = column if column.kind.any() else self._dotted(key, statistic)
        for column in found.values():
            column.grow(len(self._runs))
        return found

    def _reader(self, found: dict[Name, Column]) -> Callable[[Name], Column]:
        return lambda name: found[name] if name in found else self._plain(name)

    def _plain(self, name: Name) -> Column:
        match name.kind:
            case "config":
                return self._config(name.key)
            case "tag":
                return self._tag(name.key)
            case _:
                return self._attribute(name.key)

    def _attribute(self, key: str) -> Column:
        column = self._attributes.get(key)
        if column is None:
            column = self._attributes[key] = attribute_column(key, self._runs)
        return column

    def _tag(self, tag: str) -> Column:
        column = self._tags.get(tag)
        if column is None:
            column = tag_column(tag, self._runs)
            if any(run is not None and tag in run.tags for run in self._runs):
                self._tags[tag] = column  # a tag nobody carries is not kept: questions alone must not fill the memory
        return column

    def _config(self, key: str) -> Column:
        column = self._configs.get(key)
        if column is None:
            read = self._engine.config_column(key)
            column = config_column(read, len(self._runs))
            if len(read.index):
                self._configs[key] = column
        return column

    def _statistics(self, key: str, statistics: Iterable[str]) -> dict[str, Column]:
        """Return some statistics of a series, reading those that are not in memory yet."""
        known = self._metrics.get(key, {})
        missing = [statistic for statistic in statistics if statistic not in known]
        if not missing:
            return known
        read = self._engine.metric_column(key)
        known = known | {each: statistic_column(read, each, len(self._runs)) for each in missing}
        if len(read.index):
            self._metrics[key] = known
        return known

    def _dotted(self, key: str, statistic: str) -> Column:
        """Return the series whose own name ends like a statistic: nobody logs `loss`, but `loss.max`."""
        return self._statistics(f"{key}.{statistic}", ["last"])["last"]

    def _check_known(self, asked: Iterable[Name], found: dict[Name, Column]) -> None:
        """Refuse a name that no run has: it is far more often a slip than a question."""
        for name in asked:
            if name.kind not in {"config", "metric"} or found[name].kind.any() or not self._count:
                continue
            known = self._engine.config_keys() if name.kind == "config" else self._engine.metric_keys()
            if name.key in known:
                continue
            thing = "config key" if name.kind == "config" else "metric"
            msg = f'filter: no run has the {thing} "{name.key}". {hint(name.key, known)}'.rstrip()
            raise FilterError(msg, position=name.position)


def parse_column(text: str) -> Name:
    """Return the column that a text such as `config.lr` names; a wrong one is an `InputError` of `columns`."""
    try:
        return parse_name(text)
    except FilterError as error:
        msg = f"columns: {error}"
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
        msg = f"order: {error}"
        raise InputError(msg, field="order") from None


def _check_bounds(query: RunQuery) -> None:
    for field in ("offset", "limit"):
        value = getattr(query, field)
        if value < 0:
            msg = f"{field}: expected 0 or more, received {value}."
            raise InputError(msg, field=field)
    if len(query.columns) + len(query.order) > MAX_COLUMNS:
        msg = f"columns: expected at most {MAX_COLUMNS} to return and sort by, received {len(query.columns)}."
        raise InputError(msg, field="columns")
