"""From code to a graph. Nothing is run: statements are read, and those that no component writes are kept as Code nodes."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from gnomon.graph.code.fresh import written
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.read import read
from gnomon.graph.component import Target
from gnomon.graph.document import Edge, Graph
from gnomon.graph.expand import expand


@dataclass(frozen=True, slots=True)
class Parsed:
    """Hold what code says.

    Args:
        graph: As a graph. Its `source` has the text, unless the graph alone would be written as that text.
        notes: What its reader should know: what was taken for what it may not be.
    """

    graph: Graph
    notes: list[str]


def parse(text: str, target: Target | None = None, old: Graph | None = None) -> Parsed:
    """Return the graph that code says.

    Args:
        text: A file with one model.
        target: The framework; found out when not given.
        old: The graph that it was written from: what code does not show (places, notes, groups, training) is kept.

    Raises:
        CodeError: It is no Python, with line and column, or has no model.
        LimitError: It is longer than we accept.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    reading = read(text, target, old)
    graph, kind = folded(reading.graph, old), reading.frame.target
    others = {name: code for name, code in graph.source.items() if name != kind}
    alone = msgspec.structs.replace(graph, source=others, target=kind)
    is_ours = written(Plan(alone, kind)).text == text
    return Parsed(alone if is_ours else msgspec.structs.replace(alone, source={**others, kind: text}), reading.notes)


def folded(graph: Graph, old: Graph | None) -> Graph:
    """Return a graph with the groups that repeat as the old one had them, as long as their copies are still copies."""
    copies = expand(old).copies if old else {}
    if old is None or not copies:
        return graph
    repeats = {group.id: group.repeat for group in old.groups}
    inner = {name for group in old.groups if group.repeat > 1 for name in group.nodes}
    edges = {}
    for edge in graph.edges:
        (giver, out), (taker, port) = edge.source, edge.target
        one, other = copies.get(giver, giver), copies.get(taker, taker)
        number, next_ = _number(giver, copies, graph), _number(taker, copies, graph)
        if one in inner and other in inner and number != next_:
            continue  # from one time to the next
        edges[(other, port), (one, out)] = Edge((one, out), (other, port))
    found = msgspec.structs.replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.id not in copies),
        edges=tuple(edges[key] for key in sorted(edges)),
        groups=tuple(msgspec.structs.replace(group, repeat=repeats.get(group.id, 1)) for group in graph.groups),
    )
    whole = expand(found).graph
    same = {node.id: (node.type, node.params) for node in whole.nodes} == {
        n.id: (n.type, n.params) for n in graph.nodes
    }
    return found if same and set(whole.edges) == set(graph.edges) else graph


def _number(name: str, copies: Mapping[str, str], graph: Graph) -> int:
    """Return which time a copy is, from 1."""
    original = copies.get(name)
    if original is None:
        return 1
    ours = [node.id for node in graph.nodes if copies.get(node.id) == original]
    return 2 + ours.index(name)
