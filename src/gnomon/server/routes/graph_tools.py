"""What can be done with a graph that is not stored: checked, written as code, read from code. Nothing is ever run."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from gnomon.graph.document import Graph, decode
from gnomon.graph.promote import Op, opened, promoted
from gnomon.graph.study import Study
from gnomon.models.datasets.summaries import Summaries
from gnomon.server.context import answer, context
from gnomon.server.graph_report import report_row
from gnomon.server.graph_rows import read_graph_request
from gnomon.server.operation import Operation
from gnomon.server.wire_graphs import (
    GraphCheck,
    GraphChecked,
    GraphCode,
    GraphOps,
    GraphParse,
    GraphParsed,
    GraphPart,
    GraphWritten,
)


async def check_graph(request: Request) -> Response:
    """Return what is known of a graph: shapes, counts, issues, suggestions."""
    asked = await read_graph_request(request, GraphCheck)
    return await asyncio.to_thread(_check, context(request).datasets.summaries, asked)


def _check(summaries: Summaries, asked: GraphCheck) -> Response:
    graph = decode(asked.graph)
    return answer(GraphChecked(report=report_row(Study().of(graph, summaries.of(graph)))))


async def write_graph(request: Request) -> Response:
    """Return a graph as code, or the code that its author left in it."""
    asked = await read_graph_request(request, GraphCode)
    return await asyncio.to_thread(_code, asked)


def _code(asked: GraphCode) -> Response:
    from gnomon.server.graph_source import written  # noqa: PLC0415 - much to load for a start

    return answer(written(asked))


async def parse_graph(request: Request) -> Response:
    """Return the graph that code describes; it is read, and never run."""
    asked = await read_graph_request(request, GraphParse)
    return await asyncio.to_thread(_parse, asked)


def _parse(asked: GraphParse) -> Response:
    from gnomon.server.graph_source import parsed  # noqa: PLC0415 - likewise

    return answer(parsed(asked))


async def promote_group(request: Request) -> Response:
    """Return the ops that make one node, a subgraph, of the nodes of a group."""
    asked = await read_graph_request(request, GraphPart)
    return await asyncio.to_thread(_changed, promoted, asked)


async def open_subgraph(request: Request) -> Response:
    """Return the ops that put the nodes within a subgraph in its place, as a group."""
    asked = await read_graph_request(request, GraphPart)
    return await asyncio.to_thread(_changed, opened, asked)


def _changed(change: Callable[[Graph, str], list[Op]], asked: GraphPart) -> Response:
    return answer(GraphOps(ops=change(decode(asked.graph), asked.id)))


OPERATIONS = (
    Operation("POST", "/api/v1/graphs:check", check_graph, "graphs", GraphChecked, body=GraphCheck),
    Operation("POST", "/api/v1/graphs:code", write_graph, "graphs", GraphWritten, body=GraphCode),
    Operation("POST", "/api/v1/graphs:parse", parse_graph, "graphs", GraphParsed, body=GraphParse),
    Operation("POST", "/api/v1/graphs:promote", promote_group, "graphs", GraphOps, body=GraphPart),
    Operation("POST", "/api/v1/graphs:open", open_subgraph, "graphs", GraphOps, body=GraphPart),
)
