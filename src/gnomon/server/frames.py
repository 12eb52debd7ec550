"""From events of the bus to what one browser wants to hear: coalesced, and thinned to extremes when it is too much."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from gnomon.core.batch import Float64, Frame, Int64
from gnomon.server.wire import numbers, run_row, seconds_list
from gnomon.server.wire_live import (
    ConsoleFrame,
    DocumentChange,
    DocumentsFrame,
    EndpointFrame,
    GraphFrame,
    JobFrame,
    LiveFrame,
    LivePoints,
    LiveRecords,
    LiveWatch,
    PointsFrame,
    RecordsFrame,
    RemovedFrame,
    RunsFrame,
)
from gnomon.store.bus import Change, DocumentChanged, DocumentEdited, Event, Removed, Told
from gnomon.store.engine import Appended, RecordKey, RunInfo

MAX_POINTS: Final = 20_000
MAX_PER_SERIES: Final = 500  # what a chart can show of a fraction of a second, and cheap enough for many tabs
MIN_PER_SERIES: Final = 16
CONSOLE: Final = "gnomon/console"
"""Key under which the console of a run is watched."""

Wish = frozenset[str] | Literal["*"]


@dataclass(frozen=True, slots=True)
class Watch:
    """What a browser wants, in a form that can be compared: browsers that want the same share their frames."""

    projects: Wish = frozenset()
    runs: tuple[tuple[str, Wish], ...] = ()
    documents: Wish = frozenset()

    @classmethod
    def of(cls, asked: LiveWatch) -> "Watch":
        """Return the wish of a message."""
        projects: Wish = "*" if asked.projects == "*" else frozenset(asked.projects)
        runs: dict[str, Wish] = {run: "*" if keys == "*" else frozenset(keys) for run, keys in asked.runs.items()}
        documents: Wish = "*" if asked.documents == "*" else frozenset(asked.documents)
        return cls(projects, tuple(sorted(runs.items(), key=lambda item: item[0])), documents)

    def wants_project(self, project: str) -> bool:
        """Tell whether rows of this project are wanted."""
        return self.projects == "*" or project in self.projects


@dataclass(slots=True)
class _Series:
    step: list[Int64]
    us: list[Int64]
    value: list[Float64]
    total: int = 0


def build(events: Sequence[Event], watch: Watch, cursor: str) -> list[LiveFrame]:
    """Return the frames that bring a browser from before the events to `cursor`."""
    news = _News(watch)
    for event in events:
        for change in event.changes:
            news.add(change)
    return [
        *_row_frames(news.rows, news.removed, cursor),
        *_point_frames(news.points, cursor),
        *_record_frames(news.records, cursor),
        *(ConsoleFrame(cursor=cursor, run=run, total=total) for run, total in news.consoles.items()),
        *_document_frames(news.documents, cursor),
        *(_edit_frame(edit, cursor) for edit in news.edits),
        *(_told_frame(told, cursor) for told in news.told.values()),
    ]


class _News:
    """What one browser wants to hear, collected over events."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._wanted = dict(watch.runs)
        self.rows: dict[str, RunInfo] = {}
        self.removed: dict[str, None] = {}
        self.points: dict[str, dict[str, _Series]] = {}
        self.records: dict[str, dict[str, RecordKey]] = {}
        self.consoles: dict[str, int] = {}
        self.documents: dict[tuple[str, str], DocumentChanged] = {}
        self.edits: list[DocumentEdited] = []
        self.told: dict[tuple[str, str], Told] = {}

    def add(self, change: Change) -> None:
        if isinstance(change, DocumentChanged):
            if self._watch.documents == "*" or change.kind in self._watch.documents:
                self.documents[change.kind, change.id] = change
        elif isinstance(change, DocumentEdited):
            if f"{change.kind}/{change.id}" in self._watch.documents:
                self.edits.append(change)
        elif isinstance(change, Told):
            if self._watch.documents == "*" or change.kind in self._watch.documents:
                self.told[change.kind, change.id] = change
        elif isinstance(change, Removed):
            self._remove(change)
        else:
            self._append(change)

    def _remove(self, change: Removed) -> None:
        for known in (self.rows, self.points, self.records, self.consoles):
            known.pop(change.run, None)
        if self._watch.wants_project(change.project) or change.run in self._wanted:
            self.removed[change.run] = None

    def _append(self, change: Appended) -> None:
        run = change.run
        if self._watch.wants_project(run.project) or run.id in self._wanted:
            self.rows[run.id] = run
        keys = self._wanted.get(run.id)
        if keys is None or change.batch is None:
            return
        _collect(change, keys, self.points.setdefault(run.id, {}))
        if change.console is not None and (keys == "*" or CONSOLE in keys):
            self.consoles[run.id] = change.console
        touched = {key: found for key, found in change.records.items() if keys == "*" or key in keys}
        if touched:
            self.records.setdefault(run.id, {}).update(touched)


