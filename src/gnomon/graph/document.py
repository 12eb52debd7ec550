"""The graph document: what the canvas shows, what is stored, and what code is written from. Format `graph/1`.

`decode` takes any bytes or map from outside and either gives a whole graph or says which field is wrong. Edges of the
document may end nowhere and types may be unknown: such a graph is kept, drawn and told about, never refused. What is
refused is what no tool of ours can hold: two nodes of one name, names that are no Python names, sizes beyond the limits.
"""

import keyword
import math
import re
from collections.abc import Container, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

from gnomon.core.errors import InputError, LimitError
from gnomon.graph.problem import Problem
from gnomon.graph.registry import find

FORMAT: Final = "graph/1"
MAX_NODES: Final = 10_000
MAX_EDGES: Final = 100_000
MAX_BYTES: Final = 8 << 20
MAX_NAME: Final = 200
MAX_REPEAT: Final = 1_000
MAX_DEPTH: Final = 16
_ID: Final = re.compile(r"[a-z_][a-z0-9_]{0,63}\Z")
_PORT: Final = re.compile(r"[^\W\d][\w.]{0,79}\Z")
_TYPE: Final = re.compile(r"[a-z0-9_.-]{1,64}/[a-z0-9_.-]{1,64}@[0-9]{1,6}\Z")
RESERVED: Final = frozenset(
    {"self", "layer", "torch", "nn", "keras", "layers", "ops", "math", "forward", "build", "training"}
)
"""Names that generated code has a use for."""

End = tuple[str, str]
"""A node and one of its ports."""


class Place(msgspec.Struct, frozen=True):
    """Where a node is drawn: left upper corner, in pixels of the canvas at its natural size."""

    x: float = 0.0
    y: float = 0.0


class Node(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold one node.

    Args:
        id: Its name on the canvas, in code, in checkpoints and in statistics.
        type: Its component and that one's version: `"core/conv2d@1"`.
        params: What differs from the component's defaults.
        ui: Where it is drawn; nobody has placed it yet when there is none.
        note: A comment of the user's.
    """

    id: str
    type: str
    params: dict[str, Any] = {}
    ui: Place | None = None
    note: str = ""


class Edge(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """Hold one edge: from an output port to an input port."""

    source: End
    target: End


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold nodes that belong together.

    Args:
        id: Its name.
        nodes: Ids of its nodes.
        title: What is written on it.
        collapsed: Whether it is drawn as one node.
        repeat: How often its nodes stand one behind another.
    """

    id: str
    nodes: tuple[str, ...] = ()
    title: str = ""
    collapsed: bool = False
    repeat: int = 1


class Graph(msgspec.Struct, frozen=True):
    """Hold a whole document.

    Args:
        name: What it is called; the class of its code is called after it.
        target: What its code is written for.
        nodes: In the order in which they came.
        edges: Sorted by their ends.
        groups: Sets of nodes drawn together.
        train: How it is to be trained: loss, optimizer, batch size …
        data: What it is to be trained on.
        source: Code as its author left it, by target; without it, code is written from the nodes.
        format: Always `graph/1`.
    """

    name: str = "model"
    target: Literal["torch", "keras"] = "torch"
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    groups: tuple[Group, ...] = ()
    train: dict[str, Any] = {}
    data: dict[str, Any] = {}
    source: dict[str, str] = {}
    format: Literal["graph/1"] = "graph/1"

    def node(self, name: str) -> Node | None:
        """Return a node by its id."""
        return next((node for node in self.nodes if node.id == name), None)

    @property
    def sha(self) -> str:
        """Hash of the architecture: what computes, and not what it looks like, is called or is trained with."""
        return sha256(msgspec.json.encode(_architecture(self), order="sorted")).hexdigest()


def _architecture(graph: Graph) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "nodes": sorted(
            ({"id": n.id, "type": n.type, "params": _differing(n)} for n in graph.nodes), key=lambda n: str(n["id"])
        ),
        "edges": sorted([*edge.source, *edge.target] for edge in graph.edges),
        "repeat": sorted([group.id, list(group.nodes), group.repeat] for group in graph.groups if group.repeat != 1),
    }


def _differing(node: Node) -> dict[str, Any]:
    """Return the parameters of a node that differ from the defaults of its type, of those that come with gnomon.

    Whether a plug-in is installed must not change what an architecture is called.
    """
    component = find(node.type) if node.type.startswith("core/") else None
    known = {param.name: param for param in component.params} if component else {}
    found = {}
    for name, value in node.params.items():
        found[name] = value
        try:
            if name in known:
                found[name] = known[name].check(value)
        except Problem:
            continue  # what cannot be counts as it is
        if name in known and found[name] == known[name].default:
            del found[name]
    return found


def decode(data: bytes | Mapping[str, Any]) -> Graph:
    """Return the graph that bytes of JSON, or a map, describe.

    Edges are sorted and each is there once; members of groups that are no nodes are left out.

    Raises:
        InputError: It is no graph; the message says where.
        LimitError: It is larger than we accept.
    """
    if isinstance(data, bytes) and len(data) > MAX_BYTES:
        msg = f"graph: expected at most {MAX_BYTES} bytes, received {len(data)}. Split it, or promote groups."
        raise LimitError(msg)
    try:
        graph = msgspec.json.decode(data, type=Graph) if isinstance(data, bytes) else msgspec.convert(data, Graph)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        msg = f"graph: {error}. The format is described in docs/reference/graph.md."
        raise InputError(msg, field="graph") from error
    nodes = {node.id for node in graph.nodes}
    groups = tuple(
        msgspec.structs.replace(group, nodes=tuple(dict.fromkeys(name for name in group.nodes if name in nodes)))
        for group in graph.groups
    )
    edges = tuple(sorted(dict.fromkeys(graph.edges), key=in_order))
    graph = msgspec.structs.replace(graph, edges=edges, groups=groups)
    _check(graph)
    return graph


