"""The read side on a home folder that this process has opened itself."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.limits import MAX_STEP
from gnomon.sdk.lab_backend import Page, Record, SeriesStats
from gnomon.store.engine import Points, RecordInfo, Stats
from gnomon.store.envelope import Envelope, Window
from gnomon.store.home import Home
from gnomon.store.query import RunQuery
from gnomon.store.row import run_fields


class LocalBackend:
    """Read a home; closed with the lab.

    Args:
        home: An open home whose journals are stored.
    """

    url: str | None = None

    def __init__(self, home: Home) -> None:
        self._home = home

    def projects(self) -> list[dict[str, Any]]:
        return [
            {
                "name": each.name,
                "runs": each.runs,
                "running": each.running,
                "created": each.created_us / 1e6,
                "updated": each.updated_us / 1e6,
            }
            for each in self._home.catalog.projects()
        ]

    def keys(self, project: str | None) -> dict[str, list[str]]:
        engine = self._home.engine
        return {"config": engine.config_keys(project), "metrics": engine.metric_keys(project)}

    def query(self, query: RunQuery) -> Page:
        page = self._home.table.query(query)
        return Page(page.total, page.matched, [run_fields(run) for run in page.runs], page.columns)

    def detail(self, run: str) -> dict[str, Any]:
        info = self._home.engine.run(run)
        engine = self._home.engine
        return {
            **run_fields(info),
            "config": engine.config(run),
            "summary": {key: stats.last for key, stats in engine.series(run).items()},
            "error": info.error,
            "rewinds": [{"time": us / 1e6, "step": step} for us, step in engine.rewinds(run)],
            "meta": dict(info.meta),
        }

    def stats(self, run: str) -> dict[str, SeriesStats]:
        self._home.engine.run(run)
        return {key: _stats(stats) for key, stats in sorted(self._home.engine.series(run).items())}

    def points(self, run: str, key: str, first: int, last: int | None, every: int) -> Points:
        found = self._home.engine.points(run, key, first, MAX_STEP if last is None else last)
        return Points(found.step[::every], found.us[::every], found.value[::every])

    def envelopes(self, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        return self._home.engine.envelopes(series, window)

    def record_keys(self, run: str) -> Mapping[str, str]:
        return {key: found.kind for key, found in self._home.engine.record_keys(run).items()}

    def records(self, run: str, key: str, first: int, last: int | None) -> list[Record]:
        keys = self._home.engine.record_keys(run)
        if key not in keys:
            msg = f"No records under that key in this run. It has {len(keys)} keys of records."
            raise NotFoundError(msg)
        engine = self._home.engine
        return [_record(each, engine.payload(run, each.id)) for each in engine.records(run, key, first, last)]

    def delete(self, run: str) -> None:
        self._home.engine.run(run)
        self._home.delete(run)

    def doctor(self) -> dict[str, Any]:
        return {"facts": self._home.facts(), "troubles": self._home.troubles()}

    def close(self) -> None:
        self._home.close()


def _stats(stats: Stats) -> SeriesStats:
    good = stats.n - stats.bad
    return SeriesStats(
        n=stats.n,
        bad=stats.bad,
        last=stats.last,
        last_step=stats.last_step,
        last_time=stats.last_us / 1e6,
        low=stats.low if good else None,
        low_step=stats.low_step if good else None,
        high=stats.high if good else None,
        high_step=stats.high_step if good else None,
        mean=stats.total / good if good else None,
    )


def _record(found: RecordInfo, data: bytes) -> Record:
    value: Any = data
    if found.kind == "text":
        value = data.decode("utf-8", "replace")
    elif found.kind == "json":
        try:
            value = json.loads(data)
        except ValueError:
            msg = f"key: the record at step {found.step} is not JSON."
            raise InputError(msg, field="key") from None
    return Record(found.step, found.us / 1e6, found.kind, dict(found.meta), value)
