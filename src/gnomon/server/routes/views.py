"""Saved views: a name for the address of a page, shared by everybody who opens the project."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import ConflictError
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_rows import if_match
from gnomon.server.revisions import RevisionError
from gnomon.server.wire_views import ViewPatch, ViewPost, ViewRow, Views, ViewsQuery, view_row
from gnomon.store.views import SavedViews


def list_views(request: Request) -> Response:
    """Return the saved views of a project, by name."""
    asked = read_query(request, ViewsQuery)
    cursor = context(request).home.bus.cursor()
    found = _saved(request).list(asked.project, asked.page)
    return answer(Views(views=[view_row(view) for view in found], cursor=cursor))


async def post_view(request: Request) -> Response:
    """Save a view (201)."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), ViewPost)
    made = await asyncio.to_thread(_saved(request).create, asked.project, asked.name, asked.page, asked.search)
    return answer(view_row(made), 201)


async def patch_view(request: Request) -> Response:
    """Replace name, page or search of a view; `If-Match: <rev>` refuses (412) when somebody else was faster."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), ViewPatch)
    fields = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not msgspec.UNSET}
    saved, view = _saved(request), request.path_params["view"]
    if_rev = if_match(request)
    try:
        changed = await asyncio.to_thread(saved.update, view, fields, if_rev)
    except ConflictError as error:
        raise RevisionError(str(error)) from error
    return answer(view_row(changed))


def delete_view(request: Request) -> Response:
    """Take a saved view away."""
    _saved(request).delete(request.path_params["view"])
    return Response(status_code=204)


def _saved(request: Request) -> SavedViews:
    return SavedViews(context(request).home.documents)


OPERATIONS = (
    Operation("GET", "/api/v1/views", list_views, "views", Views, ViewsQuery),
    Operation("POST", "/api/v1/views", post_view, "views", ViewRow, body=ViewPost),
    Operation("PATCH", "/api/v1/views/{view}", patch_view, "views", ViewRow, body=ViewPatch),
    Operation("DELETE", "/api/v1/views/{view}", delete_view, "views"),
)
