"""What was read of a file so far."""

import ast
from collections.abc import Mapping
from typing import Any

from gnomon.graph.code.frame import Frame, nodes_of
from gnomon.graph.code.literals import literals
from gnomon.graph.code.opaque import lines_of
from gnomon.graph.code.render import shown
from gnomon.graph.code.walk import Found, Item, Out, Walk, input_of
from gnomon.graph.document import Graph, Node
from gnomon.graph.param import checked
from gnomon.graph.registry import find


class Draft:
    """Hold what was read of a file so far.

    Args:
        frame: Where the model is.
        old: The graph that it was written from.
        side: Height and width of images whose size the file does not say.
        vague: Whether inputs that are as inputs are by default may be of any shape.
    """

    def __init__(self, frame: Frame, old: Graph | None, side: int | None, *, vague: bool = False) -> None:
        self.vague = vague
        self.frame, self.old = frame, old
        self.walk = Walk(frame, old, dict(literals(frame)), side)
        self.items: list[Item] = []
        self.notes: list[str] = []
        self.variables: dict[Out, str] = {}
        self.returns: list[tuple[str, Out]] = []
        self.lines = lines_of(frame.text)

    def item(self, kind: str, statements: list[ast.stmt], nodes: list[str], targets: list[str]) -> Item:
        """Add statements to those read, with what their variables stand for here."""
        names = {node.id for each in statements for node in nodes_of(each) if isinstance(node, ast.Name)}
        item = Item(
            kind, statements, nodes, targets, {name: self.walk.env[name] for name in names & self.walk.env.keys()}
        )
        self.items.append(item)
        return item

    def found(self, type_: str, params: Mapping[str, Any], old: Node | None) -> Found:
        """Return a node of a type and parameters, these as the graph that it came from had them."""
        kind = find(type_)
        if kind is None:
            return Found(type_, dict(params), None)
        values, problems = checked(kind.params, params)
        component = kind(**values)
        if old is not None and old.type == type_ and kind(**checked(kind.params, old.params)[0]) == component:
            return Found(type_, old.params, component)
        return Found(type_, dict(params) if problems else dict(shown(component, hidden=True)), component)

    def argument(self, arg: str) -> Out:
        """Add the input that an argument of `forward` is; return what it gives."""
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
        found = self.found(type_, params, old)
        self.walk.nodes[name] = found
        spec = None
        is_said = (
            told is not None
            or params
            or type_ != "core/input@1"
            or (old is not None and old.type == type_ and not self.vague)
        )
        if found.component is not None and is_said:
            spec = found.component.infer().outs[0]
        if spec is None and self.frame.target == "keras":
            self.notes.append(f"The file does not say the shape of {name}: it is taken to be 28×28×1. Look at it.")
        self.walk.specs[name, 0] = spec
        self.walk.env[arg] = (name, 0)
        self.variables[name, 0] = arg
        return name, 0

    def category(self, name: str) -> str:
        """Return the category of a node; "" when its type is not known."""
        component = self.walk.nodes[name].component
        return component.category if component else ""
