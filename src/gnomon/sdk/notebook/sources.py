"""Where charts read: through a lab that is open, or for a run that is being logged, through one opened each time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gnomon.core.errors import NotFoundError
from gnomon.sdk.lab_backend import Backend
from gnomon.sdk.notebook.chart import Chart, Line, chart_of, empty_envelope
from gnomon.store.envelope import Envelope, Window
from gnomon.store.nearest import hint

Series = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LabSource:
    """Read through the backend of a lab."""

    backend: Backend = field(repr=False)

    def read(self, series: Series, window: Window) -> tuple[list[Envelope], frozenset[str]]:
        """Return the envelope of each series and the runs that go on."""
        self.backend.refresh()
        runs = dict.fromkeys(run for run, _ in series)
        live = frozenset(run for run in runs if self.backend.detail(run)["state"] == "running")
        return self.backend.envelopes(series, window), live


@dataclass(frozen=True, slots=True)
class RunSource:
    """Read a run that this process logs: the folder is opened for a moment only, so that a server can take it."""

    home: Path
    url: str | None

    def read(self, series: Series, window: Window) -> tuple[list[Envelope], frozenset[str]]:
        """Return the envelope of each series and the runs that go on; what has not arrived yet is empty."""
        from gnomon.sdk.lab import connect  # noqa: PLC0415 - a trainer that draws nothing has no use for it

        with connect(self.url) if self.url else connect(home=self.home) as lab:
            try:
                return lab.source.read(series, window)
            except NotFoundError:
                return [empty_envelope() for _ in series], frozenset(run for run, _ in series)


def chart_of_runs(backend: Backend, runs: Sequence[tuple[str, str]], keys: Sequence[str], x: str, height: int) -> Chart:
    """Return a chart of the series of runs that are stored.

    Args:
        backend: Where they are.
        runs: Id and name of each.
        keys: Series; of several runs those are drawn that have them.
        x: `step`, `time`, `relative`, or another series.
        height: Pixels.

    Raises:
        NotFoundError: None of the runs has one of the series, and all have ended.
    """
    logged = {run: set(backend.stats(run)) for run, _ in runs}
    lines = []
    for key in keys:
        having = [(run, name) for run, name in runs if key in logged[run]]
        if not having:
            having = [(run, name) for run, name in runs if backend.detail(run)["state"] == "running"]
        if not having and runs:
            nearest = hint(key, sorted(set().union(*logged.values())))
            msg = f'chart: no run has a series "{key[:80]}". {nearest}'.rstrip()
            raise NotFoundError(msg)
        lines += [Line(run, key, _name(name, key, runs, keys)) for run, name in having]
    return chart_of(LabSource(backend), lines, x, height)


def _name(name: str, key: str, runs: Sequence[object], keys: Sequence[object]) -> str:
    """Return what tells a line from the others: its run, its key, or both."""
    if len(keys) == 1:
        return name
    return key if len(runs) == 1 else f"{name} {key}"
