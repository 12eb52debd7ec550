"""What a run watched of its model, by the node of a graph that each variable belongs to."""

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import GnomonError
from gnomon.core.records.histogram import TYPE
from gnomon.graph.watched import node_of
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation
from gnomon.server.wire_watched import WatchedRun, WatchedVariable
from gnomon.store.engine import Engine, RecordInfo

BINS: Final = 32
MOST: Final = 3_000
_KEY: Final = re.compile(r"(?:(.*)/)?(weights|gradients|activations)/([^/].*)\Z")


def get_watched(request: Request) -> Response:
    """Return the last histogram of each weight, gradient and activation that a run watched, with its node."""
    home = context(request).home
    cursor = home.bus.cursor()  # before reading, so that live frames from here on leave nothing out
    run = home.catalog.run(request.path_params["run"])
    found = list(_variables(home.engine, run.id))
    return answer(WatchedRun(run=run.id, name=run.name, project=run.project, variables=found, cursor=cursor))


def _variables(engine: Engine, run: str) -> Iterator[WatchedVariable]:
    keys = [
        (key, match)
        for key, held in engine.record_keys(run).items()
        if held.kind == "histogram" and (match := _KEY.match(key))
    ]
    for key, match in sorted(keys, key=lambda pair: pair[0])[:MOST]:
        for record in engine.records(run, key, limit=1, newest=True):
            shown = _shown(engine, run, record)
            if shown is not None:
                low, high, counts = shown
                model, what, path = match[1] or "", match[2], match[3]
                yield WatchedVariable(
                    key=key,
                    model=model,
                    what=what,  # type: ignore[arg-type]  # one of the three that the expression lets through
                    path=path,
                    node=node_of(path, what),
                    step=record.step,
                    low=low,
                    high=high,
                    counts=counts,
                )


def _shown(engine: Engine, run: str, record: RecordInfo) -> tuple[float, float, list[float]] | None:
    """Return lowest and highest border and the counts of a histogram, on few bins; `None` when there is nothing in it."""
    try:
        found: Any = TYPE.decode(record.meta, engine.payload(run, record.id))
        edges, counts = np.asarray(found.edges, float), np.asarray(found.counts, float)
    except (GnomonError, ValueError):
        return None
    held = np.flatnonzero(counts)
    if not len(held) or not np.isfinite(edges).all():
        return None
    low, high = float(edges[held[0]]), float(edges[held[-1] + 1])
    return (low, high, coarser(edges, counts, low, high)) if low < high else None


def coarser(edges: npt.NDArray[Any], counts: npt.NDArray[Any], low: float, high: float) -> list[float]:
    """Return counts on 32 bins from `low` to `high`, by how much of each bin lies in each; their sum stays.

    Example:
        >>> sum(coarser(np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0]), 0.0, 2.0)[:16])
        3.0
    """
    total = np.concatenate(([0.0], np.cumsum(counts)))
    return [float(n) for n in np.diff(np.interp(np.linspace(low, high, BINS + 1), edges, total))]


OPERATIONS = (Operation("GET", "/api/v1/runs/{run}/watched", get_watched, "runs", WatchedRun),)
