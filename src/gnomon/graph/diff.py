"""What differs between two graphs: what the canvas draws in green, red and amber, and a revision says of itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gnomon.graph.document import Edge, Graph, Node


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what differs of one node.

    Args:
        id: Its name, in the second graph.
        params: Parameters that differ, with both values; `None` stands for the default too.
        type: Both types, when it became another component.
    """

    id: str
    params: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    type: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold what differs between two graphs; places, notes and groups do not count.

    Args:
        added: Nodes that only the second has.
        removed: Nodes that only the first has.
        changed: Nodes that both have, and that differ.
        renamed: Old name to new, of nodes that are the same but for their names.
        edges_added: Edges that only the second has.
        edges_removed: Edges that only the first has; renaming alone makes no difference to an edge.
        document: What differs beside the nodes (`target`, `train`, `data`), with both values.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    edges_added: tuple[Edge, ...] = ()
    edges_removed: tuple[Edge, ...] = ()
    document: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.renamed, self.edges_added, self.edges_removed,
                    self.document))  # fmt: skip

    @property
    def text(self) -> str:
        """What happened in a few words: `+ conv3, - drop, dense1.units 64 → 128`; empty when nothing did."""
        words = [f"+ {name}" for name in self.added] + [f"- {name}" for name in self.removed]
        words += [f"{old} → {new}" for old, new in self.renamed.items()]
        for change in self.changed:
            words += [f"{change.id}: {_title(change.type[0])} → {_title(change.type[1])}"] if change.type else []
            words += [f"{change.id}.{name} {_said(a)} → {_said(b)}" for name, (a, b) in change.params.items()]
        for name, (a, b) in self.document.items():
            words += [f"{path} {_said(x)} → {_said(y)}" for path, x, y in _leaves(name, a, b)]
        if not words and (self.edges_added or self.edges_removed):
            words = [f"edges: {len(self.edges_added)} added, {len(self.edges_removed)} removed"]
        return ", ".join(words[:8]) + (f" and {len(words) - 8} more" if len(words) > 8 else "")


def diff(a: Graph, b: Graph) -> Difference:
    """Return what differs between two graphs.

    A node is the same when its name is. What was removed and added again under another name, with the same type,
    parameters and neighbours, was renamed.
    """
    before, after = {node.id: node for node in a.nodes}, {node.id: node for node in b.nodes}
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    renamed = _renamed(a, b, removed, added)
    old = {_with_new_names(edge, renamed) for edge in a.edges}
    new = set(b.edges)
    return Difference(
        added=tuple(name for name in added if name not in renamed.values()),
        removed=tuple(name for name in removed if name not in renamed),
        changed=tuple(filter(None, (_change(before[name], node) for name, node in after.items() if name in before))),
        renamed=renamed,
        edges_added=tuple(edge for edge in b.edges if edge not in old),
        edges_removed=tuple(edge for edge in a.edges if _with_new_names(edge, renamed) not in new),
        document={
            name: (getattr(a, name), getattr(b, name))
            for name in ("target", "train", "data")
            if getattr(a, name) != getattr(b, name)
        },
    )


def _change(a: Node, b: Node) -> Change | None:
    names = sorted({*a.params, *b.params})
    params = {
        name: (a.params.get(name), b.params.get(name)) for name in names if a.params.get(name) != b.params.get(name)
    }
    type_ = (a.type, b.type) if a.type != b.type else None
    return Change(b.id, params, type_) if params or type_ else None


def _renamed(a: Graph, b: Graph, removed: list[str], added: list[str]) -> dict[str, str]:
    """Return old names to new ones, of nodes that are alike in all but their names and that only one other is like."""
    gone, come = _by_likeness(a, removed, {*added}), _by_likeness(b, added, {*removed})
    return {names[0]: come[key][0] for key, names in gone.items() if len(names) == 1 and len(come.get(key, ())) == 1}


def _by_likeness(graph: Graph, names: list[str], others: set[str]) -> dict[str, list[str]]:
    """Return nodes by type, parameters and edges; neighbours that were added or removed themselves count alike."""
    own = {*names}
    ends: dict[str, list[tuple[str, ...]]] = {name: [] for name in names}
    for edge in graph.edges:
        (source, out), (target, port) = edge.source, edge.target
        if source in own:
            ends[source].append((out, ">", "" if target in own | others else target, port))
        if target in own:
            ends[target].append((port, "<", "" if source in own | others else source, out))
    found: dict[str, list[str]] = {}
    nodes = {node.id: node for node in graph.nodes}
    for name in names:
        params = sorted(nodes[name].params.items())
        found.setdefault(repr((nodes[name].type, params, sorted(ends[name]))), []).append(name)
    return found


def _with_new_names(edge: Edge, renamed: Mapping[str, str]) -> Edge:
    (source, out), (target, port) = edge.source, edge.target
    return Edge((renamed.get(source, source), out), (renamed.get(target, target), port))


def _leaves(name: str, a: object, b: object) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs within two values of the document, by its path: `train.epochs`, 10, 20."""
    if not (isinstance(a, Mapping) and isinstance(b, Mapping)):
        yield name, a, b
        return
    for key in sorted({*a, *b}):
        if a.get(key) != b.get(key):
            yield from _leaves(f"{name}.{key}", a.get(key), b.get(key))


def _title(type_: str) -> str:
    return type_.partition("/")[2].partition("@")[0]


def _said(value: object) -> str:
    if value is None:
        return "default"
    text = "×".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 30 else f"{text[:29]}…"
