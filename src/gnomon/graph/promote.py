"""From a group to a subgraph, and back: several nodes become one that holds them, or one becomes those within it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gnomon.core.errors import InputError, NotFoundError
from gnomon.graph.components.subgraph import Subgraph, input_for
from gnomon.graph.document import Edge, End, Graph, Group, Node, decode, plain
from gnomon.graph.infer import Report, infer
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Spec

Op = dict[str, Any]
_OUTPUT: Final = "core/reconstruction@1"


def promoted(graph: Graph, name: str) -> list[Op]:
    """Return the operations that make one node, a subgraph, of the nodes of a group; it is called as the group was.

    Args:
        graph: The graph.
        name: The group's id.

    Raises:
        NotFoundError: There is no such group.
        InputError: It has no nodes, or inputs of the whole graph among them.
    """
    group = next((each for each in graph.groups if each.id == name), None)
    if group is None:
        msg = f"group: there is no {name!r:.80}. There are {', '.join(each.id for each in graph.groups) or 'none'}."
        raise NotFoundError(msg)
    report = infer(graph)
    nodes = [node for node in graph.nodes if node.id in group.nodes]
    ends = [each.id for each in nodes if _category(report, each.id) in ("Input", "Output")]
    if not nodes or ends:
        has = f"{', '.join(ends)} of the whole model" if ends else "none"
        msg = f"group: expected nodes between inputs and outputs of the model, received {has}. Take them out of the group."
        raise InputError(msg, field="group")
    return list(_promotion(graph, group, nodes, report))


def _promotion(graph: Graph, group: Group, nodes: list[Node], report: Report) -> Iterator[Op]:
    inside = {node.id for node in nodes}
    into = [edge for edge in graph.edges if edge.target[0] in inside and edge.source[0] not in inside]
    out_of = [edge for edge in graph.edges if edge.source[0] in inside and edge.target[0] not in inside]
    within = [edge for edge in graph.edges if edge.source[0] in inside and edge.target[0] in inside]
    used = set(inside)
    takes = {source: _free(source[0], used) for source in dict.fromkeys(edge.source for edge in into)}
    gives, outputs = _gives(group, out_of, within, report, used)
    inputs = [Node(takes[source], *input_for(_spec(report, source))) for source in takes]
    led = [Edge((takes[edge.source], "out"), edge.target) for edge in into]
    ends = [Edge(source, (port, "in")) for source, port in gives.items() if port in {each.id for each in outputs}]
    inner = plain(Graph(group.title or group.id, graph.target, (*inputs, *nodes, *outputs), (*within, *led, *ends)))
    document = {key: inner[key] for key in ("format", "name", "target", "nodes", "edges")}
    if group.repeat > 1:
        document["groups"] = [{"id": _free("repeated", used), "nodes": sorted(inside), "repeat": group.repeat}]
    yield from ({"op": "remove", "id": node.id} for node in nodes)
    place = next((node.ui for node in nodes if node.ui is not None), None)
    new: Op = {"id": group.id, "type": Subgraph.type, "params": {"graph": document}}
    yield {"op": "add", "node": new if place is None else {**new, "ui": {"x": place.x, "y": place.y}}}
    yield from (_connect(source, (group.id, port)) for source, port in takes.items())
    yield from (_connect((group.id, gives[edge.source]), edge.target) for edge in out_of)


def _gives(
    group: Group, out_of: list[Edge], within: list[Edge], report: Report, used: set[str]
) -> tuple[dict[End, str], list[Node]]:
    """Return the port of each output that others take, and the output nodes that it needs within.

    What leads nowhere within is an output by itself; where that is not just what others take, output nodes say it.
    """
    wanted = list(dict.fromkeys(edge.source for edge in out_of))
    led = {edge.source[0] for edge in within}
    leaves = {name for name in group.nodes if name not in led}
    single = all(len(report.nodes[name].outs) == 1 for name, _ in wanted)
    # Copies of a group stand one behind another only where what the last gives is taken.
    if single and group.repeat == 1 and {name for name, _ in wanted} == leaves:
        return {source: source[0] for source in wanted}, []
    outputs = {source: _free(f"{source[0]}_out", used) for source in wanted}
    return outputs, [Node(name, _OUTPUT) for name in outputs.values()]


def opened(graph: Graph, name: str) -> list[Op]:
    """Return the operations that put the nodes within a subgraph in its place, as a group that is called as it was.

    Args:
        graph: The graph.
        name: The node's id.

    Raises:
        NotFoundError: There is no such node.
        InputError: It holds no graph.
    """
    node = graph.node(name)
    if node is None:
        msg = f"node: there is no {name!r:.80}."
        raise NotFoundError(msg)
    inner = decode(node.params["graph"]) if isinstance(node.params.get("graph"), Mapping) else Graph()
    if node.type != Subgraph.type or not inner.nodes:
        msg = f"node: expected a subgraph with a graph in it, received {name} of type {node.type}."
        raise InputError(msg, field="node")
    try:
        ports = Subgraph(graph=_text(node)).ends()
    except Problem as problem:
        msg = f"node: {problem.message}"
        raise InputError(msg, field="node") from None
    return list(_opening(graph, node, inner, ports.inputs, ports.outputs))


def _opening(
    graph: Graph, node: Node, inner: Graph, inputs: tuple[str, ...], outputs: Mapping[str, tuple[str, int]]
) -> Iterator[Op]:
    report = infer(inner)
    ends = {each.id for each in inner.nodes if _category(report, each.id) == "Output"}
    used = {each.id for each in graph.nodes} | {each.id for each in graph.groups}
    names = {each.id: _free(each.id, used) for each in inner.nodes if each.id not in ends and each.id not in inputs}
    sources: dict[End, End] = {
        (edge.target[1], "out"): edge.source for edge in graph.edges if edge.target[0] == node.id
    }

    def outer(source: End) -> End | None:
        return (names[source[0]], source[1]) if source[0] in names else sources.get(source)

    yield {"op": "remove", "id": node.id}
    for each in inner.nodes:
        if each.id in names:
            yield {"op": "add", "node": {"id": names[each.id], "type": each.type, "params": each.params}}
    for edge in inner.edges:
        source = outer(edge.source)
        if source is not None and edge.target[0] in names:
            yield _connect(source, (names[edge.target[0]], edge.target[1]))
    for edge in graph.edges:
        if edge.source[0] == node.id and edge.target[0] != node.id and edge.source[1] in outputs:
            source = outer(_end(inner, report, outputs[edge.source[1]], ends))
            if source is not None:
                yield _connect(source, edge.target)
    group = {"id": _free(f"{node.id}_group", used), "nodes": list(names.values()), "title": inner.name}
    yield {"op": "group", "group": group}


def _end(inner: Graph, report: Report, end: tuple[str, int], ends: set[str]) -> End:
    """Return the output that a port of a subgraph gives."""
    name, index = end
    if name in ends:
        return next((edge.source for edge in inner.edges if edge.target[0] == name), (name, ""))
    component = report.nodes[name].component
    ports = component.gives() if component is not None else ()
    return (name, ports[index].name if index < len(ports) else "out")


def _text(node: Node) -> str:
    found: str = next(param for param in Subgraph.params if param.name == "graph").check(node.params["graph"])
    return found


def _spec(report: Report, source: End) -> Spec:
    """Return what comes out of an output; any vector when that is not known."""
    node = report.nodes.get(source[0])
    ports = node.component.gives() if node is not None and node.component is not None else ()
    index = next((i for i, port in enumerate(ports) if port.name == source[1]), 0)
    spec = node.outs[index] if node is not None and index < len(node.outs) else None
    return spec if spec is not None else Spec((None,))


def _category(report: Report, name: str) -> str:
    component = report.nodes[name].component
    return component.category if component is not None else ""


def _connect(source: End, target: End) -> Op:
    return {"op": "connect", "from": list(source), "to": list(target)}


def _free(name: str, used: set[str]) -> str:
    found, number = name, 1
    while found in used:
        number += 1
        found = f"{name}_{number}"
    used.add(found)
    return found
