"""What differs between graphs of layers: nodes added, removed and changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

MAX_ALIGNED: Final = 5_000
MAX_CHANGES: Final = 2_000


@dataclass(frozen=True, slots=True)
class GraphNode:
    """Hold what a graph says of a node."""

    id: str
    op: str
    label: str
    parameters: int | None
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True)
class NodeChange:
    """Hold one node of a graph beside the baseline: `added`, `removed` or `changed`; `before` is that of the baseline."""

    kind: Literal["added", "removed", "changed"]
    before: GraphNode | None
    after: GraphNode | None


@dataclass(frozen=True, slots=True)
class GraphChange:
    """Hold what differs in the graph of one run beside that of the baseline.

    Args:
        run: Which run, by its place in the comparison.
        parameters: Sum over its nodes, `None` when none says.
        nodes: How many it has.
        edges: How many it has.
        added: Nodes that only it has.
        removed: Nodes that only the baseline has.
        changed: Nodes of another operation, number of parameters or shape.
        changes: These nodes, at most 2,000.
        edges_added: Edges that only it has, by its ids.
        edges_removed: Those that only the first has, by the ids there.
    """

    run: int
    parameters: int | None
    nodes: int
    edges: int
    added: int
    removed: int
    changed: int
    changes: tuple[NodeChange, ...]
    edges_added: tuple[tuple[str, str], ...]
    edges_removed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ComparedGraph:
    """Hold the graphs of one key.

    Args:
        key: Their key.
        records: The record of each run, `None` where a run has none.
        base: Place of the run that the others are compared with: the baseline, else the first run that has one.
        differs: Whether any is not the same.
        changes: What differs in each of the others.
    """

    key: str
    records: tuple[int | None, ...]
    base: int
    differs: bool
    changes: tuple[GraphChange, ...]


def compare_graphs(
    run: int,
    before: tuple[Sequence[Mapping[str, Any]], Sequence[tuple[str, str]]],
    after: tuple[Sequence[Mapping[str, Any]], Sequence[tuple[str, str]]],
) -> GraphChange:
    """Return what differs between two graphs, each given as nodes and edges.

    Nodes of one id are the same node. Of the others, those that do the same in the same order are taken for the same:
    Keras calls the second network's first layer `dense_3`.

    Args:
        run: Place of the second graph's run.
        before: Nodes (`id op label`, perhaps `parameters shape`) and edges of the first graph.
        after: The same of the second.

    Example:
        >>> one = [{"id": "a", "op": "Linear", "label": "a", "parameters": 10}]
        >>> two = [{"id": "a", "op": "Linear", "label": "a", "parameters": 20}]
        >>> change = compare_graphs(1, (one, []), (two, []))
        >>> change.changed, change.changes[0].after.parameters
        (1, 20)
    """
    old, new = {node["id"]: node for node in before[0]}, {node["id"]: node for node in after[0]}
    pairs = {name: name for name in old if name in new}
    pairs |= _aligned(
        [n for n in before[0] if n["op"] and n["id"] not in new],
        [n for n in after[0] if n["op"] and n["id"] not in old],
    )
    taken = set(pairs.values())
    removed = [NodeChange("removed", _node(node), None) for name, node in old.items() if name not in pairs]
    added = [NodeChange("added", None, _node(node)) for name, node in new.items() if name not in taken]
    changed = [
        NodeChange("changed", _node(old[a]), _node(new[b])) for a, b in pairs.items() if _what(old[a]) != _what(new[b])
    ]
    moved = {(a, b): (pairs.get(a), pairs.get(b)) for a, b in before[1]}
    kept = set(after[1])
    counts = [node["parameters"] for node in after[0] if node.get("parameters") is not None]
    return GraphChange(
        run=run,
        parameters=sum(counts) if counts else None,
        nodes=len(new),
        edges=len(after[1]),
        added=len(added),
        removed=len(removed),
        changed=len(changed),
        changes=tuple([*changed, *added, *removed][:MAX_CHANGES]),
        edges_added=tuple(sorted(kept - set(moved.values()))[:MAX_CHANGES]),
        edges_removed=tuple(sorted(edge for edge, now in moved.items() if now not in kept)[:MAX_CHANGES]),
    )


def _aligned(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return pairs of ids of nodes that do the same in the same order."""
    if not before or not after or max(len(before), len(after)) > MAX_ALIGNED:
        return {}
    matcher = SequenceMatcher(None, [node["op"] for node in before], [node["op"] for node in after], autojunk=False)
    return {
        before[block.a + i]["id"]: after[block.b + i]["id"]
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    }


def _node(node: Mapping[str, Any]) -> GraphNode:
    shape = node.get("shape")
    return GraphNode(
        node["id"], node["op"], node["label"], node.get("parameters"), None if shape is None else tuple(shape)
    )


def _what(node: Mapping[str, Any]) -> tuple[Any, ...]:
    return node["op"], node.get("parameters"), tuple(node.get("shape") or ())
