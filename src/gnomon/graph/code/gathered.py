"""The graph that was read, with what code does not show from the one that it was written from."""

import ast
from collections.abc import Sequence
from typing import Any

import msgspec

from gnomon.graph.code.draft import Draft
from gnomon.graph.code.names import class_name
from gnomon.graph.code.parts import RUN
from gnomon.graph.code.reading import marked
from gnomon.graph.code.render import shown
from gnomon.graph.code.walk import Found
from gnomon.graph.components.code import CodeNode, said
from gnomon.graph.document import Graph, Node
from gnomon.graph.param import checked
from gnomon.graph.registry import find
from gnomon.graph.spec import Spec


class Gathered:
    """Gather the graph of what was read."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def graph(self) -> Graph:
        """Return the graph, with what code does not show from the old one."""
        self._learn()
        old = self.draft.old or Graph(name=self._name(), target=self.draft.frame.target)
        kept = self._kept()
        nodes = [self._node(name, found) for name, found in self.draft.walk.nodes.items()]
        nodes = _in_old_order([*nodes, *kept], old)
        ids = {node.id for node in nodes}
        edges = self.draft.walk.edges()
        gone = {node.id for node in kept}
        edges += [e for e in old.edges if {e.source[0], e.target[0]} & gone and {e.source[0], e.target[0]} <= ids]
        unique = {(edge.target, edge.source): edge for edge in edges}
        groups = [msgspec.structs.replace(g, nodes=tuple(n for n in g.nodes if n in ids)) for g in old.groups]
        return msgspec.structs.replace(
            old,
            name=self._name(),
            nodes=tuple(nodes),
            edges=tuple(unique[key] for key in sorted(unique)),
            groups=tuple(
                group for group, before in zip(groups, old.groups, strict=True) if group.nodes or not before.nodes
            ),
        )

    def _node(self, name: str, found: Found) -> Node:
        old = self.draft.walk.known.get(name)
        return Node(name, found.type, dict(found.params), ui=old.ui if old else None, note=old.note if old else "")

    def _learn(self) -> None:
        """Keep what layers told of their inputs: as the shape of an input, as what a Code node says comes out."""
        for name, found in self.draft.walk.nodes.items():
            spec = self.draft.walk.specs.get((name, 0))
            if found.type == "core/input@1" and not found.params and (name, 0) in self.draft.walk.learnt and spec:
                found.params = self._shape_of(spec)
            if isinstance(found.component, CodeNode) and not found.component.shapes:
                outs = [self.draft.walk.learnt.get((name, k)) for k in range(len(found.component.gives()))]
                if text := said(tuple(outs)):
                    found.params = {**found.params, "shapes": text}

    def _shape_of(self, spec: Spec) -> dict[str, Any]:
        kind = find("core/input@1")
        assert kind is not None
        params: dict[str, Any] = {"shape": [-1 if axis is None else axis for axis in spec.shape], "dtype": spec.dtype}
        known = {param.name for param in kind.params}
        values, problems = checked(kind.params, {name: value for name, value in params.items() if name in known})
        return {} if problems else dict(shown(kind(**values), hidden=True))

    def _kept(self) -> list[Node]:
        """Return the nodes that could not be written, and whose comments still stand."""
        marks = marked(self.draft.lines)
        return [
            node
            for node in (self.draft.old.nodes if self.draft.old else ())
            if node.id in marks and node.id not in self.draft.walk.nodes
        ]

    def _name(self) -> str:
        """Return the name of the document: as the docstring says it, as it was, or after the class."""
        if self.draft.frame.within:
            return self._inner_name()
        told = (ast.get_docstring(self.draft.frame.tree, clean=False) or "").partition(f"\n\n{RUN}")
        named = told[0] if told[1] else ""
        owner = self.draft.frame.owner.name if isinstance(self.draft.frame.owner, ast.ClassDef) else ""
        if told[1] and (not owner or class_name(named) == owner):
            return named[:200]
        if self.draft.old and (not owner or class_name(self.draft.old.name) == owner):
            return self.draft.old.name
        return owner[:200] or "model"

    def _inner_name(self) -> str:
        """Return the name of a graph within the graph: as it was, as long as its class or function is called after it."""
        name = self.draft.frame.within[-1].removeprefix("build_")
        return self.draft.old.name if self.draft.old and class_name(self.draft.old.name) == class_name(name) else name


def _in_old_order(nodes: Sequence[Node], old: Graph) -> list[Node]:
    """Return nodes as the old graph had them, new ones behind those that they came behind."""
    rank = {node.id: i for i, node in enumerate(old.nodes)}
    keyed, last = [], -1.0
    for i, node in enumerate(nodes):
        last = rank.get(node.id, last)
        keyed.append(((last, node.id not in rank, i), node))
    return [node for _, node in sorted(keyed, key=lambda pair: pair[0])]
