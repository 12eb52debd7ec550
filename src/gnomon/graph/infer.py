"""What is known of a graph before anything runs: shapes, counts and memory of every node, and all errors at once.

Each node is looked at once, behind those it takes from. What its component says is kept in a `Cache` by type, parameters
and inputs, so that after an edit only what changed is worked out again. Nothing here trusts the document: types may be
unknown, edges may lead anywhere and round in circles, numbers may be absurd.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar, cast

import msgspec

from gnomon.graph.component import Component, Inferred, Port
from gnomon.graph.document import End, Graph, Node
from gnomon.graph.expand import Expanded, expand
from gnomon.graph.fixes import Fixer, connect, port_named
from gnomon.graph.own import is_own, newest_of
from gnomon.graph.param import checked
from gnomon.graph.problem import Fix, Issue, Level, Problem
from gnomon.graph.receptive import Sight, seen_through
from gnomon.graph.registry import find
from gnomon.graph.spec import Spec
from gnomon.graph.wiring import MAX_TOLD, Part, Wires, wire

LARGEST: Final = 1 << 48
"""Numbers of one tensor, parameters of one node: beyond, no machine could hold or compute it."""
MOST: Final = 2 * MAX_TOLD
"""Issues that are told of a graph."""
_LEVELS: Final[Mapping[str, Level]] = {"W": "warning", "T": "tip"}

T = TypeVar("T")
Ins = tuple[Spec | None, ...]


@dataclass(frozen=True, slots=True)
class NodeReport:
    """Hold what is known of a node.

    Args:
        outs: What comes out, by port; `None` is what only a run can tell. Empty when an error is in the way.
        params: Numbers that training changes.
        state: Numbers kept with the model that training does not change by gradient.
        flops: Floating-point operations for one sample, a multiply-add counted as two.
        memory_bytes: What leaves its ports, of one sample; axes that are not known count as one.
        receptive: How many places of the input one place of the output sees, by axis; `None` when it is not about
            places.
        blocked: Whether an error before it is in the way, so that it was not looked at.
        ins: What goes in, by port as edges name it; `None` where nothing is known.
        ports: Names of its inputs, `in.0`, `in.1` … where a port takes several edges.
        sources: Where each comes from: a node and the index of its output; `None` where nothing is connected.
        component: The component with the node's parameters; `None` when its type or its ports are not known.
        torch_params: What `params` is in PyTorch, whatever the graph's target is.
    """

    outs: tuple[Spec | None, ...] = ()
    params: int = 0
    state: int = 0
    flops: int = 0
    memory_bytes: int = 0
    receptive: tuple[int, ...] | None = None
    blocked: bool = False
    ins: Ins = ()
    ports: tuple[str, ...] = ()
    sources: tuple[tuple[str, int] | None, ...] = ()
    component: Component | None = None
    torch_params: int = field(default=0, compare=False)

    @property
    def out(self) -> Spec | None:
        """What comes out of the first port; `None` when that is not known."""
        return self.outs[0] if self.outs else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Hold sums over all nodes.

    Args:
        params: Numbers that training changes.
        state: Numbers kept with the model beside them.
        flops: Floating-point operations for one sample.
        memory_bytes: What all nodes give, of one sample.
        torch_params: What `params` is in PyTorch.
    """

    params: int = 0
    state: int = 0
    flops: int = 0
    memory_bytes: int = 0
    torch_params: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Report:
    """Hold what is known of a graph.

    Args:
        order: Its nodes in order of computation.
        nodes: What is known of each.
        issues: All errors, by node in order of computation.
        totals: Sums.
    """

    order: tuple[str, ...] = ()
    nodes: Mapping[str, NodeReport] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    totals: Totals = field(default_factory=Totals)


