"""Layers put one behind another: `keras.Sequential`, `nn.Sequential`, and what is added to them."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gnomon.core.errors import CodeError
from gnomon.graph.code.canonical import dotted, ours
from gnomon.graph.component import Target

Link = tuple[str, ast.expr]
"""A layer, and the name that it is given there; "" when none is."""

_HEADS: Final = {"torch": ("nn.Sequential",), "keras": ("keras.Sequential", "keras.models.Sequential")}
_ADDS: Final = {"torch": ("append", "add_module"), "keras": ("add",)}


@dataclass(slots=True)
class Chain:
    """Hold the statements that make a chain.

    Args:
        variable: What it is called; "" when it is returned as it is made.
        links: Layers by the statement that adds them, in order.
        statements: These statements.
    """

    variable: str
    links: dict[int, list[Link]] = field(default_factory=dict)
    statements: list[ast.stmt] = field(default_factory=list)

    def add(self, statement: ast.stmt, links: list[Link]) -> None:
        """Add a statement."""
        self.statements.append(statement)
        self.links[id(statement)] = links

    def has_layers(self) -> bool:
        """Return whether there is a layer at all."""
        return any(self.links.values())


def chain_in(body: Sequence[ast.stmt], names: Mapping[str, str], target: Target) -> Chain | None:
    """Return the last chain that statements make; `None` when there is none.

    Raises:
        CodeError: Layers are added in a branch or a loop, or by something that is no list of layers.
    """
    found = None
    for statement in body:
        variable, value = _made(statement)
        if variable is not None and isinstance(value, ast.Call) and is_chain(value, names, target):
            found = Chain(variable)
            found.add(statement, _links(value, names, target, statement))
        elif found is not None and found.variable:
            _added(found, statement, target)
    return found if found is not None and found.has_layers() else None


def is_chain(node: ast.expr, names: Mapping[str, str], target: Target) -> bool:
    """Return whether an expression makes a chain."""
    if not isinstance(node, ast.Call):
        return False
    first, _, rest = dotted(node.func).partition(".")
    return first in names and ours(f"{names[first]}.{rest}" if rest else names[first]) in _HEADS[target]


def links_of(call: ast.Call, names: Mapping[str, str], target: Target) -> list[Link] | None:
    """Return the layers of a chain; `None` when they are no list of layers."""
    given = [*call.args, *(each.value for each in call.keywords if each.arg in ("layers", None))]
    if target == "torch":
        pairs = _ordered(given[0], names) if len(given) == 1 else None
        return pairs if pairs is not None else None if _has_star(given) else [("", each) for each in given]
    if not given:
        return []
    parts = given[0].elts if isinstance(given[0], (ast.List, ast.Tuple)) else [ast.Starred(given[0])]
    return None if _has_star(parts) or len(given) > 1 else [("", each) for each in parts]


def _links(call: ast.Call, names: Mapping[str, str], target: Target, statement: ast.stmt) -> list[Link]:
    found = links_of(call, names, target)
    if found is None:
        raise _unread(statement, "the layers of Sequential in a list, written out")
    return found


def _ordered(node: ast.expr, names: Mapping[str, str]) -> list[Link] | None:
    """Return the layers of an `OrderedDict` with their names."""
    is_one = isinstance(node, ast.Call) and names.get(dotted(node.func), "").endswith("OrderedDict")
    pairs = node.args[0] if isinstance(node, ast.Call) and is_one and len(node.args) == 1 else None
    found: list[Link] = []
    for pair in pairs.elts if isinstance(pairs, (ast.List, ast.Tuple)) else ():
        match pair:
            case ast.Tuple(elts=[ast.Constant(value=str() as name), layer]):
                found.append((name, layer))
            case _:
                return None
    return found or None


def _has_star(parts: Sequence[ast.expr]) -> bool:
    return any(isinstance(each, ast.Starred) for each in parts)


def _made(statement: ast.stmt) -> tuple[str | None, ast.expr | None]:
    """Return the variable that a statement makes and its value; "" for what is returned."""
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            return name, value
        case ast.Return(value=ast.expr() as value):
            return "", value
    return None, None


def _added(chain: Chain, statement: ast.stmt, target: Target) -> None:
    """Add what a statement adds to a chain."""
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb), args=[*before, layer], keywords=[])
        ) if name == chain.variable and verb in _ADDS[target]:
            first = before[0].value if before and isinstance(before[0], ast.Constant) else ""
            chain.add(statement, [(str(first), layer)])
            return
    for node in ast.walk(statement):
        is_verb = isinstance(node, ast.Attribute) and node.attr in (*_ADDS[target], "pop", "insert", "extend")
        if is_verb and isinstance(node, ast.Attribute) and dotted(node.value) == chain.variable:
            raise _unread(statement, f"{chain.variable}.{_ADDS[target][0]}(…) outside of branches and loops")


def _unread(statement: ast.stmt, what: str) -> CodeError:
    line = statement.lineno
    return CodeError(f"line {line}: expected {what}. Write the layers out one by one.", line=line, column=1)
