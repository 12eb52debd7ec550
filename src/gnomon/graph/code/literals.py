"""Names in a file that stand for one literal and nothing else."""

import ast
from collections.abc import Iterator

from gnomon.graph.code.frame import Frame


def literals(frame: Frame) -> Iterator[tuple[str, ast.expr]]:
    """Return the names that stand for one literal and nothing else: constants of the file, defaults of `__init__`."""
    stores = frame.stores
    found = list(defaults(frame.init)) if frame.init else []
    for body in (frame.tree.body, frame.init.body if frame.init else [], frame.body if frame.target == "keras" else []):
        for node in body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                found.append((node.targets[0].id, node.value))
    for name, value in found:
        if stores.get(name) == 1 and is_literal(value):
            yield name, value


def defaults(init: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Return the arguments of a function that have defaults."""
    args = [*init.args.posonlyargs, *init.args.args]
    given = init.args.defaults
    yield from zip((each.arg for each in args[len(args) - len(given) :]), given, strict=True)
    yield from (
        (each.arg, value) for each, value in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True) if value
    )


def is_literal(value: ast.expr) -> bool:
    """Return whether an expression is a number, a text or the like, or a sequence of such."""
    if isinstance(value, (ast.Tuple, ast.List)):
        return all(map(is_literal, value.elts))
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.UnaryOp) and isinstance(value.operand, ast.Constant)
    )
