"""A project's own components: kept, described, and taken away. Their files run in workers only."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import NotFoundError
from gnomon.graph.own import Description, described, parts_of, type_of
from gnomon.graph.own_source import of_group, template_source
from gnomon.graph.registry import row_of
from gnomon.graph.user_code import types_in
from gnomon.server.components import Components, Own
from gnomon.server.context import Context, answer, context
from gnomon.server.graph_rows import read_graph_request
from gnomon.server.graphs import graph_of
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_rows import if_match
from gnomon.server.wire import seconds
from gnomon.server.wire_components import (
    OwnComponent,
    OwnDescribe,
    OwnDescribed,
    OwnFromGroup,
    OwnPost,
    OwnQuery,
    OwnRow,
    OwnRows,
    OwnSource,
    OwnUse,
    OwnVersion,
)
from gnomon.server.wire_graphs import PaletteComponent


def list_own(request: Request) -> Response:
    """Return the own components of a project."""
    found = context(request)
    rows = [_row(each) for each in found.components.listed(_project(request))]
    return answer(OwnRows(components=rows, allow_code=found.workers.allow_code, why_not=found.workers.why_not))


async def post_own(request: Request) -> Response:
    """Keep a file as the next version of its component (201); the same file again is the version that it is (200)."""
    asked = await read_graph_request(request, OwnPost)
    found, project = context(request), _project(request)
    before = await asyncio.to_thread(_versions, found.components, project)
    kept = await found.components.save(project, asked.source, asked.name, asked.follows)
    is_new = before.get(kept.description.name) != kept.document.rev
    return answer(await asyncio.to_thread(_detail, found, kept), 201 if is_new else 200)


async def describe_own(request: Request) -> Response:
    """Return what a file says it is; one that raises is answered with the line (422). Nothing is kept."""
    asked = await read_graph_request(request, OwnDescribe)
    found = await context(request).components.describe(_project(request), asked.source)
    return answer(OwnDescribed(component=_palette(_project(request), found)))


def template_own(request: Request) -> Response:  # noqa: ARG001 - it is the same for all
    """Return a file to begin with."""
    return answer(OwnSource(source=template_source()))


async def group_own(request: Request) -> Response:
    """Return a file with a component that is what a group of a graph is. Nothing is kept."""
    asked = await read_graph_request(request, OwnFromGroup)
    return await asyncio.to_thread(_group, context(request), asked)


def _group(found: Context, asked: OwnFromGroup) -> Response:
    return answer(OwnSource(source=of_group(found.graphs.get(asked.graph).graph, asked.group)))


def get_own(request: Request) -> Response:
    """Return an own component, its file, its versions, and the graphs that use it."""
    found = context(request)
    version = read_query(request, OwnQuery).version
    return answer(_detail(found, found.components.get(_project(request), _name(request), version)))


def delete_own(request: Request) -> Response:
    """Take a component out of the palette; nodes that name a version of it keep working."""
    found = context(request)
    kept = found.components.get(_project(request), _name(request))
    version = if_match(request)
    if version is not None and version != kept.document.rev:
        msg = f"If-Match: version {version} is not the newest of {kept.description.name}."
        raise NotFoundError(msg)
    found.components.delete(_project(request), _name(request))
    return Response(status_code=204)


def _versions(components: Components, project: str) -> dict[str, int]:
    return {each.description.name: each.document.rev for each in components.listed(project)}


def _row(own: Own) -> OwnRow:
    return OwnRow(
        name=own.description.name,
        title=own.description.title,
        type=own.type,
        version=own.document.rev,
        updated=seconds(own.document.us),
    )


def _detail(found: Context, own: Own) -> OwnComponent:
    project, name = own.document.body["project"], own.description.name
    versions = found.components.versions(project, name)
    return OwnComponent(
        project=project,
        name=name,
        type=own.type,
        version=own.document.rev,
        created=seconds(own.document.created_us),
        updated=seconds(own.document.us),
        source=own.source,
        component=_palette(project, own.description, own.document.rev),
        versions=[
            OwnVersion(version=each.document.rev, type=each.type, time=seconds(each.document.us)) for each in versions
        ],
        used=list(_used(found, project, own.document.id)),
    )


def _used(found: Context, project: str, id_: str) -> list[OwnUse]:
    """Return the graphs of a project that use a component."""
    uses = []
    for document in found.graphs.listed(project):
        parts = [parts_of(type_) for type_ in types_in(graph_of(document))]
        versions = sorted({part[1] for part in parts if part is not None and part[0] == id_})
        if versions:
            uses.append(OwnUse(id=document.id, name=document.body["name"], versions=versions))
    return uses


def _palette(project: str, found: Description, version: int = 1) -> PaletteComponent:
    kind = described(type_of(project, found.name, version), found, _nobody)
    return msgspec.convert(row_of(kind), PaletteComponent)


def _nobody(type_: str, what: str, asked: dict[str, Any]) -> dict[str, Any]:
    raise NotImplementedError(type_, what, asked)


def _project(request: Request) -> str:
    found: str = request.path_params["project"]
    return found


def _name(request: Request) -> str:
    found: str = request.path_params["name"]
    return found


_AT = "/api/v1/projects/{project}/components"
OPERATIONS = (
    Operation("GET", _AT, list_own, "graphs", OwnRows),
    Operation("POST", _AT, post_own, "graphs", OwnComponent, body=OwnPost),
    Operation("GET", f"{_AT}:template", template_own, "graphs", OwnSource),
    Operation("POST", f"{_AT}:describe", describe_own, "graphs", OwnDescribed, body=OwnDescribe),
    Operation("POST", f"{_AT}:group", group_own, "graphs", OwnSource, body=OwnFromGroup),
    Operation("GET", f"{_AT}/{{name}}", get_own, "graphs", OwnComponent, OwnQuery),
    Operation("DELETE", f"{_AT}/{{name}}", delete_own, "graphs"),
)