def _collect(change: Appended, keys: Wish, into: dict[str, _Series]) -> None:
    assert change.batch is not None
    for item in change.batch.items:
        if not isinstance(item, Frame):
            continue
        for key, values in zip(item.keys, item.values, strict=True):
            if keys == "*" or key in keys:
                series = into.get(key)
                if series is None:
                    series = into[key] = _Series([], [], [])
                series.step.append(item.step)
                series.us.append(item.us)
                series.value.append(values)
    for key, stats in change.stats.items():
        if key in into:
            into[key].total = stats.n


def _record_frames(records: dict[str, dict[str, RecordKey]], cursor: str) -> list[LiveFrame]:
    return [
        RecordsFrame(
            cursor=cursor,
            run=run,
            keys={key: LiveRecords(kind=k.kind, n=k.n, last_step=k.last_step) for key, k in keys.items()},
        )
        for run, keys in records.items()
    ]


def _document_frames(documents: dict[tuple[str, str], DocumentChanged], cursor: str) -> list[LiveFrame]:
    changes = [DocumentChange(kind=d.kind, id=d.id, rev=d.rev, deleted=d.deleted) for d in documents.values()]
    return [DocumentsFrame(cursor=cursor, changes=changes)] if changes else []


def _edit_frame(edit: DocumentEdited, cursor: str) -> LiveFrame:
    return GraphFrame(cursor=cursor, id=edit.id, rev=edit.rev, ops=edit.ops, deleted=edit.deleted, **edit.more)


def _told_frame(told: Told, cursor: str) -> LiveFrame:
    if told.kind == "endpoint":
        return EndpointFrame(cursor=cursor, id=told.id, endpoint=told.state)
    return JobFrame(cursor=cursor, id=told.id, job=told.state)


def _row_frames(rows: dict[str, RunInfo], removed: Iterable[str], cursor: str) -> list[LiveFrame]:
    frames: list[LiveFrame] = []
    if rows:
        frames.append(RunsFrame(cursor=cursor, rows=[run_row(r) for r in rows.values()]))
    gone = list(removed)
    if gone:
        frames.append(RemovedFrame(cursor=cursor, runs=gone))
    return frames


def _point_frames(points: dict[str, dict[str, _Series]], cursor: str) -> list[LiveFrame]:
    count = sum(map(len, points.values()))
    limit = min(MAX_PER_SERIES, max(MIN_PER_SERIES, MAX_POINTS // max(count, 1)))
    return [
        PointsFrame(cursor=cursor, run=run, series={k: _live_points(s, limit) for k, s in series.items()})
        for run, series in points.items()
        if series
    ]


def _live_points(series: _Series, limit: int) -> LivePoints:
    step, us, value = np.concatenate(series.step), np.concatenate(series.us), np.concatenate(series.value)
    thinned = len(step) > limit
    if thinned:
        keep = extremes(value, limit)
        step, us, value = step[keep], us[keep], value[keep]
    return LivePoints(
        step=step.tolist(), time=seconds_list(us), value=numbers(value), total=series.total, thinned=thinned
    )


def extremes(value: Float64, limit: int) -> Int64:
    """Return the places of at most `limit` points: the last one, and the smallest and largest of each part.

    Args:
        value: float64 of shape `(n,)`; parts without a finite value give their last point.
        limit: At least 4.
    """
    parts = np.linspace(0, len(value), max(limit // 2 - 1, 1) + 1).astype(np.int64)
    low = np.where(np.isfinite(value), value, np.inf)
    high = np.where(np.isfinite(value), value, -np.inf)
    chosen = {len(value) - 1}
    for first, end in zip(parts[:-1].tolist(), parts[1:].tolist(), strict=True):
        if end > first:
            chosen |= {first + int(low[first:end].argmin()), first + int(high[first:end].argmax())}
    return np.array(sorted(chosen), np.int64)
