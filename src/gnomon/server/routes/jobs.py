"""Jobs: asked for, listed, told what to do; what happened to them and what they printed."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.graph.document import decode
from gnomon.models.jobs.events import OVER, Event
from gnomon.server.context import answer, context, read_json
from gnomon.server.job_entry import Entry, trouble
from gnomon.server.job_request import runs_code, spec_of
from gnomon.server.jobs import Jobs
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire import plain
from gnomon.server.wire_jobs import (
    JobDetail,
    JobEvent,
    JobLog,
    JobLogQuery,
    JobOrder,
    JobPatch,
    JobPost,
    JobRow,
    JobRows,
    JobScriptTold,
    JobsQuery,
)

MOST_EVENTS: Final = 2_000


def list_jobs(request: Request) -> Response:
    """Return the jobs: those that run, those that wait in their order, and those that are over, the newest first."""
    found = context(request)
    asked = read_query(request, JobsQuery)
    cursor = found.home.bus.cursor()
    rows = found.jobs.listed(asked.project)[: asked.limit]
    return answer(JobRows(jobs=rows, slots=found.jobs.used(), cursor=cursor))


async def post_job(request: Request) -> Response:
    """Put a job into the queue (201): a graph that is trained, or a script that is run."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), JobPost)
    return await asyncio.to_thread(_post, request, asked)


def _post(request: Request, asked: JobPost) -> Response:
    found = context(request)
    spec = spec_of(asked, found.graphs, found.datasets, found.workers)
    if spec.graph is not None:
        spec = msgspec.structs.replace(spec, components=found.components.sources(decode(spec.graph)))
    entry = found.jobs.submit(spec)
    return answer(_detail(found.jobs, entry), 201)


def get_job(request: Request) -> Response:
    """Return a job with what was asked for and what happened."""
    jobs = context(request).jobs
    return answer(_detail(jobs, jobs.get(_id(request))))


async def patch_job(request: Request) -> Response:
    """Change the learning rate of a job that trains, its priority, or its place in the queue."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), JobPatch)
    return await asyncio.to_thread(_patch, context(request).jobs, _id(request), asked)


def _patch(jobs: Jobs, job: str, asked: JobPatch) -> Response:
    if asked.priority is not msgspec.UNSET and asked.before is not msgspec.UNSET and asked.before is not None:
        msg = "before: expected either a priority or a job to be put in front of, received both."
        raise InputError(msg, field="before")
    if asked.priority is not msgspec.UNSET:
        jobs.move(job, priority=asked.priority)
    if asked.before is not msgspec.UNSET:
        jobs.move(job, before=asked.before, last=asked.before is None)
    if asked.lr is not msgspec.UNSET:
        jobs.set_rate(job, asked.lr)
    return answer(jobs.row(jobs.get(job)))


def delete_job(request: Request) -> Response:
    """Remove a job that is over, with its folder and checkpoints; its runs stay."""
    context(request).jobs.delete(_id(request))
    return Response(status_code=204)


def get_log(request: Request) -> Response:
    """Return a part of what a job printed: by default the last of it."""
    asked = read_query(request, JobLogQuery)
    folder = context(request).jobs.get(_id(request)).folder
    if asked.since is not None:
        data, first, size = folder.part(asked.since, asked.size)
    else:
        data, first, size = folder.tail(asked.size, asked.before)
    text = data.decode("utf-8", "replace")
    return answer(JobLog(text=text, first=first, end=first + len(data), size=size))


def _ordering(do: str, text: str) -> Callable[[Request], Response]:
    """Return the handler of an order; its text is that of the API's description."""

    def handler(request: Request) -> Response:
        found = context(request)
        entry = found.jobs.get(_id(request))
        if do == "resume" and entry.state in OVER and runs_code(entry.folder.spec()):
            found.workers.check_code()  # the server that took it may have run what this one does not
        return answer(found.jobs.row(found.jobs.order(_id(request), do)))

    handler.__doc__ = text
    return handler


def _id(request: Request) -> str:
    found: str = request.path_params["job"]
    return found


def _detail(jobs: Jobs, entry: Entry) -> JobDetail:
    spec = entry.folder.spec()
    script = spec.script
    return JobDetail(
        job=jobs.row(entry),
        train=plain(spec.train),
        seed=spec.seed,
        restarts_allowed=spec.most_restarts,
        resume_lost=spec.resume_lost,
        script=None if script is None else JobScriptTold(argv=script.argv, cwd=script.cwd, env=sorted(script.env)),
        folder=str(entry.folder.path),
        events=[_event(each) for each in condensed(jobs.events(entry.document.id))[-MOST_EVENTS:]],
    )


def condensed(events: Sequence[Event]) -> list[Event]:
    """Return events without checkpoints that another followed at once: of a long training they would be all there is."""
    behind: list[Event | None] = [*events[1:], None] if events else []
    return [
        event
        for event, after in zip(events, behind, strict=True)
        if event.event != "checkpoint" or after is None or after.event != "checkpoint"
    ]


def _event(event: Event) -> JobEvent:
    return JobEvent(
        time=event.t,
        event=event.event,
        pid=event.pid,
        step=event.step,
        run=event.run,
        error=None if event.error is None else trouble(event.error),
        device=event.device,
        text=event.text,
    )


_ORDERS = {
    "pause": "Have a job wait at its next step; a script is stopped where it is. It keeps its memory and its slot",
    "resume": "Go on with a paused job, or put one that is over into the queue again, to go on at its checkpoint",
    "park": "Have a job save a checkpoint and end, which frees its slot; `:resume` goes on later",
    "stop": "Stop a job at its next step with a checkpoint; a second time it is ended, whatever it does",
    "checkpoint": "Have a job save a checkpoint at its next step",
}
_JOB = "/api/v1/jobs/{job}"
OPERATIONS = (
    Operation("GET", "/api/v1/jobs", list_jobs, "jobs", JobRows, JobsQuery),
    Operation("POST", "/api/v1/jobs", post_job, "jobs", JobDetail, body=JobPost),
    *(
        Operation("POST", f"{_JOB}:{do}", _ordering(do, text), "jobs", JobRow, body=JobOrder)
        for do, text in _ORDERS.items()
    ),
    Operation("GET", f"{_JOB}/log", get_log, "jobs", JobLog, JobLogQuery),
    Operation("GET", _JOB, get_job, "jobs", JobDetail),
    Operation("PATCH", _JOB, patch_job, "jobs", JobRow, body=JobPatch),
    Operation("DELETE", _JOB, delete_job, "jobs"),
)
