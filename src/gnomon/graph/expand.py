"""Groups that repeat: what a graph is when their nodes really stand one behind another as often as the group says.

A group can be repeated when all that it takes comes from one output, and all that it gives leaves by one. The first copy
keeps the names; the others are `conv1_2`, `conv1_3` …, and each takes what the one before gives.
"""

from collections.abc import Container
from dataclasses import dataclass, field

import msgspec

from gnomon.graph.document import MAX_EDGES, MAX_NODES, Edge, End, Graph, Group, in_order
from gnomon.graph.problem import Fix, Issue


@dataclass(frozen=True, slots=True)
class Expanded:
    """Hold a graph whose groups are repeated.

    Args:
        graph: The graph; none of its groups repeats.
        copies: Which node each copy is one of.
        issues: Groups that cannot be repeated; they stand there once.
    """

    graph: Graph
    copies: dict[str, str] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


def expand(graph: Graph) -> Expanded:
    """Return a graph with its groups repeated; the graph itself when none does."""
    groups = [group for group in graph.groups if group.repeat > 1 and group.nodes]
    if not groups:
        return Expanded(graph)
    copies: dict[str, str] = {}
    issues: list[Issue] = []
    done: set[str] = set()
    for group in groups:
        reason = _reason(graph, group, done)
        if reason:
            issues.append(_refused(group, reason))
        else:
            graph = _repeated(graph, group, copies)
        done |= {*group.nodes}
    once = tuple(msgspec.structs.replace(group, repeat=1) for group in graph.groups)
    return Expanded(msgspec.structs.replace(graph, groups=once), copies, tuple(issues))


def _ends(graph: Graph, group: Group) -> tuple[set[End], set[End]]:
    """Return the outputs that a group takes from, and those of its own that others take."""
    inside = {*group.nodes}
    enters = {edge.source for edge in graph.edges if edge.target[0] in inside and edge.source[0] not in inside}
    leaves = {edge.source for edge in graph.edges if edge.source[0] in inside and edge.target[0] not in inside}
    return enters, leaves


def _reason(graph: Graph, group: Group, done: Container[str]) -> str:
    """Return why a group cannot be repeated; "" when it can."""
    if any(name in done for name in group.nodes):
        return "it shares nodes with another group that repeats"
    enters, leaves = _ends(graph, group)
    if len(enters) != 1:
        return f"it takes from {len(enters)} places, and repeating needs one"
    if len(leaves) != 1:
        return f"it gives at {len(leaves)} places, and repeating needs one"
    more = group.repeat - 1
    inner = sum(edge.target[0] in group.nodes for edge in graph.edges)
    if len(graph.nodes) + more * len(group.nodes) > MAX_NODES or len(graph.edges) + more * inner > MAX_EDGES:
        return f"the graph would have more than {MAX_NODES:,} nodes"
    return ""


def _repeated(graph: Graph, group: Group, copies: dict[str, str]) -> Graph:
    (out,) = _ends(graph, group)[1]
    inside = {*group.nodes}
    taken = {node.id for node in graph.nodes}
    into = [edge for edge in graph.edges if edge.target[0] in inside]
    nodes, edges = [node for node in graph.nodes if node.id in inside], []
    made, last = list(nodes), out
    for number in range(2, group.repeat + 1):
        names = {node.id: _free(node.id, number, taken) for node in nodes}
        copies |= {name: original for original, name in names.items()}
        made += [msgspec.structs.replace(node, id=names[node.id], ui=None) for node in nodes]
        for edge in into:
            inner = edge.source[0] in inside
            source = (names[edge.source[0]], edge.source[1]) if inner else last
            edges.append(Edge(source, (names[edge.target[0]], edge.target[1])))
        last = (names[out[0]], out[1])
    for edge in graph.edges:
        leaves = edge.source == out and edge.target[0] not in inside
        edges.append(Edge(last, edge.target) if leaves else edge)
    at = max(i for i, node in enumerate(graph.nodes) if node.id in inside) + 1
    whole = (*graph.nodes[:at], *made[len(nodes) :], *graph.nodes[at:])
    return msgspec.structs.replace(graph, nodes=whole, edges=tuple(sorted({*edges}, key=in_order)))


def _free(name: str, number: int, taken: set[str]) -> str:
    found = f"{name[:56]}_{number}"
    while found in taken:
        found += "_"
    taken.add(found)
    return found


def _refused(group: Group, reason: str) -> Issue:
    once = {**msgspec.to_builtins(msgspec.structs.replace(group, repeat=1)), "nodes": list(group.nodes)}
    fix = Fix("Repeat it once", ({"op": "group", "group": once},))
    title = group.title or group.id
    return Issue(group.nodes[0], "error", "E008", f"The group {title} cannot be repeated: {reason}.", fixes=(fix,))
