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
from gnomon.store.engine import Engine
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


def point_times(engine: Engine, run: str) -> Int64:
    """Return when the points of a run were logged, in microseconds."""
    try:
        found = [engine.points(run, key).us for key in engine.series(run)]
    except NotFoundError:  # somebody deleted the run
        found = []
    return np.concatenate(found) if found else np.empty(0, np.int64)


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
            points = engine.points(run, key)
            past = slice(None) if at_us is None else points.us <= at_us
            label = f"{name} {key}" if name else key
            yield _line(label, run, points.step[past], points.value[past])
    except NotFoundError:  # somebody deleted the run
        return


def _line(name: str, run: str | None, step: Int64, value: Float64) -> PanelLine:
    # Of a step that came twice the later one counts, as in every chart.
    last = np.append(step[1:] != step[:-1], True) if len(step) else np.empty(0, bool)
    step, value, n = step[last], value[last], len(step)
    if len(step) > MAX_POINTS:
        keep = extremes(value, MAX_POINTS)
        step, value = step[keep], value[keep]
    return PanelLine(name=name, run=run, step=step.tolist(), value=numbers(value), n=n)
