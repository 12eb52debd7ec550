"""Graphs of the canvas: made, read and changed by patches; as they are and as they were."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.graph.diff import diff
from gnomon.graph.document import Graph, decode
from gnomon.graph.templates import template
from gnomon.server.context import answer, context
from gnomon.server.graph_report import report_row
from gnomon.server.graph_rows import (
    difference_row,
    edit_row,
    graph_detail,
    graph_row,
    read_graph_request,
    revision_row,
    tagged,
)
from gnomon.server.graphs import Graphs, Sender, cut, graph_of
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_rows import if_match
from gnomon.server.wire_graphs import (
    GraphDetail,
    GraphDifference,
    GraphDiffQuery,
    GraphEdits,
    GraphOpsQuery,
    GraphPatch,
    GraphPatched,
    GraphPost,
    GraphQuery,
    GraphRestore,
    GraphRevisions,
    GraphRevisionsQuery,
    GraphRows,
    GraphsQuery,
)


def list_graphs(request: Request) -> Response:
    """Return the graphs of a project, or all, the one that changed last in front."""
    found = context(request)
    asked = read_query(request, GraphsQuery)
    cursor = found.home.bus.cursor()
    return answer(GraphRows(graphs=[graph_row(each) for each in found.graphs.listed(asked.project)], cursor=cursor))


async def post_graph(request: Request) -> Response:
    """Return the graph of a name; one that is new is made (201)."""
    asked = await read_graph_request(request, GraphPost)
    return await asyncio.to_thread(_post, request, asked)


def _post(request: Request, asked: GraphPost) -> Response:
    found = context(request)
    cursor = found.home.bus.cursor()
    stored, made = found.graphs.create(asked.project, asked.name, _first(asked), Sender())
    return tagged(graph_detail(stored, cursor), stored.document.rev, 201 if made else 200)


def _first(asked: GraphPost) -> Graph:
    """Return the graph that a new one begins with."""
    given = [name for name in ("graph", "template", "code") if getattr(asked, name) is not None]
    if len(given) > 1:
        msg = f"{given[1]}: expected one of graph, template and code, received {' and '.join(given)}."
        raise InputError(msg, field=given[1])
    if asked.graph is not None:
        graph = decode(asked.graph)
    elif asked.template is not None:
        graph = template(asked.template).graph
    elif asked.code is not None:
        from gnomon.graph.code import parse  # noqa: PLC0415 - much to load for a start

        graph = parse(asked.code, asked.target).graph
    else:
        graph = Graph()
    return graph if asked.target is None else msgspec.structs.replace(graph, target=asked.target)


def get_graph(request: Request) -> Response:
    """Return a graph, as it is or at a revision, and what is known of it."""
    found = context(request)
    cursor = found.home.bus.cursor()
    stored = found.graphs.get(_id(request), read_query(request, GraphQuery).rev)
    return tagged(graph_detail(stored, cursor), stored.document.rev)


async def patch_graph(request: Request) -> Response:
    """Apply operations to the revision they were made on, all or none; 409 names the present one when it is another."""
    asked = await read_graph_request(request, GraphPatch)
    return await asyncio.to_thread(_patch, context(request).graphs, _id(request), asked)


def _patch(graphs: Graphs, graph: str, asked: GraphPatch) -> Response:
    stored, added = graphs.patch(graph, asked.rev, asked.ops, Sender(asked.by, asked.token, cut(asked.label)))
    code = stored.graph.source.get(stored.graph.target) if added else None
    rev = stored.document.rev
    return tagged(GraphPatched(rev=rev, report=report_row(stored.found), code=code, added=added), rev)


def delete_graph(request: Request) -> Response:
    """Take a graph away; its revisions stay, and `:restore` brings it back."""
    context(request).graphs.delete(_id(request), if_match(request))
    return Response(status_code=204)


async def restore_graph(request: Request) -> Response:
    """Make an earlier revision the present one, as a revision of its own; without `rev` the last before the deletion."""
    asked = await read_graph_request(request, GraphRestore)
    return await asyncio.to_thread(_restore, request, asked)


def _restore(request: Request, asked: GraphRestore) -> Response:
    found = context(request)
    cursor = found.home.bus.cursor()
    stored = found.graphs.restore(_id(request), asked.rev, Sender(asked.by, asked.token))
    return tagged(graph_detail(stored, cursor), stored.document.rev)


def get_ops(request: Request) -> Response:
    """Return what was done to a graph since a revision, oldest first."""
    since = read_query(request, GraphOpsQuery).since
    edits = [edit_row(each) for each in context(request).graphs.edits(_id(request), since)]
    return answer(GraphEdits(rev=edits[-1].rev if edits else since, edits=edits))


def get_revisions(request: Request) -> Response:
    """Return the revisions of a graph, newest first, with what each did in words."""
    asked = read_query(request, GraphRevisionsQuery)
    found = [
        revision_row(each) for each in context(request).graphs.history(_id(request), asked.limit + 1, asked.before)
    ]
    return answer(GraphRevisions(revisions=found[: asked.limit], more=len(found) > asked.limit))


def get_diff(request: Request) -> Response:
    """Return how one revision of a graph differs from another."""
    asked = read_query(request, GraphDiffQuery)
    a, b = context(request).graphs.pair(_id(request), asked.first, asked.second)
    return answer(difference_row(a.rev, b.rev, diff(graph_of(a), graph_of(b))))


def _id(request: Request) -> str:
    found: str = request.path_params["graph"]
    return found


OPERATIONS = (
    Operation("GET", "/api/v1/graphs", list_graphs, "graphs", GraphRows, GraphsQuery),
    Operation("POST", "/api/v1/graphs", post_graph, "graphs", GraphDetail, body=GraphPost),
    Operation("GET", "/api/v1/graphs/{graph}/ops", get_ops, "graphs", GraphEdits, GraphOpsQuery),
    Operation("GET", "/api/v1/graphs/{graph}/revisions", get_revisions, "graphs", GraphRevisions, GraphRevisionsQuery),
    Operation("GET", "/api/v1/graphs/{graph}/diff", get_diff, "graphs", GraphDifference, GraphDiffQuery),
    Operation("POST", "/api/v1/graphs/{graph}:restore", restore_graph, "graphs", GraphDetail, body=GraphRestore),
    Operation("GET", "/api/v1/graphs/{graph}", get_graph, "graphs", GraphDetail, GraphQuery),
    Operation("PATCH", "/api/v1/graphs/{graph}", patch_graph, "graphs", GraphPatched, body=GraphPatch),
    Operation("DELETE", "/api/v1/graphs/{graph}", delete_graph, "graphs"),
)
