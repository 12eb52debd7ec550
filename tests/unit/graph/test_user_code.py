"""Which nodes are code of users."""

import json

from gnomon.graph.components.subgraph import MAX_DEPTH
from gnomon.graph.document import Graph, Node, plain
from gnomon.graph.templates import templates
from gnomon.graph.user_code import code_nodes

CODE = Node("mine", "core/code@1", {"code": "y = x"})


def within(graph: Graph, *, as_text: bool = False) -> Graph:
    document = plain(graph)
    return Graph(nodes=(Node("sub", "core/subgraph@1", {"graph": json.dumps(document) if as_text else document}),))


def test_no_template_is_code_of_its_user() -> None:
    assert {each.name: code_nodes(each.graph) for each in templates()} == {each.name: () for each in templates()}


def test_code_within_graphs_within_graphs_is_found() -> None:
    graph = Graph(nodes=(Node("a", "core/dense@1"), CODE))
    for depth in range(MAX_DEPTH):
        graph = within(graph, as_text=depth % 2 == 0)
        assert code_nodes(graph) == ("sub",), depth


def test_a_graph_within_that_is_none_runs_nowhere() -> None:
    for inner in (None, 3, "", "{", "[]", "[" * 100_000, {"nodes": 7}):
        assert code_nodes(Graph(nodes=(Node("sub", "core/subgraph@1", {"graph": inner}),))) == ()


def test_code_beside_a_graph_does_not_count() -> None:
    assert code_nodes(Graph(nodes=(Node("a", "core/dense@1"),), source={"torch": "import os"})) == ()
