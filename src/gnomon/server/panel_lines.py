"""The points behind panels of lines: as they are or as they were, thinned to extremes when they are many."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.core.clock import now_us
from gnomon.core.errors import NotFoundError
from gnomon.server.columns import read_columns
from gnomon.server.frames import extremes
from gnomon.server.wire import numbers
from gnomon.server.wire_boards import PanelLine
from gnomon.store.documents import Document
from gnomon.store.engine import Engine, Stats
from gnomon.store.envelope import Window
from gnomon.store.home import Home
from gnomon.store.query import RunQuery

MAX_POINTS: Final = 1000
"""So many points of a line are sent; of more, the last one and the extremes of each part."""

MAX_RUNS: Final = 20


def lines_of(home: Home, panel: Document, at_us: int | None = None) -> list[PanelLine] | None:
    """Return the lines of a panel, `None` when it has none to send.

    Args:
        home: Where the runs are.
        panel: Of any kind. The lines of a `series` panel are read by browsers as charts are; they are sent only
            when it is looked at as it was.
        at_us: Only points that had been logged by then.
    """
    value = panel.body["value"]
    if panel.body["kind"] == "line":
        if panel.body["run"] is not None:
            return list(_run_lines(home.engine, panel.body["run"], None, "", at_us))
        return [] if value is None else _own_lines(value["columns"])
    if panel.body["kind"] == "series" and value is not None and at_us is not None:
        return [
            line
            for run, name in _runs(home, value)
            for line in _run_lines(home.engine, run, value["keys"], name, at_us)
        ]
    return None


def point_times(engine: Engine, run: str, at_most: int) -> Int64:
    """Return when points of a run were logged, in microseconds: all of them, or about `at_most` of each series."""
    try:
        found = engine.envelopes([(run, key) for key in engine.series(run)], Window(px=at_most, x="time"))
    except NotFoundError:  # somebody deleted the run
        found = []
    times = np.concatenate([np.empty(0), *(each.x1 for each in found)])
    return np.round(times * 1e6).astype(np.int64)


def _runs(home: Home, value: dict[str, Any]) -> list[tuple[str, str]]:
    if value["runs"] is not None:
        known = [home.catalog.get(run) for run in value["runs"]]
        return [(info.id, info.name) for info in known if info is not None]
    query = RunQuery(project=value["project"], where=value["where"], order=("-created",), limit=MAX_RUNS, lenient=True)
    return [(info.id, info.name) for info in home.table.query(query).runs]


def _own_lines(columns: dict[str, Any]) -> list[PanelLine]:
    return [
        _line(key, None, part.step, values)
        for part in read_columns(columns, now_us())
        for key, values in zip(part.keys, part.values, strict=True)
    ]


def _run_lines(engine: Engine, run: str, keys: list[str] | None, name: str, at_us: int | None) -> Iterator[PanelLine]:
    try:
        known = engine.series(run)
        for key in known if keys is None else [key for key in keys if key in known]:
            label = f"{name} {key}" if name else key
            if at_us is None and known[key].n > MAX_POINTS:
                yield _long_line(engine, label, run, key, known[key])
                continue
            points = engine.points(run, key)
            past = slice(None) if at_us is None else points.us <= at_us
            yield _line(label, run, points.step[past], points.value[past])
    except NotFoundError:  # somebody deleted the run
        return


def _long_line(engine: Engine, name: str, run: str, key: str, stats: Stats) -> PanelLine:
    """Return the extremes of a line without reading all of its points."""
    (found,) = engine.envelopes([(run, key)], Window(px=MAX_POINTS // 2 - 1))
    step = np.concatenate([found.low_x, found.high_x, [stats.last_step]]).astype(np.int64)
    value = np.concatenate([found.low, found.high, [stats.last]])
    step, first = np.unique(step, return_index=True)
    value = value[first]
    keep = np.isfinite(value) | (step == stats.last_step)
    return PanelLine(name=name, run=run, step=step[keep].tolist(), value=numbers(value[keep]), n=stats.n)


def _line(name: str, run: str | None, step: Int64, value: Float64) -> PanelLine:
    # Of a step that came twice the later one counts, as in every chart.
    last = np.append(step[1:] != step[:-1], True) if len(step) else np.empty(0, bool)
    step, value, n = step[last], value[last], len(step)
    if len(step) > MAX_POINTS:
        keep = extremes(value, MAX_POINTS)
        step, value = step[keep], value[keep]
    return PanelLine(name=name, run=run, step=step.tolist(), value=numbers(value), n=n)
