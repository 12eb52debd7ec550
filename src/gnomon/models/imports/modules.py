"""The layers of a PyTorch module as nodes, in the order in which they were made, where what joins them cannot be seen."""

from itertools import pairwise
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError
from gnomon.core.records.layer_code import made
from gnomon.graph.build import identifier
from gnomon.graph.code.canonical import STANDARD, Normal
from gnomon.graph.code.recognise import Statement, recognise
from gnomon.graph.document import Edge, Graph, Node
from gnomon.models.imports.layers import is_layer

MOST: Final = 5_000


def layers_of(model: Any, name: str) -> tuple[Graph, list[str]]:
    """Return a module's layers as a graph without what joins them, except within `Sequential`, and what to tell of it.

    Raises:
        InputError: It has no layers of PyTorch, or too many.
    """
    nodes: list[Node] = []
    ids: dict[str, str] = {}
    for path, module in model.named_modules():
        if not is_layer(module):
            continue
        ids[path] = _free(path or type(module).__name__, {node.id for node in nodes})
        nodes.append(_node(ids[path], module))
    if not nodes or len(nodes) > MOST:
        msg = f"model: expected a module with 1 to {MOST:,} layers of PyTorch, received {len(nodes)}."
        raise InputError(msg, field="model")
    edges = [
        Edge((ids[a], "out"), (ids[b], "in"))
        for path, module in model.named_modules()
        if type(module).__name__ == "Sequential"
        for a, b in pairwise(f"{path}.{child}" if path else child for child, _ in module.named_children())
        if a in ids and b in ids
    ]
    note = "What joins its layers could not be seen: they are here as they were made. Connect them."
    return Graph(name=name, nodes=tuple(nodes), edges=tuple(edges)), [note]


def _node(name: str, module: Any) -> Node:
    """Return a layer as a node: a component when it is one, whatever its input may be, else a Code node."""
    import ast  # noqa: PLC0415

    text = made(module)
    tree = Normal(STANDARD, {}).visit(ast.parse(str(text), mode="eval").body)
    call = ast.parse("layer(x0)", mode="eval").body
    found = recognise(Statement("torch", tree, call, (None,)))
    if found is not None:
        return Node(name, found.component.type, dict(found.params))
    code = {"code": f"y = self.{name}(x)", "setup": f"self.{name} = {text}", "reads": "x", "writes": "y"}
    return Node(name, "core/code@1", code)


def _free(wish: str, taken: set[str]) -> str:
    base, number = identifier(wish), 1
    name = base
    while name in taken:
        number += 1
        name = f"{base[:56]}_{number}"
    return name


def renamed(graph: Graph, name: str) -> Graph:
    """Return a graph of another name."""
    return msgspec.structs.replace(graph, name=name)
