"""The operations that lead from one graph to another: what code that was edited did to its graph, what a restore does."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError
from gnomon.graph import ops as o
from gnomon.graph.diff import diff
from gnomon.graph.document import Edge, Graph, Node
from gnomon.graph.patch import apply

_DOCUMENT: Final = ("name", "target", "train", "data", "source")


def between(a: Graph, b: Graph) -> list[dict[str, Any]]:
    """Return operations that make the second graph of the first, none when there is nothing to do.

    What `patch.apply` makes of the first with them equals the second but for the order of nodes and groups that both
    have: the order in which things were added says nothing of what a graph computes.

    Example:
        >>> one = Graph(nodes=(Node("d", "core/dropout@1"),))
        >>> between(Graph(), one)
        [{'op': 'add', 'node': {'id': 'd', 'type': 'core/dropout@1'}, 'at': 0}]
        >>> between(one, one)
        []
    """
    named, renames = _renamed(a, b)
    ops: list[o.Op] = [*_nodes(named, b)]
    # Nodes that go take edges along and leave their groups: what is left of those is seen only then.
    half, _ = apply(named, _maps(ops))
    return [*renames, *_maps([*ops, *_edges(half, b), *_groups(half, b), *_document(a, b)])]


def _renamed(a: Graph, b: Graph) -> tuple[Graph, list[dict[str, Any]]]:
    """Return the first graph with the names of nodes that are the same but for their names, and how it got them."""
    ops = []
    for old, new in diff(a, b).renamed.items():
        op = {"op": "rename", "id": old, "to": new}
        try:
            a, _ = apply(a, [op])
        except InputError:  # a group has that name: the node goes and comes instead
            continue
        ops.append(op)
    return a, ops


def _maps(ops: Iterable[o.Op]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [msgspec.json.decode(msgspec.json.encode(op)) for op in ops]
    return found


def _nodes(a: Graph, b: Graph) -> Iterable[o.Op]:
    before = {node.id: node for node in a.nodes}
    after = {node.id: node for node in b.nodes}
    names = {group.id for group in b.groups}
    # A name is free for a node only when no group has it any more, and the other way round.
    yield from (o.Ungroup(group.id) for group in a.groups if group.id in after or group.id not in names)
    yield from (o.Remove(name) for name in before if name not in after)
    count = sum(name in after for name in before)
    for i, node in enumerate(b.nodes):
        known = before.get(node.id)
        if known is None:
            yield o.Add(node, min(i, count))
            count += 1
        else:
            yield from _changes(known, node)
    places = {name: node.ui for name, node in after.items() if name in before and before[name].ui != node.ui}
    if places:
        yield o.Move(places)


def _changes(a: Node, b: Node) -> Iterable[o.Op]:
    if a.type != b.type:
        yield o.Replace(b.id, b.type, b.params)
    elif not _same(a.params, b.params):
        changed = {
            name: value for name, value in b.params.items() if name not in a.params or not _same(a.params[name], value)
        }
        yield o.Set(b.id, changed, tuple(name for name in a.params if name not in b.params))
    if a.note != b.note:
        yield o.Note(b.id, b.note)


def _edges(a: Graph, b: Graph) -> Iterable[o.Op]:
    before, after = set(a.edges), set(b.edges)
    nodes = {node.id for node in b.nodes}
    yield from (o.Disconnect(edge.source, edge.target) for edge in a.edges if edge not in after)
    yield from (_connect(edge, nodes) for edge in b.edges if edge not in before)


def _connect(edge: Edge, nodes: set[str]) -> o.Op:
    return o.Connect(edge.source, edge.target, loose=not {edge.source[0], edge.target[0]} <= nodes)


def _groups(a: Graph, b: Graph) -> Iterable[o.Op]:
    before = {group.id: group for group in a.groups}
    count = len(before)
    for i, group in enumerate(b.groups):
        if group.id not in before:
            yield o.PutGroup(group, min(i, count))
            count += 1
        elif before[group.id] != group:
            yield o.PutGroup(group)


def _document(a: Graph, b: Graph) -> Iterable[o.Op]:
    changed: Mapping[str, Any] = {
        name: getattr(b, name) for name in _DOCUMENT if not _same(getattr(a, name), getattr(b, name))
    }
    if changed:
        yield o.SetDocument(**changed)


def _same(a: object, b: object) -> bool:
    """Tell whether two values are written alike: to Python `1 == 1.0 == True`, in code they differ."""
    return a is b or msgspec.json.encode(a, order="sorted") == msgspec.json.encode(b, order="sorted")
