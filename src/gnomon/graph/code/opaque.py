"""Statements that are kept as they are: which names they read and assign, and how names in them are changed."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

BROKEN: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `ast.parse` raises at text that is no Python, has null bytes, or is nested too deeply."""


@dataclass(slots=True)
class Names:
    """Hold what statements do with names.

    Args:
        reads: Names read before the statements themselves assign them, in order.
        writes: Names assigned, in order.
    """

    reads: dict[str, None] = field(default_factory=dict)
    writes: dict[str, None] = field(default_factory=dict)


_PLAIN: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.FunctionDef, ast.Import, ast.ImportFrom)


def _loop_names(node: ast.AST) -> list[str]:
    """Return the names that a loop counts with: they are its own business."""
    if not isinstance(node, (ast.For, ast.AsyncFor)):
        return []
    return [each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)]


def names_in(statements: Iterable[ast.stmt]) -> Names:
    """Return the names that statements read and assign, those of comprehensions and inner functions left out."""
    found = Names()
    for statement in statements:
        loads, stores = _Scan().of(statement)
        loops = {each for node in ast.walk(statement) for each in _loop_names(node)}
        found.reads.update(dict.fromkeys(name for name in loads if name not in found.writes and name not in loops))
        stores = [name for name in stores if name not in loops]
        if not isinstance(statement, (*_PLAIN, ast.Expr)):  # what a branch assigns, it may also leave as it was
            found.reads.update(dict.fromkeys(stores))
        found.writes.update(dict.fromkeys(stores))
    return found


class _Scan(ast.NodeVisitor):
    """Gather names read and assigned in one scope."""

    def __init__(self) -> None:
        self.loads: dict[str, None] = {}
        self.stores: dict[str, None] = {}

    def of(self, node: ast.AST) -> tuple[list[str], list[str]]:
        self.visit(node)
        return list(self.loads), list(self.stores)

    def visit_Name(self, node: ast.Name) -> None:
        (self.loads if isinstance(node.ctx, ast.Load) else self.stores)[node.id] = None

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.loads[node.target.id] = None
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self.stores[node.asname or node.name.partition(".")[0]] = None

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.stores[node.name] = None
        self._inner(node)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # noqa: N815 - as `ast` calls them

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inner(node)

    def visit_ListComp(self, node: ast.expr) -> None:
        self._inner(node)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815

    def _inner(self, node: ast.AST) -> None:
        inner = _Scan()
        inner.generic_visit(node)
        own = {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)} | set(inner.stores)
        self.loads.update(dict.fromkeys(name for name in inner.loads if name not in own))


@lru_cache(maxsize=4096)
def parsed(code: str) -> tuple[ast.stmt, ...] | None:
    """Return the statements of code, to be read only; `None` when it is no Python, or would not stay where it is put."""
    try:
        plain = ast.parse(code).body
        within = ast.parse("def f():\n" + "\n".join([*indented(code, 4), "    pass"])).body
    except BROKEN:
        return None
    if len(within) != 1 or not isinstance(within[0], ast.FunctionDef):
        return None
    return tuple(plain) if len(within[0].body) == len(plain) + 1 else None


@lru_cache(maxsize=4096)
def shown(code: str) -> tuple[str, ...]:
    """Return the statements of code in a form to be compared; none when it is no Python."""
    return tuple(map(ast.dump, parsed(code) or ()))


@lru_cache(maxsize=4096)
def stored(code: str) -> frozenset[str]:
    """Return the names that code assigns."""
    return frozenset(names_in(parsed(code) or ()).writes)


def lines_of(code: str) -> list[str]:
    """Return lines as Python counts them."""
    return code.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def indented(code: str, by: int) -> list[str]:
    """Return the lines of code, moved to the right but for those within strings."""
    lines, inside = lines_of(code), _inside(code)
    return [" " * by + line if line.strip() and i not in inside else line for i, line in enumerate(lines)]


def dedented(lines: Sequence[str], by: int, statements: Iterable[ast.stmt], first: int) -> str:
    """Return lines as code of its own: moved to the left, but for those within strings.

    Args:
        lines: Lines, the first one without its indentation.
        by: Their indentation.
        statements: What they hold.
        first: Number of the first line within the file, from 1.
    """
    inside = {row - first for statement in statements for row in _string_rows(statement)}
    found = []
    for i, line in enumerate(lines):
        blank = line[:by].strip(" \t")
        found.append(line if i == 0 or i in inside or blank else line[by:])
    return "\n".join(found)


def _inside(code: str) -> set[int]:
    if "\n" not in code or not ('"""' in code or "'''" in code or "\\\n" in code):
        return set()  # no string goes on in another line
    try:
        tree = ast.parse(code)
    except BROKEN:
        return set()
    return {row - 1 for row in _string_rows(tree)}


def _string_rows(tree: ast.AST) -> Iterator[int]:
    """Return the numbers of lines that begin within a string."""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.JoinedStr, ast.Constant)):
            continue
        if isinstance(node, ast.JoinedStr) or isinstance(node.value, (str, bytes)):
            yield from range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)


def renamed(code: str, names: Mapping[str, str]) -> str | None:
    """Return code with other names for variables, all else as it was; `None` when they cannot be told from other names."""
    tree = ast.parse(code)
    spots = list(name_spots(tree, names))
    if any(spot is None for spot in spots):
        return None
    lines = lines_of(code)
    for row, column, name in sorted((spot for spot in spots if spot), reverse=True):
        line = lines[row - 1].encode()
        lines[row - 1] = (line[:column] + names[name].encode() + line[column + len(name.encode()) :]).decode()
    return "\n".join(lines)


def name_spots(tree: ast.AST, names: Iterable[str]) -> Iterator[tuple[int, int, str] | None]:
    """Return line, column in bytes and name of every variable of these names; `None` for what has no place of its own."""
    wanted = set(names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in wanted:
            yield node.lineno, node.col_offset, node.id
        elif isinstance(node, ast.JoinedStr):
            # Before Python 3.12 names within f-strings are not where their nodes say.
            if any(isinstance(each, ast.Name) and each.id in wanted for each in ast.walk(node)):
                yield None
        elif _names_otherwise(node) & wanted:
            yield None


def _names_otherwise(node: ast.AST) -> set[str]:
    match node:
        case ast.arg():
            return {node.arg}
        case ast.Global() | ast.Nonlocal():
            return set(node.names)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.alias():
            return {(node.asname or node.name).partition(".")[0]}
        case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
            return {node.name or ""}
    return set()
