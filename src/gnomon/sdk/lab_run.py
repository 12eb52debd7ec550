"""One run read back."""

from typing import Any

from gnomon.analysis.health import Checkup
from gnomon.core.errors import InputError
from gnomon.core.limits import check_step
from gnomon.sdk.lab_backend import Backend, Selection, SeriesStats
from gnomon.sdk.lab_captured import Captured
from gnomon.sdk.lab_console import ConsoleReader, search_of
from gnomon.sdk.lab_records import Records
from gnomon.sdk.lab_series import Series
from gnomon.sdk.notebook.chart import Chart
from gnomon.sdk.notebook.sources import chart_of_runs


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
        """`running`, `finished`, `stopped`, `failed`, `killed` or `lost`."""
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

    def health(self, until: int | None = None) -> Checkup:
        """Return what the checks find in what was logged: vanishing gradients, dead units, a rising loss, and more.

        Args:
            until: Look at the run as it was at this step.

        Example:
            >>> for found in lab.run("digits/brave-otter-7").health().findings:  # doctest: +SKIP
            ...     print(found.level, found.title, found.remedy)
        """
        step = None if until is None else check_step(until, "until")
        return self._backend.analyses.health(self.id, step)

    def alerts(self) -> list[dict[str, Any]]:
        """Return what the run told with `run.alert`: `step time level title text` of each, by step."""
        return self._backend.analyses.alerts(self.id)

    def series(self, key: str) -> Series:
        """Return one series; it is read when its values are asked for."""
        return Series(self._backend, self.id, key)

    def chart(self, *keys: str, x: str = "step", height: int = 260) -> Chart:
        """Return a chart of one or more series, which draws itself in a notebook cell and goes on while the run does.

        Args:
            keys: Series.
            x: What runs along the axis: `step`, `time`, `relative`, or another series.
            height: Pixels.

        Raises:
            NotFoundError: The run has ended without such a series; the message names the nearest.
        """
        return chart_of_runs(self._backend, [(self.id, self.name)], keys, x, height)

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
