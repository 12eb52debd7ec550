"""The OpenAPI document: routes from FastAPI, schemas from the types in `wire`, and the routes that bypass FastAPI."""

from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gnomon.server import wire

_JSON: Final = "application/json"
_BINARY: Final = "application/vnd.gnomon.columns"
_REF: Final = "#/components/schemas/{name}"

_ANSWERS: Final[dict[tuple[str, str], type]] = {
    ("/api/v1/ingest", "post"): wire.Ingested,
    ("/api/v1/journals/{run}/{writer}", "get"): wire.JournalOffset,
    ("/api/v1/journals/{run}/{writer}", "post"): wire.JournalOffset,
    ("/api/v1/projects", "get"): wire.Projects,
    ("/api/v1/projects/{project}/keys", "get"): wire.Keys,
    ("/api/v1/runs:query", "post"): wire.RunsPage,
    ("/api/v1/runs/{run}", "get"): wire.RunDetail,
    ("/api/v1/runs/{run}", "patch"): wire.RunRow,
    ("/api/v1/runs/{run}/series", "get"): wire.SeriesPage,
    ("/api/v1/runs/{run}/series/{key}", "get"): wire.PointsPage,
    ("/api/v1/runs/{run}/records", "get"): wire.RecordKeys,
    ("/api/v1/envelopes", "post"): wire.Envelopes,
    ("/api/v1/doctor", "get"): wire.Doctor,
    ("/health", "get"): wire.Health,
    ("/version", "get"): wire.Version,
}
_BODIES: Final[dict[tuple[str, str], type]] = {
    ("/api/v1/runs:query", "post"): wire.RunsQuery,
    ("/api/v1/runs/{run}", "patch"): wire.RunPatch,
    ("/api/v1/envelopes", "post"): wire.EnvelopeQuery,
}
_NO_BODY: Final = {("/api/v1/runs/{run}", "delete"): "204"}
_EVENTS: Final = ("/api/v1/events", "get")
_TEXT: Final = {("/metrics", "get"): "text/plain"}
_LINE: Final = {
    "type": "object",
    "required": ["run"],
    "description": "Fields without a meaning of their own are values: numbers become points, the rest records.",
    "properties": {
        "project": {"type": "string", "default": "default"},
        "run": {"type": "string"},
        "step": {"type": "integer", "minimum": 0},
        "time": {"type": "number", "description": "UTC seconds"},
        "config": {"type": "object"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "notes": {"type": "string"},
        "group": {"type": ["string", "null"]},
        "state": {"enum": ["running", "finished", "failed", "killed"]},
        "writer": {"type": "string"},
        "batch": {"type": "integer", "minimum": 0},
        "columns": {"type": "object", "additionalProperties": {"type": "array"}},
    },
    "additionalProperties": True,
}


def install(app: FastAPI) -> None:
    """Have the app describe itself with our document."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an app."""
    made = get_openapi(title=app.title, version=app.version, routes=app.routes, description=__doc__)
    paths: dict[str, Any] = {path.replace(":path}", "}"): item for path, item in made["paths"].items()}
    paths |= _plain_paths()
    for path, item in paths.items():
        for method, operation in item.items():
            _describe(operation, (path, method))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gnomon",
            "version": app.version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": _schemas()},
    }


def _schemas() -> dict[str, Any]:
    types = [*_ANSWERS.values(), *_BODIES.values(), wire.Problem, wire.LiveWatch]
    (frame, *_), schemas = msgspec.json.schema_components([wire.LiveFrame, *dict.fromkeys(types)], ref_template=_REF)
    return {"IngestLine": _LINE, "LiveFrame": frame, **dict(sorted(schemas.items()))}


def _describe(operation: dict[str, Any], key: tuple[str, str]) -> None:
    answers: dict[str, Any] = {
        "default": {"description": "A problem", "content": _content(wire.Problem, "application/problem+json")}
    }
    if key in _NO_BODY:
        answers[_NO_BODY[key]] = {"description": "Done"}
    elif key in _TEXT:
        answers["200"] = {"description": "Text", "content": {_TEXT[key]: {"schema": {"type": "string"}}}}
    elif key == _EVENTS:
        schema = {"$ref": _REF.format(name="LiveFrame")}
        answers["200"] = {
            "description": "Live frames, one per event.",
            "content": {"text/event-stream": {"schema": schema}},
        }
    else:
        answers["200"] = {"description": _sentence(_ANSWERS[key]), "content": _content(_ANSWERS[key], _JSON)}
    if key[0] == "/api/v1/envelopes":
        answers["200"]["content"][_BINARY] = {"schema": {"type": "string", "format": "binary"}}
    operation["responses"] = dict(sorted(answers.items()))
    if key in _BODIES:
        operation["requestBody"] = {"required": True, "content": _content(_BODIES[key], _JSON)}
    operation.pop("operationId", None)


def _content(kind: type, media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _REF.format(name=kind.__name__)}}}


def _sentence(kind: type) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def _plain_paths() -> dict[str, Any]:
    """Describe the routes that are plain ASGI handlers, which FastAPI does not know."""
    line = {"$ref": _REF.format(name="IngestLine")}
    many = {"oneOf": [line, {"type": "array", "items": line}]}
    text, raw = {"schema": {"type": "string"}}, {"schema": {"type": "string", "format": "binary"}}
    names = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in ("run", "writer")]
    offset = {"name": "offset", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 0}}
    bodies = {_JSON: {"schema": many}, "application/x-ndjson": text, "application/msgpack": raw}
    return {
        "/api/v1/ingest": {
            "post": {
                "tags": ["ingest"],
                "summary": "Store lines",
                "requestBody": {"required": True, "content": bodies},
            }
        },
        "/api/v1/journals/{run}/{writer}": {
            "get": {"tags": ["ingest"], "summary": "Get journal offset", "parameters": names},
            "post": {
                "tags": ["ingest"],
                "summary": "Store journal records",
                "parameters": [*names, offset],
                "requestBody": {"required": True, "content": {"application/octet-stream": raw}},
            },
        },
    }
