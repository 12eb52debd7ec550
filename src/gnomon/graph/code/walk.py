"""Statement by statement through the code of a model: what each computes, from what, and under which name."""

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.graph.code.canonical import Normal, dotted
from gnomon.graph.code.frame import Frame, attribute_of, children, full_name, nodes_of
from gnomon.graph.code.inner import Inner
from gnomon.graph.code.names import long, node_of, safe_id
from gnomon.graph.code.recognise import Hint, Match, Statement, inferred, recognise, split_keras, type_name
from gnomon.graph.code.signatures import MODULES
from gnomon.graph.component import Component
from gnomon.graph.document import Edge, Graph
from gnomon.graph.spec import Spec

Out = tuple[str, int]
"""One output of a node: the node, and the index of its port."""


_WEIGHTLESS: Final = frozenset({module.rpartition(".")[2] for module in MODULES.values()} | {"Flatten", "Identity"})
"""Modules that may be called many times: each call is as good as a module of its own."""


_OPEN: Final = ("core/input@1", "core/code@1")
"""What need not say its shape: what layers behind it say is taken."""


@dataclass(slots=True)
class Item:
    """Hold statements that stand together, and the nodes that they are.

    Args:
        kind: What they are: `"node"`, `"code"`, `"input"`, `"alias"` (another name), `"layer"` (made, not called), `"return"`.
        statements: One; several of a Code node.
        nodes: Ids, in order of computation; the last one is what is assigned.
        targets: Variables that are assigned.
    """

    kind: str
    statements: list[ast.stmt]
    nodes: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    reads: dict[str, Out] = field(default_factory=dict)
    """Variables that are read, and what they stood for."""
    is_chain: bool = False
    """Whether they put layers one behind another by `Sequential`."""


@dataclass(slots=True)
class Found:
    """Hold one node as it was read."""

    type: str
    params: Mapping[str, Any]
    component: Component | None
    sources: list[Out | None] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    attr: str = ""


