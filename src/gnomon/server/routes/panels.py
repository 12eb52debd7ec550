"""Panels: one tile each, created, fed and changed by one call."""

import asyncio
import base64
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import NotFoundError
from gnomon.server.boards import Boards
from gnomon.server.context import Context, answer, context
from gnomon.server.downloads import FOREVER
from gnomon.server.framed import framed
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_rows import at_us, if_match, panel_row, set_fields, tagged
from gnomon.server.panels import image_of
from gnomon.server.routes.boards import history, read_asked
from gnomon.server.rules import IMAGE_TYPES, MULTIPART
from gnomon.server.script_finder import localise
from gnomon.server.uploads import read_file
from gnomon.server.wire_boards import (
    History,
    HistoryQuery,
    PanelPatch,
    PanelPost,
    PanelRow,
    Panels,
    PanelsQuery,
    Restore,
    RevisionQuery,
    UploadQuery,
)
from gnomon.store.documents import Document

_IMAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def list_panels(request: Request) -> Response:
    """Return the panels of a dashboard, as they are or as they were."""
    asked, found = read_query(request, PanelsQuery), context(request)
    cursor, at = found.home.bus.cursor(), at_us(asked.at)
    panels = found.boards.panels(found.boards.dashboard(asked.dashboard, at), at)
    return answer(Panels(panels=[panel_row(found.home, panel, at) for panel in panels], cursor=cursor))


async def post_panel(request: Request) -> Response:
    """Return the panel of a name, made when it is new (201); `append` adds points in any case."""
    return await _open(request, change=False)


async def put_panel(request: Request) -> Response:
    """Make the panel of a name, or change the fields named: one call that works the first time and every time."""
    return await _open(request, change=True)


async def _open(request: Request, *, change: bool) -> Response:
    asked = await read_asked(request, PanelPost)
    found = context(request)
    fields = set_fields(asked, ("name", "dashboard", "append"))
    appended = asked.append is not msgspec.UNSET
    new = {"kind": "line", **fields} if appended else fields
    panel, made = await asyncio.to_thread(found.boards.open_panel, asked.dashboard, asked.name, new)
    if change and not made and fields:
        panel = await asyncio.to_thread(found.boards.change_panel, panel.id, fields, if_match(request))
    if appended:
        panel = await found.appends.append(panel, asked.append)
    return await _tell(found, panel, 201 if made else 200)


async def _tell(found: Context, panel: Document, status: int = 200) -> Response:
    row = await asyncio.to_thread(panel_row, found.home, panel, whole=True)
    return tagged(row, panel, status)


def get_panel(request: Request) -> Response:
    """Return a panel with its whole value, at a revision or as it was at a time."""
    found = context(request)
    panel, at = _revision(request, found.boards)
    whole = not read_query(request, RevisionQuery).brief
    return tagged(panel_row(found.home, panel, at, whole=whole), panel)


def _revision(request: Request, boards: Boards) -> tuple[Document, int | None]:
    asked = read_query(request, RevisionQuery)
    at = at_us(asked.at)
    return boards.panel(request.path_params["panel"], rev=asked.rev, at_us=at), at


async def patch_panel(request: Request) -> Response:
    """Replace what changed, or append points; `If-Match` with a revision refuses when somebody else was faster (412)."""
    asked = await read_asked(request, PanelPatch)
    found = context(request)
    panel = await asyncio.to_thread(_patch, found.boards, request.path_params["panel"], asked, if_match(request))
    if asked.append is not msgspec.UNSET:
        panel = await found.appends.append(panel, asked.append)
    return await _tell(found, panel)


def _patch(boards: Boards, panel: str, asked: Any, if_rev: int | None) -> Document:
    if asked.deleted is not msgspec.UNSET:
        boards.restore_panel(panel)
    return boards.change_panel(panel, set_fields(asked, ("append", "deleted")), if_rev)


def delete_panel(request: Request) -> Response:
    """Take a panel away; its history stays, and `/restore` brings it back."""
    context(request).boards.delete_panel(request.path_params["panel"])
    return Response(status_code=204)


