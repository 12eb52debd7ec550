"""Exports of versions of models."""

import asyncio
import math
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.clock import now_us
from gnomon.server.context import answer, context, read_json
from gnomon.server.downloads import OCTETS, Payload, send
from gnomon.server.operation import Operation
from gnomon.server.wire_models import ExportPost, ModelExport, ModelExports


async def post_export(request: Request) -> Response:
    """Export a version, load what was written again, and compare; answers when that is done."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), ExportPost)
    found = await context(request).exports.make(*_version(request), asked.format)
    return answer(_row(now_us(), found), 201)


def list_exports(request: Request) -> Response:
    """Return the exports of a version."""
    found = context(request).exports.listed(*_version(request))
    return answer(ModelExports(exports=[_row(us, body) for us, body in found]))


def get_export_file(request: Request) -> Response:
    """Return a file of an export, or a range of it."""
    form, path = str(request.path_params["format"]), str(request.path_params["path"])
    place, entry = context(request).exports.file(*_version(request), form, path)
    return send(request, Payload(place, entry.size_bytes, entry.sha256, OCTETS, entry.path))


async def delete_export(request: Request) -> Response:
    """Delete an export."""
    form = str(request.path_params["format"])
    await asyncio.to_thread(context(request).exports.delete, *_version(request), form)
    return Response(status_code=204)


def _row(us: int, body: dict[str, Any]) -> ModelExport:
    sizes = [each["size_bytes"] for each in body["files"]]
    told = {name: body[name] for name in ("format", "version", "files", "source", "rows", "agrees", "seconds")}
    return ModelExport(
        us=us,
        size_bytes=sum(sizes),
        largest=_finite(body["largest"]),
        mean=_finite(body["mean"]),
        latency_ms=body["latency_ms"],
        versions=body["versions"],
        **told,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _version(request: Request) -> tuple[str, str]:
    return str(request.path_params["name"]), str(request.path_params["ref"])


_EXPORTS = "/api/v1/models/{name}/versions/{ref}/exports"
OPERATIONS = (
    Operation("GET", _EXPORTS, list_exports, "models", ModelExports),
    Operation("POST", _EXPORTS, post_export, "models", ModelExport, body=ExportPost),
    Operation("DELETE", f"{_EXPORTS}/{{format}}", delete_export, "models"),
    Operation(
        "GET", f"{_EXPORTS}/{{format}}/files/{{path:path}}", get_export_file, "models", bytes, media_out=(OCTETS,)
    ),
)