class Walk:
    """Read the statements of a model, one after the other, with what is known of shapes going along.

    Args:
        frame: Where they are.
        old: The graph that they were written from.
        consts: Names that stand for literals.
        side: Height and width of images whose size neither the file nor the statements before them say.
    """

    def __init__(self, frame: Frame, old: Graph | None, consts: Mapping[str, ast.expr], side: int | None) -> None:
        self.side, self.strained = side, 0
        self.frame, self.old, self.consts = frame, old, consts
        self.known = {node.id: node for node in old.nodes} if old else {}
        self.before = ends_of(old) if old else {}
        self.env: dict[str, Out] = {}
        self.specs: dict[Out, Spec | None] = {}
        self.learnt: dict[Out, Spec] = {}
        self.wants: dict[Out, Spec] = {}
        self.nodes: dict[str, Found] = {}
        self.taken = {group.id for group in old.groups} if old else set()
        self.made: dict[str, ast.Call] = {name: call for name, (_, call) in frame.makes.items()}
        self.uses = _uses(frame)
        self.inner = Inner(frame, frame.within)
        self.parts: dict[str, ast.Call] = {}

    def resolve(self, expr: ast.expr, want: str, outs: int = 1) -> list[Out] | None:
        """Return what an expression computes, as outputs of nodes that are added; `None`, and nothing added, if unknown."""
        if isinstance(expr, ast.Name) and expr.id in self.env and outs == 1:
            return [self.env[expr.id]]
        for cuts in (self._none, self._at_layer, self._at_parts):
            before = (dict(self.nodes), dict(self.specs), dict(self.learnt))
            cut = cuts(expr)
            found = None if cut is None else self._whole(expr, cut, want, outs)
            if found is not None:
                return found
            self.nodes, self.specs, self.learnt = before
        return self._sequential(expr)

    def _sequential(self, expr: ast.expr) -> list[Out] | None:
        """Return what a call of `nn.Sequential` gives, its parts being nodes one behind another."""
        attr = attribute_of(expr.func) if isinstance(expr, ast.Call) and len(expr.args) == 1 else ""
        made = self.made.get(attr)
        is_one = made is not None and full_name(made.func, self.frame.names) == "nn.Sequential"
        if made is None or not is_one or made.keywords or not isinstance(expr, ast.Call) or self.uses.get(attr, 0) > 1:
            return None
        before = (dict(self.nodes), dict(self.specs), dict(self.learnt))
        found = self.resolve(expr.args[0], "")
        for i, part in enumerate(made.args):
            name = f"{attr}_{i}"
            if found is None or not isinstance(part, ast.Call) or name in self.made:
                break
            self.made[name] = self.parts[name] = part
            found = self._part(name, found[0], expr)
        if found is not None and len(made.args) == sum(f"{attr}_{i}" in self.parts for i in range(len(made.args))):
            return found
        self.nodes, self.specs, self.learnt = before
        for i in range(len(made.args)):
            if self.parts.pop(f"{attr}_{i}", None) is not None:
                del self.made[f"{attr}_{i}"]
        return None

    def _part(self, name: str, x: Out, where: ast.expr) -> list[Out] | None:
        """Return what a part of `nn.Sequential` gives."""
        variable = f"\0{name}"  # no name that a file could have
        self.env[variable] = x
        layer = ast.Attribute(ast.Name("self", ast.Load()), name, ast.Load())
        call = ast.Call(layer, [ast.Name(variable, ast.Load())], [])
        for node in ast.walk(call):
            ast.copy_location(node, where)
        found = self.resolve(call, "")
        del self.env[variable]
        return found

    def _none(self, expr: ast.expr) -> dict[int, Out] | None:  # noqa: ARG002 - one of three ways to cut
        return {}

    def _at_layer(self, expr: ast.expr) -> dict[int, Out] | None:
        """Return the arguments of the outermost layer as nodes of their own."""
        for node in nodes_of(expr):
            if isinstance(node, ast.Call) and (attribute_of(node.func) in self.made or self._is_layer(node)):
                return self._cut([*node.args, *(each.value for each in node.keywords)])
        return None

    def _at_parts(self, expr: ast.expr) -> dict[int, Out] | None:
        """Return the parts of an expression as nodes of their own."""
        parts: list[ast.expr] = []
        if isinstance(expr, ast.Call):
            parts = [*expr.args, *(each.value for each in expr.keywords)]
            if isinstance(expr.func, ast.Attribute) and not dotted(expr.func):
                parts.insert(0, expr.func.value)
        elif isinstance(expr, ast.BinOp):
            parts = [expr.left, expr.right]
        elif isinstance(expr, ast.Subscript):
            parts = [expr.value]
        return self._cut(parts)

    def _is_layer(self, node: ast.Call) -> bool:
        if self.frame.target != "keras":
            return False
        made = isinstance(node.func, ast.Call) and full_name(node.func.func, self.frame.names).startswith("layers.")
        made = made or attribute_of(node.func) in self.made
        return made or (isinstance(node.func, ast.Name) and node.func.id in self.made)

    def _cut(self, parts: Sequence[ast.expr]) -> dict[int, Out] | None:
        """Return those of some expressions that are more than a name or a literal, as outputs; `None` if there is none."""
        cuts: dict[int, Out] = {}
        for part in _flat(parts):
            if isinstance(part, (ast.Name, ast.Constant)) or not self._computes(part):
                continue
            found = self.resolve(part, "")
            if found is None:
                return None
            cuts[id(part)] = found[0]
        return cuts or None

    def _computes(self, expr: ast.expr) -> bool:
        return any(isinstance(node, ast.Name) and node.id in self.env for node in nodes_of(expr))

    def _whole(self, expr: ast.expr, cuts: Mapping[int, Out], want: str, outs: int) -> list[Out] | None:
        """Return an expression as one node, some parts of it being others."""
        nodes = list(_walk(expr, cuts))
        spots = sorted(self._spots(nodes, cuts), key=lambda spot: (spot[0].lineno, spot[0].col_offset))
        attrs = {attribute_of(node) for node in nodes if isinstance(node, ast.Attribute)} & self.made.keys()
        if len(attrs) > 1:
            return None
        for numbers in _numberings([out for _, out in spots]):
            sources = [spots[numbers.index(i)][1] for i in range(max(numbers, default=-1) + 1)]
            swap = {id(node): f"x{i}" for (node, _), i in zip(spots, numbers, strict=True)}
            found = self._match(expr, cuts, swap, sources, attrs, want, outs)
            if found:
                return found
        return None

    def _spots(self, nodes: Sequence[ast.AST], cuts: Mapping[int, Out]) -> Iterator[tuple[ast.expr, Out]]:
        for node in nodes:
            if id(node) in cuts:
                yield node, cuts[id(node)]  # type: ignore[misc]
            elif isinstance(node, ast.Name) and node.id in self.env:
                yield node, self.env[node.id]

    def _match(
        self,
        expr: ast.expr,
        cuts: Mapping[int, Out],
        swap: dict[int, str],
        sources: list[Out],
        attrs: set[str],
        want: str,
        outs: int,
    ) -> list[Out] | None:
        ins = tuple(self.specs.get(source) for source in sources)
        attr = next(iter(attrs), "")
        statement = self._statement(expr, cuts, swap, ins, attr, outs)
        if statement is None:
            return None
        given = (
            _name_given(expr)
            or self._layer_name(expr)
            or (node_of(attr) if attr and self.frame.target == "torch" else "")
            or want
        )
        if self.inner.makes(statement):
            found = self.inner.match(statement, self.known.get(given))
        else:
            found = recognise(statement, self._hints(given))
        if found is None or self._is_shared(attr, found):
            return None
        for source, spec in zip(sources, found.ins, strict=True):
            if spec is not None and self.specs.get(source) != spec:
                self.specs[source] = self.learnt[source] = spec
                kind = self.nodes[source[0]].type
                if kind in _OPEN and self.side and spec.rank == 3 and spec.shape[:2] == (None, None):
                    self.specs[source] = self.learnt[source] = Spec((self.side, self.side, spec.shape[2]), spec.dtype)
                    return self._match(expr, cuts, swap, sources, attrs, want, outs)
                if kind not in _OPEN:
                    self.strained += 1
                    self.wants[source] = spec
        is_taken = given == want and (given in self.nodes or given in self.taken)
        name = self.new_id(type_name(found) if is_taken or not given else given)
        return self.add(name, found, sources, attr, outs)

    def _statement(
        self,
        expr: ast.expr,
        cuts: Mapping[int, Out],
        swap: dict[int, str],
        ins: tuple[Spec | None, ...],
        attr: str,
        outs: int,
    ) -> Statement | None:
        if self.frame.target == "torch":
            make = None
            if attr:
                made = Normal(self.frame.names, {}, self.consts).visit(self.made[attr])
                make = made if isinstance(made, ast.Call) else None
            layer = {id(node): "layer" for node in _walk(expr, cuts) if attr and attribute_of(node) == attr}
            return Statement("torch", make, Normal(self.frame.names, {**swap, **layer}).visit(expr), ins, outs)
        return keras_statement(expr, self.frame.names, swap, ins, self.made, self.consts, outs)

    def _layer_name(self, expr: ast.expr) -> str:
        """Return the `name` of a layer of Keras that was made before."""
        if self.frame.target != "keras" or not isinstance(expr, ast.Call):
            return ""
        made = expr.func.id if isinstance(expr.func, ast.Name) else attribute_of(expr.func)
        return (_name_given(self.made[made]) or made) if made in self.made else ""

    def _hints(self, name: str) -> list[Hint]:
        old = self.known.get(name)
        told = self.frame.values.get("INPUTS", {}).get(name)
        hints: list[Hint] = [(old.type, old.params)] if old else []
        return [*hints, input_of(told)] if told is not None else hints

    def _is_shared(self, attr: str, match: Match) -> bool:
        """Return whether a layer with weights is called more than once: then its calls are no layers of their own."""
        if not attr or self.uses.get(attr, 0) <= 1:
            return False
        if dotted(self.made[attr].func).rpartition(".")[2] in _WEIGHTLESS:
            return False
        what = inferred(match.component, match.ins)
        return what is None or what.params > 0 or what.state > 0

    def new_id(self, wanted: str) -> str:
        """Return a free id like the one wanted."""
        name = safe_id(wanted, ())
        if name not in self.nodes and name not in self.taken:
            return name
        return safe_id(wanted, self.nodes.keys() | self.taken)

    def add(self, name: str, match: Match, sources: Sequence[Out], attr: str, outs: int) -> list[Out]:
        """Add a node; return its outputs."""
        component = match.component
        ports = port_names(component, len(sources))
        self.nodes[name] = Found(component.type, match.params, component, list(sources), ports, attr)
        what = inferred(component, match.ins)
        specs = what.outs if what and len(what.outs) == outs else (None,) * outs
        for i, spec in enumerate(specs):
            self.specs[name, i] = spec
        return [(name, i) for i in range(outs)]

    def edges(self) -> list[Edge]:
        """Return the edges of what was read, at the ports that they had where code does not tell."""
        found = []
        for name, node in self.nodes.items():
            pairs = list(zip(node.sources, node.ports, strict=True))
            new = [Edge((source[0], self.port(source)), (name, port)) for source, port in pairs if source is not None]
            had = self.before.get(name, [])
            is_same = [_end(edge) for edge in had] == [_end(edge) for edge in new]
            found += had if is_same else new
        return found

    def port(self, out: Out) -> str:
        """Return the name of an output's port."""
        component = self.nodes[out[0]].component
        ports = component.gives() if component else ()
        return ports[out[1]].name if out[1] < len(ports) else "out"


