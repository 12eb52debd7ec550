"""One-click changes: what a component or a check proposes, as operations on the graph that it is about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gnomon.graph.document import Edge, Graph, Node
from gnomon.graph.own import is_own
from gnomon.graph.problem import Fix, Remedy
from gnomon.graph.registry import find

Op = dict[str, Any]


class Fixer:
    """Write fixes for one graph; names of new nodes are free in it.

    Args:
        graph: The graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._taken: set[str] | None = None
        self._nodes = {node.id: node for node in graph.nodes}
        self._numbers: dict[str, int] = {}
        self._is_indexed = False
        self._into: dict[str, list[Edge]] = {}
        self._out_of: dict[str, list[Edge]] = {}

    def remedies(self, node: Node, remedies: Sequence[Remedy], ports: Sequence[str] = ()) -> tuple[Fix, ...]:
        """Return the fixes that remedies of a node are here; those that need a component we do not have are left out.

        Args:
            node: Whose they are.
            remedies: What its component proposes; ports of several edges are counted from 0 in them.
            ports: Names of its inputs as edges name them, in order.
        """
        fixes = []
        for remedy in remedies:
            ops = self._ops(node, remedy, ports)
            if ops:
                fixes.append(Fix(remedy.title, tuple(ops)))
        return tuple(fixes)

    def _ops(self, node: Node, remedy: Remedy, ports: Sequence[str]) -> list[Op]:
        ops: list[Op] = []
        types = [type_ for type_, _ in remedy.before.values()]
        types += [remedy.after[0]] if remedy.after else []
        types += [remedy.replace] if remedy.replace else []
        if any(find(type_) is None for type_ in types):
            return []
        if remedy.replace:
            ops.append({"op": "replace", "id": node.id, "type": remedy.replace, "params": plain(remedy.params)})
        elif remedy.params:
            ops.append(set_params(node.id, remedy.params))
        used: set[str] = set()
        for port, (type_, params) in remedy.before.items():
            ops += self.insert_before(node, port_named(port, ports), type_, params, used)
        if remedy.after:
            ops += self.insert_after(node, remedy.after[0], remedy.after[1], used)
        return ops

    def insert_before(
        self, node: Node, port: str, type_: str, params: Mapping[str, Any], used: set[str] | None = None
    ) -> Iterator[Op]:
        """Return the operations that put a node between an input and what leads to it."""
        edges = [edge for edge in self.into(node.id) if edge.target[1] == port]
        yield from self._between(edges[:1], type_, params, used if used is not None else set())

    def insert_after(
        self, node: Node, type_: str, params: Mapping[str, Any], used: set[str] | None = None
    ) -> Iterator[Op]:
        """Return the operations that put a node behind the first output that has edges."""
        edges = self.out_of(node.id)
        first = [edge for edge in edges if edge.source == edges[0].source]
        yield from self._between(first, type_, params, used if used is not None else set())

    def _between(self, edges: list[Edge], type_: str, params: Mapping[str, Any], used: set[str]) -> Iterator[Op]:
        """Return the operations that put a node on edges which have one source."""
        component = find(type_)
        if not edges or component is None or not component.inputs or not component.outputs:
            return
        name = self.free(type_, used)
        port = component.inputs[0]
        new: Op = {"id": name, "type": type_, "params": plain(params)}
        place = self._middle(edges[0])
        if place is not None:
            new["ui"] = place
        yield {"op": "add", "node": new}
        for edge in edges:
            yield self.disconnect(edge)
        yield connect(edges[0].source, (name, f"{port.name}.0" if port.many else port.name))
        for edge in edges:
            yield connect((name, component.outputs[0].name), edge.target)

    def bridge(self, node: Node) -> list[Op]:
        """Return the operations that remove a node of one input and lead its edges past it."""
        into = [edge for edge in self.into(node.id) if edge.source[0] != node.id]
        out_of = [edge for edge in self.out_of(node.id) if edge.target[0] != node.id]
        led = {Edge(edge.source, after.target): None for edge in into[:1] for after in out_of}
        there = {edge for after in out_of for edge in self.into(after.target[0])}
        ops: list[Op] = [{"op": "remove", "id": node.id}]
        return ops + [connect(edge.source, edge.target) for edge in led if edge not in there]

    def _middle(self, edge: Edge) -> dict[str, float] | None:
        ends = [self._nodes.get(name) for name in (edge.source[0], edge.target[0])]
        places = [end.ui for end in ends if end is not None and end.ui is not None]
        if len(places) < 2:
            return None
        return {"x": (places[0].x + places[1].x) / 2, "y": (places[0].y + places[1].y) / 2}

    def free(self, type_: str, used: set[str] | None = None) -> str:
        """Return a free name for a node of a type: `flatten`, or `flatten2` if there is one."""
        if self._taken is None:
            self._taken = {*self._nodes} | {group.id for group in self.graph.groups}
            self._taken |= {end[0] for edge in self.graph.edges for end in (edge.source, edge.target)}
        used = used if used is not None else set()
        bare = type_.partition("/")[2].partition("@")[0]
        bare = bare.rpartition(".")[2] if is_own(type_) else bare  # the project stands in front
        base = re.sub("[^a-z0-9_]", "_", bare)[:56]
        between = "_" if base[-1:].isdigit() else ""
        number = self._numbers.get(base, 1)
        while (name := f"{base}{between}{number}" if number > 1 else base) in self._taken or name in used:
            if name in self._taken:
                self._numbers[base] = number + 1
            number += 1
        used.add(name)
        return name

    def disconnect(self, edge: Edge) -> Op:
        """Return the operation that removes an edge."""
        return {"op": "disconnect", "from": list(edge.source), "to": list(edge.target)}

    def into(self, name: str) -> list[Edge]:
        """Return the edges that end at a node and begin at one that is there."""
        self._index()
        return self._into.get(name, [])

    def out_of(self, name: str) -> list[Edge]:
        """Return the edges that begin at a node and end at one that is there."""
        self._index()
        return self._out_of.get(name, [])

    def _index(self) -> None:
        if self._is_indexed:
            return
        self._is_indexed = True
        for edge in self.graph.edges:
            if edge.source[0] not in self._nodes or edge.target[0] not in self._nodes:
                continue
            self._into.setdefault(edge.target[0], []).append(edge)
            self._out_of.setdefault(edge.source[0], []).append(edge)


def connect(source: tuple[str, str], target: tuple[str, str]) -> Op:
    """Return the operation that adds an edge."""
    return {"op": "connect", "from": list(source), "to": list(target)}


def set_params(name: str, params: Mapping[str, Any]) -> Op:
    """Return the operation that sets parameters of a node."""
    return {"op": "set", "id": name, "params": plain(params)}


def port_named(port: str, ports: Sequence[str]) -> str:
    """Return the port as edges name it, of one whose edges are counted from 0.

    Example:
        >>> port_named("in.1", ["in.0", "in.4"]), port_named("in", ["in"])
        ('in.4', 'in')
    """
    base, _, number = port.rpartition(".")
    if port in ports and not base:
        return port
    ours = [name for name in ports if name.rpartition(".")[0] == base]
    return ours[int(number)] if number.isdecimal() and int(number) < len(ours) else port


def plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as the document holds them: tuples as lists."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in params.items()}
