"""One file read: the graph it says, and where in the file each node is."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from gnomon.graph.code.frame import Frame, attribute_of, framed, full_name, is_model, nodes_of
from gnomon.graph.code.names import class_name, long, short
from gnomon.graph.code.opaque import dedented, lines_of, names_in, parsed
from gnomon.graph.code.parts import MARK, RUN
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.render import shown
from gnomon.graph.code.walk import Found, Item, Out, Walk, input_of
from gnomon.graph.component import Target
from gnomon.graph.components.code import CodeNode, names_of, said
from gnomon.graph.document import Graph, Node
from gnomon.graph.expand import expand
from gnomon.graph.param import checked
from gnomon.graph.registry import components, find
from gnomon.graph.spec import Spec

SIZES: Final = (28, 32, 64, 224, 96, 128, 256, 299, 227, 84, 48, 16)
"""Sides of images that are tried when a file does not say how large its input is, and only one fits its layers."""

WEIGHTLESS: Final = frozenset(
    "Activation Add Average AveragePooling1D AveragePooling2D AveragePooling3D Concatenate Dot Dropout ELU Flatten"
    " GaussianDropout GaussianNoise Identity LeakyReLU MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D"
    " MaxPooling3D Maximum Minimum Multiply Permute ReLU Rescaling Reshape Resizing Softmax SpatialDropout1D"
    " SpatialDropout2D SpatialDropout3D Subtract".split()
)
"""Layers of Keras that may be called many times: each call is as good as a layer of its own."""


@dataclass(slots=True)
class Reading:
    """Hold what a file says, and where.

    Args:
        frame: Where the model is.
        graph: What it says.
        items: Its statements in order.
        variables: Name of each output, where the file has one for it.
        attrs: Attribute of each node's layer.
        returns: What comes out: output node ("" when there is none) and what it is.
        notes: What the reader should know.
        parts: Layers within `nn.Sequential`, by the attributes that they would have.
        strained: Layers whose arguments tell of their inputs what the layers before them do not.
    """

    frame: Frame
    graph: Graph
    items: list[Item]
    variables: dict[Out, str] = field(default_factory=dict)
    attrs: dict[str, str] = field(default_factory=dict)
    returns: list[tuple[str, Out]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    strained: int = 0
    parts: Mapping[str, ast.Call] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """Hold the statements that a Code node wrote.

    Args:
        node: The node.
        component: With its parameters.
        statements: As `ast.dump` shows them.
        ins: Variables that they read, by port; `None` where nothing is connected.
        outs: Variables that they assign, by port.
    """

    node: Node
    component: CodeNode
    statements: list[str]
    ins: list[str | None]
    outs: list[str]


def read(text: str, target: Target | None, old: Graph | None) -> Reading:
    """Return what a file says; see `parse`."""
    frame = framed(text, target)
    old = expand(old).graph if old else None
    first = _settled(frame, _Reader(frame, old, None).reading(), old)
    if not _guessed(first) or not _opaque(first):
        return first
    tried = [_Reader(frame, old, side).reading() for side in SIZES]
    best = min([first, *tried], key=_opaque)
    if best is not first:
        best.notes.append("The file does not say how large its input is: taken to be what its layers fit. Look at it.")
    return _settled(frame, best, old)


def _settled(frame: Frame, reading: Reading, old: Graph | None) -> Reading:
    """Return what a file says once what was learnt of its Code nodes is known from the start, so that it stays so."""
    known = old
    for _ in range(3):
        if not _shapes(reading.graph) - _shapes(known):
            break
        known = reading.graph
        again = _Reader(frame, known, None).reading()
        graph = again.graph if old is None else _placed(again.graph, old)
        reading = replace(again, graph=graph, notes=reading.notes)
    return reading


def _shapes(graph: Graph | None) -> set[tuple[str, str]]:
    """Return what Code nodes say of what comes out of them."""
    nodes = graph.nodes if graph else ()
    return {
        (node.id, node.params["shapes"]) for node in nodes if node.type == "core/code@1" and "shapes" in node.params
    }


def _placed(graph: Graph, old: Graph) -> Graph:
    """Return a graph whose nodes have the places and notes that they had."""
    had = {node.id: node for node in old.nodes}
    nodes = (
        msgspec.structs.replace(node, ui=had[node.id].ui, note=had[node.id].note) if node.id in had else node
        for node in graph.nodes
    )
    return msgspec.structs.replace(graph, nodes=tuple(nodes))


def _guessed(reading: Reading) -> bool:
    """Return whether an input is an image of which only the channels are known."""
    shapes = [node.params.get("shape") for node in reading.graph.nodes if node.type == "core/input@1"]
    return any(isinstance(shape, list) and shape[:2] == [-1, -1] for shape in shapes)


def _opaque(reading: Reading) -> int:
    return reading.strained + sum(node.type == "core/code@1" for node in reading.graph.nodes)


class _Reader:
    """Read one file."""

    def __init__(self, frame: Frame, old: Graph | None, side: int | None) -> None:
        self.frame, self.old = frame, old
        self.consts = dict(_literals(frame))
        self.walk = Walk(frame, old, self.consts, side)
        self.items: list[Item] = []
        self.notes: list[str] = []
        self.variables: dict[Out, str] = {}
        self.returns: list[tuple[str, Out]] = []
        self.lines = lines_of(frame.text)
        self.written = _written_codes(old, frame.target)

    def reading(self) -> Reading:
        for arg in self.frame.args:
            self._argument(arg)
        body, end = self.frame.body, _result(self.frame)
        i = 0
        while i < len(body):
            if body[i] is end:
                break
            i += self._statement(i)
        if end is not None:
            self._return(end)
        graph = self._graph()
        attrs = {name: found.attr for name, found in self.walk.nodes.items() if found.attr}
        return Reading(
            self.frame,
            graph,
            self.items,
            self.variables,
            attrs,
            self.returns,
            self.notes,
            self.walk.strained,
            self.walk.parts,
        )

    def _argument(self, arg: str) -> None:
        """Add the input that an argument of `forward` is."""
        told = self.frame.values.get("INPUTS", {}).get(arg)
        old = self.walk.known.get(arg)
        kind = find(old.type) if old else None
        if told is not None:
            type_, params = input_of(told)
        elif old is not None and kind is not None and kind.category == "Input":
            type_, params = old.type, old.params
        else:
            type_, params = "core/input@1", {}
        name = self.walk.new_id(arg)
        found = self._found(type_, params, old)
        self.walk.nodes[name] = found
        spec = None
        is_said = told is not None or params or type_ != "core/input@1" or (old is not None and old.type == type_)
        if found.component is not None and is_said:
            spec = found.component.infer().outs[0]
        self.walk.specs[name, 0] = spec
        self.walk.env[arg] = (name, 0)
        self.variables[name, 0] = arg

    def _found(self, type_: str, params: Mapping[str, Any], old: Node | None) -> Found:
        """Return a node of a type and parameters, these as the graph that it came from had them."""
        kind = find(type_)
        if kind is None:
            return Found(type_, dict(params), None)
        values, problems = checked(kind.params, params)
        component = kind(**values)
        if old is not None and old.type == type_ and kind(**checked(kind.params, old.params)[0]) == component:
            return Found(type_, old.params, component)
        return Found(type_, dict(params) if problems else dict(shown(component, hidden=True)), component)

    def _statement(self, i: int) -> int:
        """Read a statement; return how many it were."""
        statement = self.frame.body[i]
        count = self._known_code(i)
        if count:
            return count
        if isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            return 1
        targets, value = _assigned(statement, self.walk.env)
        is_shared = targets and value is not None and _has_weights(value, self.frame) and self._calls(targets[0], i) > 1
        if not is_shared and targets and value is not None and self._value(statement, targets, value):
            return 1
        self._code([statement])
        return 1

    def _calls(self, name: str, i: int) -> int:
        """Return how often a layer of Keras is called that a statement makes: often, it is no layer for each call."""
        count = 0
        for statement in self.frame.body[i + 1 :]:
            nodes = nodes_of(statement)
            count += sum(
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
                for node in nodes
            )
            if any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in nodes):
                break
        return count

    def _value(self, statement: ast.stmt, targets: list[str], value: ast.expr) -> bool:
        """Read an assignment; return whether it was recognised."""
        walk = self.walk
        if len(targets) == 1 and isinstance(value, ast.Name) and value.id in walk.env:
            self._item("alias", [statement], [], targets)
            walk.env[targets[0]] = walk.env[value.id]
            return True
        if len(targets) == 1 and self.frame.target == "keras" and _is_bare_layer(value, self.frame):
            walk.made[targets[0]] = value  # type: ignore[assignment]
            self._item("layer", [statement], [], targets)
            return True
        before = len(walk.nodes)
        outs = walk.resolve(value, targets[0], len(targets))
        if outs is None:
            return False
        added = list(walk.nodes)[before:]
        kind = "input" if any(_category(walk.nodes[name]) == "Input" for name in added) else "node"
        self._item(kind, [statement], added, targets)
        for target, out in zip(targets, outs, strict=True):
            walk.env[target] = self_out = out
            self.variables.setdefault(self_out, target)
        return True

    def _item(self, kind: str, statements: list[ast.stmt], nodes: list[str], targets: list[str]) -> Item:
        """Add statements to those read, with what their variables stand for here."""
        names = {node.id for each in statements for node in nodes_of(each) if isinstance(node, ast.Name)}
        item = Item(
            kind, statements, nodes, targets, {name: self.walk.env[name] for name in names & self.walk.env.keys()}
        )
        self.items.append(item)
        return item

    def _known_code(self, i: int) -> int:
        """Read statements as the Code node that wrote them; return how many they are, 0 when there is no such node."""
        for known in self.written:
            these = self.frame.body[i : i + len(known.statements)]
            if known.node.id in self.walk.nodes or [ast.dump(each) for each in these] != known.statements:
                continue
            if all(name is None or name in self.walk.env for name in known.ins):
                self._add_known(known, these)
                return len(these)
        return 0

    def _add_known(self, known: Known, statements: list[ast.stmt]) -> None:
        name, component = known.node.id, known.component
        sources = [None if each is None else self.walk.env[each] for each in known.ins]
        ports = list(names_of(component.reads, "reads"))
        self.walk.nodes[name] = Found(known.node.type, known.node.params, component, sources, ports)
        specs = component.infer(*[None] * len(sources)).outs
        self._item("code", statements, [name], known.outs)
        for k, target in enumerate(known.outs):
            self.walk.env[target] = (name, k)
            self.walk.specs[name, k] = specs[k]
            self.variables[name, k] = target

    def _code(self, statements: list[ast.stmt], text: str | None = None) -> None:
        """Keep statements as they are, together with those right before them that are kept too."""
        walk = self.walk
        last = self.items[-1] if self.items else None
        joins = (
            text is None
            and last is not None
            and last.kind == "code"
            and last.nodes[0] not in {known.node.id for known in self.written}
        )
        if joins and last is not None and self._is_next(last.statements[-1], statements[0]):
            name, statements = last.nodes[0], [*last.statements, *statements]
            self.items.pop()
            before = walk.nodes.pop(name)
            inner = {key: out for key, out in walk.env.items() if out[0] == name}
            env = {
                **walk.env,
                **{port: source for port, source in zip(before.ports, before.sources, strict=True) if source},
            }
            env = {key: out for key, out in env.items() if key not in inner or key in before.ports}
        else:
            name, env = "", dict(walk.env)
        names = names_in(statements)
        reads = [each for each in names.reads if each in env]
        writes = list(names.writes)
        name = name or self._code_id(writes)
        code = text if text is not None else self._segment(statements)
        params = {"code": code, "setup": self._setup(statements), "reads": " ".join(reads), "writes": " ".join(writes)}
        params = {key: value for key, value in params.items() if value}
        if self.frame.target != "torch":
            params["target"] = self.frame.target
        component = CodeNode(**params)  # type: ignore[arg-type]  # all are texts, the target one of two
        walk.nodes[name] = Found("core/code@1", params, component, [env[each] for each in reads], list(reads))
        item = self._item("code", list(statements), [name], writes)
        item.reads = {each: env[each] for each in reads}
        for k, target in enumerate(writes):
            walk.env[target] = (name, k)
            walk.specs[name, k] = None
            self.variables[name, k] = target

    def _code_id(self, writes: Sequence[str]) -> str:
        return self.walk.new_id(next((each for each in writes if each not in self.walk.nodes), "code"))

    def _is_next(self, before: ast.stmt, after: ast.stmt) -> bool:
        """Return whether no blank line parts two statements."""
        between = self.lines[(before.end_lineno or before.lineno) : after.lineno - 1]
        return all(line.strip() and not line.strip().startswith(MARK) for line in between)

    def _segment(self, statements: Sequence[ast.stmt]) -> str:
        """Return the text of statements, with the comments between and behind them."""
        first, last = statements[0], statements[-1]
        start, end = first.lineno, last.end_lineno or last.lineno
        lines = self.lines[start - 1 : end]
        begin = _chars(lines[0], first.col_offset)
        stop = _chars(lines[-1], last.end_col_offset or 0)
        rest = lines[-1][stop:]
        if not re.fullmatch(r"\s*(#.*)?", rest):
            lines[-1] = lines[-1][:stop]
        lines[0] = lines[0][begin:]
        return dedented(lines, begin, statements, start).rstrip()

    def _setup(self, statements: Sequence[ast.stmt]) -> str:
        """Return the statements of `__init__` that statements need."""
        init = self.frame.init
        if init is None or self.frame.target != "torch":
            return ""
        wanted = {attribute_of(node) for statement in statements for node in ast.walk(statement)} - {""}
        chosen: list[ast.stmt] = []
        for statement in reversed(init.body):
            names = names_in([statement])
            gives = {
                attribute_of(node) for node in ast.walk(statement) if isinstance(getattr(node, "ctx", None), ast.Store)
            }
            if gives & wanted or set(names.writes) & wanted:
                chosen.insert(0, statement)
                wanted |= set(names.reads) | {attribute_of(node) for node in ast.walk(statement)} - {""}
        defaults = [f"{arg} = {ast.unparse(value)}" for arg, value in _defaults(init) if arg in wanted]
        return "\n".join([*defaults, *(self._segment([each]) for each in chosen)])

    def _return(self, end: ast.stmt) -> None:
        """Read what comes out."""
        item = self._item("return", [end], [], [])
        found = []
        for value in _results(end, self.frame):
            before = len(self.walk.nodes)
            outs = self.walk.resolve(value, "")
            if outs is None:
                self.items.remove(item)
                name = next(each for each in _free_names(self.walk.env) if each not in self.walk.env)
                self._code(
                    [ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), value)],
                    f"{name} = {_source(value)}",
                )
                self.items[-1].kind = "value"
                item.reads[name] = self.walk.env[name]
                self.items.append(item)
                outs = [self.walk.env[name]]
            else:
                item.nodes += list(self.walk.nodes)[before:]
            found.append(outs[0])
        self._outputs(found)

    def _outputs(self, found: Sequence[Out]) -> None:
        """Add the output nodes: those that `OUTPUTS` tells, else those of the old graph, else what the shapes suggest."""
        told = self.frame.values.get("OUTPUTS", {})
        marks = marked(self.lines)
        old = [node for node in self.old.nodes if _is_output(node.type) and node.id not in marks] if self.old else []
        named: list[tuple[str, str, Mapping[str, Any]]] = []
        if told and len(told) == len(found):
            named = [
                (name, long(str(each.get("task", "regression"))), _listed(each, "task")) for name, each in told.items()
            ]
        elif not told and len(old) == len(found):
            named = [(node.id, node.type, node.params) for node in old]
        elif told or not self._is_unfinished(found):
            named = [(self._result_name(i, len(found)), self._task(out), {}) for i, out in enumerate(found, 1)]
            self.notes += [f"Output {name} is taken to be a {short(type_)}." for name, type_, _ in named]
            if told:
                self.notes.append(
                    f"OUTPUTS names {len(told)} outputs and {len(found)} are returned: look at the outputs."
                )
        for i, out in enumerate(found):
            name = ""
            if i < len(named):
                wanted, type_, params = named[i]
                name = self.walk.new_id(wanted)
                each = self._found(type_, params, self.walk.known.get(name))
                each.sources, each.ports = [out], ["in"]
                self.walk.nodes[name] = each
            self.returns.append((name, out))

    def _result_name(self, i: int, count: int) -> str:
        return f"result_{i}" if count > 1 else "result"

    def _task(self, out: Out) -> str:
        """Return what an output is likely for, by its shape."""
        spec = self.walk.specs.get(out)
        for type_ in ("core/classification@1", "core/segmentation@1", "core/reconstruction@1"):
            kind = find(type_)
            is_likely = spec is not None and (spec.rank, type_[5:-2]) in ((1, "classification"), (3, "segmentation"))
            if kind is not None and is_likely and spec is not None and (spec.channels or 0) > 1:
                return type_
        return "core/regression@1"

    def _is_unfinished(self, found: Sequence[Out]) -> bool:
        """Return whether the file is ours, of a graph that has no outputs."""
        is_ours = RUN in (ast.get_docstring(self.frame.tree, clean=False) or "")
        return (is_ours or (self.old is not None and bool(self.old.nodes))) and self._are_leaves(found)

    def _are_leaves(self, found: Sequence[Out]) -> bool:
        """Return whether what comes out is just what nothing takes, in order: a graph without outputs is written so."""
        used = {source for each in self.walk.nodes.values() for source in each.sources}
        ends = [
            (name, i)
            for name, each in self.walk.nodes.items()
            for i in range(len(each.component.gives()) if each.component else 1)
            if (name, i) not in used
        ]
        leaves = [end for end in ends if _category(self.walk.nodes[end[0]]) != "Input"] or ends
        return list(found) == leaves

    def _graph(self) -> Graph:
        """Return the graph, with what code does not show from the old one."""
        self._learn()
        old = self.old or Graph(name=self._name(), target=self.frame.target)
        kept = self._kept()
        nodes = [self._node(name, found) for name, found in self.walk.nodes.items()]
        nodes = _in_old_order([*nodes, *kept], old)
        ids = {node.id for node in nodes}
        edges = self.walk.edges()
        gone = {node.id for node in kept}
        edges += [e for e in old.edges if {e.source[0], e.target[0]} & gone and {e.source[0], e.target[0]} <= ids]
        unique = {(edge.target, edge.source): edge for edge in edges}
        groups = [msgspec.structs.replace(g, nodes=tuple(n for n in g.nodes if n in ids)) for g in old.groups]
        return msgspec.structs.replace(
            old,
            name=self._name(),
            nodes=tuple(nodes),
            edges=tuple(unique[key] for key in sorted(unique)),
            groups=tuple(
                group for group, before in zip(groups, old.groups, strict=True) if group.nodes or not before.nodes
            ),
        )

    def _node(self, name: str, found: Found) -> Node:
        old = self.walk.known.get(name)
        return Node(name, found.type, dict(found.params), ui=old.ui if old else None, note=old.note if old else "")

    def _learn(self) -> None:
        """Keep what layers told of their inputs: as the shape of an input, as what a Code node says comes out."""
        for name, found in self.walk.nodes.items():
            spec = self.walk.specs.get((name, 0))
            if found.type == "core/input@1" and not found.params and (name, 0) in self.walk.learnt and spec:
                found.params = self._shape_of(spec)
            if isinstance(found.component, CodeNode) and not found.component.shapes:
                outs = [self.walk.learnt.get((name, k)) for k in range(len(found.component.gives()))]
                if text := said(tuple(outs)):
                    found.params = {**found.params, "shapes": text}

    def _shape_of(self, spec: Spec) -> dict[str, Any]:
        kind = find("core/input@1")
        assert kind is not None
        params: dict[str, Any] = {"shape": [-1 if axis is None else axis for axis in spec.shape], "dtype": spec.dtype}
        known = {param.name for param in kind.params}
        values, problems = checked(kind.params, {name: value for name, value in params.items() if name in known})
        return {} if problems else dict(shown(kind(**values), hidden=True))

    def _kept(self) -> list[Node]:
        """Return the nodes that could not be written, and whose comments still stand."""
        marks = marked(self.lines)
        return [
            node for node in (self.old.nodes if self.old else ()) if node.id in marks and node.id not in self.walk.nodes
        ]

    def _name(self) -> str:
        """Return the name of the document: as the docstring says it, as it was, or after the class."""
        told = (ast.get_docstring(self.frame.tree, clean=False) or "").partition(f"\n\n{RUN}")
        named = told[0] if told[1] else ""
        owner = self.frame.owner.name if isinstance(self.frame.owner, ast.ClassDef) else ""
        if told[1] and (not owner or class_name(named) == owner):
            return named[:200]
        if self.old and (not owner or class_name(self.old.name) == owner):
            return self.old.name
        return owner[:200] or "model"


def _written_codes(old: Graph | None, target: Target) -> list[Known]:
    """Return the Code nodes of a graph as they were written, and as they would stand by themselves."""
    if old is None or not any(node.type == "core/code@1" for node in old.nodes):
        return []
    plan = Plan(old, target)
    found = []
    for name, report in plan.report.nodes.items():
        component = report.component
        if not isinstance(component, CodeNode) or component.target != target:
            continue
        reads, writes = names_of(component.reads, "reads"), names_of(component.writes, "writes")
        piece = plan.pieces.get(name)
        names: list[str | None] = [plan.names[source] if source else None for source in report.sources]
        if piece is not None:
            outs = [plan.names[name, k] for k in range(len(writes))]
            found += _known(plan.by_id[name], component, piece.call, names, outs)
        plain = [each if source else None for each, source in zip(reads, report.sources, strict=False)]
        found += _known(plan.by_id[name], component, component.code, plain, list(writes))
    return found


def _known(node: Node, component: CodeNode, code: str, ins: list[str | None], outs: list[str]) -> list[Known]:
    setup = f"{component.setup}\n" if component.setup and component.target == "keras" else ""
    statements = parsed(setup + code)
    return [Known(node, component, [ast.dump(each) for each in statements], ins, outs)] if statements else []


def _category(found: Found) -> str:
    return found.component.category if found.component else ""


def _is_output(type_: str) -> bool:
    kind = components().get(type_)
    return kind is not None and kind.category == "Output"


def _listed(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items() if name != key}


def _chars(line: str, column: int) -> int:
    """Return the index of a character that `ast` counts in bytes."""
    return column if line.isascii() else len(line.encode()[:column].decode(errors="ignore"))


def _source(value: ast.expr) -> str:
    return ast.unparse(value)


def _free_names(env: Mapping[str, Out]) -> Iterator[str]:
    yield "output"
    yield from (f"output_{i}" for i in range(2, len(env) + 3))


def _defaults(init: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Return the arguments of a function that have defaults."""
    args = [*init.args.posonlyargs, *init.args.args]
    given = init.args.defaults
    yield from zip((each.arg for each in args[len(args) - len(given) :]), given, strict=True)
    yield from (
        (each.arg, value) for each, value in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True) if value
    )


