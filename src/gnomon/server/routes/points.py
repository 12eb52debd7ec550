"""Points of many runs as one table: what is below a chart, to the last digit."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gnomon.analysis.expression import parse
from gnomon.analysis.expression_values import Column
from gnomon.core.errors import InputError, LimitError
from gnomon.core.spelling import harmless
from gnomon.server.context import context
from gnomon.server.downloads import disposition
from gnomon.server.expressions import Expressions
from gnomon.server.operation import Operation, read_query
from gnomon.store.envelope import Window
from gnomon.store.home import Home

CSV: Final = "text/csv; charset=utf-8"
HEAD: Final = ("run", "name", "series", "step", "time", "value")
MAX_RUNS: Final = 1000
MAX_SERIES: Final = 64
_PIECE: Final = 20_000


class PointsQuery(Struct):
    """Parameters of a download: `key` and `expression` may come several times, `runs` are ids with commas between."""

    runs: Annotated[str, Meta(max_length=64_000)]
    key: str = ""
    expression: str = ""
    x: str = "step"
    first: float | None = None
    last: float | None = None


async def get_points_csv(request: Request) -> Response:
    """Return every point of series of runs in a window, as CSV, in pieces."""
    asked = read_query(request, PointsQuery)
    home = context(request).home
    runs = [run for run in asked.runs.split(",") if run]
    keys, expressions = (request.query_params.getlist(name) for name in ("key", "expression"))
    series = [(key, False) for key in keys if key] + [(text, True) for text in expressions if text]
    _check(runs, series)
    found = [home.catalog.run(run) for run in runs]
    names = [(run.id, run.name) for run in found]
    window = Window(1000, asked.first, asked.last, asked.x)
    headers = {"Content-Disposition": disposition(f"{(keys or expressions)[0]}.csv")}
    return StreamingResponse(_rows(home, names, series, window), 200, headers, CSV)


def _check(runs: list[str], series: list[tuple[str, bool]]) -> None:
    if not runs or len(runs) > MAX_RUNS:
        msg = f"runs: expected 1 to {MAX_RUNS} ids of runs, received {len(runs)}."
        raise InputError(msg, field="runs") if not runs else LimitError(msg, field="runs")
    if not series or len(series) > MAX_SERIES:
        msg = f"key: expected 1 to {MAX_SERIES} series, received {len(series)}."
        raise InputError(msg, field="key") if not series else LimitError(msg, field="key")
    for text, computed in series:
        if computed:
            parse(text)


async def _rows(
    home: Home, runs: list[tuple[str, str]], series: list[tuple[str, bool]], window: Window
) -> AsyncIterator[str]:
    yield _line(HEAD)
    for run, name in runs:
        for key, computed in series:
            # Of each series alone the points are in memory.
            found = await asyncio.to_thread(Expressions(home, window).within, run, key, computed=computed)
            start = _line((run, name, key)).removesuffix("\r\n")
            if found is None:
                continue
            for at in range(0, len(found.step), _PIECE):
                yield await asyncio.to_thread(_piece, start, found, at)


def _piece(start: str, found: Column, at: int) -> str:
    end = at + _PIECE
    columns = (found.step[at:end].tolist(), found.us[at:end].tolist(), found.value[at:end].tolist())
    return "".join(f"{start},{step},{us / 1e6:.6f},{value!r}\r\n" for step, us, value in zip(*columns, strict=True))


def _line(cells: tuple[str, ...]) -> str:
    """Return a line of CSV; text that a spreadsheet would take for a formula is told to be text."""
    out = io.StringIO()
    csv.writer(out).writerow(map(harmless, cells))
    return out.getvalue()


OPERATIONS = (
    Operation("GET", "/api/v1/points.csv", get_points_csv, "series", str, query=PointsQuery, media_out=("text/csv",)),
)
