"""Columns in memory by name, and how they follow what happens to a run."""

from collections.abc import Iterable, Iterator
from typing import Final

from gnomon.store.best import BestColumn, is_at_best
from gnomon.store.cells import ATTRIBUTE_CELLS, statistic_cell, truth
from gnomon.store.column import Column
from gnomon.store.engine import Appended, RunInfo
from gnomon.store.fields import cell
from gnomon.store.filter import Name

_MOST_BEST: Final = 64
"""Any two series make a column of one at the best step of the other: only so many are kept."""

Event = Appended | RunInfo | int
"""What happens to a run: something of it was committed, its fields were edited, or (its index) it was deleted."""


class ColumnSet:
    """Hold columns by name. Not locked: the run table sees to that."""

    def __init__(self) -> None:
        self._configs: dict[str, Column] = {}
        self._metrics: dict[str, dict[str, Column]] = {}
        self._attributes: dict[str, Column] = {}
        self._tags: dict[str, Column] = {}
        self._best: dict[Name, BestColumn] = {}

    def __iter__(self) -> Iterator[tuple[Name, Column]]:
        for kind, group in (("config", self._configs), ("attr", self._attributes), ("tag", self._tags)):
            for key, column in group.items():
                yield Name(kind, key), column
        for key, statistics in self._metrics.items():
            for statistic, column in statistics.items():
                yield Name("metric", key, statistic), column
        yield from self._best.items()

    def get(self, name: Name) -> Column | None:
        """Return a column, `None` when it is not in memory."""
        if is_at_best(name):
            return self._best.get(name)
        if name.kind == "metric":
            return self._metrics.get(name.key, {}).get(name.statistic)
        return self._group(name.kind).get(name.key)

    def put(self, name: Name, column: Column) -> None:
        """Keep a column."""
        if isinstance(column, BestColumn):
            self._best[name] = column
            if len(self._best) > _MOST_BEST:
                del self._best[next(iter(self._best))]
        elif name.kind == "metric":
            self._metrics.setdefault(name.key, {})[name.statistic] = column
        else:
            self._group(name.kind)[name.key] = column

    def follow(self, events: Iterable[Event]) -> None:
        """Bring the columns up to date; the same event twice does no harm."""
        for event in events:
            if isinstance(event, Appended):
                self._fields(event.run)
                self._values(event)
            elif isinstance(event, RunInfo):
                self._fields(event)
            else:
                for _, column in self:
                    column.clear(event)
                for best in self._best.values():
                    best.forget(event)

    def _fields(self, run: RunInfo) -> None:
        for key, column in self._attributes.items():
            column.put(run.index, *ATTRIBUTE_CELLS[key](run))
        for tag, column in self._tags.items():
            column.put(run.index, *truth(value=tag in run.tags))

    def _values(self, change: Appended) -> None:
        index = change.run.index
        for key in change.config.keys() & self._configs.keys():
            self._configs[key].put(index, *cell(change.config[key]))
        for key in change.stats.keys() & self._metrics.keys():
            for statistic, column in self._metrics[key].items():
                column.put(index, *statistic_cell(change.stats[key], statistic))
        for name, best in self._best.items():
            if name.key in change.stats or name.other in change.stats:
                best.mark(index)

    def _group(self, kind: str) -> dict[str, Column]:
        return {"config": self._configs, "attr": self._attributes, "tag": self._tags}[kind]
