"""What comes out of a model, and what it is likely for."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gnomon.graph.code.codes import Codes
from gnomon.graph.code.draft import Draft
from gnomon.graph.code.frame import Frame, is_model
from gnomon.graph.code.names import long, short
from gnomon.graph.code.parts import RUN
from gnomon.graph.code.reading import marked
from gnomon.graph.code.walk import Out
from gnomon.graph.registry import components, find


class Results:
    """Read what comes out."""

    def __init__(self, draft: Draft, codes: Codes) -> None:
        self.draft, self.codes = draft, codes

    def read(self, end: ast.stmt) -> None:
        """Read what comes out."""
        item = self.draft.item("return", [end], [], [])
        found = []
        for value in results(end, self.draft.frame):
            before = len(self.draft.walk.nodes)
            outs = self.draft.walk.resolve(value, "")
            if outs is None:
                self.draft.items.remove(item)
                name = next(each for each in _free_names(self.draft.walk.env) if each not in self.draft.walk.env)
                self.codes.keep(
                    [ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), value)],
                    f"{name} = {_source(value)}",
                )
                self.draft.items[-1].kind = "value"
                item.reads[name] = self.draft.walk.env[name]
                self.draft.items.append(item)
                outs = [self.draft.walk.env[name]]
            else:
                item.nodes += list(self.draft.walk.nodes)[before:]
            found.append(outs[0])
        self.outputs(found)

    def outputs(self, found: Sequence[Out]) -> None:
        """Add the output nodes: those that `OUTPUTS` tells, else those of the old graph, else what the shapes suggest."""
        told = self.draft.frame.values.get("OUTPUTS", {})
        marks = marked(self.draft.lines)
        old = (
            [node for node in self.draft.old.nodes if _is_output(node.type) and node.id not in marks]
            if self.draft.old
            else []
        )
        named: list[tuple[str, str, Mapping[str, Any]]] = []
        if told and len(told) == len(found):
            named = [
                (name, long(str(each.get("task", "regression"))), _listed(each, "task")) for name, each in told.items()
            ]
        elif not told and len(old) == len(found):
            named = [(node.id, node.type, node.params) for node in old]
        elif told or not self._is_unfinished(found):
            named = [(self._result_name(i, len(found)), self._task(out), {}) for i, out in enumerate(found, 1)]
            self.draft.notes += [f"Output {name} is taken to be a {short(type_)}." for name, type_, _ in named]
            if told:
                self.draft.notes.append(
                    f"OUTPUTS names {len(told)} outputs and {len(found)} are returned: look at the outputs."
                )
        for i, out in enumerate(found):
            name = ""
            if i < len(named):
                wanted, type_, params = named[i]
                name = self.draft.walk.new_id(wanted)
                each = self.draft.found(type_, params, self.draft.walk.known.get(name))
                each.sources, each.ports = [out], ["in"]
                self.draft.walk.nodes[name] = each
            self.draft.returns.append((name, out))

    def _result_name(self, i: int, count: int) -> str:
        return f"result_{i}" if count > 1 else "result"

    def _task(self, out: Out) -> str:
        """Return what an output is likely for, by its shape."""
        if self.draft.frame.within:
            return "core/reconstruction@1"
        spec = self.draft.walk.specs.get(out)
        for type_ in ("core/classification@1", "core/segmentation@1", "core/reconstruction@1"):
            kind = find(type_)
            is_likely = spec is not None and (spec.rank, type_[5:-2]) in ((1, "classification"), (3, "segmentation"))
            if kind is not None and is_likely and spec is not None and (spec.channels or 0) > 1:
                return type_
        return "core/regression@1"

    def _is_unfinished(self, found: Sequence[Out]) -> bool:
        """Return whether the file is ours, of a graph that has no outputs, or this is a graph within the graph."""
        if self.draft.frame.within:
            return self._are_leaves(found)
        is_ours = RUN in (ast.get_docstring(self.draft.frame.tree, clean=False) or "")
        return (is_ours or (self.draft.old is not None and bool(self.draft.old.nodes))) and self._are_leaves(found)

    def _are_leaves(self, found: Sequence[Out]) -> bool:
        """Return whether what comes out is just what nothing takes, in order: a graph without outputs is written so."""
        used = {source for each in self.draft.walk.nodes.values() for source in each.sources}
        ends = [
            (name, i)
            for name, each in self.draft.walk.nodes.items()
            for i in range(len(each.component.gives()) if each.component else 1)
            if (name, i) not in used
        ]
        leaves = [end for end in ends if self.draft.category(end[0]) != "Input"] or ends
        return list(found) == leaves


def result_of(frame: Frame) -> ast.stmt | None:
    """Return the statement that tells what comes out; `None` of a chain, where the last layer does."""
    if frame.chain is not None:
        return None
    for statement in frame.body:
        value = getattr(statement, "value", None)
        if frame.is_class and isinstance(statement, ast.Return):
            return statement
        if frame.target == "keras" and not frame.is_class and is_model(value, frame.names):
            return statement
    return None


def results(end: ast.stmt, frame: Frame) -> list[ast.expr]:
    """Return the expressions of what comes out."""
    value = getattr(end, "value", None)
    if frame.target == "keras" and not frame.is_class and isinstance(value, ast.Call):
        words = {each.arg: each.value for each in value.keywords}
        value = value.args[1] if len(value.args) > 1 else words.get("outputs")
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return []
    if isinstance(value, ast.Dict):
        return list(value.values)
    return list(value.elts) if isinstance(value, (ast.Tuple, ast.List)) else [value]


def _is_output(type_: str) -> bool:
    kind = components().get(type_)
    return kind is not None and kind.category == "Output"


def _listed(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items() if name != key}


def _free_names(env: Mapping[str, Out]) -> Iterator[str]:
    yield "output"
    yield from (f"output_{i}" for i in range(2, len(env) + 3))


def _source(value: ast.expr) -> str:
    return ast.unparse(value)
