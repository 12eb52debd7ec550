"""Runs read back: one of them, or a list with the columns that were asked for."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, overload

from gnomon.core.errors import InputError, MissingExtraError
from gnomon.core.limits import check_step
from gnomon.sdk.lab_backend import Backend, Selection, SeriesStats
from gnomon.sdk.lab_captured import Captured
from gnomon.sdk.lab_console import ConsoleReader, search_of
from gnomon.sdk.lab_records import Records
from gnomon.sdk.lab_series import Series


class LabRun:
    """Read one run. What a list of runs shows is at hand; the rest is fetched when first asked for.

    Args:
        backend: Where it is.
        row: `RunRow` of docs/reference/http.md.
        detail: The same and more, when it is known already.
    """

    def __init__(self, backend: Backend, row: dict[str, Any], detail: dict[str, Any] | None = None) -> None:
        self._backend = backend
        self.row = row
        self._detail = detail

    def __repr__(self) -> str:
        return f"<run {self.project}/{self.name} {self.state} {self.id}>"

    @property
    def id(self) -> str:
        """Run id."""
        return str(self.row["id"])

    @property
    def project(self) -> str:
        """Project it belongs to."""
        return str(self.row["project"])

    @property
    def name(self) -> str:
        """Name of the run."""
        return str(self.row["name"])

    @property
    def state(self) -> str:
        """`running`, `finished`, `failed`, `killed` or `lost`."""
        return str(self.row["state"])

    @property
    def created(self) -> float:
        """When it began, UTC seconds."""
        return float(self.row["created"])

    @property
    def updated(self) -> float:
        """When anything of it last arrived, UTC seconds."""
        return float(self.row["updated"])

    @property
    def finished(self) -> float | None:
        """When it ended, UTC seconds; `None` while it runs."""
        end: float | None = self.row["finished"]
        return end

    @property
    def group(self) -> str | None:
        """Group it belongs to."""
        group: str | None = self.row["group"]
        return group

    @property
    def tags(self) -> list[str]:
        """Labels, sorted."""
        return list(self.row["tags"])

    @property
    def notes(self) -> str:
        """Free text."""
        return str(self.row["notes"])

    @property
    def dropped(self) -> int:
        """How many values its writers had to drop."""
        return int(self.row["dropped"])

    @property
    def last_step(self) -> int | None:
        """Largest step; `None` before the first point."""
        step: int | None = self.row["last_step"]
        return step

    @property
    def config(self) -> dict[str, Any]:
        """Values chosen before the run, nested as they were given."""
        return dict(self._all["config"])

    @property
    def summary(self) -> dict[str, float]:
        """Last value of each series; what the run itself put into its summary wins."""
        return {**self._all["summary"], **self._all["meta"].get("summary", {})}

    @property
    def error(self) -> str | None:
        """Why it failed, when it did."""
        error: str | None = self._all["error"]
        return error

    @property
    def meta(self) -> dict[str, Any]:
        """Everything else that is known: host, process, parent, definitions."""
        return dict(self._all["meta"])

    @property
    def captured(self) -> Captured:
        """What was captured of the program: `script diff environment data traceback`."""
        return Captured(self._backend, self.id, self.meta.get("data") or {})

    @property
    def rewinds(self) -> list[dict[str, Any]]:
        """Where it went back to an earlier step: `time` and `step` of each."""
        return list(self._all["rewinds"])

    @property
    def _all(self) -> dict[str, Any]:
        if self._detail is None:
            self._detail = self._backend.detail(self.id)
        return self._detail

    def keys(self) -> dict[str, str]:
        """Return what it logged and of which kind: `{"train/loss": "scalar", "notes": "text"}`."""
        return dict.fromkeys(self._backend.stats(self.id), "scalar") | dict(self._backend.record_keys(self.id))

    def stats(self) -> dict[str, SeriesStats]:
        """Return count, last, smallest, largest and mean of each series."""
        return self._backend.stats(self.id)

    def console(
        self, search: str = "", *, regex: bool = False, case: bool = False, stream: str | None = None
    ) -> ConsoleReader:
        """Return what its processes printed: all lines, or those that contain `search`.

        Args:
            search: Text, or with `regex` a regular expression; colours are never looked at.
            regex: `search` is a regular expression.
            case: Upper and lower case differ.
            stream: Only lines of `out` or `err`.

        Example:
            >>> for line in lab.run("digits/brave-otter-7").console("loss"):  # doctest: +SKIP
            ...     print(line.n, line.text)
        """
        return ConsoleReader(self._backend, self.id, search_of(search, regex=regex, case=case, stream=stream))

    def series(self, key: str) -> Series:
        """Return one series; it is read when its values are asked for."""
        return Series(self._backend, self.id, key)

    def records(self, key: str, first: int = 0, last: int | None = None, every: int = 1) -> Records:
        """Return the records of a key with `first <= step <= last`, or every n-th of them; read as they are needed.

        Raises:
            NotFoundError: The run has no records under that key; raised when they are first looked at.
        """
        if every < 1:
            msg = f"every: expected 1 or more, received {every}."
            raise InputError(msg, field="every")
        end = None if last is None else check_step(last, "last")
        return Records(self._backend, self.id, Selection(key, check_step(first, "first"), end, every))


class Runs(Sequence[LabRun]):
    """Hold runs in order, and for each column asked for one value per run.

    Args:
        runs: The runs.
        total: Runs of the project.
        matched: Those that the filter kept, shown here or not.
        columns: Values by column, parallel to the runs; `None` where a run has none.
    """

    def __init__(self, runs: list[LabRun], total: int, matched: int, columns: dict[str, list[Any]]) -> None:
        self._runs = runs
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

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one flat dictionary per run: its fields, then the columns."""
        rows = zip(self._runs, *self.columns.values(), strict=True)
        return [run.row | dict(zip(self.columns, values, strict=True)) for run, *values in rows]

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`, one row per run."""
        try:
            import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415
        except ImportError as error:
            msg = "to_pandas() needs pandas. Install pandas."
            raise MissingExtraError(msg) from error
        return pd.DataFrame(self._by_column())

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame`, one row per run; a column of texts and numbers becomes text."""
        try:
            import polars as pl  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
        except ImportError as error:
            msg = "to_polars() needs polars. Install gnomon[frames], or polars itself."
            raise MissingExtraError(msg) from error
        return pl.DataFrame({name: _of_one_type(values) for name, values in self._by_column().items()}, strict=False)

    def _by_column(self) -> dict[str, list[Any]]:
        fields = list(self._runs[0].row) if self._runs else []
        return {name: [run.row[name] for run in self._runs] for name in fields} | self.columns


def _of_one_type(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    if str in kinds and len(kinds) > 1:
        return [value if value is None or isinstance(value, str) else _spelled(value) for value in values]
    return values


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.0f}" if isinstance(value, float) and math.isfinite(value) and value.is_integer() else str(value)
