"""A model written anew in the file that has it, with all around it kept."""

import ast

from gnomon.graph.code.frame import Frame
from gnomon.graph.code.fresh import written
from gnomon.graph.code.names import fresh as free
from gnomon.graph.code.opaque import dedented, indented, lines_of
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.read import read
from gnomon.graph.code.reading import Reading

Region = tuple[int, int, list[str]]
"""First and last line of the old file, from 1, and what takes their place."""


def replaced(reading: Reading, plan: Plan) -> str:
    """Return a file with its class, function or statements written anew.

    What cannot say the new graph in its own form takes another: a chain of layers becomes statements (Keras) or a class
    (PyTorch); a class of Keras stays, with a function behind it that is the model from then on.
    """
    frame = reading.frame
    anew = written(plan).text
    new = read(anew, frame.target, plan.graph)
    owner = new.frame.owner
    assert not isinstance(owner, ast.Module)
    ours, lines = lines_of(anew), lines_of(frame.text)
    above = _above(reading, new, ours)
    first, last, body = _region(frame, new.frame, ours)
    if frame.chain is not None and frame.target == "torch":
        name = _free(frame, owner.name)
        above += ["", "", *_named(ours[owner.lineno - 1 : owner.end_lineno], owner.name, name), "", ""]
        model = f"{frame.chain.variable} = {name}()" if frame.chain.variable else f"return {name}()"
        body = [" " * frame.chain.statements[0].col_offset + model]
    regions: list[Region] = [(first, last, body), *_constants(frame, new.frame, ours)]
    for start, end, text in sorted(regions, key=lambda part: -part[0]):
        lines[start - 1 : end] = text
    spots = [node.end_lineno or 0 for node in frame.tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    at = max((spot for spot in spots if spot < first), default=0)
    lines[at:at] = above
    return "\n".join(lines)


def _region(frame: Frame, new: Frame, ours: list[str]) -> Region:
    """Return the lines of a file that are the model, and those that are to be."""
    owner, fresh = frame.owner, new.owner
    assert not isinstance(fresh, ast.Module)
    function = ours[fresh.lineno - 1 : fresh.end_lineno]
    if frame.chain is not None or isinstance(owner, ast.Module):
        first, last = frame.body[0].lineno, frame.body[-1].end_lineno or 0
        body = _statements(frame, new, ours) if frame.target == "keras" else []
        return first, last, body
    if frame.is_class and frame.target == "keras":
        behind = owner.end_lineno or 0
        return behind + 1, behind, ["", "", *_named(function, fresh.name, _free(frame, fresh.name))]
    return owner.lineno, owner.end_lineno or 0, _named(function, fresh.name, owner.name)  # decorators stay


def _statements(old: Frame, new: Frame, lines: list[str]) -> list[str]:
    """Return the statements of a function that builds as they stand in a file that has no such function."""
    *_, end = new.body
    first = new.body[0].lineno
    text = [lines[first - 1].lstrip(), *lines[first : end.end_lineno]]
    ours = dedented(text, new.body[0].col_offset, new.body, first).split("\n")
    row = end.lineno - first
    last = old.body[-1]
    variable = old.chain.variable if old.chain is not None else _variable(last)
    if variable:
        ours[row] = f"{variable} ={ours[row].removeprefix('return')}"
    indent = last.col_offset
    return indented("\n".join(ours), indent) if indent else ours


def _variable(last: ast.stmt) -> str:
    assert isinstance(last, ast.Assign)
    return ast.unparse(last.targets[0])


def _constants(old: Frame, new: Frame, ours: list[str]) -> list[Region]:
    """Return what becomes of `INPUTS` and `OUTPUTS`."""
    found: list[Region] = []
    for name, node in old.constants.items():
        each = new.constants.get(name)
        text = [] if each is None else ours[each.lineno - 1 : each.end_lineno]
        found.append((node.lineno, node.end_lineno or 0, text))
    return found


def _above(reading: Reading, new: Reading, ours: list[str]) -> list[str]:
    """Return what stands above the new model and is not in the file: imports, helpers, constants."""
    has = {ast.dump(node) for node in reading.frame.tree.body}
    told = [node for node in new.frame.tree.body if node in new.frame.constants.values()]
    extra = [
        node
        for node in new.frame.tree.body
        if node.lineno < _first(new.frame)
        and ast.dump(node) not in has
        and not isinstance(node, ast.Expr)
        and (node not in told or _is_new(node, reading))
    ]
    return [line for node in extra for line in ours[_begin(node) - 1 : node.end_lineno]]


def _first(frame: Frame) -> int:
    return 0 if isinstance(frame.owner, ast.Module) else frame.owner.lineno


def _is_new(node: ast.stmt, reading: Reading) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id not in reading.frame.constants
    )


def _begin(node: ast.stmt) -> int:
    lines = [node.lineno]
    lines += [each.lineno for each in getattr(node, "decorator_list", [])]
    return min(lines)


def _named(lines: list[str], old: str, new: str) -> list[str]:
    """Return a class or function with another name."""
    return [lines[0].replace(f" {old}", f" {new}", 1), *lines[1:]]


def _free(frame: Frame, name: str) -> str:
    """Return a name that the file has not."""
    taken = {node.name for node in frame.tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return free(name, taken | frame.stores.keys()) if name in taken | frame.stores.keys() else name
