"""Sweeps: asked for, listed, paused, resumed, stopped; with their trials and what those reached."""

import asyncio
import time
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.graph.document import decode
from gnomon.models.jobs.folder import JobSpec
from gnomon.server.context import Context, answer, context, read_json
from gnomon.server.job_request import spec_of
from gnomon.server.operation import Operation, read_query
from gnomon.server.sweep_request import sweep_of
from gnomon.server.sweep_rows import detail, row
from gnomon.server.sweeps import Driven
from gnomon.server.wire_jobs import JobPost
from gnomon.server.wire_sweeps import (
    SweepDetail,
    SweepOrder,
    SweepPatch,
    SweepPost,
    SweepRow,
    SweepRows,
    SweepsQuery,
)


def list_sweeps(request: Request) -> Response:
    """Return the sweeps: those that are not over, then the others, the newest first."""
    found = context(request)
    asked = read_query(request, SweepsQuery)
    now = time.time()
    rows = [_row(found, each, now) for each in found.sweeps.listed(asked.project)[: asked.limit]]
    return answer(SweepRows(sweeps=rows))


async def post_sweep(request: Request) -> Response:
    """Begin a sweep (201) over the settings and nodes of a graph, or over what a script is called with."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), SweepPost)
    return await asyncio.to_thread(_post, context(request), asked)


def _post(found: Context, asked: SweepPost) -> Response:
    def job_of(post: JobPost) -> JobSpec:
        spec = spec_of(post, found.graphs, found.datasets, found.workers)
        if spec.graph is None:
            return spec
        return msgspec.structs.replace(spec, components=found.components.sources(decode(spec.graph)))

    begun = found.sweeps.submit(sweep_of(asked, job_of, found.jobs.slots))
    return answer(_detail(found, begun), 201)


def get_sweep(request: Request) -> Response:
    """Return a sweep with what it searches, its trials, and its points in the order of what they reached."""
    found = context(request)
    return answer(_detail(found, found.sweeps.get(_id(request))))


async def patch_sweep(request: Request) -> Response:
    """Change how many trials, hours or trials at a time there are to be, or the priority of trials that come."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), SweepPatch)
    return await asyncio.to_thread(_patch, context(request), _id(request), asked)


def _patch(found: Context, sweep: str, asked: SweepPatch) -> Response:
    return answer(_row(found, found.sweeps.change(sweep, **msgspec.structs.asdict(asked)), time.time()))


def delete_sweep(request: Request) -> Response:
    """Remove a sweep that is over; its jobs and runs stay."""
    context(request).sweeps.delete(_id(request))
    return Response(status_code=204)


def _ordering(do: str, text: str) -> Callable[[Request], Response]:
    """Return the handler of an order; its text is that of the API's description."""

    def handler(request: Request) -> Response:
        found = context(request)
        return answer(_row(found, found.sweeps.order(_id(request), do), time.time()))

    handler.__doc__ = text
    return handler


def _id(request: Request) -> str:
    found: str = request.path_params["sweep"]
    return found


def _row(found: Context, driven: Driven, now: float) -> SweepRow:
    return row(driven, found.sweeps.driver_of(driven), now)


def _detail(found: Context, driven: Driven) -> SweepDetail:
    return detail(driven, found.sweeps.driver_of(driven), time.time(), found.jobs)


_ORDERS = {
    "pause": "Have a sweep begin no trials, and have those that run wait; they keep their memory and their slots",
    "resume": "Go on with a sweep that is paused, stopped or finished, and with its trials that were paused or stopped",
    "stop": "Stop the trials of a sweep, each with a checkpoint, and begin no more; a second time they are ended at once",
}
_SWEEP = "/api/v1/sweeps/{sweep}"
OPERATIONS = (
    Operation("GET", "/api/v1/sweeps", list_sweeps, "sweeps", SweepRows, SweepsQuery),
    Operation("POST", "/api/v1/sweeps", post_sweep, "sweeps", SweepDetail, body=SweepPost),
    *(
        Operation("POST", f"{_SWEEP}:{do}", _ordering(do, text), "sweeps", SweepRow, body=SweepOrder)
        for do, text in _ORDERS.items()
    ),
    Operation("GET", _SWEEP, get_sweep, "sweeps", SweepDetail),
    Operation("PATCH", _SWEEP, patch_sweep, "sweeps", SweepRow, body=SweepPatch),
    Operation("DELETE", _SWEEP, delete_sweep, "sweeps"),
)