class Cache:
    """Keep what components said, by what they were asked.

    Args:
        size: Answers that it keeps; beyond, it begins anew.
    """

    def __init__(self, size: int = 50_000) -> None:
        self._size = size
        self._kept: dict[object, Any] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: object, make: Callable[[], T]) -> T:
        """Return what is kept by a key, or make it."""
        found = self._kept.get(key)
        if found is None:
            found = make()
            if isinstance(found, Problem) and found.is_passing:
                return cast("T", found)
            if len(self._kept) >= self._size:
                self._kept.clear()
            self._kept[key] = found
        return cast("T", found)


def infer(graph: Graph, cache: Cache | None = None) -> Report:
    """Return what is known of a graph. It may be wrong in any way: that is told, never raised.

    Groups that repeat count as often as they say: a node of one is reported as its first copy, totals are over all.

    Args:
        graph: The graph.
        cache: What was worked out before; it is added to.
    """
    expanded = expand(graph)
    report = _Inference(expanded.graph, cache if cache is not None else Cache()).report()
    return _folded(expanded, report) if expanded.graph is not graph else report


class _Inference:
    """One walk through a graph."""

    def __init__(self, graph: Graph, cache: Cache) -> None:
        self.graph, self.cache = graph, cache
        self.fixer = Fixer(graph)
        self.by_id = {node.id: node for node in graph.nodes}
        self.keys = {node.id: (node.type, _key(node.params)) for node in graph.nodes}
        # What a project's own components are may change while we look; whoever answers for them remembers.
        self.parts = {
            node.id: _part(node) if is_own(node.type) else cache.get(self.keys[node.id], partial(_part, node))
            for node in graph.nodes
        }
        self.nodes: dict[str, NodeReport] = {}
        self.sights: dict[str, Sight | None] = {}
        self.issues: list[Issue] = []
        self._loose: list[End] | None = None

    def report(self) -> Report:
        wiring = wire(self.graph, self.parts)
        self.issues = wiring.issues
        for name in wiring.order:
            self.nodes[name] = self._node(self.by_id[name], wiring.wires[name], stuck=name in wiring.stuck)
        rank = {name: i for i, name in enumerate(wiring.order)}
        self.issues.sort(key=lambda issue: rank.get(issue.node, -1))
        return Report(wiring.order, self.nodes, tuple(self.issues), _totals(self.nodes))

    def _node(self, node: Node, wires: Wires, *, stuck: bool) -> NodeReport:
        part, sources = self.parts[node.id], tuple(wires.sources)
        ins = tuple(self._spec(source) for source in sources)
        component = part.component if part.known else None
        known = NodeReport(ins=ins, ports=tuple(wires.ports), sources=sources, component=component)
        if is_own(node.type) and component is not None:
            self._tell_newer(node)
        for problem in part.problems:
            self._tell(node, problem, known.ports)
        if part.component is None and len(self.issues) < MOST:
            self.issues.append(_missing(node))
        if component is None:
            return known
        if stuck or any(source is not None and not self.nodes[source[0]].outs for source in sources):
            return replace(known, blocked=True)
        lacking = _lacking(part, wires)
        if lacking:
            self.issues += [self._not_connected(node, *each) for each in lacking if len(self.issues) < MOST]
            return known
        waits = any(spec is None and source is not None for spec, source in zip(ins, sources, strict=True))
        if waits and not component.blind:
            return replace(known, outs=(None,) * len(part.gives))
        return self._asked(node, component, known)

    def _asked(self, node: Node, component: Component, known: NodeReport) -> NodeReport:
        ins = known.ins
        while ins and ins[-1] is None:
            ins = ins[:-1]
        ask = partial(_ask, component, ins)
        answer = ask() if is_own(node.type) else self.cache.get((*self.keys[node.id], ins), ask)
        if isinstance(answer, Problem):
            self._tell(node, answer, known.ports)
            return known
        before = [self.sights.get(source[0]) if source else None for source in known.sources]
        sight = self.sights[node.id] = seen_through(component, answer, known.ins, before)
        given = answer.outs[: len(self.parts[node.id].gives)]
        return NodeReport(
            outs=answer.outs,
            params=answer.params_for(self.graph.target),
            torch_params=answer.params_for("torch"),
            state=answer.state,
            flops=answer.flops,
            memory_bytes=sum(spec.size_bytes for spec in given if spec is not None),
            receptive=sight.sizes if sight else None,
            ins=known.ins,
            ports=known.ports,
            sources=known.sources,
            component=component,
        )

    def _spec(self, source: tuple[str, int] | None) -> Spec | None:
        report = self.nodes.get(source[0]) if source else None
        return report.outs[source[1]] if source and report and source[1] < len(report.outs) else None

    def _tell(self, node: Node, problem: Problem, ports: tuple[str, ...]) -> None:
        if len(self.issues) >= MOST:
            return
        fixes = self.fixer.remedies(node, problem.remedies, ports)
        if not fixes and problem.code in ("E101", "E102") and problem.param in node.params:
            fixes = (_unset(node, problem),)
        self.issues.append(
            Issue(
                node.id,
                _LEVELS.get(problem.code[:1], "error"),
                problem.code,
                problem.message,
                param=problem.param,
                port=port_named(problem.port, ports),
                fixes=fixes,
            )
        )

    def _tell_newer(self, node: Node) -> None:
        """Tell of a newer version of an own component, with a fix for this node and one for all of its like."""
        newer = newest_of(node.type)
        if newer == node.type or len(self.issues) >= MOST:
            return
        version = newer.rpartition("@")[2]
        others = [each for each in self.graph.nodes if each.type == node.type]
        fixes = [Fix(f"Use version {version}", (_replace(node, newer),))]
        if len(others) > 1:
            ops = tuple(_replace(each, newer) for each in others)
            fixes.append(Fix(f"Use version {version} for all {len(others)}", ops))
        message = f"There is version {version} of it by now; {node.id} is of version {node.type.rpartition('@')[2]}."
        self.issues.append(Issue(node.id, "tip", "T111", message, fixes=tuple(fixes)))

    def _not_connected(self, node: Node, port: Port, has: int) -> Issue:
        if port.many:
            missing = port.least - has
            message = f"Input {port.name} needs {port.least} or more edges and has {has}: connect {missing} more."
            return Issue(node.id, "error", "E007", message, port=port.name)
        message = f"Nothing is connected to input {port.name}."
        free = self._free_output(node)
        fixes = (Fix(f"Connect {free[0]}", (connect(free, (node.id, port.name)),)),) if free else ()
        return Issue(node.id, "error", "E003", message, port=port.name, fixes=fixes)

    def _free_output(self, node: Node) -> End | None:
        """Return the one output that leads nowhere and that could lead to a node without a cycle; `None` if not one."""
        if self._loose is None:
            self._loose = [
                (name, part.gives[0].name)
                for name, part in self.parts.items()
                if part.gives and not self.fixer.out_of(name)
            ]
        others = [end for end in self._loose if end[0] != node.id] if len(self._loose) <= 2 else []
        return others[0] if len(others) == 1 and not self._leads_to(node.id, others[0][0]) else None

    def _leads_to(self, name: str, other: str) -> bool:
        seen, stack = {name}, [name]
        while stack:
            for edge in self.fixer.out_of(stack.pop()):
                if edge.target[0] not in seen:
                    seen.add(edge.target[0])
                    stack.append(edge.target[0])
        return other in seen


