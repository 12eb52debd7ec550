"""Runs: the table of many, and everything of one."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.core.limits import check_name
from gnomon.server.changes import check_color, check_notes, check_tags
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation
from gnomon.server.wire import RunDetail, RunPatch, RunRow, RunsPage, RunsQuery, cells, run_detail, run_row
from gnomon.store.home import Home
from gnomon.store.query import RunQuery

MAX_ROWS = 1000


async def query_runs(request: Request) -> Response:
    """Return a window of the run table: filtered, sorted, with the columns asked for."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), RunsQuery)
    return answer(await asyncio.to_thread(_query, context(request).home, asked))


def _query(home: Home, asked: RunsQuery) -> RunsPage:
    if not 0 <= asked.limit <= MAX_ROWS:
        msg = f"limit: expected 0 to {MAX_ROWS}, received {asked.limit}. Ask for the next window with offset."
        raise InputError(msg, field="limit")
    cursor = home.bus.cursor()
    page = home.table.query(
        RunQuery(
            project=asked.project,
            where=asked.where or "",
            order=tuple(asked.order) or ("-created",),
            columns=tuple(asked.columns),
            offset=asked.offset,
            limit=asked.limit,
            lenient=asked.lenient,
            archived=asked.archived,
            ids=None if asked.ids is None else tuple(asked.ids),
        )
    )
    return RunsPage(
        total=page.total,
        archived=page.archived,
        matched=page.matched,
        runs=[run_row(run) for run in page.runs],
        columns={name: cells(values) for name, values in page.columns.items()},
        cursor=cursor,
    )


def get_run(request: Request) -> Response:
    """Return everything of a run but its values."""
    home, run = context(request).home, request.path_params["run"]
    cursor = home.bus.cursor()
    info = home.catalog.run(run)
    engine = home.engine
    return answer(
        run_detail(
            info, config=engine.config(run), series=engine.series(run), rewinds=engine.rewinds(run), cursor=cursor
        )
    )


async def update_run(request: Request) -> Response:
    """Replace name, notes, tags or colour of a run."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), RunPatch)
    home = context(request).home
    info = await asyncio.to_thread(_update, home, request.path_params["run"], asked)
    return answer(run_row(info))


def _update(home: Home, run: str, asked: RunPatch) -> Any:
    known = home.catalog.run(run)
    fields: dict[str, Any] = {}
    if asked.name is not msgspec.UNSET:
        fields["name"] = check_name(asked.name)
    if asked.notes is not msgspec.UNSET:
        fields["notes"] = check_notes(asked.notes)
    if asked.tags is not msgspec.UNSET:
        fields["tags"] = check_tags(asked.tags)
        fields["untag"] = sorted(set(known.tags) - set(asked.tags))
    if asked.color is not msgspec.UNSET:
        fields["color"] = check_color(asked.color)
    return home.change(run, fields) if fields else known


def delete_run(request: Request) -> Response:
    """Remove a run and everything of it."""
    context(request).home.delete(request.path_params["run"])
    return Response(status_code=204)


OPERATIONS = (
    Operation("POST", "/api/v1/runs:query", query_runs, "runs", RunsPage, body=RunsQuery),
    Operation("GET", "/api/v1/runs/{run}", get_run, "runs", RunDetail),
    Operation("PATCH", "/api/v1/runs/{run}", update_run, "runs", RunRow, body=RunPatch),
    Operation("DELETE", "/api/v1/runs/{run}", delete_run, "runs"),
)