def in_order(edge: Edge) -> tuple[End, End]:
    """Return what edges are sorted by: where they end, then where they begin."""
    return edge.target, edge.source


def encode(graph: Graph) -> bytes:
    """Return a graph as JSON, keys in the order of the format.

    Raises:
        LimitError: It is larger than `decode` accepts.
    """
    data = msgspec.json.encode(graph)
    if len(data) > MAX_BYTES:
        msg = f"graph: expected at most {MAX_BYTES} bytes, received {len(data)}. Split it, or promote groups."
        raise LimitError(msg)
    return data


def plain(graph: Graph) -> dict[str, Any]:
    """Return a graph as maps and lists."""
    found: dict[str, Any] = msgspec.to_builtins(graph)
    return found


def check_id(name: str, field: str = "id") -> str:
    """Return a name that a node may have.

    Raises:
        InputError: It is no lower-case Python name, or one that code has a use for.
    """
    if not _ID.match(name) or keyword.iskeyword(name) or name in RESERVED:
        msg = f"{field}: expected a name such as conv1 (a-z, 0-9 and _, 64 characters at most, no word of Python's), received {name!r:.80}."
        raise InputError(msg, field=field)
    return name


def check_type(type_: str, field: str = "type") -> str:
    """Return what may be the type of a node, known or not.

    Raises:
        InputError: It is not `owner/component@version`.
    """
    if not _TYPE.match(type_):
        msg = f"{field}: expected owner/component@version, received {type_!r:.80}."
        raise InputError(msg, field=field)
    return type_


def check_name(name: str, field: str = "name") -> str:
    """Return what a graph may be called.

    Raises:
        InputError: It is longer than 200 characters, or of more than one line.
    """
    if len(name) > MAX_NAME or not name.isprintable():
        msg = f"{field}: expected one line of at most {MAX_NAME} characters, received {name!r:.80}."
        raise InputError(msg, field=field)
    return name


def check_end(end: End, field: str) -> End:
    """Return what may be the end of an edge; its node and port need not be there.

    Raises:
        InputError: It is no name of a node and one of a port.
    """
    if not _ID.match(end[0]) or not _PORT.match(end[1]):
        msg = f"{field}: expected the names of a node and of a port, received {list(end)!r:.80}."
        raise InputError(msg, field=field)
    return end


def check_group(group: Group, nodes: Container[str], field: str) -> Group:
    """Return what may be a group of these nodes.

    Raises:
        InputError: A member is no node or comes twice, or it repeats less than once or beyond 1,000 times.
    """
    seen: set[str] = set()
    for name in group.nodes:
        if name not in nodes or name in seen:
            msg = f"{field}.nodes: expected nodes that are there, each once, received {name!r:.80}."
            raise InputError(msg, field=f"{field}.nodes")
        seen.add(name)
    if not 1 <= group.repeat <= MAX_REPEAT:
        msg = f"{field}.repeat: expected a whole number from 1 to {MAX_REPEAT}, received {group.repeat}."
        raise InputError(msg, field=f"{field}.repeat")
    return group


def check_value(value: object, field: str, depth: int = 0) -> None:
    """See that a value is what JSON and every reader of it can hold.

    Raises:
        InputError: A number is not finite or beyond 64 bits, or maps and lists are nested deeper than 16.
    """
    if isinstance(value, (str, bool, type(None))):
        return
    if isinstance(value, int):
        good = abs(value) < 1 << 63
    elif isinstance(value, float):
        good = math.isfinite(value)
    elif isinstance(value, (dict, list, tuple)):
        good = depth < MAX_DEPTH and not (isinstance(value, dict) and not all(isinstance(key, str) for key in value))
        for each in (value.values() if isinstance(value, dict) else value) if good else ():
            check_value(each, field, depth + 1)
    else:
        good = False
    if not good:
        kind = f"depth {depth}" if isinstance(value, (dict, list, tuple)) else type(value).__name__
        msg = f"{field}: expected finite numbers of 64 bits, texts, lists and maps, {MAX_DEPTH} deep at most, received {kind}."
        raise InputError(msg, field=field)


def _check(graph: Graph) -> None:
    if len(graph.nodes) > MAX_NODES or len(graph.edges) > MAX_EDGES or len(graph.groups) > MAX_NODES:
        msg = f"graph: expected at most {MAX_NODES} nodes and {MAX_EDGES} edges, received {len(graph.nodes)} and {len(graph.edges)}."
        raise LimitError(msg)
    check_name(graph.name)
    seen: set[str] = set()
    for field, name in _names(graph):
        check_id(name, field)
        if name in seen:
            msg = f"{field}: expected names that differ, received {name!r} twice."
            raise InputError(msg, field=field)
        seen.add(name)
    for i, node in enumerate(graph.nodes):
        check_type(node.type, f"nodes[{i}].type")
        check_value(node.params, f"nodes[{i}].params")
        if node.ui is not None:
            check_value((node.ui.x, node.ui.y), f"nodes[{i}].ui")
    for i, edge in enumerate(graph.edges):
        check_end(edge.source, f"edges[{i}].from")
        check_end(edge.target, f"edges[{i}].to")
    for i, group in enumerate(graph.groups):
        check_group(group, seen, f"groups[{i}]")
    check_value(graph.train, "train")
    check_value(graph.data, "data")


def _names(graph: Graph) -> Iterator[tuple[str, str]]:
    for i, node in enumerate(graph.nodes):
        yield f"nodes[{i}].id", node.id
    for i, group in enumerate(graph.groups):
        yield f"groups[{i}].id", group.id
