"""The OpenAPI 3.1 document, made of the operations and the types in `wire`: there is nothing to keep in step by hand."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon import __version__
from gnomon.server.operation import JSON, Operation
from gnomon.server.wire import Problem
from gnomon.server.wire_live import LiveFrame, LiveWatch

_REF: Final = "#/components/schemas/{name}"
_PARAMETER: Final = re.compile(r"{(\w+)(?::path)?}")
_TEXT: Final = {"schema": {"type": "string"}}
_RAW: Final = {"schema": {"type": "string", "format": "binary"}}


def route(operations: Sequence[Operation]) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of `/openapi.json`; the document is made when it is first asked for."""
    made: list[bytes] = []

    async def openapi(_: Request) -> Response:
        if not made:
            made.append(msgspec.json.encode(document(operations)))
        return Response(made[0], media_type=JSON)

    return openapi


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the document of some operations; the messages of the WebSocket are among its schemas."""
    shown = [operation for operation in operations if not operation.hidden]
    named = [t for o in shown for t in (o.answer, o.body, o.query) if t is not None]
    schemas, components = msgspec.json.schema_components([LiveFrame, LiveWatch, Problem, *named], ref_template=_REF)
    found = iter(schemas[3:])
    paths: dict[str, Any] = {}
    for operation in shown:
        answer, body, query = (next(found) if t is not None else None for t in _types(operation))
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _describe(operation, answer, body, query, components)
    for operation in shown:
        if operation.query is not None:
            components.pop(operation.query.__name__, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gnomon",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {"LiveFrame": schemas[0], **dict(sorted(components.items()))}},
    }


def _types(operation: Operation) -> tuple[Any, Any, Any]:
    return operation.answer, operation.body, operation.query


def _describe(operation: Operation, answer: Any, body: Any, query: Any, components: dict[str, Any]) -> dict[str, Any]:
    text = _text(operation)
    described: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": text.partition("\n")[0].rstrip("."),
        "parameters": [*_path_parameters(operation), *_query_parameters(query, components)],
        "responses": {
            "default": {"description": "A problem", "content": {"application/problem+json": _schema(Problem)}}
        },
    }
    if operation.answer is None:
        described["responses"]["204"] = {"description": "Done"}
    else:
        described["responses"]["200"] = {"description": "The answer", "content": _answers(operation, answer)}
    if body is not None:
        content = {JSON: {"schema": body}} if operation.body is not bytes else {}
        content |= {kind: _TEXT if "json" in kind else _RAW for kind in operation.media_in}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _answers(operation: Operation, answer: Any) -> dict[str, Any]:
    """Return the content of an answer: JSON and its other forms, or text, or a stream of events."""
    if operation.media_out and operation.media_out[0].startswith("text/"):
        return {operation.media_out[0]: {"schema": answer}}
    return {JSON: {"schema": answer}} | dict.fromkeys(operation.media_out, _RAW)


def _text(operation: Operation) -> str:
    return (operation.handler.__doc__ or type(operation.handler).__doc__ or "").strip()


def _schema(kind: type) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(name=kind.__name__)}}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    names = _PARAMETER.findall(operation.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(query: Any, components: dict[str, Any]) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema = components[query["$ref"].rpartition("/")[2]]
    wanted = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in wanted, "schema": part}
        for name, part in schema["properties"].items()
    ]