def _folded(expanded: Expanded, report: Report) -> Report:
    """Return the report of a graph, of that of the graph with its groups repeated."""
    copies = expanded.copies

    def here(name: str) -> str:
        return copies.get(name, name)

    nodes = {
        name: replace(known, sources=tuple(source and (here(source[0]), source[1]) for source in known.sources))
        for name, known in report.nodes.items()
        if name not in copies
    }
    told = {(issue.node, issue.code) for issue in report.issues}
    issues = [_shown(issue, here) for issue in report.issues if issue.node not in copies]
    for issue in report.issues:
        if issue.node in copies and (here(issue.node), issue.code) not in told:
            told.add((here(issue.node), issue.code))
            message = f"When it is repeated ({issue.node}): {issue.message}"
            issues.append(replace(issue, node=here(issue.node), message=message, fixes=()))
    order = tuple(name for name in report.order if name not in copies)
    return Report(order, nodes, (*expanded.issues, *issues), report.totals)


def _shown(issue: Issue, here: Callable[[str], str]) -> Issue:
    """Return an issue whose fixes name nodes of the document, and not their copies."""
    ends = ("from", "to")
    fixes = tuple(
        Fix(
            fix.title,
            tuple({key: [here(end[0]), end[1]] if key in ends else end for key, end in op.items()} for op in fix.ops),
        )
        for fix in issue.fixes
    )
    return replace(issue, fixes=fixes)


