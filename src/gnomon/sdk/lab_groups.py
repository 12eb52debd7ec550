"""Runs by groups, read back: those that hold the same in some columns, with what their other columns add up to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, overload

from gnomon.sdk.frames import pandas_frame, polars_frame
from gnomon.sdk.lab_many import FoundGroup, Many
from gnomon.store.aggregate import Aggregate
from gnomon.store.export import Sheet, kind_of, write
from gnomon.store.grouping import GroupQuery

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Hold one group.

    Args:
        key: What its runs have in common, by column.
        n: How many runs it has.
        where: A filter that keeps exactly its runs, to be given to `lab.runs`.
        values: What each column adds up to: `count bad texts mean min max std common mixed`.
    """

    key: dict[str, Any]
    n: int
    where: str
    values: dict[str, Aggregate]


class Groups(Sequence[RunGroup]):
    """Hold groups in order.

    Args:
        groups: The groups.
        total: How many there are, shown here or not.
        matched: Runs in all of them.
        query: What was asked.
    """

    def __init__(self, groups: list[RunGroup], total: int, matched: int, query: GroupQuery) -> None:
        self._groups = groups
        self._query = query
        self.total = total
        self.matched = matched

    @classmethod
    def of(cls, many: Many, query: GroupQuery, limit: int | None) -> "Groups":
        """Read as many windows of groups as it takes."""
        found: list[FoundGroup] = []
        while True:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = many.group(replace(query, offset=len(found), limit=size))
            found += page.groups
            if len(page.groups) < size or len(found) >= (limit or page.total_groups):
                break
        groups = [RunGroup(dict(zip(query.by, g.key, strict=True)), g.n, g.where, g.values) for g in found]
        return cls(groups, page.total_groups, page.matched, query)

    def __len__(self) -> int:
        return len(self._groups)

    @overload
    def __getitem__(self, place: int) -> RunGroup: ...
    @overload
    def __getitem__(self, place: slice) -> list[RunGroup]: ...
    def __getitem__(self, place: int | slice) -> RunGroup | list[RunGroup]:
        return self._groups[place]

    def __iter__(self) -> Iterator[RunGroup]:
        return iter(self._groups)

    def __repr__(self) -> str:
        return f"<{len(self)} of {self.total} groups of {self.matched} runs by {', '.join(self._query.by)}>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one flat dictionary per group: its key, `n`, and an entry such as `mean(metric.loss)` per aggregate."""
        wanted = [(name, column) for column in self._query.columns for name in self._query.aggregates]
        return [
            {**group.key, "n": group.n}
            | {f"{name}({column})": getattr(group.values[column], name) for name, column in wanted}
            for group in self._groups
        ]

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`, one row per group."""
        return pandas_frame(self._columns())

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame`, one row per group."""
        return polars_frame(self._columns())

    def to_csv(self, path: str | Path | None = None) -> str | None:
        """Write the groups as CSV; without a path return the text."""
        columns = self._columns()
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        sheet = Sheet(list(columns), [kind_of(values) for values in columns.values()], len(self), [rows])
        data = b"".join(write("csv", sheet))
        if path is None:
            return data.decode()
        Path(path).write_bytes(data)
        return None

    def _columns(self) -> dict[str, list[Any]]:
        rows = self.to_dicts()
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}
