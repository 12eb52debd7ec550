"""The engine that keeps everything in memory: the simplest correct one, and the oracle of the others."""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from gnomon.core.batch import Batch, Change, Console, Float64, Frame, Int64, Item, Object, Rewind
from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import NotFoundError, StoreError
from gnomon.core.limits import MAX_STEP, SYSTEM
from gnomon.store import console
from gnomon.store.blobs import Blobs
from gnomon.store.check import check_batch, check_offset
from gnomon.store.console_memory import MemoryConsole, Printed
from gnomon.store.documents_memory import MemoryDocuments
from gnomon.store.engine import (
    Appended,
    ConfigColumn,
    Deleted,
    Feed,
    Mark,
    MetricColumn,
    Points,
    RecordInfo,
    RecordKey,
    RunInfo,
    Stats,
)
from gnomon.store.envelope import Envelope, Window
from gnomon.store.feed import Told, feed_of, with_console
from gnomon.store.fields import Fields, cell, check_changes, flatten
from gnomon.store.grid import blank, check_window, from_points
from gnomon.store.order import known, limits, visible
from gnomon.store.selection import check_range, check_selection, file_of, missing
from gnomon.store.staging import bare, check_blobs, has_console, is_large, stage, touched_records


@dataclass(slots=True)
class _Series:
    """Every point of a series in the order of arrival, and the branch each was written on."""

    is_system: bool = False
    step: Int64 = field(default_factory=lambda: np.empty(0, np.int64))
    us: Int64 = field(default_factory=lambda: np.empty(0, np.int64))
    value: Float64 = field(default_factory=lambda: np.empty(0, np.float64))
    branch: Int64 = field(default_factory=lambda: np.empty(0, np.int64))

    def add(self, step: Int64, us: Int64, value: Float64, branch: int) -> None:
        self.step, self.us = np.append(self.step, step), np.append(self.us, us)
        self.value = np.append(self.value, value)
        self.branch = np.append(self.branch, np.full(len(step), branch))


@dataclass(slots=True)
class _Run:
    index: int
    fields: Fields
    series: dict[str, _Series] = field(default_factory=dict)
    records: list[tuple[int, RecordInfo]] = field(default_factory=list)
    payloads: dict[int, bytes] = field(default_factory=dict)
    rewinds: list[tuple[int, int]] = field(default_factory=list)
    history: list[Told] = field(default_factory=list)
    writers: dict[str, int] = field(default_factory=dict)
    keysets: dict[str, dict[int, tuple[str, ...]]] = field(default_factory=dict)
    printed: Printed = field(default_factory=Printed)


