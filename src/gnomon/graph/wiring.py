"""Which output each input of a graph takes, in which order its nodes compute, and what is wrong about its edges."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.graph.component import Component, Port
from gnomon.graph.document import Edge, End, Graph
from gnomon.graph.problem import Fix, Issue, Problem

MAX_TOLD: Final = 1_000
"""Issues that are told of one kind; nobody reads more."""
MAX_CYCLES: Final = 20
"""Cycles that are told of; a graph with more is told of these first."""


@dataclass(frozen=True, slots=True)
class Part:
    """Hold a node as its component sees it.

    Args:
        component: With the node's parameters; `None` when its type is not known.
        problems: What is wrong with its parameters; wrong ones have their defaults.
        takes: Its input ports.
        gives: Its output ports.
        known: Whether its ports are known.
    """

    component: Component | None
    problems: tuple[Problem, ...] = ()
    takes: tuple[Port, ...] = ()
    gives: tuple[Port, ...] = ()
    known: bool = True


@dataclass(slots=True)
class Wires:
    """Hold what ends at one node.

    Args:
        ports: Names of its inputs as edges name them, in order: `("in.0", "in.1")`.
        sources: Where each comes from: a node and the index of its output; `None` where nothing is connected.
    """

    ports: list[str] = field(default_factory=list)
    sources: list[tuple[str, int] | None] = field(default_factory=list)


@dataclass(slots=True)
class Wiring:
    """Hold the edges of a graph, made sense of.

    Args:
        order: All nodes, each behind those it takes from; of those that may come next, the one that the document has
            first. Nodes on a cycle, and behind one, come last.
        wires: What ends at each node.
        stuck: Nodes on a cycle or behind one.
        issues: What is wrong.
    """

    order: tuple[str, ...]
    wires: dict[str, Wires]
    stuck: frozenset[str]
    issues: list[Issue]


def wire(graph: Graph, parts: Mapping[str, Part]) -> Wiring:
    """Return how a graph is wired; it may be wrong in any way."""
    issues: list[Issue] = []
    wires, befores = {}, {}
    ends = _accepted(graph, parts, issues)
    for node in graph.nodes:
        found = ends.get(node.id, {})
        wires[node.id] = _in_order(parts[node.id], found)
        befores[node.id] = {source[0] for source in found.values()}
    order, stuck = _order(befores)
    if stuck:
        issues += _cycles(graph, befores, stuck)
    return Wiring(order, wires, frozenset(stuck), issues)


def _accepted(graph: Graph, parts: Mapping[str, Part], issues: list[Issue]) -> dict[str, dict[str, tuple[str, int]]]:
    """Return the source of each port by node, of those edges that can be taken as they are."""
    ends: dict[str, dict[str, tuple[str, int]]] = {}
    wrong = _Wrong(graph, parts)
    for edge in graph.edges:
        (giver, out), (taker, port) = edge.source, edge.target
        index = _output(parts[giver], out) if giver in parts else None
        fits = taker in parts and index is not None and _has_input(parts[taker], port)
        if fits and index is not None and port not in ends.setdefault(taker, {}):
            ends[taker][port] = (giver, index)
        elif len(issues) < MAX_TOLD:
            issues.append(wrong.issue(edge, index, ends))
    return ends


def _output(part: Part, port: str) -> int | None:
    if not part.known:
        return 0
    return next((i for i, each in enumerate(part.gives) if each.name == port), None)


def _has_input(part: Part, port: str) -> bool:
    if not part.known:
        return True
    base, _, number = port.rpartition(".")
    plain = any(each.name == port and not each.many for each in part.takes)
    return plain or (_is_number(number) and any(each.name == base and each.many for each in part.takes))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6 and (text == "0" or text[0] != "0")


def _in_order(part: Part, found: Mapping[str, tuple[str, int]]) -> Wires:
    wires = Wires()
    for port in part.takes:
        names = [port.name]
        if port.many:
            ours = (name for name in found if name.rpartition(".")[0] == port.name)
            names = sorted(ours, key=lambda name: int(name.rpartition(".")[2]))
        wires.ports += names
        wires.sources += [found.get(name) for name in names]
    return wires


def _order(befores: Mapping[str, set[str]]) -> tuple[tuple[str, ...], set[str]]:
    """Return all nodes in order of computation, and those that wait for themselves."""
    names = list(befores)
    rank = {name: i for i, name in enumerate(names)}
    behind: dict[str, list[str]] = {name: [] for name in names}
    missing = [0] * len(names)
    for name, sources in befores.items():
        missing[rank[name]] = len(sources)
        for source in sources:
            behind[source].append(name)
    ready = [i for i, count in enumerate(missing) if not count]
    order = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for each in behind[name]:
            i = rank[each]
            missing[i] -= 1
            if not missing[i]:
                heapq.heappush(ready, i)
    stuck = [name for i, name in enumerate(names) if missing[i]]
    return (*order, *stuck), set(stuck)


def _cycles(graph: Graph, befores: Mapping[str, set[str]], stuck: set[str]) -> Iterator[Issue]:
    """Return one issue for each edge that closes a cycle when edges are followed in depth, in the document's order."""
    behind: dict[str, list[str]] = {}
    for name in befores:
        for source in befores[name] & stuck if name in stuck else ():
            behind.setdefault(source, []).append(name)
    done: set[str] = set()
    told = 0
    for root in befores:
        path: dict[str, Iterator[str]] = {}
        stack = [root] if root in stuck and root not in done else []
        while stack:
            name = stack[-1]
            if name not in path:
                path[name] = iter(behind.get(name, ()))
            taker = next(path[name], None)
            if taker is None:
                done.add(stack.pop())
                del path[name]
            elif taker in path:
                told += 1
                if told > MAX_CYCLES:
                    return
                yield _cycle(graph, stack[stack.index(taker) :])
            elif taker not in done:
                stack.append(taker)


