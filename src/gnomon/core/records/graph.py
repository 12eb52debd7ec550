"""Graphs of nodes and edges: the layers of a network with their parameter counts, or any graph of your own."""

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import msgspec

from gnomon.core.errors import CorruptError, GnomonError, InputError, LimitError
from gnomon.core.records.graph_code import config_of, expression_of, making_of, parameter_of
from gnomon.core.records.held import check, held
from gnomon.core.records.json import decode_json
from gnomon.core.records.record_type import Encoded

MAX_NODES: Final = 100_000
_MAX_CHARS: Final = 500
_MAX_CODE: Final = 500
_to_json: Final = msgspec.json.Encoder().encode

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """Hold nodes, and edges from one to another.

    A model's edges are those of its data flow where that can be seen without running it: torch modules that `torch.fx`
    can trace and Keras models with known inputs. Of other torch modules, the layers and their chains are shown.

    Args:
        model: A torch module, a Keras model, or `{"nodes": […], "edges": […]}`. A node is a text, or a dict with `id`
            and any of `op`, `label`, `parameters` (a count), `shape`, `dtype` and `code` (what makes the layer, or what is
            computed: text for the canvas, which is never run); an edge is a pair of ids.
        example: What the model is called with, a tensor or several in a tuple: the canvas then knows how large its inputs
            are. Nothing is run with it.

    Attributes:
        nodes: Dicts with `id`, `op` and `label`.
        edges: Pairs of ids.

    Example:
        >>> Graph({"nodes": ["a", "b"], "edges": [("a", "b")]}).edges
        (('a', 'b'),)
    """

    model: Any
    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    problem: Exception | None = field(init=False, default=None, repr=False)
    example: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        with held(self):
            nodes, edges = _parts(self.model)
            _size(nodes, self.example)
            _check(nodes, edges)
            object.__setattr__(self, "nodes", tuple(nodes))
            object.__setattr__(self, "edges", tuple(edges))
        object.__setattr__(self, "model", None)
        object.__setattr__(self, "example", None)

    @property
    def parameters(self) -> int | None:
        """Sum over the nodes; `None` when no node says how many it has."""
        counts = [node["parameters"] for node in self.nodes if "parameters" in node]
        return sum(counts) if counts else None


class GraphType:
    """Nodes and edges as JSON; models of torch and Keras are recognised by their methods."""

    kind = "graph"
    wrapper = Graph
    viewer = "graph"

    def accept(self, value: object) -> bool:
        return not isinstance(value, type) and (_is_torch(value) or _is_keras(value))

    def encode(self, value: object) -> Encoded:
        graph = value if isinstance(value, Graph) else Graph(value)
        check(graph)
        meta: dict[str, Any] = {"nodes": len(graph.nodes), "edges": len(graph.edges)}
        if graph.parameters is not None:
            meta["parameters"] = graph.parameters
        return Encoded(self.kind, meta, _to_json({"nodes": graph.nodes, "edges": graph.edges}))

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Graph:
        del meta
        try:
            graph = Graph(decode_json(data))
            check(graph)
        except (GnomonError, ValueError, TypeError) as error:
            raise CorruptError(str(error)) from error
        return graph

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del size
        count = meta.get("parameters")
        parameters = f", {count:,} parameters" if isinstance(count, int) else ""
        return f"{meta.get('nodes', 0):,} nodes, {meta.get('edges', 0):,} edges{parameters}"


def _parts(model: object) -> tuple[list[Node], list[tuple[str, str]]]:
    if isinstance(model, Mapping) and "nodes" in model:
        nodes, edges = model["nodes"], model.get("edges", ())
        if isinstance(nodes, Iterable) and isinstance(edges, Iterable) and not isinstance(nodes, (str, bytes)):
            return [_node(node) for node in nodes], [_edge(edge) for edge in edges]
    elif _is_keras(model):  # on the backend torch it is a torch module too
        return _layers(model)
    elif _is_torch(model):
        return _traced(model) or _modules(model)
    msg = f"Graph: expected a torch or Keras model, or nodes and edges, received {type(model).__name__}."
    raise InputError(msg, field="model")


def _size(nodes: list[Node], example: object) -> None:
    """Note the shapes of an example at the inputs of a model, in order; the first axis of each is the batch."""
    given = example if isinstance(example, (tuple, list)) else [example] if example is not None else []
    for node, value in zip([each for each in nodes if each["op"] == "input"], given, strict=False):
        shape = getattr(value, "shape", None)
        if shape is None:
            msg = f"Graph.example: expected a tensor or several in a tuple, received {type(value).__name__}."
            raise InputError(msg, field="example")
        node["shape"] = [None, *(int(n) for n in tuple(shape)[1:])]
        node["dtype"] = str(getattr(value, "dtype", "float32")).rpartition(".")[2]


def _node(given: object) -> Node:
    if isinstance(given, str):
        return _made(given)
    if not isinstance(given, Mapping) or "id" not in given:
        msg = f"Graph.nodes: expected texts, or dicts with an id, received {given!r:.60}."
        raise InputError(msg, field="nodes")
    count, shape = given.get("parameters"), given.get("shape")
    if count is not None and (type(count) is not int or count < 0):
        msg = f"Graph.nodes: parameters: expected a count, received {count!r:.40}."
        raise InputError(msg, field="parameters")
    made = _made(given["id"], given.get("op"), given.get("label"), count, shape, given.get("code"))
    return {**made, "dtype": _text(given["dtype"])} if isinstance(given.get("dtype"), str) else made


