"""Exports of versions of models."""

import math
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gnomon.core.clock import now_us
from gnomon.models.exporters import catalog
from gnomon.server.archive import zipped
from gnomon.server.context import answer, context, read_json
from gnomon.server.downloads import OCTETS, SANDBOX, Payload, disposition, send
from gnomon.server.operation import Operation
from gnomon.server.wire_models import ExportFailure, ExportFormat, ExportMaking, ExportPost, ModelExport, ModelExports


async def post_export(request: Request) -> Response:
    """Export a version, load what was written again, and compare; answers when that is done, or with 202 at once."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), ExportPost)
    exports = context(request).exports
    if not asked.wait:
        exports.begin(*_version(request), asked.format)
        return answer(_exports(request), 202)
    return answer(_row(now_us(), await exports.make(*_version(request), asked.format)), 201)


async def list_exports(request: Request) -> Response:
    """Return the exports of a version, what is being made, and what it can be exported to."""
    return answer(_exports(request))


def get_export_archive(request: Request) -> Response:
    """Return all files of an export as one zip."""
    name, found = context(request).exports.files(*_version(request), str(request.path_params["format"]))
    headers = {"Content-Disposition": disposition(f"{name}.zip"), "Content-Security-Policy": SANDBOX}
    return StreamingResponse(zipped(name, found), 200, headers, _ZIP)


def get_export_file(request: Request) -> Response:
    """Return a file of an export, or a range of it."""
    form, path = str(request.path_params["format"]), str(request.path_params["path"])
    place, entry = context(request).exports.file(*_version(request), form, path)
    return send(request, Payload(place, entry.size_bytes, entry.sha256, OCTETS, entry.path))


async def delete_export(request: Request) -> Response:
    """Delete an export, or have one that is being made not made any longer."""
    await context(request).exports.delete(*_version(request), str(request.path_params["format"]))
    return Response(status_code=204)


def _exports(request: Request) -> ModelExports:
    exports, (name, ref) = context(request).exports, _version(request)
    version = context(request).models.version(name, ref)
    making, failed = exports.under_way(name, ref)
    paths = [file.path for file in version.files]
    return ModelExports(
        exports=[_row(us, body) for us, body in exports.listed(name, ref)],
        making=[ExportMaking(format=each.format, us=each.us, share=each.share, text=each.text) for each in making],
        failed=[ExportFailure(format=each.format, us=each.us, message=each.message) for each in failed],
        formats=[
            ExportFormat(
                format=each.name,
                title=each.title,
                purpose=each.purpose,
                why_not=catalog.why_not(each, version.format, paths),
            )
            for each in catalog.FORMATS
        ],
    )


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


_ZIP = "application/zip"
_EXPORTS = "/api/v1/models/{name}/versions/{ref}/exports"
OPERATIONS = (
    Operation("GET", _EXPORTS, list_exports, "models", ModelExports),
    Operation("POST", _EXPORTS, post_export, "models", ModelExport, body=ExportPost),
    Operation("DELETE", f"{_EXPORTS}/{{format}}", delete_export, "models"),
    Operation("GET", f"{_EXPORTS}/{{format}}/archive", get_export_archive, "models", bytes, media_out=(_ZIP,)),
    Operation(
        "GET", f"{_EXPORTS}/{{format}}/files/{{path:path}}", get_export_file, "models", bytes, media_out=(OCTETS,)
    ),
)
