"""Graphs written as code, and read from it. Code is text here; nothing of it is ever run."""

from gnomon.graph.between import between
from gnomon.graph.code import parse, write
from gnomon.graph.document import Graph, decode
from gnomon.server.graph_report import issue_rows
from gnomon.server.graph_rows import canvas
from gnomon.server.wire_graphs import GraphCode, GraphParse, GraphParsed, GraphWritten


def written(asked: GraphCode) -> GraphWritten:
    """Return a graph as code, or the code that its author left in it."""
    graph = decode(asked.graph)
    target = asked.target or graph.target
    found = write(graph, target, fresh=asked.fresh, drop=asked.drop)
    return GraphWritten(
        target=target,
        text=found.text,
        lines={name: list(spans) for name, spans in found.lines.items()},
        missing=issue_rows(found.missing),
        by_hand=bool(graph.source.get(target)) and (not asked.fresh or bool(found.kept)),
        kept=list(found.kept),
        lost=list(found.lost),
    )


def parsed(asked: GraphParse) -> GraphParsed:
    """Return the graph that code describes, and the operations that make the graph it was written from that one.

    Raises:
        CodeError: It is no Python, or has no model; the message has line and column.
    """
    before = None if asked.graph is None else decode(asked.graph)
    found = parse(asked.text, asked.target, before)
    return GraphParsed(
        graph=canvas(found.graph),
        notes=list(found.notes),
        ops=between(Graph() if before is None else before, found.graph),
        lines={name: list(spans) for name, spans in write(found.graph).lines.items()},
    )