def ends_of(graph: Graph) -> dict[str, list[Edge]]:
    """Return the edges that end at each node, those of a port with many in their order."""
    found: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        found.setdefault(edge.target[0], []).append(edge)
    for name, edges in found.items():
        node = graph.node(name) if any("." in edge.target[1] for edge in edges) else None
        if node is not None:
            edges.sort(key=lambda edge: _port_order(edge.target[1]))
    return found


def _end(edge: Edge) -> tuple[str, str, str]:
    """Return an edge without the number of its port."""
    base, _, number = edge.target[1].rpartition(".")
    return (*edge.source, base if number.isdecimal() else edge.target[1])


def _port_order(port: str) -> tuple[str, int]:
    base, _, number = port.rpartition(".")
    return (base, int(number)) if number.isdecimal() else (port, 0)


def input_of(told: Mapping[str, Any]) -> Hint:
    """Return type and parameters as `INPUTS` says them."""
    params = {
        name: list(value) if isinstance(value, tuple) else value for name, value in told.items() if name != "type"
    }
    return long(str(told.get("type", "input"))), params


def keras_statement(
    expr: ast.expr,
    names: Mapping[str, str],
    swap: Mapping[int, str],
    ins: tuple[Spec | None, ...],
    made: Mapping[str, ast.Call],
    consts: Mapping[str, ast.expr],
    outs: int,
) -> Statement | None:
    """Return an expression of Keras in normal form."""
    found = split_keras(expr, names, swap, ins, made, consts)
    if found is None:
        return Statement("keras", None, Normal(names, swap, consts).visit(expr), ins, outs)
    return Statement("keras", found.make, found.call, ins, outs)