def _literals(frame: Frame) -> Iterator[tuple[str, ast.expr]]:
    """Return the names that stand for one literal and nothing else: constants of the file, defaults of `__init__`."""
    stores = frame.stores
    found = list(_defaults(frame.init)) if frame.init else []
    for body in (frame.tree.body, frame.init.body if frame.init else [], frame.body if frame.target == "keras" else []):
        for node in body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                found.append((node.targets[0].id, node.value))
    for name, value in found:
        if stores.get(name) == 1 and _is_literal(value):
            yield name, value


def _is_literal(value: ast.expr) -> bool:
    if isinstance(value, (ast.Tuple, ast.List)):
        return all(map(_is_literal, value.elts))
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.UnaryOp) and isinstance(value.operand, ast.Constant)
    )


def _assigned(statement: ast.stmt, env: Mapping[str, Out]) -> tuple[list[str], ast.expr | None]:
    """Return the variables that a statement assigns and their value; none when it is no plain assignment."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [name], value
        case ast.Assign(targets=[ast.Tuple(elts=parts)], value=value) if all(
            isinstance(each, ast.Name) for each in parts
        ):
            return [each.id for each in parts if isinstance(each, ast.Name)], value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return [name], value
        case ast.AugAssign(target=ast.Name(id=name) as target, op=ast.Add() | ast.Mult() as op, value=value) if (
            name in env
        ):
            # In place: the same as a new tensor, as long as no other name stands for the old one.
            if sum(out == env[name] for out in env.values()) == 1:
                left = ast.copy_location(ast.Name(name, ast.Load()), target)
                return [name], ast.copy_location(ast.BinOp(left, op, value), statement)
    return [], None


def _is_bare_layer(value: ast.expr, frame: Frame) -> bool:
    """Return whether an expression of Keras makes a layer and does not call it."""
    name = full_name(value.func, frame.names) if isinstance(value, ast.Call) else ""
    return name.startswith("layers.") and name.removeprefix("layers.")[:1].isupper()


def _has_weights(value: ast.expr, frame: Frame) -> bool:
    """Return whether an expression makes a layer of Keras that may have weights, and does not call it."""
    if frame.target != "keras" or not _is_bare_layer(value, frame) or not isinstance(value, ast.Call):
        return False
    name = full_name(value.func, frame.names).removeprefix("layers.")
    return name not in WEIGHTLESS and not name.startswith(("Global", "ZeroPadding", "UpSampling", "Cropping"))


def _result(frame: Frame) -> ast.stmt | None:
    """Return the statement that tells what comes out."""
    for statement in frame.body:
        value = getattr(statement, "value", None)
        if frame.target == "torch" and isinstance(statement, ast.Return):
            return statement
        if frame.target == "keras" and is_model(value, frame.names):
            return statement
    return None


def _results(end: ast.stmt, frame: Frame) -> list[ast.expr]:
    """Return the expressions of what comes out."""
    value = getattr(end, "value", None)
    if frame.target == "keras" and isinstance(value, ast.Call):
        words = {each.arg: each.value for each in value.keywords}
        value = value.args[1] if len(value.args) > 1 else words.get("outputs")
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return []
    if isinstance(value, ast.Dict):
        return list(value.values)
    return list(value.elts) if isinstance(value, (ast.Tuple, ast.List)) else [value]


def _in_old_order(nodes: Sequence[Node], old: Graph) -> list[Node]:
    """Return nodes as the old graph had them, new ones behind those that they came behind."""
    rank = {node.id: i for i, node in enumerate(old.nodes)}
    keyed, last = [], -1.0
    for i, node in enumerate(nodes):
        last = rank.get(node.id, last)
        keyed.append(((last, node.id not in rank, i), node))
    return [node for _, node in sorted(keyed, key=lambda pair: pair[0])]


def marked(lines: Sequence[str]) -> set[str]:
    """Return the nodes that comments say could not be written."""
    return {line.strip().removeprefix(MARK).partition(":")[0] for line in lines if line.strip().startswith(MARK)}
