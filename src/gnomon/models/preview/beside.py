"""What a user's file has beside the model that its Code nodes need: imports, functions, constants, and nothing else."""

import ast

from gnomon.core.errors import CodeError, LimitError
from gnomon.graph.code.frame import Frame, framed
from gnomon.graph.code.opaque import names_in, parsed
from gnomon.graph.components.code import CodeNode
from gnomon.graph.document import Graph


def beside_model(graph: Graph) -> str:
    """Return the statements at the top of a graph's own code that its Code nodes name, and those that these name.

    Nothing else of the file is run: what trains, loads or prints at its top level is left alone.

    Args:
        graph: With or without code of its own.
    """
    text = graph.source.get(graph.target, "")
    codes = [node.params for node in graph.nodes if node.type == CodeNode.type]
    if not text or not codes:
        return ""
    try:
        frame = framed(text.replace("\r\n", "\n").replace("\r", "\n"), graph.target)
    except (CodeError, LimitError):
        return ""
    wanted = {name for params in codes for part in ("setup", "code") for name in _named(params.get(part, ""))}
    return "\n".join(ast.unparse(statement) for statement in _needed(frame, wanted))


def _named(code: object) -> set[str]:
    statements = parsed(code) if isinstance(code, str) else None
    return _loaded(ast.Module(list(statements), [])) if statements else set()


def _loaded(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _needed(frame: Frame, wanted: set[str]) -> list[ast.stmt]:
    """Return the statements that define names, in their order, with those that define what they name in turn."""
    giving = [(statement, set(names_in([statement]).writes)) for statement in frame.tree.body if _is_plain(statement)]
    chosen: set[int] = set()
    waiting = set(wanted)
    while waiting:
        name = waiting.pop()
        for i, (statement, names) in enumerate(giving):
            if name in names and i not in chosen and statement is not frame.owner:
                chosen.add(i)
                waiting |= _loaded(statement)
    return [giving[i][0] for i in sorted(chosen)]


def _is_plain(statement: ast.stmt) -> bool:
    """Return whether a statement only gives names to things."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return isinstance(statement, kinds)
