"""Runs read back as a list, with the columns that were asked for; as tables of other libraries; by groups."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

from gnomon.core.errors import InputError
from gnomon.sdk.frames import pandas_frame, polars_frame
from gnomon.sdk.lab_backend import Backend
from gnomon.sdk.lab_groups import Groups
from gnomon.sdk.lab_many import Many
from gnomon.sdk.lab_run import LabRun
from gnomon.sdk.notebook.chart import Chart
from gnomon.sdk.notebook.html import runs_html
from gnomon.sdk.notebook.shown import Shown
from gnomon.sdk.notebook.sources import chart_of_runs
from gnomon.sdk.notebook.tables import runs_widget
from gnomon.sdk.whole_file import write_whole
from gnomon.store.aggregate import AGGREGATES
from gnomon.store.export import FIELDS, USUAL, Sheet, arrow_table, kind_of, write
from gnomon.store.grouping import GroupQuery
from gnomon.store.query import RunQuery

if TYPE_CHECKING:
    from gnomon.sdk.notebook.widgets import LiveWidget


class Runs(Shown, Sequence[LabRun]):
    """Hold runs in order, and for each column asked for one value per run; in a notebook they show themselves.

    Args:
        runs: The runs.
        total: Runs of the project.
        matched: Those that the filter kept, shown here or not.
        columns: Values by column, parallel to the runs; `None` where a run has none.
        query: What was asked.
        many: Answers more about the same runs.
    """

    def __init__(
        self,
        runs: list[LabRun],
        total: int,
        matched: int,
        columns: dict[str, list[Any]],
        query: RunQuery,
        many: Many,
    ) -> None:
        self._runs = runs
        self._query = query
        self._many = many
        self._backend: Backend | None = None
        self._again: Callable[[], Runs] | None = None
        self.total = total
        self.matched = matched
        self.columns = columns

    def __len__(self) -> int:
        return len(self._runs)

    @overload
    def __getitem__(self, place: int) -> LabRun: ...
    @overload
    def __getitem__(self, place: slice) -> list[LabRun]: ...
    def __getitem__(self, place: int | slice) -> LabRun | list[LabRun]:
        return self._runs[place]

    def __iter__(self) -> Iterator[LabRun]:
        return iter(self._runs)

    def __repr__(self) -> str:
        return f"<{len(self)} of {self.matched} runs ({self.total} in all), {len(self.columns)} columns>"

    def _repr_html_(self) -> str:
        return runs_html(self)

    def _new_widget(self) -> "LiveWidget":
        return runs_widget(self, self._again)

    def followed(self, backend: Backend, again: Callable[[], "Runs"]) -> Self:
        """Return these, told where they are and how to read them once more; for the lab."""

        def read() -> "Runs":
            backend.refresh()
            return again()

        self._again, self._backend = read, backend
        return self

    def chart(self, *keys: str, x: str = "step", height: int = 260) -> Chart:
        """Return a chart of one or more series over these runs, which draws itself in a notebook cell.

        Args:
            keys: Series; those runs are drawn that have them.
            x: What runs along the axis: `step`, `time`, `relative`, or another series.
            height: Pixels.

        Raises:
            NotFoundError: No run has such a series; the message names the nearest.
            InputError: There are no runs, or more than 200 lines.
        """
        runs = [(run.id, run.name) for run in self._runs]
        if self._backend is None or not runs:
            msg = "chart: expected runs, received none."
            raise InputError(msg, field="runs")
        return chart_of_runs(self._backend, runs, keys, x, height)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one flat dictionary per run: its fields, then the columns."""
        rows = zip(self._runs, *self.columns.values(), strict=True)
        return [run.row | dict(zip(self.columns, values, strict=True)) for run, *values in rows]

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`, one row per run."""
        return pandas_frame(self._by_column())

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame`, one row per run; a column of texts and numbers becomes text."""
        return polars_frame(self._by_column())

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table`, one row per run; a column of texts and numbers becomes text."""
        columns = self._by_column()
        kinds = [kind_of(values) for values in columns.values()]
        return arrow_table(Sheet(list(columns), kinds, len(self), [self._rows(columns)]))

    def to_csv(self, path: str | Path | None = None) -> str | None:
        """Write the runs as CSV, as `lab.export` does; without a path return the text.

        A text that a spreadsheet could take for a formula gets a `'` in front.
        """
        pieces = write("csv", self._sheet())
        if path is None:
            return b"".join(pieces).decode()
        write_whole(Path(path), pieces)
        return None

    def to_parquet(self, path: str | Path) -> None:
        """Write the runs as Parquet, as `lab.export` does."""
        write_whole(Path(path), write("parquet", self._sheet()))

    def group_by(
        self,
        *by: str,
        columns: Sequence[str] = (),
        aggregates: Sequence[str] = AGGREGATES,
        order: str | Sequence[str] = (),
        limit: int | None = None,
    ) -> Groups:
        """Return all runs that the filter kept, shown here or not, by groups.

        Args:
            by: Columns whose values make a group, such as `config.lr`.
            columns: Columns to sum up; those of this list unless told.
            aggregates: What to count of their numbers: `count mean min max std`.
            order: Columns of `by`, `n`, or aggregates such as `mean(metric.loss)`; `-` in front: largest first.
            limit: Groups at most; `None` for all.

        Raises:
            InputError: A name is no column, or `order` is none of these.
        """
        chosen = tuple(columns) or tuple(name for name in self.columns if name not in by)
        orders = (order,) if isinstance(order, str) else tuple(order)
        asked = GroupQuery(by, chosen, tuple(aggregates), orders, runs=self._query)
        return Groups.of(self._many, asked, limit)

    def _sheet(self) -> Sheet:
        columns = {name: [run.row[name] for run in self._runs] for name in USUAL} | self.columns
        kinds = [FIELDS.get(name) or kind_of(values) for name, values in columns.items()]
        return Sheet(list(columns), kinds, len(self), [self._rows(columns)])

    def _rows(self, columns: dict[str, list[Any]]) -> list[list[Any]]:
        return [list(row) for row in zip(*columns.values(), strict=True)]

    def _by_column(self) -> dict[str, list[Any]]:
        fields = list(self._runs[0].row) if self._runs else []
        return {name: [run.row[name] for run in self._runs] for name in fields} | self.columns
