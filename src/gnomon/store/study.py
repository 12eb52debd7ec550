"""A home as analyses read it; the form is `gnomon.analysis.source.Source`, which the store does not know."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from gnomon.core.limits import is_hidden
from gnomon.store.engine import Points, RecordInfo, RunInfo, Stats
from gnomon.store.envelope import Envelope, Window
from gnomon.store.fields import flatten
from gnomon.store.filter import STATISTICS
from gnomon.store.home import Home
from gnomon.store.query import RunPage, RunQuery


class Study:
    """Read the runs of a home for an analysis.

    Args:
        home: An open home.
    """

    statistics: Sequence[str] = STATISTICS

    def __init__(self, home: Home) -> None:
        self._home = home
        self._engine = home.engine

    def config_keys(self, project: str) -> list[str]:
        return self._engine.config_keys(project)

    def metric_keys(self, project: str) -> list[str]:
        return self._engine.metric_keys(project)

    def evaluations(self, project: str) -> list[str]:
        told = [run.meta.get("evaluation") for run in self._home.catalog.runs() if run.project == project]
        return sorted({str(name) for each in told if isinstance(each, dict) for name in each})

    def table(self, project: str, where: str, columns: Sequence[str], order: str, limit: int) -> RunPage:
        return self._home.table.query(RunQuery(project, where, (order,), tuple(columns), limit=limit))

    def run(self, run: str) -> RunInfo:
        return self._home.catalog.run(run)

    def config(self, run: str) -> Mapping[str, Any]:
        return flatten(self._engine.config(run))

    def series(self, run: str) -> Mapping[str, Stats]:
        return self._engine.series(run)

    def record_kinds(self, run: str) -> Mapping[str, str]:
        return {key: row.kind for key, row in self._engine.record_keys(run).items() if not is_hidden(key)}

    def newest(self, run: str, key: str) -> RecordInfo | None:
        found = self._engine.records(run, key, newest=True, limit=1)
        return found[-1] if found else None

    def payload(self, run: str, record: int, most_bytes: int) -> bytes:
        return self._engine.payload(run, record, 0, most_bytes)

    def points(self, run: str, key: str) -> Points:
        return self._engine.points(run, key)

    def envelopes(
        self,
        runs: Sequence[str],
        key: str,
        px: int,
        first: float | None,
        last: float | None,
        x: str,
        scale: Literal["linear", "log"],
    ) -> Sequence[Envelope]:
        return self._engine.envelopes([(run, key) for run in runs], Window(px, first, last, x, scale))