def port_names(component: Component, count: int) -> list[str]:
    """Return the ports that so many inputs end at, in order."""
    ports = component.takes()
    spare = count - sum(not port.many for port in ports)
    names: list[str] = []
    for port in ports:
        if port.many:
            names += [f"{port.name}.{i}" for i in range(max(spare, 0))]
        else:
            names.append(port.name)
    return names[:count]


def _numberings(outs: Sequence[Out]) -> Iterator[list[int]]:
    """Return which input each variable in an expression may be: one that stands there twice may be one input, or two.

    Example:
        >>> list(_numberings([("a", 0), ("b", 0), ("a", 0)]))
        [[0, 1, 0], [0, 1, 2]]
    """
    distinct = list(dict.fromkeys(outs))
    first = [distinct.index(out) for out in outs]
    yield first
    if len(distinct) == len(outs):
        return
    if len(outs) > 5:
        yield list(range(len(outs)))
        return
    for numbers in itertools.product(*(range(i + 1) for i in range(len(outs)))):
        is_grown = all(n <= max(numbers[:i], default=-1) + 1 for i, n in enumerate(numbers))
        is_same = all(outs[i] == outs[j] for i in range(len(outs)) for j in range(i) if numbers[i] == numbers[j])
        if is_grown and is_same and list(numbers) != first:
            yield list(numbers)


def _name_given(expr: ast.expr) -> str:
    """Return the `name` that a layer of Keras is given."""
    for node in nodes_of(expr):
        if isinstance(node, ast.Call):
            for word in node.keywords:
                if word.arg == "name" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str):
                    return word.value.value
    return ""


def _walk(expr: ast.AST, cuts: Mapping[int, Out]) -> Iterator[ast.AST]:
    """Return an expression and all within, down to the cuts."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        if id(node) not in cuts:
            stack.extend(children(node))


def _flat(parts: Sequence[ast.expr]) -> Iterator[ast.expr]:
    for part in parts:
        if isinstance(part, (ast.List, ast.Tuple)):
            yield from _flat(part.elts)
        elif isinstance(part, ast.Starred):
            yield part.value
        else:
            yield part


def _uses(frame: Frame) -> dict[str, int]:
    """Return how often each layer is named by what computes."""
    found: dict[str, int] = {}
    for node in nodes_of(frame.run):
        name = attribute_of(node) if frame.is_class else ""
        if not name and frame.target == "keras" and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
        if name:
            found[name] = found.get(name, 0) + 1
    return found
