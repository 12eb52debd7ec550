"""Series of one run."""

from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.limits import MAX_STEP
from gnomon.server.context import answer, context
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire import PointsPage, SeriesPage, numbers, seconds_list, series_row
from gnomon.store.home import Home

MAX_POINTS: Final = 1_000_000
Step = Annotated[int, Meta(ge=0, le=MAX_STEP)]


class SeriesSearch(Struct):
    """Parameters of a list of series."""

    search: Annotated[str, Meta(max_length=512)] = ""
    offset: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=0, le=100_000)] = 1000


class PointsRange(Struct):
    """Parameters of a piece of a series; both steps are included."""

    first: Step = 0
    last: Step | None = None
    every: Annotated[int, Meta(ge=1)] = 1
    branch: Annotated[int, Meta(ge=0)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_POINTS)] = 100_000


def list_series(request: Request) -> Response:
    """Return the series of a run whose key contains `search`, by name."""
    asked = read_query(request, SeriesSearch)
    home, run = _home_and_run(request)
    wanted = asked.search.lower()
    found = sorted(item for item in home.engine.series(run).items() if wanted in item[0].lower())
    rows = [series_row(key, stats) for key, stats in found[asked.offset : asked.offset + asked.limit]]
    return answer(SeriesPage(total=len(found), series=rows))


def get_points(request: Request) -> Response:
    """Return every point of a series, or every n-th, as it was logged."""
    asked = read_query(request, PointsRange)
    home, run = _home_and_run(request)
    points = home.engine.points(run, request.path_params["key"], asked.first, asked.last, branch=asked.branch)
    step, us, value = points.step[:: asked.every], points.us[:: asked.every], points.value[:: asked.every]
    return answer(
        PointsPage(
            step=step[: asked.limit].tolist(),
            time=seconds_list(us[: asked.limit]),
            value=numbers(value[: asked.limit]),
            more=len(step) > asked.limit,
        )
    )


def _home_and_run(request: Request) -> tuple[Home, str]:
    home = context(request).home
    return home, home.catalog.run(request.path_params["run"]).id


OPERATIONS = (
    Operation("GET", "/api/v1/runs/{run}/series", list_series, "series", SeriesPage, SeriesSearch),
    Operation("GET", "/api/v1/runs/{run}/series/{key:path}", get_points, "series", PointsPage, PointsRange),
)
