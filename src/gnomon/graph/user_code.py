"""Which nodes of a graph are code of its users: what a server may be told not to run."""

import json
from typing import Any, Final

from gnomon.core.errors import InputError, LimitError
from gnomon.graph.components.code import CodeNode
from gnomon.graph.components.subgraph import MAX_DEPTH, Subgraph
from gnomon.graph.document import Graph, Node, decode
from gnomon.graph.registry import find

OWN: Final = "own/"
"""What the types of a project's own components begin with."""


def code_nodes(graph: Graph) -> tuple[str, ...]:
    """Return the nodes that are code of users, or hold a graph in which one is.

    Code that was left beside a graph (`source`) does not count: what is run of a graph without such nodes is written
    from its nodes, and never from there.

    Example:
        >>> code_nodes(Graph(nodes=(Node("a", "core/dense@1"), Node("b", "core/code@1"), Node("c", "own/p/mine@2"))))
        ('b', 'c')
    """
    return _among(graph, 1)


def types_in(graph: Graph) -> frozenset[str]:
    """Return the types of the nodes of a graph, and of the graphs within it.

    Example:
        >>> sorted(types_in(Graph(nodes=(Node("a", "core/dense@1"), Node("b", "own/p.mine@2")))))
        ['core/dense@1', 'own/p.mine@2']
    """
    found, level = set(), [graph]
    for _ in range(MAX_DEPTH + 1):
        found |= {node.type for each in level for node in each.nodes}
        inner = [node.params.get("graph") for each in level for node in each.nodes if node.type == Subgraph.type]
        level = [_inner(each) for each in inner]
    return frozenset(found)


def _among(graph: Graph, depth: int) -> tuple[str, ...]:
    return tuple(node.id for node in graph.nodes if _is_code(node, depth))


def _is_code(node: Node, depth: int) -> bool:
    if node.type == Subgraph.type:
        inner = node.params.get("graph")
        # One that cannot be read, or lies too deep, is an error of its node and runs nowhere.
        return depth <= MAX_DEPTH and bool(_among(_inner(inner), depth + 1))
    component = find(node.type)
    return node.type == CodeNode.type or node.type.startswith(OWN) or getattr(component, "is_user_code", False) is True


def _inner(document: Any) -> Graph:
    """Return the graph within a node, which may be given as a map or as text."""
    try:
        found = json.loads(document) if isinstance(document, str) else document
        return decode(found) if isinstance(found, dict) else Graph()
    except (InputError, LimitError, ValueError, RecursionError):
        return Graph()