def _cycle(graph: Graph, path: list[str]) -> Issue:
    """Return the issue of a cycle; each of its nodes gives to the next, and the last to the first."""
    taker, giver = path[0], path[-1]
    shown = path if len(path) <= 6 else [*path[:3], "…", *path[-2:]]
    edges = [edge for edge in graph.edges if edge.target[0] == taker and edge.source[0] == giver]
    return Issue(
        taker,
        "error",
        "E002",
        f"{' → '.join([*shown, taker])} is a cycle: a node cannot take what it gives.",
        fixes=(Fix(f"Remove the edge {giver} → {taker}", tuple(map(_disconnect, edges))),),
    )


def _disconnect(edge: Edge) -> dict[str, Any]:
    return {"op": "disconnect", "from": list(edge.source), "to": list(edge.target)}


def _connect(source: End, target: End) -> dict[str, Any]:
    return {"op": "connect", "from": list(source), "to": list(target)}


class _Wrong:
    """What is wrong about single edges of a graph."""

    def __init__(self, graph: Graph, parts: Mapping[str, Part]) -> None:
        self.graph, self.parts = graph, parts
        self._there: set[Edge] | None = None
        self._taken: dict[str, set[str]] = {}

    def issue(self, edge: Edge, index: int | None, ends: Mapping[str, Mapping[str, tuple[str, int]]]) -> Issue:
        """Return what is wrong about an edge: its ends, its ports, or that another one is there already."""
        gone = [name for name in (edge.source[0], edge.target[0]) if name not in self.parts]
        if gone:
            return self._loose(edge, gone[0])
        if index is None:
            return self._no_output(edge)
        taker, port = edge.target
        return _taken(edge, ends[taker][port][0]) if port in ends.get(taker, {}) else self._no_input(edge)

    def _loose(self, edge: Edge, gone: str) -> Issue:
        here = next((name for name in (edge.target[0], edge.source[0]) if name in self.parts), "")
        words = "leads to" if gone == edge.target[0] else "comes from"
        return Issue(
            here,
            "error",
            "E004",
            f"An edge {words} {gone}, and there is no such node.",
            port=edge.target[1] if here == edge.target[0] else "",
            fixes=(Fix("Remove the edge", (_disconnect(edge),)),),
        )

    def _no_output(self, edge: Edge) -> Issue:
        (name, port), part = edge.source, self.parts[edge.source[0]]
        fixes = [Fix("Remove the edge", (_disconnect(edge),))]
        if len(part.gives) == 1 and Edge((name, part.gives[0].name), edge.target) not in self.there:
            ops = (_disconnect(edge), _connect((name, part.gives[0].name), edge.target))
            fixes.insert(0, Fix(f"Take {part.gives[0].name} instead", ops))
        has = ", ".join(each.name for each in part.gives) or "none"
        message = f"An edge takes output {port} of {name}, which has {has}."
        return Issue(edge.target[0], "error", "E005", message, port=edge.target[1], fixes=tuple(fixes))

    def _no_input(self, edge: Edge) -> Issue:
        (name, port), part = edge.target, self.parts[edge.target[0]]
        fixes = [Fix("Remove the edge", (_disconnect(edge),))]
        taken = self.taken(name)
        free = next((each for each in _names(part, taken) if each not in taken), None)
        if free is not None:
            fixes.insert(0, Fix(f"Connect it to {free}", (_disconnect(edge), _connect(edge.source, (name, free)))))
        has = ", ".join(f"{each.name}.0 …" if each.many else each.name for each in part.takes) or "none"
        message = f"An edge ends at input {port}, and the inputs are: {has}."
        return Issue(name, "error", "E005", message, port=port, fixes=tuple(fixes))

    @property
    def there(self) -> set[Edge]:
        """All edges."""
        if self._there is None:
            self._there = {*self.graph.edges}
        return self._there

    def taken(self, name: str) -> set[str]:
        """Return the ports of a node at which edges end."""
        if not self._taken:
            for edge in self.graph.edges:
                self._taken.setdefault(edge.target[0], set()).add(edge.target[1])
        return self._taken.get(name, set())


def _names(part: Part, taken: set[str]) -> Iterator[str]:
    for port in part.takes:
        if port.many:
            yield from (f"{port.name}.{i}" for i in range(len(taken) + 1))
        else:
            yield port.name


def _taken(edge: Edge, first: str) -> Issue:
    message = f"Input {edge.target[1]} takes one edge, and both {first} and {edge.source[0]} are connected to it."
    fix = Fix(f"Remove the edge from {edge.source[0]}", (_disconnect(edge),))
    return Issue(edge.target[0], "error", "E006", message, port=edge.target[1], fixes=(fix,))