async def restore_panel(request: Request) -> Response:
    """Bring a panel back: as it was when it was deleted, or at a revision."""
    asked = await read_asked(request, Restore)
    found = context(request)
    panel = await asyncio.to_thread(found.boards.restore_panel, request.path_params["panel"], asked.rev)
    return await _tell(found, panel)


def get_history(request: Request) -> Response:
    """Return the revisions of a panel, newest first."""
    return history(request, "panel", request.path_params["panel"])


async def put_image(request: Request) -> Response:
    """Replace the picture of a panel by the bytes in the body, or the file of a form."""
    image = await _uploaded(request)
    found = context(request)
    fields = {"kind": "image", "image": image}
    panel = await asyncio.to_thread(found.boards.change_panel, request.path_params["panel"], fields, if_match(request))
    return await _tell(found, panel)


async def upload(request: Request) -> Response:
    """Make a panel of an image file, or replace the picture of the one that has this name."""
    asked, found = read_query(request, UploadQuery), context(request)
    image = await _uploaded(request)
    fields = {"kind": "image", **set_fields(asked, ("name", "dashboard"))}
    panel, made = await asyncio.to_thread(found.boards.open_panel, asked.dashboard, asked.name, fields)
    panel = await asyncio.to_thread(found.boards.change_panel, panel.id, {**fields, "image": image})
    return await _tell(found, panel, 201 if made else 200)


async def _uploaded(request: Request) -> dict[str, Any]:
    body = await request.body()
    return await asyncio.to_thread(image_of, read_file(body, request.headers.get("content-type", "")), "body")


def get_image(request: Request) -> Response:
    """Return the bytes of a panel's picture."""
    found = context(request)
    panel, _ = _revision(request, found.boards)
    value = panel.body["value"]
    if panel.body["kind"] != "image" or value is None or "data" not in value:
        msg = f"Panel {panel.id} holds no image of its own; the panel's value says what it shows."
        raise NotFoundError(msg)
    headers = {"Content-Security-Policy": _IMAGE_POLICY, "Cache-Control": _cache(request)}
    return Response(base64.b64decode(value["data"]), 200, headers, value["media_type"])


def get_frame(request: Request) -> Response:
    """Return the html of a panel as a document for a sandboxed frame: its scripts run, and reach nothing."""
    found = context(request)
    panel, _ = _revision(request, found.boards)
    value = panel.body["value"] if panel.body["kind"] in {"html", "figure"} else None
    html, scripts = localise(value or "")
    return framed(html.encode("utf-8", "replace"), scripts, cache=_cache(request))


def _cache(request: Request) -> str:
    return FOREVER if "rev" in request.query_params else "no-store"


OPERATIONS = (
    Operation("GET", "/api/v1/panels", list_panels, "boards", Panels, PanelsQuery),
    Operation("POST", "/api/v1/panels", post_panel, "boards", PanelRow, body=PanelPost),
    Operation("PUT", "/api/v1/panels", put_panel, "boards", PanelRow, body=PanelPost),
    Operation(
        "POST", "/api/v1/panels:upload", upload, "boards", PanelRow, UploadQuery, bytes, (*IMAGE_TYPES, MULTIPART)
    ),
    Operation("GET", "/api/v1/panels/{panel}", get_panel, "boards", PanelRow, RevisionQuery),
    Operation("PATCH", "/api/v1/panels/{panel}", patch_panel, "boards", PanelRow, body=PanelPatch),
    Operation("DELETE", "/api/v1/panels/{panel}", delete_panel, "boards"),
    Operation("POST", "/api/v1/panels/{panel}/restore", restore_panel, "boards", PanelRow, body=Restore),
    Operation("GET", "/api/v1/panels/{panel}/history", get_history, "boards", History, HistoryQuery),
    Operation("GET", "/api/v1/panels/{panel}/image", get_image, "boards", bytes, RevisionQuery, media_out=IMAGE_TYPES),
    Operation(
        "PUT", "/api/v1/panels/{panel}/image", put_image, "boards", PanelRow, None, bytes, (*IMAGE_TYPES, MULTIPART)
    ),
    Operation("GET", "/api/v1/panels/{panel}/frame", get_frame, "boards", str, RevisionQuery, media_out=("text/html",)),
)
