"""The smallest graph around one node: for the conformance suite."""

from collections.abc import Mapping, Sequence
from typing import Any

from gnomon.graph.component import Component
from gnomon.graph.document import Edge, Graph, Node
from gnomon.graph.param import checked
from gnomon.graph.registry import find
from gnomon.graph.spec import Spec


def around(node: Component, inputs: Sequence[Spec]) -> Graph | None:
    """Return a graph of a node and inputs that give it what it takes; `None` when no input gives that."""
    sources = [_source(spec) for spec in inputs]
    nodes, edges = [], []
    for i, (source, end) in enumerate(zip(sources, _ends(node), strict=False)):
        if source is None:
            return None
        nodes.append(Node(f"x{i}", *source))
        edges.append(Edge((f"x{i}", "out"), ("node", end)))
    nodes.append(Node("node", node.type, given(node)))
    return Graph(nodes=tuple(nodes), edges=tuple(sorted(edges, key=lambda edge: (edge.target, edge.source))))


def given(node: Component) -> dict[str, Any]:
    """Return the parameters of a node that differ from its defaults, as documents have them."""
    found = {param.name: getattr(node, param.name) for param in node.params}
    return {param.name: _plain(found[param.name]) for param in node.params if found[param.name] != param.default}


def computed(graph: Graph) -> tuple[Any, ...]:
    """Return what a graph computes, without what code does not show."""
    nodes = sorted((node.id, node.type, _shown(node.type, node.params)) for node in graph.nodes)
    return nodes, sorted((edge.source, edge.target) for edge in graph.edges)


def _shown(type_: str, params: Mapping[str, Any]) -> str:
    component = find(type_)
    if component is None:
        return repr(params)
    values, _ = checked(component.params, params)
    return repr({param.name: values[param.name] for param in component.params if param.in_code})


def _source(spec: Spec) -> tuple[str, dict[str, Any]] | None:
    """Return an input that gives a spec."""
    if spec.dtype == "text":
        return ("core/text_input@1", {"length": spec.shape[0], "raw": True}) if spec.rank == 1 else None
    if spec.dtype == "int64" and spec.classes is not None and spec.rank == 0:
        return "core/category_input@1", {"categories": spec.classes}
    if spec.dtype == "int64" and spec.classes is not None and spec.rank == 1:
        return "core/text_input@1", {"length": spec.shape[0], "vocabulary": spec.classes}
    params: dict[str, Any] = {"shape": [-1 if axis is None else axis for axis in spec.shape]}
    return "core/input@1", params if spec.dtype == "float32" else {**params, "dtype": spec.dtype}


def _ends(node: Component) -> list[str]:
    ends = []
    for port in node.takes():
        ends += [f"{port.name}.{i}" for i in range(max(port.least, 2))] if port.many else [port.name]
    return ends


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
