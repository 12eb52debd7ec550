"""Statements that no component writes, kept as they are in Code nodes."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gnomon.graph.code.draft import Draft
from gnomon.graph.code.frame import attribute_of
from gnomon.graph.code.literals import defaults
from gnomon.graph.code.opaque import dedented, names_in, shown
from gnomon.graph.code.parts import MARK
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.walk import Found, Out
from gnomon.graph.component import Target
from gnomon.graph.components.code import CodeNode, names_of
from gnomon.graph.document import Graph, Node
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Spec


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


class Codes:
    """Keep the statements of a file that no component writes."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.written = written_codes(draft.old, draft.frame.target)
        self.by_first: dict[str, list[Known]] = {}
        for each in self.written:
            self.by_first.setdefault(each.statements[0], []).append(each)
        self.ids = {each.node.id for each in self.written}
        self.told = told(draft.frame.tree)

    def known(self, i: int) -> int:
        """Read statements as the Code node that wrote them; return how many they are, 0 when there is no such node."""
        if not self.written:
            return 0
        for known in self.by_first.get(ast.dump(self.draft.frame.body[i]), ()):
            these = self.draft.frame.body[i : i + len(known.statements)]
            if known.node.id in self.draft.walk.nodes or [ast.dump(each) for each in these] != known.statements:
                continue
            if all(name is None or name in self.draft.walk.env for name in known.ins):
                self._add_known(known, these)
                return len(these)
        return 0

    def _add_known(self, known: Known, statements: list[ast.stmt]) -> None:
        name, component = known.node.id, known.component
        sources = [None if each is None else self.draft.walk.env[each] for each in known.ins]
        ports = list(names_of(component.reads, "reads"))
        self.draft.walk.nodes[name] = Found(known.node.type, known.node.params, component, sources, ports)
        specs = self._outs(component, sources)
        self.draft.item("code", statements, [name], known.outs)
        for k, target in enumerate(known.outs):
            self.draft.walk.env[target] = (name, k)
            self.draft.walk.specs[name, k] = specs[k]
            self.draft.variables[name, k] = target

    def keep(self, statements: list[ast.stmt], text: str | None = None) -> None:
        """Keep statements as they are, together with those right before them that are kept too."""
        walk = self.draft.walk
        last = self.draft.items[-1] if self.draft.items else None
        joins = text is None and last is not None and last.kind == "code" and last.nodes[0] not in self.ids
        if joins and last is not None and self._is_next(last.statements[-1], statements[0]):
            name, statements = last.nodes[0], [*last.statements, *statements]
            self.draft.items.pop()
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
        params["shapes"] = "; ".join(self.told.get(each, "") for each in writes).rstrip("; ")
        params = {key: value for key, value in params.items() if value}
        if self.draft.frame.target != "torch":
            params["target"] = self.draft.frame.target
        component = CodeNode(**params)  # type: ignore[arg-type]  # all are texts, the target one of two
        walk.nodes[name] = Found("core/code@1", params, component, [env[each] for each in reads], list(reads))
        item = self.draft.item("code", list(statements), [name], writes)
        item.reads = {each: env[each] for each in reads}
        specs = self._outs(component, [env[each] for each in reads])
        for k, target in enumerate(writes):
            walk.env[target] = (name, k)
            walk.specs[name, k] = specs[k]
            self.draft.variables[name, k] = target

    def _outs(self, component: CodeNode, sources: Sequence[Out | None]) -> tuple[Spec | None, ...]:
        """Return what comes out of statements, as far as that follows from what is known here."""
        return component.infer(*(self.draft.walk.specs.get(each) if each else None for each in sources)).outs

    def _code_id(self, writes: Sequence[str]) -> str:
        return self.draft.walk.new_id(next((each for each in writes if each not in self.draft.walk.nodes), "code"))

    def _is_next(self, before: ast.stmt, after: ast.stmt) -> bool:
        """Return whether no blank line parts two statements."""
        between = self.draft.lines[(before.end_lineno or before.lineno) : after.lineno - 1]
        return all(line.strip() and not line.strip().startswith(MARK) for line in between)

    def _segment(self, statements: Sequence[ast.stmt]) -> str:
        """Return the text of statements, with the comments between and behind them."""
        first, last = statements[0], statements[-1]
        start, end = first.lineno, last.end_lineno or last.lineno
        lines = self.draft.lines[start - 1 : end]
        begin = _chars(lines[0], first.col_offset)
        stop = _chars(lines[-1], last.end_col_offset or 0)
        rest = lines[-1][stop:]
        if not re.fullmatch(r"\s*(#.*)?", rest):
            lines[-1] = lines[-1][:stop]
        lines[0] = lines[0][begin:]
        return dedented(lines, begin, statements, start).rstrip()

    def _setup(self, statements: Sequence[ast.stmt]) -> str:
        """Return the statements of `__init__` that statements need."""
        init = self.draft.frame.init
        if init is None or self.draft.frame.target != "torch":
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
        given = [f"{arg} = {ast.unparse(value)}" for arg, value in defaults(init) if arg in wanted]
        return "\n".join([*given, *(self._segment([each]) for each in chosen)])


def told(tree: ast.Module) -> dict[str, str]:
    """Return what a file's `SHAPES` say of variables that statements of no component assign, as Code nodes say it."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="SHAPES")], value=ast.Dict(keys=keys, values=values)):
                pairs = zip(keys, values, strict=True)
                texts = {getattr(key, "value", None): getattr(value, "value", None) for key, value in pairs}
                return {
                    name: text
                    for name, text in texts.items()
                    if isinstance(name, str) and isinstance(text, str) and _is_shape(text)
                }
    return {}


def _is_shape(text: str) -> bool:
    try:
        CodeNode(code="", setup="", target="torch", reads="", writes="y", shapes=text).infer()
    except Problem:
        return False
    return ";" not in text


def written_codes(old: Graph | None, target: Target) -> list[Known]:
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
    statements = shown(setup + code)
    return [Known(node, component, list(statements), ins, outs)] if statements else []


def _chars(line: str, column: int) -> int:
    """Return the index of a character that `ast` counts in bytes."""
    return column if line.isascii() else len(line.encode()[:column].decode(errors="ignore"))
