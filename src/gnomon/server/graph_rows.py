"""Graphs as they are answered."""

from typing import Any, Final, TypeVar, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import LimitError
from gnomon.graph.diff import Difference
from gnomon.graph.document import MAX_BYTES, Edge, Graph
from gnomon.server.context import answer, read_json
from gnomon.server.graph_report import report_row
from gnomon.server.graphs import Edit, Stored
from gnomon.server.wire import seconds
from gnomon.server.wire_graphs import (
    CanvasEdge,
    CanvasGraph,
    ChangedNode,
    GraphDetail,
    GraphDifference,
    GraphEdit,
    GraphRevision,
    GraphRow,
)
from gnomon.store.documents import Document

T = TypeVar("T")
MAX_REQUEST_BYTES: Final = 2 * MAX_BYTES
"""A document and code, or a document and what is done to it."""


async def read_graph_request(request: Request, kind: type[T]) -> T:
    """Return the body of a request about graphs as the type it should have.

    Raises:
        LimitError: It is larger than any graph may be.
    """
    body = await request.body()
    if len(body) > MAX_REQUEST_BYTES:
        msg = f"body: expected at most {MAX_REQUEST_BYTES} bytes, received {len(body)}. Send it in several patches."
        raise LimitError(msg, field="body")
    return read_json(body or b"{}", request.headers.get("content-encoding", ""), kind)


def canvas(graph: Graph) -> CanvasGraph:
    """Return a graph as it is answered: it is encoded as it is, `CanvasGraph` only describes it."""
    return cast("CanvasGraph", graph)


def graph_row(document: Document) -> GraphRow:
    """Return a graph without its nodes."""
    return GraphRow(**_fields(document))


def graph_detail(stored: Stored, cursor: str) -> GraphDetail:
    """Return a graph and what is known of it."""
    return GraphDetail(
        **_fields(stored.document), graph=canvas(stored.graph), report=report_row(stored.found), cursor=cursor
    )


def tagged(value: msgspec.Struct, rev: int, status: int = 200) -> Response:
    """Return an answer that names the revision it tells of."""
    response = answer(value, status)
    response.headers["ETag"] = f'"{rev}"'
    return response


def edit_row(edit: Edit) -> GraphEdit:
    """Return what made a revision."""
    body: dict[str, Any] = edit.document.body if edit.document is not None else _NOBODY
    return GraphEdit(
        rev=edit.rev, time=seconds(edit.us), ops=edit.ops, by=body["by"], token=body["token"], label=body["label"]
    )


def revision_row(edit: Edit) -> GraphRevision:
    """Return a revision, in words."""
    body: dict[str, Any] = edit.document.body if edit.document is not None else _NOBODY
    return GraphRevision(
        rev=edit.rev,
        time=seconds(edit.us),
        by=body["by"],
        label=body["label"],
        changed=body["changed"],
        nodes=body["nodes"],
        deleted=edit.document is None,
    )


_NOBODY: Final[dict[str, Any]] = {"by": "", "token": "", "label": "", "changed": "", "nodes": 0}


def difference_row(first: int, second: int, found: Difference) -> GraphDifference:
    """Return how two revisions differ."""
    return GraphDifference(
        first=first,
        second=second,
        added=list(found.added),
        removed=list(found.removed),
        changed=[ChangedNode(id=each.id, params=dict(each.params), type=each.type) for each in found.changed],
        renamed=list(found.renamed.items()),
        edges_added=_edges(found.edges_added),
        edges_removed=_edges(found.edges_removed),
        document=dict(found.document),
        text=found.text,
    )


def _edges(edges: tuple[Edge, ...]) -> list[CanvasEdge]:
    return [CanvasEdge(source=edge.source, target=edge.target) for edge in edges]


def _fields(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        **{name: document.body[name] for name in ("project", "name", "target", "nodes", "params", "sha")},
        "rev": document.rev,
        "created": seconds(document.created_us),
        "updated": seconds(document.us),
    }
