"""Edits: operations applied to a graph all together or not at all, with the operations that undo them.

The browser's twin is `web/src/lib/graphpatch.ts`; both pass the vectors of `tests/fixtures/graph_patches.json`.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NoReturn, cast

import msgspec

from gnomon.core.errors import InputError, LimitError
from gnomon.graph import ops as o
from gnomon.graph.document import (
    MAX_EDGES,
    MAX_NODES,
    Edge,
    Graph,
    Group,
    Node,
    check_end,
    check_group,
    check_id,
    check_name,
    check_type,
    check_value,
    in_order,
)

MAX_OPS: Final = 200_000
_WORDS: Final = ("add", "remove", "set", "move", "rename", "replace", "connect", "disconnect", "note", "group", "ungroup", "document")  # fmt: skip


def apply(graph: Graph, ops: Sequence[Mapping[str, Any]]) -> tuple[Graph, list[dict[str, Any]]]:
    """Return the graph after some operations, and the operations that lead from there back to it exactly.

    Args:
        graph: What they begin with; it is not changed.
        ops: Maps as `docs/reference/graph.md` lists them, applied in order.

    Raises:
        InputError: One of them cannot be applied; its `field` begins with `ops[i]`. None is applied then.
        LimitError: The graph would be larger than we accept.
    """
    if len(ops) > MAX_OPS:
        msg = f"ops: expected at most {MAX_OPS} operations, received {len(ops)}. Send them in several patches."
        raise LimitError(msg, field="ops")
    state = _State(graph)
    undo: list[o.Op] = []
    for i, op in enumerate(ops):
        try:
            undo += reversed(state.apply(_decoded(op)))
        except InputError as error:
            text = f"ops[{i}].{error}" if error.field else f"ops[{i}]: {error}"
            raise InputError(text, field=f"ops[{i}].{error.field}".rstrip(".")) from error
    inverse: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(undo[::-1]))
    return state.graph(), inverse


def _decoded(op: object) -> o.Op:
    try:
        return cast("o.Op", msgspec.convert(op, o.Op))
    except (msgspec.ValidationError, RecursionError) as error:
        tag = op.get("op") if isinstance(op, Mapping) else None
        if tag not in _WORDS:
            _refuse("op", f"one of {', '.join(_WORDS)}", tag)
        msg = f"{error}. See docs/reference/graph.md."
        raise InputError(msg) from error


def _refuse(field: str, expected: str, received: object) -> NoReturn:
    msg = f"{field}: expected {expected}, received {received!r:.80}."
    raise InputError(msg, field=field)


class _State:
    """A graph while operations change it; each method returns what undoes it, in the order in which to apply that."""

    def __init__(self, graph: Graph) -> None:
        self.before = graph
        self.nodes = {node.id: node for node in graph.nodes}
        self.order = [node.id for node in graph.nodes]
        self.groups: dict[str, Group] = {}
        self.group_order = [group.id for group in graph.groups]
        self.of: dict[str, set[str]] = {}
        for group in graph.groups:
            self._keep(group)
        self.document = {name: getattr(graph, name) for name in o.SetDocument.__struct_fields__}
        self.edges: dict[Edge, None] = dict.fromkeys(graph.edges)
        self.at: dict[str, dict[Edge, None]] = {}
        for edge in graph.edges:
            self._index(edge)

    def graph(self) -> Graph:
        if len(self.nodes) > MAX_NODES or len(self.edges) > MAX_EDGES:
            msg = f"graph: expected at most {MAX_NODES} nodes and {MAX_EDGES} edges, received {len(self.nodes)} and {len(self.edges)}."
            raise LimitError(msg, field="ops")
        return Graph(
            nodes=tuple(self.nodes[name] for name in self.order),
            edges=tuple(sorted(self.edges, key=in_order)),
            groups=tuple(self.groups[name] for name in self.group_order),
            **self.document,
        )

    def apply(self, op: o.Op) -> list[o.Op]:
        do = cast("Callable[[o.Op], list[o.Op]]", _METHODS[type(op)].__get__(self))
        return do(op)

    def add(self, op: o.Add) -> list[o.Op]:
        node = op.node
        self._free(node.id, "node.id")
        check_type(node.type, "node.type")
        check_value(node.params, "node.params")
        if node.ui is not None:
            check_value((node.ui.x, node.ui.y), "node.ui")
        self.order.insert(_place(op.at, len(self.order)), node.id)
        self.nodes[node.id] = node
        waiting = [
            o.Connect(edge.source, edge.target, loose=True) for edge in sorted(self.at.get(node.id, ()), key=in_order)
        ]
        return [o.Remove(node.id), *waiting]

    def remove(self, op: o.Remove) -> list[o.Op]:
        node = self._node(op.id)
        edges = sorted(self.at.get(op.id, ()), key=in_order)
        for edge in edges:
            self._unindex(edge)
        at = self.order.index(op.id)
        undo: list[o.Op] = [o.Add(node, at)]
        undo += [o.Connect(edge.source, edge.target, loose=self._is_loose(edge)) for edge in edges]
        del self.order[at]
        del self.nodes[op.id]
        return undo + self._leave_groups(op.id)

    def _leave_groups(self, name: str) -> list[o.Op]:
        undo: list[tuple[int, o.Op]] = []
        for each in self.of.get(name, set()).copy():
            group, at = self.groups[each], self.group_order.index(each)
            left = tuple(member for member in group.nodes if member != name)
            undo.append((at, o.PutGroup(group, None if left else at)))
            self._forget(group)
            if left:
                self._keep(msgspec.structs.replace(group, nodes=left))
        for at, op in sorted(undo, key=itemgetter(0), reverse=True):
            if isinstance(op, o.PutGroup) and op.at is not None:
                del self.group_order[at]
        return [op for _, op in sorted(undo, key=itemgetter(0))]

    def set(self, op: o.Set) -> list[o.Op]:
        node = self._node(op.id)
        both = sorted({*op.params} & {*op.unset})
        if both:
            _refuse("unset", "names that `params` does not set", both[0])
        check_value(op.params, "params")
        params = {name: value for name, value in node.params.items() if name not in op.unset} | op.params
        touched = {*op.params, *op.unset}
        old = {name: value for name, value in node.params.items() if name in touched}
        self.nodes[op.id] = msgspec.structs.replace(node, params=params)
        return [o.Set(op.id, old, tuple(sorted(name for name in op.params if name not in node.params)))]

    def move(self, op: o.Move) -> list[o.Op]:
        before = {}
        for name, place in op.places.items():
            node = self._node(name, "places")
            before[name] = node.ui
            if place is not None:
                check_value([place.x, place.y], f"places.{name}")
            self.nodes[name] = msgspec.structs.replace(node, ui=place)
        return [o.Move(before)]

    def rename(self, op: o.Rename) -> list[o.Op]:
        node = self._node(op.id)
        self._free(op.to, "to")
        if self.at.get(op.to):
            _refuse("to", "a name to which no edge leads yet", op.to)
        edges = sorted(self.at.get(op.id, ()), key=in_order)
        for edge in edges:
            self._unindex(edge)
        self.order[self.order.index(op.id)] = op.to
        del self.nodes[op.id]
        self.nodes[op.to] = msgspec.structs.replace(node, id=op.to)

        def named(name: str) -> str:
            return op.to if name == op.id else name

        for edge in edges:
            (a, p), (b, q) = edge.source, edge.target
            self._index(Edge((named(a), p), (named(b), q)))
        for each in self.of.get(op.id, set()).copy():
            group = self.groups[each]
            self._forget(group)
            self._keep(msgspec.structs.replace(group, nodes=tuple(map(named, group.nodes))))
        return [o.Rename(op.to, op.id)]

    def replace(self, op: o.Replace) -> list[o.Op]:
        node = self._node(op.id)
        check_type(op.type, "type")
        check_value(op.params, "params")
        self.nodes[op.id] = msgspec.structs.replace(node, type=op.type, params=op.params)
        return [o.Replace(op.id, node.type, node.params)]

    def connect(self, op: o.Connect) -> list[o.Op]:
        edge = Edge(op.source, op.target)
        check_end(edge.source, "from")
        check_end(edge.target, "to")
        if not op.loose:
            self._node(edge.source[0], "from")
            self._node(edge.target[0], "to")
        if edge in self.edges:
            _refuse("to", "two ends that are not connected", ".".join(edge.target))
        self._index(edge)
        return [o.Disconnect(edge.source, edge.target)]

    def disconnect(self, op: o.Disconnect) -> list[o.Op]:
        edge = Edge(op.source, op.target)
        if edge not in self.edges:
            _refuse("from", "an edge that is there", f"{'.'.join(op.source)} to {'.'.join(op.target)}")
        self._unindex(edge)
        return [o.Connect(edge.source, edge.target, loose=self._is_loose(edge))]

    def note(self, op: o.Note) -> list[o.Op]:
        node = self._node(op.id)
        self.nodes[op.id] = msgspec.structs.replace(node, note=op.text)
        return [o.Note(op.id, node.note)]

    def put_group(self, op: o.PutGroup) -> list[o.Op]:
        group = op.group
        check_group(group, self.nodes, "group")
        old = self.groups.get(group.id)
        if old is not None:
            self._forget(old)
            self._keep(group)
            return [o.PutGroup(old)]
        self._free(group.id, "group.id")
        self.group_order.insert(_place(op.at, len(self.group_order)), group.id)
        self._keep(group)
        return [o.Ungroup(group.id)]

    def ungroup(self, op: o.Ungroup) -> list[o.Op]:
        group = self.groups.get(op.id)
        if group is None:
            _refuse("id", "a group that is there", op.id)
        at = self.group_order.index(op.id)
        self._forget(group)
        del self.group_order[at]
        return [o.PutGroup(group, at)]

    def set_document(self, op: o.SetDocument) -> list[o.Op]:
        given = {name: getattr(op, name) for name in self.document}
        given = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        for name, value in given.items():
            check_value(value, name)
        if op.name is not msgspec.UNSET:
            check_name(op.name)
        before = {name: self.document[name] for name in given}
        self.document |= given
        return [o.SetDocument(**before)]

    def _node(self, name: str, field: str = "id") -> Node:
        node = self.nodes.get(name)
        if node is None:
            _refuse(field, "a node that is there", name)
        return node

    def _keep(self, group: Group) -> None:
        self.groups[group.id] = group
        for name in group.nodes:
            self.of.setdefault(name, set()).add(group.id)

    def _forget(self, group: Group) -> None:
        del self.groups[group.id]
        for name in group.nodes:
            self.of[name].discard(group.id)

    def _free(self, name: str, field: str) -> None:
        check_id(name, field)
        if name in self.nodes or name in self.groups:
            _refuse(field, "a name that is free", name)

    def _is_loose(self, edge: Edge) -> bool:
        return edge.source[0] not in self.nodes or edge.target[0] not in self.nodes

    def _index(self, edge: Edge) -> None:
        self.edges[edge] = None
        for name in (edge.source[0], edge.target[0]):
            self.at.setdefault(name, {})[edge] = None

    def _unindex(self, edge: Edge) -> None:
        del self.edges[edge]
        for name in (edge.source[0], edge.target[0]):
            self.at[name].pop(edge, None)


_METHODS: Final[dict[type[o.Op], Any]] = {
    o.Add: _State.add,
    o.Remove: _State.remove,
    o.Set: _State.set,
    o.Move: _State.move,
    o.Rename: _State.rename,
    o.Replace: _State.replace,
    o.Connect: _State.connect,
    o.Disconnect: _State.disconnect,
    o.Note: _State.note,
    o.PutGroup: _State.put_group,
    o.Ungroup: _State.ungroup,
    o.SetDocument: _State.set_document,
}


def _place(at: int | None, end: int) -> int:
    if at is None:
        return end
    if not 0 <= at <= end:
        _refuse("at", f"a place from 0 to {end}", at)
    return at