class MemoryEngine:
    """Keep every record in memory; nothing outlives the process.

    Args:
        home: Ignored; engines are made with a folder.
        clock: Says when a batch arrived.
    """

    def __init__(self, home: Path | None = None, *, clock: Clock = now_us) -> None:
        self.home = home
        self._clock = clock
        self._runs: dict[str, _Run] = {}
        self._deleted: set[str] = set()
        self._blobs: Blobs | None = None
        self._forget_blobs: Callable[[], object] = bool
        self._next = 0
        self._lock = threading.RLock()
        self.documents = MemoryDocuments()
        self.console = MemoryConsole(lambda run: self._get(run).printed)

    @property
    def blobs(self) -> Blobs:
        """Return where large payloads lie: a temporary folder, made when first needed, gone with the engine."""
        with self._lock:
            if self._blobs is None:
                folder = tempfile.mkdtemp(prefix="gnomon-")
                self._blobs = Blobs(Path(folder))
                self._forget_blobs = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            return self._blobs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def append(self, batches: Sequence[Batch]) -> list[Appended | Exception]:
        if any(is_large(item) for batch in batches for item in batch.items):
            batches = stage(self.blobs, batches)
        with self._lock:
            return [self._append(batch) for batch in batches]

    def _append(self, batch: Batch) -> Appended | Exception:
        try:
            items = check_batch(batch)
            if any(isinstance(item, Object) and item.blob for item in items):
                check_blobs(self.blobs, items)
            run = self._runs.get(batch.run)
            if batch.run in self._deleted or (run is None and batch.opened is None):
                return _unknown(batch.run)
            if not check_offset(batch, run.writers.get(batch.writer, 0) if run else 0):
                return Appended(None, self.run(batch.run))
        except Exception as error:  # noqa: BLE001  # every refusal goes back in the batch's place
            return error
        return self._apply(batch, items)

    def _apply(self, batch: Batch, items: tuple[Item, ...]) -> Appended:
        now = self._clock()
        run = self._runs.get(batch.run)
        created = run is None
        config: dict[str, Any] = {}
        if run is None:
            assert batch.opened is not None
            run = self._runs[batch.run] = _Run(self._next, Fields.opened(batch.opened, now))
            self._next += 1
            config = flatten(run.fields.config)
        elif batch.opened is not None:
            config = run.fields.join(batch.opened, numbered=bool(batch.writer))
        touched = [key for item in items if isinstance(item, Frame) for key in item.keys]
        before = _record_keys(run)
        for item in items:
            config |= _apply_item(run, item)
        told = _told(batch.writer, items)
        if told:  # a child's journal may be read after that of its parent has ended
            run.printed.add(told if run.fields.state == "running" else [*told, None])
        if any(isinstance(item, Rewind) for item in items):
            touched = list(run.series)
        if batch.writer:
            run.writers[batch.writer] = batch.last
            run.keysets.setdefault(batch.writer, {}).update(batch.keysets)
        run.fields.updated_us = now
        stats = {key: _stats(run, run.series[key]) for key in touched}
        logged = {item.key for item in items if isinstance(item, Object)}
        after = _record_keys(run)
        found = touched_records(items, {k: v for k, v in after.items() if k in logged or before[k] != v})
        batch = replace(batch, items=bare(items))
        lines = len(run.printed.ended) if has_console(items) else None
        return Appended(batch, run.fields.info(run.index, batch.run), created, stats, config, found, lines)

    def bulk(self, run: str, frames: Iterable[Frame]) -> int:
        """Store frames without a writer, and return how many points came."""
        count = 0
        for frame in frames:
            items = check_batch(Batch(run, "", 0, 0, (frame,)))
            with self._lock:
                found = self._get(run)
                for item in items:
                    _apply_item(found, item)
            count += frame.values.size if items else 0
        return count

    def offset(self, run: str, writer: str) -> int:
        with self._lock:
            return self._runs[run].writers.get(writer, 0) if run in self._runs else 0

    def keysets(self, run: str, writer: str) -> Mapping[int, tuple[str, ...]]:
        with self._lock:
            return MappingProxyType(dict(self._runs[run].keysets.get(writer, {})) if run in self._runs else {})

    def runs(self) -> list[RunInfo]:
        with self._lock:
            return [run.fields.info(run.index, id_) for id_, run in self._runs.items()]

    def run(self, run: str) -> RunInfo:
        with self._lock:
            found = self._get(run)
            return found.fields.info(found.index, run)

    def config(self, run: str) -> dict[str, Any]:
        with self._lock:
            return dict(self._get(run).fields.config)

    def series(self, run: str) -> dict[str, Stats]:
        with self._lock:
            found = self._get(run)
            return {key: _stats(found, series) for key, series in sorted(found.series.items())}

    def points(
        self, run: str, key: str, first: int = 0, last: int | None = None, *, branch: int | None = None
    ) -> Points:
        with self._lock:
            found = self._get(run)
            if key not in found.series:
                msg = f'No series "{key}" in run {run}. It has {len(found.series)} series.'
                raise NotFoundError(msg)
            points = _points(found, found.series[key], branch)
        keep = (points.step >= first) & (points.step <= (MAX_STEP if last is None else last))
        return Points(points.step[keep], points.us[keep], points.value[keep])

    def envelopes(self, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        check_window(window)
        with self._lock:
            return [self._envelope(run, key, window) for run, key in series]

    def _envelope(self, run: str, key: str, window: Window) -> Envelope:
        found = self._runs.get(run)
        if found is None or key not in found.series:
            return blank()
        points = _points(found, found.series[key], None)
        total = len(points.step)
        keep = visible(points.step)
        step, us, value = points.step[keep], points.us[keep], points.value[keep]
        match window.x:
            case "step":
                x = step.astype(np.float64)
            case "time":
                x = us / 1e6
            case "relative":
                x = (us - found.fields.created_us) / 1e6
            case other if other in found.series:
                axis = _points(found, found.series[other], None)
                shown = visible(axis.step)
                x = known(step, axis.step[shown], axis.value[shown])
            case _:
                return blank(total)
        return from_points(x, value, window, total)

    def record_keys(self, run: str) -> dict[str, RecordKey]:
        with self._lock:
            found = self._get(run)
            keys = sorted({record.key for _, record in found.records})
            return {key: summary for key in keys if (summary := _record_key(found, key)).n}

    def records(
        self,
        run: str,
        key: str,
        first: int = 0,
        last: int | None = None,
        *,
        every: int = 1,
        offset: int = 0,
        limit: int | None = None,
        newest: bool = False,
    ) -> list[RecordInfo]:
        check_selection(every, offset, limit)
        end = MAX_STEP if last is None else last
        with self._lock:
            found = [r for r in _standing(self._get(run), key) if first <= r.step <= end][::every]
        if newest:
            found = found[: max(0, len(found) - offset)]
            return found if limit is None else found[max(0, len(found) - limit) :]
        return found[offset:] if limit is None else found[offset : offset + limit]

    def record(self, run: str, id: int) -> RecordInfo:  # noqa: A002
        with self._lock:
            found = self._get(run).records
            if not 0 < id <= len(found):
                raise missing(run, id)
            return found[id - 1][1]

    def payload(self, run: str, id: int, start: int = 0, size: int | None = None) -> bytes:  # noqa: A002
        check_range(start, size)
        record = self.record(run, id)
        if record.blob is not None:
            return self.blobs.read(record.blob, start, size)
        data = self._get(run).payloads[id]
        return data[start:] if size is None else data[start : start + size]

    def payload_path(self, run: str, id: int) -> Path | None:  # noqa: A002
        record = self.record(run, id)
        return None if record.blob is None else file_of(record, self.blobs)

    def rewinds(self, run: str) -> list[tuple[int, int]]:
        with self._lock:
            return list(self._get(run).rewinds)

    def feed(self, run: str, mark: Mark) -> Feed:
        with self._lock:
            return with_console(feed_of(self._get(run).history, mark), self.console, run, mark)

    def config_keys(self, project: str | None = None) -> list[str]:
        with self._lock:
            return sorted(
                {
                    key
                    for run in self._of(project)
                    for key, value in flatten(run.fields.config).items()
                    if value is not None
                }
            )

    def metric_keys(self, project: str | None = None) -> list[str]:
        with self._lock:
            return sorted({key for run in self._of(project) for key in run.series})

    def config_column(self, key: str) -> ConfigColumn:
        with self._lock:
            cells = [(r.index, cell(flatten(r.fields.config).get(key))) for r in self._of(None)]
        rows = [(index, *found) for index, found in cells if found != (None, None)]
        number = np.array([np.nan if number is None else number for _, number, _ in rows], np.float64)
        return ConfigColumn(np.array([i for i, _, _ in rows], np.int64), number, [text for _, _, text in rows])

    def metric_column(self, key: str) -> MetricColumn:
        with self._lock:
            rows = [(r.index, _stats(r, r.series[key])) for r in self._of(None) if key in r.series]
        i8, f8 = np.int64, np.float64
        return MetricColumn(
            index=np.array([i for i, _ in rows], i8),
            n=np.array([s.n for _, s in rows], i8),
            bad=np.array([s.bad for _, s in rows], i8),
            last=np.array([s.last for _, s in rows], f8),
            last_step=np.array([s.last_step for _, s in rows], i8),
            low=np.array([s.low for _, s in rows], f8),
            low_step=np.array([s.low_step for _, s in rows], i8),
            high=np.array([s.high for _, s in rows], f8),
            high_step=np.array([s.high_step for _, s in rows], i8),
            total=np.array([s.total for _, s in rows], f8),
        )

    def change(self, run: str, fields: Mapping[str, Any], us: int) -> RunInfo:
        plain = check_changes(fields)
        with self._lock:
            found = self._get(run)
            found.fields.merge(plain, us)
            found.fields.updated_us = self._clock()
            return found.fields.info(found.index, run)

    def values_at(self, key: str, places: Sequence[tuple[str, int]]) -> list[float | None]:
        return [self._value_at(run, key, step) for run, step in places]

    def _value_at(self, run: str, key: str, step: int) -> float | None:
        with self._lock:
            found = self._runs.get(run)
            if found is None or key not in found.series:
                return None
            points = _points(found, found.series[key], None)
            count = int(np.searchsorted(points.step, step, "right"))
            return float(points.value[count - 1]) if count else None

    def delete(self, run: str) -> None:
        if not self.delete_many([run]).runs:
            raise _unknown(run)

    def delete_many(self, runs: Sequence[str]) -> Deleted:
        with self._lock:
            there = [run for run in dict.fromkeys(runs) if run in self._runs]
            gone = {r.blob for run in there for _, r in self._runs[run].records if r.blob is not None}
            for run in there:
                del self._runs[run]
                self._deleted.add(run)
            unnamed = gone - {record.blob for left in self._runs.values() for _, record in left.records}
            freed = sum(self.blobs.size(blob) or 0 for blob in unnamed)
            for blob in unnamed:
                self.blobs.delete(blob)
            return Deleted(there, freed)

    def reclaim(self) -> None:
        """Do nothing: what is deleted from memory is gone."""

    def maintain(self, *, idle: bool = False, budget_s: float = 0.05) -> bool:
        del idle, budget_s
        return False

    def seal(self, run: str | None = None) -> None:
        if run is not None:
            self.run(run)

    def backup(self, dest: Path) -> None:
        msg = f"backup: the memory engine has nothing to copy to {dest}. Use the sqlite engine."
        raise StoreError(msg)

    def facts(self) -> dict[str, Any]:
        with self._lock:
            points = sum(len(s.step) for run in self._runs.values() for s in run.series.values())
            return {"engine": "memory", "runs": len(self._runs), "points": points, "unsealed": points}

    def close(self) -> None:
        """Remove the blobs; the memory goes with the engine."""
        self._forget_blobs()

    def _get(self, run: str) -> _Run:
        found = self._runs.get(run)
        if found is None:
            raise _unknown(run)
        return found

    def _of(self, project: str | None) -> list[_Run]:
        return [run for run in self._runs.values() if project in (None, run.fields.project)]


def _unknown(run: str) -> NotFoundError:
    return NotFoundError(f'No run "{run}" in this store: it was never opened here, or it was deleted.')


def _told(writer: str, items: Sequence[Item]) -> list[console.Told]:
    """Return what was printed, and where the run ended."""
    told: list[console.Told] = []
    for item in items:
        if isinstance(item, Console):
            told.append((writer, item))
        elif isinstance(item, Change) and item.fields.get("state", "running") != "running":
            told.append(None)
    return told


def _apply_item(run: _Run, item: Item) -> dict[str, Any]:
    """Apply one item and return the config it set."""
    branch = len(run.rewinds)
    match item:
        case Frame(keys, step, us, values):
            run.history.append(item)
            for key, value in zip(keys, values, strict=True):
                run.series.setdefault(key, _Series(key.startswith(SYSTEM))).add(step, us, value, branch)
            if not keys[0].startswith(SYSTEM):
                run.fields.reach(int(step.max()))
        case Object():
            id_ = len(run.records) + 1
            info = RecordInfo(id_, item.key, item.kind, item.step, item.us, item.meta, item.size, item.blob)
            run.records.append((branch, info))
            run.history.append(info)
            if item.blob is None:
                run.payloads[id_] = item.data
        case Rewind(us, step):
            run.rewinds.append((us, step))
            run.history.append(item)
            run.fields.rewind(step)
        case Change(us, fields):
            run.fields.merge(fields, us)
            return flatten(fields.get("config", {}))
    return {}


def _record_keys(run: _Run) -> dict[str, RecordKey]:
    return {key: _record_key(run, key) for key in {record.key for _, record in run.records}}


def _standing(run: _Run, key: str) -> list[RecordInfo]:
    """Return the records of a key that no rewind hides, by step and arrival."""
    limit = limits(run.rewinds)
    return sorted((r for b, r in run.records if r.key == key and r.step < limit[b]), key=lambda r: r.step)


def _record_key(run: _Run, key: str) -> RecordKey:
    found = _standing(run, key)
    if not found:
        return RecordKey("", 0, 0, 0, 0, 0)
    last = found[-1]
    return RecordKey(last.kind, len(found), found[0].step, last.step, last.us, sum(r.size for r in found))


def _points(run: _Run, series: _Series, branch: int | None) -> Points:
    """Return the points of a branch, or of the run as it stands, by step and arrival."""
    if branch is None:
        stands = limits([] if series.is_system else run.rewinds)
        keep = np.flatnonzero(series.step < stands[0 if series.is_system else series.branch])
    else:
        keep = np.flatnonzero(series.branch == branch)
    order = keep[np.argsort(series.step[keep], kind="stable")]
    return Points(series.step[order], series.us[order], series.value[order])


def _stats(run: _Run, series: _Series) -> Stats:
    """Summarise the points that no rewind hides."""
    points = _points(run, series, None)
    step, value = points.step, points.value
    if not len(step):
        return Stats(0, 0, np.nan, 0, 0, np.nan, 0, np.nan, 0, 0.0)
    finite = np.isfinite(value)
    good, good_step = value[finite], step[finite]
    last = float(value[-1]), int(step[-1]), int(points.us[-1])
    bad = int((~finite).sum())
    if not len(good):
        return Stats(len(step), bad, *last, np.nan, 0, np.nan, 0, 0.0)
    low, high = int(good.argmin()), int(good.argmax())
    return Stats(
        len(step), bad, *last, float(good[low]), int(good_step[low]), float(good[high]), int(good_step[high]),
        float(good.sum()),
    )  # fmt: skip
