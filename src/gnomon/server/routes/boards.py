"""Dashboards: made, read and changed by one call each, from any language; as they are and as they were."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.server.boards import Boards
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_lines import point_times
from gnomon.server.panel_rows import MOMENTS, at_us, dashboard, dashboard_row, if_match, moments, set_fields, tagged
from gnomon.server.wire import seconds
from gnomon.server.wire_boards import (
    AtQuery,
    Dashboard,
    DashboardPatch,
    DashboardPost,
    Dashboards,
    History,
    HistoryQuery,
    Moments,
    Restore,
    Revision,
)
from gnomon.store.home import Home


def list_dashboards(request: Request) -> Response:
    """Return all dashboards, in the order in which they were made."""
    found = context(request)
    cursor = found.home.bus.cursor()
    rows = [dashboard_row(found.boards, board) for board in found.boards.dashboards()]
    return answer(Dashboards(dashboards=rows, cursor=cursor))


async def post_dashboard(request: Request) -> Response:
    """Return the dashboard of a name; one that is new is made (201)."""
    asked = await read_asked(request, DashboardPost)
    found = context(request)
    fields = set_fields(asked, ("name",))
    board, made = await asyncio.to_thread(found.boards.open_dashboard, asked.name, fields)
    row = await asyncio.to_thread(dashboard, found.home, found.boards, board)
    return tagged(row, board, 201 if made else 200)


def get_dashboard(request: Request) -> Response:
    """Return a dashboard with its panels, as it is or as it was at a time."""
    found = context(request)
    at = at_us(read_query(request, AtQuery).at)
    board = found.boards.dashboard(request.path_params["dashboard"], at)
    return tagged(dashboard(found.home, found.boards, board, at), board)


async def patch_dashboard(request: Request) -> Response:
    """Replace fields of a dashboard; cells of `layout` merge, panel by panel."""
    asked = await read_asked(request, DashboardPatch)
    found, name = context(request), request.path_params["dashboard"]
    board = await asyncio.to_thread(_patch, found.boards, name, asked, if_match(request))
    row = await asyncio.to_thread(dashboard, found.home, found.boards, board)
    return tagged(row, board)


def _patch(boards: Boards, name: str, asked: DashboardPatch, if_rev: int | None) -> Any:
    if asked.deleted is not msgspec.UNSET:
        boards.restore_dashboard(name)
    return boards.change_dashboard(name, set_fields(asked, ("deleted",)), if_rev)


def delete_dashboard(request: Request) -> Response:
    """Take a dashboard and its panels away; their history stays, and `/restore` brings them back."""
    context(request).boards.delete_dashboard(request.path_params["dashboard"])
    return Response(status_code=204)


async def restore_dashboard(request: Request) -> Response:
    """Bring a dashboard back: as it was when it was deleted, or at a revision."""
    asked = await read_asked(request, Restore)
    found, name = context(request), request.path_params["dashboard"]
    board = await asyncio.to_thread(found.boards.restore_dashboard, name, asked.rev)
    row = await asyncio.to_thread(dashboard, found.home, found.boards, board)
    return tagged(row, board)


def get_history(request: Request) -> Response:
    """Return the revisions of a dashboard, newest first."""
    return history(request, "dashboard", request.path_params["dashboard"])


def history(request: Request, kind: str, name: str) -> Response:
    """Return the revisions of a dashboard or a panel as an answer."""
    asked = read_query(request, HistoryQuery)
    rows = context(request).boards.history(kind, name, asked.limit + 1, asked.before)
    kept = [Revision(rev=rev, time=seconds(us)) for rev, us in rows[: asked.limit]]
    return answer(History(revisions=kept, more=len(rows) > asked.limit))


def get_moments(request: Request) -> Response:
    """Return when something of a dashboard changed: moments that are worth looking back to."""
    found = context(request)
    board = found.boards.dashboard(request.path_params["dashboard"])
    times = [*found.boards.times(board, MOMENTS), *_points(found.home, found.boards, board)]
    # Points may be dated back to before there was a page to show them.
    return answer(Moments(times=moments([us for us in times if us >= board.created_us])))


def _points(home: Home, boards: Boards, board: Any) -> list[int]:
    runs = {panel.body["run"] for panel in boards.panels(board)} - {None}
    return [us for run in sorted(runs) for us in point_times(home.engine, run, MOMENTS).tolist()]


async def read_asked(request: Request, kind: Callable[..., Any]) -> Any:
    """Return the body of a request as the type it should have; no body at all is an empty object."""
    body = await request.body()
    return read_json(body or b"{}", request.headers.get("content-encoding", ""), kind)  # type: ignore[arg-type]


OPERATIONS = (
    Operation("GET", "/api/v1/dashboards", list_dashboards, "boards", Dashboards),
    Operation("POST", "/api/v1/dashboards", post_dashboard, "boards", Dashboard, body=DashboardPost),
    Operation(
        "POST", "/api/v1/dashboards/{dashboard:path}/restore", restore_dashboard, "boards", Dashboard, body=Restore
    ),
    Operation("GET", "/api/v1/dashboards/{dashboard:path}/history", get_history, "boards", History, HistoryQuery),
    Operation("GET", "/api/v1/dashboards/{dashboard:path}/moments", get_moments, "boards", Moments),
    Operation("GET", "/api/v1/dashboards/{dashboard:path}", get_dashboard, "boards", Dashboard, AtQuery),
    Operation(
        "PATCH", "/api/v1/dashboards/{dashboard:path}", patch_dashboard, "boards", Dashboard, body=DashboardPatch
    ),
    Operation("DELETE", "/api/v1/dashboards/{dashboard:path}", delete_dashboard, "boards"),
)
