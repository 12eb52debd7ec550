"""The read side on a home folder that this process has opened itself."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import NotFoundError
from gnomon.core.limits import MAX_STEP, is_hidden
from gnomon.sdk.lab_analyses import Analyses, LocalAnalyses
from gnomon.sdk.lab_backend import Page, RecordRow, Selection, SeriesStats, SlicePart
from gnomon.sdk.lab_console import ConsoleEntry, ConsolePart, stream_name
from gnomon.sdk.lab_many import LocalMany, Many
from gnomon.store.console import Search
from gnomon.store.console_page import read_page
from gnomon.store.engine import Points, RecordInfo, Stats
from gnomon.store.envelope import Envelope, Window
from gnomon.store.home import Home
from gnomon.store.nearest import hint
from gnomon.store.query import RunQuery
from gnomon.store.row import run_fields
from gnomon.store.slices import Chosen, Stack, layout_of, read_slice, reading

_PIECE: Final = 1 << 20
_PART: Final = 16 << 20


class LocalBackend:
    """Read a home; closed with the lab.

    Args:
        home: An open home whose journals are stored.
        lock: Held while journals are stored, where several read the same home.
        close: Called instead of closing the home.
    """

    url: str | None = None

    def __init__(
        self, home: Home, *, lock: "threading.Lock | None" = None, close: Callable[[], None] | None = None
    ) -> None:
        self._home = home
        self.many: Many = LocalMany(home)
        self.analyses: Analyses = LocalAnalyses(home)
        self._lock = lock or threading.Lock()
        self._close: Callable[[], None] | None = close or home.close

    def refresh(self) -> None:
        with self._lock:
            self._home.drain()

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
        found = self._home.engine.record_keys(run)
        return {key: found[key].kind for key in sorted(found) if not is_hidden(key)}

    def records(self, run: str, chosen: Selection, offset: int, limit: int) -> list[RecordRow]:
        return [_row(each) for each in self._chosen(run, chosen, offset, limit)]

    def _chosen(self, run: str, chosen: Selection, offset: int = 0, limit: int | None = None) -> list[RecordInfo]:
        engine = self._home.engine
        found = engine.records(
            run, chosen.key, chosen.first, chosen.last, every=chosen.every, offset=offset, limit=limit
        )
        if not found and chosen.key not in (keys := engine.record_keys(run)):
            shown = [key for key in keys if not is_hidden(key)]
            nearest = hint(chosen.key, shown)
            msg = f'No records "{chosen.key[:80]}" in this run, which has {len(shown)} keys of records. {nearest}'.rstrip()
            raise NotFoundError(msg)
        return found

    def payload(self, run: str, record: int, start: int = 0, size: int | None = None) -> bytes:
        return self._home.engine.payload(run, record, start, size)

    def save(self, run: str, record: int, path: Path) -> None:
        engine = self._home.engine
        whole = engine.record(run, record).size
        with path.open("wb") as file:
            for start in range(0, whole, _PIECE):
                file.write(engine.payload(run, record, start, min(_PIECE, whole - start)))

    def array(self, run: str, row: RecordRow, text: str) -> npt.NDArray[Any]:
        engine = self._home.engine
        record = engine.record(run, row.id)
        layout = layout_of(record)
        with reading(engine, run, record) as read:
            return read_slice(read, layout, Chosen.of(layout, text))

    def slices(self, run: str, chosen: Selection, text: str) -> Iterator[SlicePart]:
        records = self._chosen(run, chosen)
        if not records:
            return
        stack = Stack.of(records, text)
        each = max(1, _PART // max(stack.part_bytes, 1))
        for first in range(0, len(records), each):
            some = records[first : first + each]
            step = np.array([record.step for record in some], np.int64)
            time = np.array([record.us for record in some], np.int64) / 1e6
            yield SlicePart(step, time, stack.read(self._home.engine, run, first, first + len(some)))

    def console(self, run: str, search: Search, first: int, limit: int, *, newest: bool) -> ConsolePart:
        page = read_page(self._home.engine.console, run, search, first, limit, newest=newest)
        lines = [ConsoleEntry(n, line.us / 1e6, stream_name(line.stream), line.text) for n, line in page.lines]
        still = [line.text for line in page.info.open]
        return ConsolePart(page.info.total, len(page.numbers), page.info.first_error, lines, still)

    def delete(self, run: str) -> None:
        self._home.engine.run(run)
        self._home.delete(run)

    def doctor(self) -> dict[str, Any]:
        return {"facts": self._home.facts(), "troubles": self._home.troubles()}

    def close(self) -> None:
        with self._lock:
            close, self._close = self._close, None
        if close is not None:
            close()


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


def _row(found: RecordInfo) -> RecordRow:
    return RecordRow(found.id, found.key, found.step, found.us / 1e6, found.kind, dict(found.meta), found.size)