def _key(params: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(params)
    except (TypeError, ValueError, OverflowError, RecursionError):  # made in Python, and not what JSON can hold
        return repr(params).encode("utf-8", "backslashreplace")


def _part(node: Node) -> Part:
    """Return a node as its component sees it."""
    kind = find(node.type)
    if kind is None:
        return Part(None, known=False)
    values, problems = checked(kind.params, node.params)
    component = kind(**values)
    try:
        return Part(component, tuple(problems), tuple(component.takes()), tuple(component.gives()))
    except Problem as problem:
        return Part(component, (*problems, problem), known=False)


def _ask(component: Component, ins: Ins) -> Inferred | Problem:
    """Return what a component makes of inputs, or why it cannot."""
    try:
        inferred = component.infer(*ins)
    except Problem as problem:
        return problem
    except Exception as error:  # noqa: BLE001 - a mistake in one component must not take the report from the others
        message = f"Its size cannot be worked out from these inputs ({type(error).__name__}: {error})"
        return Problem(f"{message:.300}. This is a mistake in {component.type}.", code="E199")
    return _too_large(inferred) or inferred


def _too_large(inferred: Inferred) -> Problem | None:
    sizes = [abs(axis) for spec in inferred.outs if spec is not None for axis in spec.shape if axis is not None]
    sizes += [spec.elements or 0 for spec in inferred.outs if spec is not None]
    for size, what in ((max(sizes, default=0), "numbers"), (inferred.params, "parameters"), (inferred.flops >> 8, "")):
        if size > LARGEST:
            shown = f"{size:.1e} {what}" if what else f"{inferred.flops:.1e} operations for one sample"
            return Problem(f"It would have {shown}, more than any machine can hold. Look at its sizes.", code="E108")
    return None


def _lacking(part: Part, wires: Wires) -> list[tuple[Port, int]]:
    """Return the ports that need more edges than they have."""
    lacking = []
    for port in part.takes:
        if port.many:
            has = sum(name.rpartition(".")[0] == port.name for name in wires.ports)
        else:
            has = int(wires.sources[wires.ports.index(port.name)] is not None)
        if has < port.least:
            lacking.append((port, has))
    return lacking


def _missing(node: Node) -> Issue:
    owner = node.type.partition("/")[0]
    message = f"There is no component {node.type} here. "
    ways = {
        "core": "Its version may be newer than this gnomon.",
        "own": "It is a component of a project's own: look at the graph on the server that has it.",
    }
    message += ways.get(owner, f"Install what brings {owner}.")
    return Issue(node.id, "error", "E001", message)


def _replace(node: Node, type_: str) -> Mapping[str, Any]:
    return {"op": "replace", "id": node.id, "type": type_, "params": dict(node.params)}


def _unset(node: Node, problem: Problem) -> Fix:
    name = problem.param
    op = {"op": "set", "id": node.id, "unset": [name]}
    return Fix(f"Remove {name}" if problem.code == "E102" else f"Set {name} back to its default", (op,))


def _totals(nodes: Mapping[str, NodeReport]) -> Totals:
    return Totals(
        params=sum(node.params for node in nodes.values()),
        torch_params=sum(node.torch_params for node in nodes.values()),
        state=sum(node.state for node in nodes.values()),
        flops=sum(node.flops for node in nodes.values()),
        memory_bytes=sum(node.memory_bytes for node in nodes.values()),
    )
