"""Graphs within the graph: classes (PyTorch) and functions (Keras) above the model, read as subgraphs."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.core.errors import CodeError, InputError
from gnomon.graph.code.canonical import dotted
from gnomon.graph.code.frame import Frame, class_frame, full_name, function_frame, is_model
from gnomon.graph.code.recognise import Match, Statement
from gnomon.graph.component import Component
from gnomon.graph.components.subgraph import MAX_DEPTH, Subgraph, input_for
from gnomon.graph.document import Graph, Node, decode, plain
from gnomon.graph.param import checked
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Spec

_KEYS: Final = ("format", "name", "target", "nodes", "edges", "groups")


@dataclass(slots=True)
class Inner:
    """Read the graphs within a graph.

    Args:
        frame: Where the model is.
        within: Names of the classes or functions that it is read within.
    """

    frame: Frame
    within: tuple[str, ...] = ()
    blocks: dict[str, ast.ClassDef | ast.FunctionDef] = field(init=False)

    def __post_init__(self) -> None:
        self.blocks = {} if len(self.within) >= MAX_DEPTH else {each.name: each for each in self._blocks()}

    def _blocks(self) -> list[ast.ClassDef | ast.FunctionDef]:
        found: list[ast.ClassDef | ast.FunctionDef] = []
        for node in self.frame.tree.body:
            is_one = _is_class(node, self.frame) if self.frame.target == "torch" else _is_function(node, self.frame)
            if is_one and isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node is not self.frame.owner:
                found.append(node)
        return [each for each in found if each.name not in self.within]

    def makes(self, statement: Statement) -> bool:
        """Return whether a statement makes what one of these classes or functions is."""
        make = statement.make
        return make is not None and dotted(make.func) in self.blocks and not make.args

    def match(self, statement: Statement, old: Node | None) -> Match | None:
        """Return the subgraph that a statement is; `None` when it is called as none is.

        Args:
            statement: The statement.
            old: The node that it was written for.
        """
        assert statement.make is not None
        if not _is_plain(statement):
            return None
        block = self.blocks[dotted(statement.make.func)]
        if old is not None and old.type == Subgraph.type:
            component = _component(old.params)
            if component is not None and self._writes(component, statement):
                return Match(component, old.params, statement.ins)
        document = self._read(block, statement.ins, old)
        component = None if document is None else _component({"graph": document})
        if component is None or not _fits(component, len(statement.ins)):
            return None
        return Match(component, {"graph": document}, statement.ins)

    def _writes(self, component: Subgraph, statement: Statement) -> bool:
        """Return whether a subgraph writes the classes or functions that the file has."""
        specs = [spec for spec in statement.ins if spec is not None]
        if len(specs) != len(statement.ins) or not _fits(component, len(specs)):
            return False
        try:
            code = component.torch(*specs) if self.frame.target == "torch" else component.keras(*specs)
        except Problem:
            return False
        assert statement.make is not None
        if code.make is None or code.make.partition("(")[0] != dotted(statement.make.func):
            return False
        for text in code.above:
            node = ast.parse(text).body[0]
            has = self.blocks.get(getattr(node, "name", ""))
            if has is None or ast.dump(has) != ast.dump(node):
                return False
        return True

    def _read(
        self, block: ast.ClassDef | ast.FunctionDef, ins: Sequence[Spec | None], old: Node | None
    ) -> dict[str, Any] | None:
        """Return the graph that a class or function says, as a document."""
        from gnomon.graph.code.read import read_frame  # noqa: PLC0415 - it reads classes that are read by this

        frame = (
            class_frame(self.frame.text, self.frame.tree, block, self.frame.names)
            if isinstance(block, ast.ClassDef)
            else function_frame(self.frame.text, self.frame.tree, block, self.frame.names)
        )
        if frame is None:
            return None
        frame.stores, frame.within = self.frame.stores, (*self.within, block.name)
        before = _graph(old) or _with(frame.args, ins, Graph(name=_title(block.name), target=frame.target))
        try:
            graph = read_frame(frame, before).graph
        except CodeError:
            return None
        graph = _inputs_as_before(graph, before)
        shown = plain(msgspec.structs.replace(graph, source={}))
        return {key: shown[key] for key in _KEYS if shown.get(key)}


def _with(args: Sequence[str], ins: Sequence[Spec | None], graph: Graph) -> Graph:
    """Return a graph with inputs that give what comes in."""
    pairs = zip(args, ins, strict=False)
    nodes = tuple(Node(arg, *input_for(spec)) for arg, spec in pairs if spec is not None)
    return msgspec.structs.replace(graph, nodes=nodes)


def _inputs_as_before(graph: Graph, before: Graph) -> Graph:
    """Return a graph whose inputs say of shapes what they said: code shows what comes in from outside."""
    had = {node.id: node for node in before.nodes if node.type.endswith("input@1")}
    nodes = tuple(had.get(node.id, node) if node.type.endswith("input@1") else node for node in graph.nodes)
    return msgspec.structs.replace(graph, nodes=nodes)


def _graph(old: Node | None) -> Graph | None:
    """Return the graph that a node had."""
    document = old.params.get("graph") if old is not None and old.type == Subgraph.type else None
    try:
        return decode(document) if isinstance(document, dict) else None
    except InputError:
        return None


def _component(params: Mapping[str, Any]) -> Subgraph | None:
    values, problems = checked(Subgraph.params, params)
    return None if problems else Subgraph(**values)


def _fits(component: Component, count: int) -> bool:
    try:
        return len(component.takes()) == count
    except Problem:
        return False


def _is_plain(statement: Statement) -> bool:
    """Return whether a statement calls with its inputs, in order, and nothing else."""
    call = statement.call
    if not isinstance(call, ast.Call) or call.keywords:
        return False
    given = call.args[0].elts if len(call.args) == 1 and isinstance(call.args[0], ast.List) else call.args
    return [dotted(each) for each in given] == [f"x{i}" for i in range(len(statement.ins))]


def _is_class(node: ast.stmt, frame: Frame) -> bool:
    """Return whether a statement is a class with nothing but layers and how they are called."""
    if not isinstance(node, ast.ClassDef) or node.decorator_list or node.keywords:
        return False
    if [full_name(base, frame.names) for base in node.bases] != ["nn.Module"]:
        return False
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    others = [each for each in node.body if each not in methods and not isinstance(each, ast.Expr)]
    inits = [each for each in methods if each.name == "__init__"]
    is_bare = all(len(each.args.args) == 1 and not each.args.kwonlyargs for each in inits)
    return not others and is_bare and {each.name for each in methods} | {"__init__"} == {"__init__", "forward"}


def _is_function(node: ast.stmt, frame: Frame) -> bool:
    """Return whether a statement is a function of a name that returns a model."""
    if not isinstance(node, ast.FunctionDef) or [each.arg for each in node.args.args] != ["name"]:
        return False
    last = node.body[-1]
    return isinstance(last, ast.Return) and is_model(last.value, frame.names)


def _title(name: str) -> str:
    """Return what a graph is called whose class or function has this name."""
    return name.removeprefix("build_") or name
