"""Endpoints: made, listed, changed while they answer, started, stopped; their logs and their drift."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.models.registry.record import read_ref
from gnomon.server.context import answer, context, read_json
from gnomon.server.endpoint_drift import drift_of
from gnomon.server.endpoint_entry import EndpointSpec, Entry
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_rows import if_match
from gnomon.server.wire_endpoints import (
    DriftQuery,
    EndpointCanary,
    EndpointDrift,
    EndpointLog,
    EndpointLogQuery,
    EndpointOrder,
    EndpointPatch,
    EndpointPost,
    EndpointRow,
    EndpointRows,
)

T = TypeVar("T")


async def list_endpoints(request: Request) -> Response:
    """Return all endpoints, by name."""
    found = context(request)
    cursor = found.home.bus.cursor()
    return answer(EndpointRows(endpoints=found.endpoints.listed(), cursor=cursor))


async def post_endpoint(request: Request) -> Response:
    """Let a model answer at /serve/{name}/predict, in a process of its own (201)."""
    asked, found = await _read(request, EndpointPost), context(request)
    name, _ = read_ref(asked.model)
    canary, shadow = _canary(name, asked.canary), named(name, asked.shadow)
    spec = EndpointSpec(asked.model, canary, shadow, asked.log, asked.start)
    return _row(await found.endpoints.create(asked.name or name, spec), 201)


async def get_endpoint(request: Request) -> Response:
    """Return an endpoint with what became of its requests."""
    return _row(context(request).endpoints.get(_name(request)))


async def patch_endpoint(request: Request) -> Response:
    """Change what an endpoint serves while it answers: model or alias, canary and its share, shadow, log."""
    asked, found = await _read(request, EndpointPatch), context(request).endpoints
    said = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not msgspec.UNSET}
    model, _ = read_ref(said.get("model", found.get(_name(request)).spec.model))
    if "canary" in said:
        said["canary"] = _canary(model, said["canary"])
    if "shadow" in said:
        said["shadow"] = named(model, said["shadow"])
    return _row(await found.change(_name(request), if_match(request), **said))


async def delete_endpoint(request: Request) -> Response:
    """Stop an endpoint and forget it; the runs with its requests stay."""
    await context(request).endpoints.delete(_name(request))
    return Response(status_code=204)


def _turning(text: str, *, on: bool) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of an order; its text is that of the API's description."""

    async def handler(request: Request) -> Response:
        return _row(await context(request).endpoints.turn(_name(request), on=on))

    handler.__doc__ = text
    return handler


async def get_log(request: Request) -> Response:
    """Return what the processes of an endpoint printed last."""
    asked = read_query(request, EndpointLogQuery)
    text, size = await context(request).endpoints.get(_name(request)).process.log(asked.size)
    return answer(EndpointLog(text=text, size=size))


async def get_drift(request: Request) -> Response:
    """Compare what a version was asked, and answered, with what it was trained on."""
    asked, found = read_query(request, DriftQuery), context(request)
    return answer(await drift_of(found, found.endpoints.get(_name(request)), asked.version))


def named(model: str, ref: str) -> str:
    """Return a reference with the name of the model, unless it has one.

    Example:
        >>> named("digits", "4"), named("digits", "other@2"), named("digits", "")
        ('digits@4', 'other@2', '')
    """
    return ref if not ref or "@" in ref else f"{model}@{ref}"


def _canary(model: str, asked: EndpointCanary | None) -> EndpointCanary | None:
    return None if asked is None or not asked.ref else EndpointCanary(named(model, asked.ref), asked.share)


async def _read(request: Request, kind: type[T]) -> T:
    return read_json(await request.body(), request.headers.get("content-encoding", ""), kind)


def _row(entry: Entry, status: int = 200) -> Response:
    response = answer(entry.row(), status)
    response.headers["ETag"] = f'"{entry.document.rev}"'
    return response


def _name(request: Request) -> str:
    return str(request.path_params["name"])


_ONE: Final = "/api/v1/endpoints/{name}"
_START: Final[Any] = _turning("Start an endpoint that was stopped, or could not be started", on=True)
_STOP: Final[Any] = _turning("Stop an endpoint; what it was asked before is answered", on=False)
OPERATIONS = (
    Operation("GET", "/api/v1/endpoints", list_endpoints, "endpoints", EndpointRows),
    Operation("POST", "/api/v1/endpoints", post_endpoint, "endpoints", EndpointRow, body=EndpointPost),
    Operation("POST", f"{_ONE}:start", _START, "endpoints", EndpointRow, body=EndpointOrder),
    Operation("POST", f"{_ONE}:stop", _STOP, "endpoints", EndpointRow, body=EndpointOrder),
    Operation("GET", f"{_ONE}/log", get_log, "endpoints", EndpointLog, EndpointLogQuery),
    Operation("GET", f"{_ONE}/drift", get_drift, "endpoints", EndpointDrift, DriftQuery),
    Operation("GET", _ONE, get_endpoint, "endpoints", EndpointRow),
    Operation("PATCH", _ONE, patch_endpoint, "endpoints", EndpointRow, body=EndpointPatch),
    Operation("DELETE", _ONE, delete_endpoint, "endpoints"),
)
