"""Series and records of one run."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gnomon.core.batch import Object
from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.limits import MAX_STEP
from gnomon.server.context import answer, context
from gnomon.server.wire import (
    PointsPage,
    RecordKeys,
    RecordRow,
    SeriesPage,
    numbers,
    plain,
    seconds,
    seconds_list,
    series_row,
)

router = APIRouter(tags=["series"])
MAX_POINTS = 1_000_000
MAX_RECORDS = 10_000
Step = Annotated[int | None, Query(ge=0, le=MAX_STEP)]


@router.get("/api/v1/runs/{run}/series")
def list_series(
    request: Request,
    run: str,
    search: Annotated[str, Query(max_length=512)] = "",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=0, le=100_000)] = 1000,
) -> Response:
    """Return the series of a run whose key contains `search`, by name."""
    home = context(request).home
    home.catalog.run(run)
    found = sorted(item for item in home.engine.series(run).items() if search.lower() in item[0].lower())
    rows = [series_row(key, stats) for key, stats in found[offset : offset + limit]]
    return answer(SeriesPage(total=len(found), series=rows))


@router.get("/api/v1/runs/{run}/series/{key:path}")
def get_points(
    request: Request,
    run: str,
    key: str,
    first: Step = None,
    last: Step = None,
    every: Annotated[int, Query(ge=1)] = 1,
    branch: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_POINTS)] = 100_000,
) -> Response:
    """Return every point of a series, or every n-th, as it was logged."""
    home = context(request).home
    home.catalog.run(run)
    points = home.engine.points(run, key, first or 0, last, branch=branch)
    step, us, value = points.step[::every], points.us[::every], points.value[::every]
    return answer(
        PointsPage(
            step=step[:limit].tolist(),
            time=seconds_list(us[:limit]),
            value=numbers(value[:limit]),
            more=len(step) > limit,
        )
    )


@router.get("/api/v1/runs/{run}/records")
def list_records(
    request: Request,
    run: str,
    key: Annotated[str | None, Query(max_length=512)] = None,
    first: Step = None,
    last: Step = None,
    limit: Annotated[int, Query(ge=1, le=MAX_RECORDS)] = 1000,
) -> Response:
    """Return the keys of what is not a number, or the records of one key."""
    home = context(request).home
    home.catalog.run(run)
    keys = home.engine.object_keys(run)
    if key is None:
        return answer(RecordKeys(keys=keys))
    if key not in keys:
        msg = f"No records under that key in this run. It has {len(keys)} keys of records."
        raise NotFoundError(msg)
    found = home.engine.objects(run, key, first or 0, last)
    return answer(RecordKeys(records=[_row(o) for o in found[:limit]], more=len(found) > limit))


def _row(record: Object) -> RecordRow:
    return RecordRow(
        step=record.step, time=seconds(record.us), kind=record.kind, meta=plain(record.meta), value=_value(record)
    )


def _value(record: Object) -> Any:
    """Return text and JSON as they are; of other kinds `meta` tells what there is."""
    if record.kind == "text":
        return record.data.decode("utf-8", "replace")
    if record.kind != "json":
        return None
    try:
        return msgspec.json.decode(record.data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        msg = f"key: the record at step {record.step} is not JSON."
        raise InputError(msg, field="key") from None
