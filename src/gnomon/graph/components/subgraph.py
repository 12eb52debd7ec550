"""Subgraph: a graph within a graph, as one node."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, Target, component, param
from gnomon.graph.document import Graph, Node, decode
from gnomon.graph.infer import Cache, Report, infer
from gnomon.graph.problem import Problem
from gnomon.graph.registry import find
from gnomon.graph.spec import Spec

MAX_DEPTH: Final = 8
"""Graphs within graphs."""
_KNOWN: Final = Cache(10_000)
"""What was worked out within graphs: shared by all levels, for each looks at the ones below it several times."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Hold where a graph is connected: its inputs, and what comes out, as a port's name and a node with its output."""

    inputs: tuple[str, ...]
    outputs: Mapping[str, tuple[str, int]]


@component("core/subgraph@1", title="Subgraph", category="Blocks", words=("group", "module", "nested", "own", "reuse"))
class Subgraph(Component):
    """Holds a graph of its own: its inputs are ports where edges end, its outputs ports where they begin.

    Written as a class of its own in PyTorch, and as a function that builds a model in Keras. What its inputs say of
    shapes counts only for itself; here they take what comes in.
    """

    graph: str = param("", kind="graph", doc="The graph that it holds.", in_code=False)

    inputs = ()
    outputs = ()

    def takes(self) -> tuple[Port, ...]:
        return tuple(Port(name=name) for name in _ends(self.graph).inputs)

    def gives(self) -> tuple[Port, ...]:
        return tuple(Port(name=name) for name in _ends(self.graph).outputs)

    def ends(self) -> Ends:
        """Return where the graph is connected.

        Raises:
            Problem: There is none, or nothing goes in or comes out.
        """
        return _ends(self.graph)

    def infer(self, *parts: Spec) -> Inferred:
        ends = _ends(self.graph)
        graph = _with_inputs(self.graph, parts)
        report = infer(msgspec.structs.replace(graph, target="keras"), _KNOWN)
        if report.issues:
            issue = report.issues[0]
            msg = f"Inside, {issue.node or 'the graph'}: {issue.message}"
            port = issue.node if issue.node in ends.inputs else ""
            code = issue.code if issue.code == Problem.PASSING else "E100"
            raise Problem(msg, param="" if port else "graph", port=port, code=code)
        return Inferred(
            tuple(_out(report, *end) for end in ends.outputs.values()),
            params=report.totals.params,
            torch_params=report.totals.torch_params,
            state=report.totals.state,
            flops=report.totals.flops,
        )

    def torch(self, *parts: Spec) -> Code:
        return self._code("torch", parts)

    def keras(self, *parts: Spec) -> Code:
        return self._code("keras", parts)

    def _code(self, target: Target, parts: tuple[Spec, ...]) -> Code:
        # Components are listed in places that write no code.
        from gnomon.graph.code.nested import nested  # noqa: PLC0415

        found = nested(_with_inputs(self.graph, parts), target)
        many = target == "keras" and len(parts) > 1
        return Code(
            "{layer}([{inputs}])" if many else "{layer}({inputs})",
            make=f"{found.name}()" if target == "torch" else f"{found.name}(name={{name}})",
            imports=found.imports,
            helpers=found.helpers,
            above=found.above,
        )


@lru_cache(maxsize=256)
def _graph(text: str) -> Graph:
    """Return the graph that the parameter says.

    Raises:
        Problem: It is none, or there is none.
    """
    if not text:
        msg = "There is no graph in it yet."
        raise Problem(msg, param="graph")
    try:
        graph = decode(json.loads(text))
    except (InputError, ValueError, RecursionError) as error:
        msg = f"graph: {error}"
        raise Problem(msg[:300], param="graph") from None
    if _depth(graph) > MAX_DEPTH:
        msg = f"graph: expected at most {MAX_DEPTH} graphs within one another, received more. Take some of them apart."
        raise Problem(msg, param="graph")
    return graph


def _depth(graph: Graph) -> int:
    """Return how many graphs there are within one another, this one among them; stops counting beyond the limit."""
    depth, level = 0, [graph]
    while level and depth <= MAX_DEPTH:
        depth += 1
        inner = [node.params.get("graph") for each in level for node in each.nodes if node.type == Subgraph.type]
        level = [_lenient(each) for each in inner if isinstance(each, dict)]
    return depth


def _lenient(document: dict[str, Any]) -> Graph:
    try:
        return decode(document)
    except InputError:  # the graph that has it will say so
        return Graph()


@lru_cache(maxsize=256)
def _ends(text: str) -> Ends:
    """Return where a graph is connected: at its output nodes, and in a graph without any at all that leads nowhere.

    Raises:
        Problem: There is no such graph, or nothing goes in or comes out.
    """
    kinds = {node.id: _category(node) for node in _graph(text).nodes}
    inputs = tuple(name for name, kind in kinds.items() if kind == "Input")
    outputs = {name: (name, 0) for name, kind in kinds.items() if kind == "Output"} or dict(
        _leaves(infer(_graph(text), _KNOWN), inputs)
    )
    if not inputs or not outputs:
        msg = f"graph: it has no {'output' if inputs else 'input'}, so that nothing can be connected to it."
        raise Problem(msg, param="graph")
    return Ends(inputs, outputs)


def _leaves(report: Report, inputs: Collection[str]) -> Iterator[tuple[str, tuple[str, int]]]:
    used = {source for node in report.nodes.values() for source in node.sources if source is not None}
    for name in report.order:
        component = report.nodes[name].component
        ports = component.gives() if component is not None and name not in inputs else ()
        for i, port in enumerate(ports):
            if (name, i) not in used:
                yield name if len(ports) == 1 else f"{name}_{port.name}", (name, i)


def _category(node: Node) -> str:
    kind = find(node.type)
    return kind.category if kind else ""


def _with_inputs(text: str, parts: tuple[Spec, ...]) -> Graph:
    """Return the graph with inputs that give these."""
    specs = dict(zip(_ends(text).inputs, parts, strict=True))
    graph = _graph(text)
    nodes = tuple(_input(node, specs[node.id]) if node.id in specs else node for node in graph.nodes)
    return msgspec.structs.replace(graph, nodes=nodes, source={})


def _input(node: Node, spec: Spec) -> Node:
    type_, params = input_for(spec)
    return msgspec.structs.replace(node, type=type_, params=params)


def input_for(spec: Spec) -> tuple[str, dict[str, Any]]:
    """Return the type and parameters of an input that gives just this."""
    if spec.dtype == "text":
        return "core/text_input@1", {"length": spec.shape[0] if spec.shape else None, "raw": True}
    if spec.dtype == "int64" and spec.classes is not None and spec.rank == 0:
        return "core/category_input@1", {"categories": spec.classes}
    if spec.dtype == "int64" and spec.classes is not None and spec.rank == 1:
        return "core/text_input@1", {"length": spec.shape[0], "vocabulary": spec.classes}
    shape = [-1 if axis is None else axis for axis in spec.shape]
    return "core/input@1", {"shape": shape, "dtype": spec.dtype}


def _out(report: Report, name: str, port: int) -> Spec | None:
    """Return what comes out at an end: of an output node, what goes into it."""
    node = report.nodes[name]
    if node.component is not None and node.component.category == "Output":
        return node.ins[0] if node.ins else None
    return node.outs[port] if port < len(node.outs) else None
