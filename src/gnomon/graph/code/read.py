"""One file read: the graph it says, and where in the file each node is."""

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec

from gnomon.graph.code.codes import Codes
from gnomon.graph.code.draft import Draft
from gnomon.graph.code.frame import Frame, framed, full_name, nodes_of
from gnomon.graph.code.gathered import Gathered
from gnomon.graph.code.links import Links
from gnomon.graph.code.reading import Reading
from gnomon.graph.code.results import Results, result_of
from gnomon.graph.code.sides import opened, solved, usual
from gnomon.graph.code.walk import Out
from gnomon.graph.component import Target
from gnomon.graph.document import Graph
from gnomon.graph.expand import expand

WEIGHTLESS: Final = frozenset(
    "Activation Add Average AveragePooling1D AveragePooling2D AveragePooling3D Concatenate Dot Dropout ELU Flatten"
    " GaussianDropout GaussianNoise Identity LeakyReLU MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D"
    " MaxPooling3D Maximum Minimum Multiply Permute ReLU Rescaling Reshape Resizing Softmax SpatialDropout1D"
    " SpatialDropout2D SpatialDropout3D Subtract".split()
)
"""Layers of Keras that may be called many times: each call is as good as a layer of its own."""


def read(text: str, target: Target | None, old: Graph | None) -> Reading:
    """Return what a file says; see `parse`."""
    return read_frame(framed(text, target), old)


def read_frame(frame: Frame, old: Graph | None) -> Reading:
    """Return what a class, a function or the statements of a file say."""
    old = expand(old).graph if old else None
    first = _settled(frame, _Reader(frame, old, None).reading(), old)
    before = old if old is not None else first.graph
    if _codes(first) and _is_vague(frame, before):
        # The default of an input may never have been meant: what its layers say counts, if they say more.
        vague = _Reader(frame, before, None, vague=True).reading()
        first = vague if _codes(vague) < _codes(first) else first
    return _sized(frame, first, old)


def _sized(frame: Frame, first: Reading, old: Graph | None) -> Reading:
    """Return what a file says with images of a size that all its layers fit, where it does not say how large they are."""
    what = opened(first.graph)
    if not (_opaque(first) if "input" in what else what and first.strained):
        return first
    found = {0: first} | {side: _Reader(frame, old, side).reading() for side in usual(first.graph)}
    best = _best(found)
    if found[best].strained and first.wants:
        found |= {side: _Reader(frame, old, side).reading() for side in solved(first.graph, first.wants)}
        best = _best(found)
    if best:
        who = (
            "The file does not say how large its input is"
            if "input" in what
            else "What is written by hand has no shape"
        )
        found[best].notes.append(f"{who}: it is taken to be {best}×{best}, which all layers fit. Look at it.")
    return _settled(frame, found[best], old)


def _best(found: Mapping[int, Reading]) -> int:
    return min(found, key=lambda side: _opaque(found[side]))


def _settled(frame: Frame, reading: Reading, old: Graph | None) -> Reading:
    """Return what a file says once what was learnt of its Code nodes is known from the start, so that it stays so."""
    known = old
    for _ in range(3):
        if not _shapes(reading.graph) - _shapes(known):
            break
        known = reading.graph
        again = _Reader(frame, known, None).reading()
        graph = again.graph if old is None else _placed(again.graph, old)
        reading = replace(again, graph=graph, notes=reading.notes)
    return reading


def _shapes(graph: Graph | None) -> set[tuple[str, str]]:
    """Return what Code nodes say of what comes out of them."""
    nodes = graph.nodes if graph else ()
    return {
        (node.id, node.params["shapes"]) for node in nodes if node.type == "core/code@1" and "shapes" in node.params
    }


def _placed(graph: Graph, old: Graph) -> Graph:
    """Return a graph whose nodes have the places and notes that they had."""
    had = {node.id: node for node in old.nodes}
    nodes = (
        msgspec.structs.replace(node, ui=had[node.id].ui, note=had[node.id].note) if node.id in had else node
        for node in graph.nodes
    )
    return msgspec.structs.replace(graph, nodes=tuple(nodes))


def _opaque(reading: Reading) -> int:
    return reading.strained + _codes(reading)


def _codes(reading: Reading) -> int:
    return sum(node.type == "core/code@1" for node in reading.graph.nodes)


def _is_vague(frame: Frame, old: Graph) -> bool:
    """Return whether a file says nothing of an input that is as inputs are by default."""
    told = frame.values.get("INPUTS", {})
    return frame.says_inputs and any(
        node.type == "core/input@1" and not node.params and node.id not in told for node in old.nodes
    )


