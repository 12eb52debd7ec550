"""What an author wrote in the file of a model beside the model: training loops, data, what runs when the file is run."""

import ast
from collections.abc import Iterator
from typing import Final

from gnomon.graph.code.frame import Frame
from gnomon.graph.code.opaque import BROKEN

RUN: Final = "what runs when the file is run"
"""What the statements behind `if __name__ == "__main__":` are called."""
_TRAINS: Final = frozenset({"backward", "fit", "train_on_batch", "apply_gradients"})
"""Methods that whoever trains calls in PyTorch or Keras."""


def beside(frame: Frame, anew: str) -> list[str]:
    """Return the names of what a file has beside its model that the file written anew has not.

    Args:
        frame: Where the model is in the file.
        anew: The file as its graph alone would be written.
    """
    ours = ast.parse(anew).body
    shapes = {_shape(node) for node in ours}
    names = {node.name for node in ours if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    model = {id(node) for node in (frame.owner, *frame.constants.values(), *frame.body)}
    found: dict[str, None] = {}
    for node in frame.tree.body:
        is_model = id(node) in model or getattr(node, "name", None) in names
        if not is_model and _shape(node) not in shapes and not _is_plain(node):
            found.update(dict.fromkeys(_names(node)))
    return list(found)


def _shape(node: ast.stmt) -> str:
    """Return a statement without its numbers and texts: sizes change with the graph."""
    copy = ast.parse(ast.unparse(node))
    for each in ast.walk(copy):
        if isinstance(each, ast.Constant):
            each.value = None
        elif isinstance(each, ast.Call) and each.args and all(isinstance(arg, ast.Constant) for arg in each.args):
            each.args = []  # as many axes as an input has
    return ast.dump(copy)


def _is_plain(node: ast.stmt) -> bool:
    """Return whether a statement is an import, a text or a constant of ours."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id in ("INPUTS", "OUTPUTS", "SHAPES")
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, (ast.Import, ast.ImportFrom))


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        yield RUN
    else:
        stored = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        yield from stored or [f"line {node.lineno}"]


def trains(text: str) -> bool:
    """Return whether a file trains something when it is run: it has statements to be run, and a loop that learns."""
    try:
        tree = ast.parse(text)
    except BROKEN:
        return False
    is_run = any(not isinstance(node, (ast.FunctionDef, ast.ClassDef)) and _calls(node) for node in tree.body)
    return is_run and any(isinstance(node, ast.Attribute) and node.attr in _TRAINS for node in ast.walk(tree))


def _calls(node: ast.stmt) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))
