"""Layouts: where the charts of a project stand, the same for everybody who looks at it."""

import asyncio
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.clock import now_us
from gnomon.core.errors import ConflictError, LimitError, NotFoundError
from gnomon.core.limits import check_name
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation
from gnomon.server.panel_rows import if_match
from gnomon.server.revisions import RevisionError
from gnomon.server.wire import seconds
from gnomon.server.wire_layouts import ChartLayout, SavedLayout
from gnomon.store.documents import Document
from gnomon.store.home import Home

MAX_BYTES: Final = 1 << 20
_KIND: Final = "layout"


def get_layout(request: Request) -> Response:
    """Return the layout of a project's charts; one that nobody arranged has an empty layout of revision 0."""
    project = check_name(request.path_params["project"], "project")
    try:
        document = context(request).home.documents.get(_KIND, project)
    except NotFoundError:
        return _tagged(SavedLayout(project=project, rev=0, updated=None, layout=ChartLayout()))
    return _tagged(_saved(document))


async def put_layout(request: Request) -> Response:
    """Replace the layout of a project's charts; `If-Match` names the revision that the change was made on."""
    project = check_name(request.path_params["project"], "project")
    body = await request.body()
    if len(body) > MAX_BYTES:
        msg = f"layout: expected at most {MAX_BYTES} bytes, received {len(body)}. Unpin charts, or restore the default."
        raise LimitError(msg, field="layout")
    layout = read_json(body, request.headers.get("content-encoding", ""), ChartLayout)
    return _tagged(await asyncio.to_thread(_put, context(request).home, project, layout, if_match(request)))


def _put(home: Home, project: str, layout: ChartLayout, if_rev: int | None) -> SavedLayout:
    plain: dict[str, Any] = msgspec.to_builtins(layout)
    try:
        return _saved(home.documents.put(_KIND, project, plain, now_us(), if_rev=if_rev))
    except ConflictError as error:
        raise RevisionError(str(error)) from error


def _saved(document: Document) -> SavedLayout:
    layout = msgspec.convert(document.body, ChartLayout)
    return SavedLayout(project=document.id, rev=document.rev, updated=seconds(document.us), layout=layout)


def _tagged(saved: SavedLayout) -> Response:
    response = answer(saved)
    response.headers["ETag"] = f'"{saved.rev}"'
    return response


OPERATIONS = (
    Operation("GET", "/api/v1/layouts/{project:path}", get_layout, "layouts", SavedLayout),
    Operation("PUT", "/api/v1/layouts/{project:path}", put_layout, "layouts", SavedLayout, body=ChartLayout),
)