def _made(
    name: object,
    op: object = None,
    label: object = None,
    parameters: int | None = None,
    shape: object = None,
    code: object = None,
) -> Node:
    node: Node = {"id": _text(name), "op": _text(op or ""), "label": _text(name if label is None else label)}
    if parameters is not None:
        node["parameters"] = int(parameters)
    if isinstance(shape, (list, tuple)):
        node["shape"] = [int(n) if isinstance(n, int) else None for n in shape[:32]]
    if isinstance(code, str) and 0 < len(code) <= _MAX_CODE:
        node["code"] = _text(code)
    return node


def _edge(given: object) -> tuple[str, str]:
    if isinstance(given, Sequence) and not isinstance(given, (str, bytes)) and len(given) == 2:
        return _text(given[0]), _text(given[1])
    msg = f"Graph.edges: expected pairs of ids, received {given!r:.60}."
    raise InputError(msg, field="edges")


def _check(nodes: list[Node], edges: list[tuple[str, str]]) -> None:
    if max(len(nodes), len(edges) // 8) > MAX_NODES:
        msg = f"Graph: expected at most {MAX_NODES:,} nodes, received {len(nodes):,} and {len(edges):,} edges."
        raise LimitError(msg, field="nodes")
    ids = {node["id"] for node in nodes}
    if len(ids) < len(nodes):
        msg = f"Graph.nodes: expected distinct ids, received {len(nodes) - len(ids)} that repeat."
        raise InputError(msg, field="nodes")
    lost = next((end for edge in edges for end in edge if end not in ids), None)
    if lost is not None:
        msg = f"Graph.edges: {lost!r:.60} is the id of no node. Nodes: {sorted(ids)[:5]}."
        raise InputError(msg, field="edges")


def _is_torch(value: object) -> bool:
    return all(hasattr(type(value), name) for name in ("named_modules", "named_parameters", "forward"))


def _is_keras(value: object) -> bool:
    return all(hasattr(type(value), name) for name in ("layers", "count_params", "get_weights"))


def _traced(model: Any) -> tuple[list[Node], list[tuple[str, str]]] | None:
    """Return the data flow of a torch module; `None` when its `forward` cannot be traced without running it."""
    try:
        from torch import fx  # noqa: PLC0415 - loaded already: the module given is one of torch's

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            traced = fx.Tracer().trace(model)
    except Exception:  # noqa: BLE001 - forward is the user's code, and tracing refuses branches on values
        return None
    modules, seen, nodes = dict(model.named_modules()), set(), []
    for node in traced.nodes:
        module = modules.get(str(node.target)) if node.op == "call_module" else None
        if module is None:
            code = parameter_of(model, str(node.target)) if node.op == "get_attr" else expression_of(node)
            nodes.append(_made(node.name, _operation(node), node.name, code=code))
            continue
        count = sum(math.prod(p.shape) for p in module.parameters() if id(p) not in seen)
        seen |= {id(p) for p in module.parameters()}
        nodes.append(_made(node.name, type(module).__name__, node.target, count, code=making_of(module)))
    return nodes, [(source.name, node.name) for node in traced.nodes for source in node.all_input_nodes]


def _operation(node: Any) -> str:
    if node.op == "call_function":
        return str(getattr(node.target, "__name__", node.target))
    return str(node.target) if node.op == "call_method" else {"placeholder": "input"}.get(node.op, str(node.op))


def _modules(model: Any) -> tuple[list[Node], list[tuple[str, str]]]:
    """Return the modules of a torch module that hold no others, and the chains among them."""
    nodes: list[Node] = []
    edges: list[tuple[str, str]] = []
    seen: set[int] = set()
    for name, module in model.named_modules():
        inner = [f"{name}.{child}" if name else child for child, _ in module.named_children()]
        if type(module).__name__ == "Sequential":
            edges += pairwise(inner)
        own = [p for p in module.parameters(recurse=not inner) if id(p) not in seen]
        seen |= {id(p) for p in own}
        if not inner or own:
            name = name or type(module).__name__  # noqa: PLW2901 - the outermost has none
            count = sum(math.prod(p.shape) for p in own)
            nodes.append(_made(name, type(module).__name__, name, count, code=making_of(module)))
    ids = {node["id"] for node in nodes}
    return nodes, [edge for edge in edges if ids.issuperset(edge)]


def _layers(model: Any) -> tuple[list[Node], list[tuple[str, str]]]:
    """Return the layers of a Keras model, and which feeds which."""
    layers = list(model.layers)
    names = {id(layer): str(layer.name) for layer in layers}
    nodes = [
        _made(layer.name, type(layer).__name__, layer.name, _count(layer), _output(layer), config_of(layer))
        for layer in layers
    ]
    # A layer used by several models has inputs in each; those outside this one are no edges of it.
    edges = {
        (names[id(source)], names[id(layer)]) for layer in layers for source in _sources(layer) if id(source) in names
    }
    if not edges and type(model).__name__ == "Sequential":
        ordered = [str(layer.name) for layer in layers]
        edges = set(pairwise(ordered))
    return nodes, sorted(edges)


def _sources(layer: Any) -> list[Any]:
    return [
        parent.operation
        for node in getattr(layer, "_inbound_nodes", ())
        for parent in getattr(node, "parent_nodes", ())
        if hasattr(parent, "operation")
    ]


def _count(layer: Any) -> int | None:
    try:
        return int(layer.count_params())
    except Exception:  # noqa: BLE001 - it is not built yet
        return None


def _output(layer: Any) -> object:
    try:
        return tuple(layer.output.shape)
    except Exception:  # noqa: BLE001 - it has no output yet, or several
        return None


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()[:_MAX_CHARS]


TYPE = GraphType()