class _Reader:
    """Read one file."""

    def __init__(self, frame: Frame, old: Graph | None, side: int | None, *, vague: bool = False) -> None:
        self.draft = Draft(frame, old, side, vague=vague)
        self.codes = Codes(self.draft)
        self.links = Links(self.draft)

    def reading(self) -> Reading:
        for arg in self.draft.frame.args:
            self.draft.argument(arg)
        body, end = self.draft.frame.body, result_of(self.draft.frame)
        chain = self.draft.frame.chain
        i = 0
        while i < len(body):
            if body[i] is end:
                break
            if chain is not None and id(body[i]) in chain.links:
                self.links.read(body[i], is_last=body[i] is chain.statements[-1])
                i += 1
            else:
                i += self._statement(i)
        if chain is not None and self.links.current is not None:
            Results(self.draft, self.codes).outputs([self.links.current])
        if end is not None:
            Results(self.draft, self.codes).read(end)
        graph = Gathered(self.draft).graph()
        attrs = {name: found.attr for name, found in self.draft.walk.nodes.items() if found.attr}
        return Reading(
            self.draft.frame,
            graph,
            self.draft.items,
            self.draft.variables,
            attrs,
            self.draft.returns,
            self.draft.notes,
            self.draft.walk.strained,
            self.draft.walk.parts,
            self.draft.walk.wants,
        )

    def _statement(self, i: int) -> int:
        """Read a statement; return how many it were."""
        statement = self.draft.frame.body[i]
        count = self.codes.known(i)
        if count:
            return count
        if isinstance(statement, ast.Pass) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            return 1
        targets, value = _assigned(statement, self.draft.walk.env)
        is_shared = (
            targets and value is not None and _has_weights(value, self.draft.frame) and self._calls(targets[0], i) > 1
        )
        if not is_shared and targets and value is not None and self._value(statement, targets, value):
            return 1
        self.codes.keep([statement])
        return 1

    def _calls(self, name: str, i: int) -> int:
        """Return how often a layer of Keras is called that a statement makes: often, it is no layer for each call."""
        count = 0
        for statement in self.draft.frame.body[i + 1 :]:
            nodes = nodes_of(statement)
            count += sum(
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
                for node in nodes
            )
            if any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in nodes):
                break
        return count

    def _value(self, statement: ast.stmt, targets: list[str], value: ast.expr) -> bool:
        """Read an assignment; return whether it was recognised."""
        walk = self.draft.walk
        if len(targets) == 1 and isinstance(value, ast.Name) and value.id in walk.env:
            self.draft.item("alias", [statement], [], targets)
            walk.env[targets[0]] = walk.env[value.id]
            return True
        if len(targets) == 1 and self.draft.frame.target == "keras" and _is_bare_layer(value, self.draft.frame):
            walk.made[targets[0]] = value  # type: ignore[assignment]
            self.draft.item("layer", [statement], [], targets)
            return True
        before = len(walk.nodes)
        outs = walk.resolve(value, targets[0], len(targets))
        if outs is None:
            return False
        added = list(walk.nodes)[before:]
        kind = "input" if any(self.draft.category(name) == "Input" for name in added) else "node"
        self.draft.item(kind, [statement], added, targets)
        for target, out in zip(targets, outs, strict=True):
            walk.env[target] = self_out = out
            self.draft.variables.setdefault(self_out, target)
        return True


def _assigned(statement: ast.stmt, env: Mapping[str, Out]) -> tuple[list[str], ast.expr | None]:
    """Return the variables that a statement assigns and their value; none when it is no plain assignment."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [name], value
        case ast.Assign(targets=[ast.Tuple(elts=parts)], value=value) if all(
            isinstance(each, ast.Name) for each in parts
        ):
            return [each.id for each in parts if isinstance(each, ast.Name)], value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return [name], value
        case ast.AugAssign(target=ast.Name(id=name) as target, op=ast.Add() | ast.Mult() as op, value=value) if (
            name in env
        ):
            # In place: the same as a new tensor, as long as no other name stands for the old one.
            if sum(out == env[name] for out in env.values()) == 1:
                left = ast.copy_location(ast.Name(name, ast.Load()), target)
                return [name], ast.copy_location(ast.BinOp(left, op, value), statement)
    return [], None


def _is_bare_layer(value: ast.expr, frame: Frame) -> bool:
    """Return whether an expression of Keras makes a layer and does not call it."""
    name = full_name(value.func, frame.names) if isinstance(value, ast.Call) else ""
    return name.startswith("layers.") and name.removeprefix("layers.")[:1].isupper()


def _has_weights(value: ast.expr, frame: Frame) -> bool:
    """Return whether an expression makes a layer of Keras that may have weights, and does not call it."""
    if frame.target != "keras" or not _is_bare_layer(value, frame) or not isinstance(value, ast.Call):
        return False
    name = full_name(value.func, frame.names).removeprefix("layers.")
    return name not in WEIGHTLESS and not name.startswith(("Global", "ZeroPadding", "UpSampling", "Cropping"))
