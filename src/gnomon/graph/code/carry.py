"""What stands in a model that is written anew and that no node has: its comments, methods and statements move along."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gnomon.graph.code.frame import Frame, attribute_of, framed
from gnomon.graph.code.opaque import lines_of
from gnomon.graph.code.parts import MARK
from gnomon.graph.code.reading import Reading
from gnomon.graph.code.splice import Comment, Splice, comments

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def unjoined(text: str) -> str:
    """Return code in which each statement that stood behind another on its line has a line of its own."""
    lines = lines_of(text)
    for node in reversed([node for _, node in _statements(ast.parse(text).body)]):
        for body in (getattr(node, name, []) for name in ("body", "orelse", "finalbody")):
            _part(lines, [each for each in body if each.lineno > node.lineno])
    _part(lines, ast.parse(text).body)
    return "\n".join(lines)


def _part(lines: list[str], body: Sequence[ast.stmt]) -> None:
    """Part the statements of a body, the last ones first, so that the places of those before them stay true."""
    for one, other in reversed(list(pairwise(body))):
        if one.end_lineno == other.lineno:
            row = other.lineno - 1
            line = lines[row].encode()
            rest = " " * body[0].col_offset + line[other.col_offset :].decode()
            lines[row] = f"{line[: one.end_col_offset].decode()}\n{rest}"


def carried(reading: Reading, text: str) -> str:
    """Return a file whose model was written anew, with what somebody had written in the old one.

    Args:
        reading: The file as it was.
        text: The file with the new model.
    """
    return with_comments(reading.frame.text, _with_members(reading, text))


def with_comments(old: str, text: str) -> str:
    """Return code with the comments that it lacks of an old one: above or behind the statement that they belong to."""
    has = Counter(each.text for each in comments(text))
    lost = []
    for each in comments(old):
        if has[each.text]:
            has[each.text] -= 1
        elif not each.text.startswith(MARK):
            lost.append(each)
    if not lost:
        return text
    before, splice = list(_statements(ast.parse(old).body)), Splice(lines_of(text))
    now = dict(_statements(ast.parse(text).body))
    taken: set[int] = set()
    for each in lost:
        _put(each, before, now, splice, taken)
    return splice.text()


Key = tuple[tuple[str, ...], str, int]
"""The functions that a statement stands in, what it does, and how often that was done before."""


def _statements(body: Sequence[ast.stmt]) -> Iterator[tuple[Key, ast.stmt]]:
    """Return all statements in order, each with what it is found by in another version of a file."""
    counts: Counter[tuple[tuple[str, ...], str]] = Counter()
    stack: list[tuple[tuple[str, ...], ast.stmt]] = [((), each) for each in reversed(body)]
    while stack:
        scope, node = stack.pop()
        what = _label(node)
        counts[scope, what] += 1
        yield (scope, what, counts[scope, what]), node
        inner = (*scope, what) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else scope
        below = [each for name in ("body", "orelse", "finalbody") for each in getattr(node, name, [])]
        below += [each for handler in getattr(node, "handlers", []) for each in handler.body]
        stack += [(inner, each) for each in sorted(below, key=lambda each: -each.lineno)]


def _label(node: ast.stmt) -> str:
    """Return what a statement is known by, whatever is computed in it."""
    if isinstance(node, _DEFINITIONS):
        return node.name
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return " = ".join(map(ast.unparse, node.targets if isinstance(node, ast.Assign) else [node.target]))
    return "return" if isinstance(node, ast.Return) else ast.dump(node)


def _put(
    comment: Comment,
    before: Sequence[tuple[Key, ast.stmt]],
    now: dict[Key, ast.stmt],
    splice: Splice,
    taken: set[int],
) -> None:
    """Put a comment to the statement that it belonged to, or to the next one that is still there."""
    later = [(key, node) for key, node in before if _ends(node) >= comment.row]
    if not comment.is_alone:
        later = [pair for pair in later if not hasattr(pair[1], "body") or pair[1].lineno >= comment.row]
    else:
        later = [pair for pair in later if pair[1].lineno > comment.row] or later
    own = later[0][1] if later else None
    scoped = [pair for pair in later if pair[0] in now and (own is None or pair[0][0] == later[0][0][0])]
    found = next(iter([*scoped, *(pair for pair in later if pair[0] in now)]), None)
    if found is None:
        splice.add(len(splice.lines) - 1, [comment.text])
        return
    there = now[found[0]]
    last = there.end_lineno or there.lineno
    is_its_own = not comment.is_alone and found[1] is own and not hasattr(there, "body")
    if is_its_own and splice.behind(there) == "" and last not in taken:
        taken.add(last)
        splice.replace(last, last, [f"{splice.lines[last - 1].rstrip()}  {comment.text}"])
        return
    first = min([there.lineno, *(each.lineno for each in getattr(there, "decorator_list", []))])
    splice.add(first - 1, [" " * there.col_offset + comment.text])


def _ends(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _with_members(reading: Reading, text: str) -> str:
    """Return a file with what else its class had: methods, constants, a docstring, other statements of `__init__`."""
    old, new = reading.frame, framed(text, reading.frame.target)
    if not isinstance(old.owner, ast.ClassDef) or not isinstance(new.owner, ast.ClassDef):
        return text
    lines, splice = lines_of(old.text), Splice(lines_of(text))
    has = {_label(each) for each in new.owner.body}
    head, tail = [], []
    for each in old.owner.body:
        if isinstance(each, ast.Pass) or _label(each) in has or each is old.run or each is old.init:
            continue
        first = min([each.lineno, *(one.lineno for one in getattr(each, "decorator_list", []))])
        ours = lines[first - 1 : each.end_lineno]
        if isinstance(each, _DEFINITIONS):
            tail += ["", *ours]
        else:
            head += ours
    if head:
        splice.add(new.owner.body[0].lineno - 1, [*head, ""])
    splice.add(_ends(new.owner), tail)
    _init(reading, old, new, splice)
    return splice.text()


def _init(reading: Reading, old: Frame, new: Frame, splice: Splice) -> None:
    """Add the statements of `__init__` that make no node's layer, and the arguments that they take."""
    if old.init is None:
        return
    made = {ast.dump(each) for each in (new.init.body if new.init else [])}
    nodes = {id(old.makes[attr][0]) for attr in reading.attrs.values() if attr in old.makes}
    given = new.makes.keys()
    lines, rest = lines_of(old.text), []
    for each in old.init.body:
        attrs = {attribute_of(node) for node in ast.walk(each) if isinstance(getattr(node, "ctx", None), ast.Store)}
        is_known = id(each) in nodes or ast.dump(each) in made or attrs & given or isinstance(each, ast.Pass)
        if not is_known and not _is_super(each):
            rest += lines[each.lineno - 1 : each.end_lineno]
    header = lines[old.init.lineno - 1 : old.init.body[0].lineno - 1]
    if not header or not rest:
        return
    if new.init is None:
        assert isinstance(new.run, ast.FunctionDef)  # only a class has an `__init__`, and one that is written a forward
        splice.add(new.run.lineno - 1, [*header, "        super().__init__()", *rest, ""])
        return
    if len(old.init.args.args) > 1 or old.init.args.kwonlyargs:
        splice.replace(new.init.lineno, new.init.body[0].lineno - 1, header)
    splice.add(_ends(new.init), rest)


def _is_super(node: ast.stmt) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "super" for each in ast.walk(node))
