"""A model that a run logged (`gnomon.Graph(model)`) as a graph of the canvas.

A record has nodes, edges and, of models logged since gnomon wrote it, the `code` of each node. The nodes become statements
that are read like any file; what no component says stays as a Code node that tells what it was. Nothing is run.
"""

import ast
import json
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError, LimitError
from gnomon.graph.build import identifier
from gnomon.graph.code.names import TAKEN, attribute, class_name
from gnomon.graph.code.parse import Parsed, parse
from gnomon.graph.document import RESERVED, Graph
from gnomon.graph.keras_layers import tidied

MOST_NODES: Final = 5_000
_MOST_AXES: Final = 4
_MISSING: Final = "not_seen"
_MODULES: Final = frozenset({"torch", "F", "nn", "math"})
_NOT_MATHEMATICS: Final = frozenset(
    "apply compile cuda distributed from_file hub jit load load_library map_ multiprocessing ops package save share_memory_"
    " utils".split()
)
_EXPRESSIONS: Final = (
    ast.Expression, ast.Call, ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Slice,
    ast.Tuple, ast.List, ast.keyword, ast.operator, ast.unaryop, ast.expr_context,
)  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def from_record(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Sequence[str]],
    name: str = "model",
    inputs: Sequence[Mapping[str, Any]] = (),
) -> Parsed:
    """Return the graph that a logged model is.

    Args:
        nodes: Dicts with `id`, `op`, `label` and perhaps `code`, `shape` and `parameters`.
        edges: Pairs of ids.
        name: What the graph is called.
        inputs: `shape` without the batch and `dtype` of what the model was given, as whoever watched it saw them; used
            where the nodes do not tell themselves, and there are as many.

    Raises:
        InputError: There are no nodes.
        LimitError: There are more than 5,000.

    Example:
        >>> nodes = [{"id": "x", "op": "input"}, {"id": "fc", "op": "Linear", "label": "fc", "code": "nn.Linear(8, 3)"}]
        >>> [(node.id, node.type) for node in from_record(nodes, [("x", "fc")]).graph.nodes]
        [('x', 'core/input@1'), ('fc', 'core/dense@1')]
    """
    if not nodes:
        msg = "graph: expected a logged model with layers, received one without."
        raise InputError(msg, field="graph")
    if len(nodes) > MOST_NODES:
        msg = f"graph: expected at most {MOST_NODES:,} nodes, received {len(nodes):,}."
        raise LimitError(msg, field="graph")
    is_keras = any(_config(node) is not None for node in nodes)
    writer = _Writer({str(node["id"]): node for node in nodes}, is_keras=is_keras, seen=list(inputs))
    for a, b in edges:
        writer.takes.setdefault(str(b), []).append(str(a))
    for node in _ordered(writer):
        writer.add(node)
    found = parse(writer.text(class_name(name)), "keras" if is_keras else "torch")
    graph = msgspec.structs.replace(_cut(found.graph), name=name, source={})
    without = sum("code" not in node for node in nodes if node.get("op") not in ("input", "output", "InputLayer"))
    notes = [*writer.sized, *found.notes]
    if without:
        told = f"{without} of {len(nodes)} nodes do not say how they were made, and stay as they are called."
        notes.insert(0, told + " Log the model anew to see them.")
    return Parsed(graph, notes)


@dataclass
class _Writer:
    """Statements as they come."""

    nodes: Mapping[str, Mapping[str, Any]]
    is_keras: bool
    seen: Sequence[Mapping[str, Any]] = ()
    sized: list[str] = field(default_factory=list)
    takes: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    init: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: {*TAKEN, *RESERVED})

    def add(self, node: Mapping[str, Any]) -> None:
        """Write one node."""
        key, op, code = str(node["id"]), str(node.get("op", "")), str(node.get("code", ""))
        sources = [self.names[each] for each in self.takes.get(key, ()) if each in self.names]
        if op == "output":
            self.outputs = sources
            return
        name = self.names[key] = self._free(str(node.get("label") or key))
        if self.is_keras:
            self._keras(node, name, sources)
        elif op == "input":
            self.inputs.append(name)
        elif not is_plain(code, self.nodes):
            self._unknown(op, name, sources)
        elif code.startswith(("nn.Parameter(", "nn.Buffer(")):
            self.init.append(f"self.{name} = {code}")
            self.names[key] = f"self.{name}"
        elif code.startswith("nn."):
            attr = self._layer(node, name, code)
            self.lines.append(f"{name} = self.{attr}({', '.join(self._called(op, sources or [self._missing()]))})")
        else:
            self.lines.append(f"{name} = {self._expression(code)}")

    def text(self, name: str) -> str:
        """Return it all as a file."""
        used = {word for line in self.lines for word in re.findall(r"\w+", line.partition(" = ")[2])}
        ends = self.outputs or [each for each in self.names.values() if each not in used]
        if self.is_keras:
            head = ["import keras", "from keras import layers, ops", "", "", "def build():"]
            given = ", ".join(self.inputs)
            return "\n".join(
                [*head, *_indented(self.lines, 4), f"    return keras.Model([{given}], [{', '.join(ends)}])", ""]
            )
        takes = "".join(f", {each}" for each in self.inputs)
        return "\n".join([
            "import math", "import torch", "import torch.nn.functional as F", "from torch import nn", "",
            *self._said(), "",
            f"class {name}(nn.Module):", "    def __init__(self):", "        super().__init__()",
            *_indented(self.init, 8), "", f"    def forward(self{takes}):", *_indented(self.lines, 8),
            f"        return {', '.join(ends) or 'None'}", "",
        ])  # fmt: skip

    def _said(self) -> list[str]:
        """Return the statement that says how large inputs are, where a record or a watch tells."""
        told = {str(node.get("label") or key): node for key, node in self.nodes.items() if node.get("op") == "input"}
        given = [_shape_of(node.get("shape"), node.get("dtype"), batch=True) for node in told.values()]
        if len(self.seen) == len(given):
            seen = [_shape_of(each.get("shape"), each.get("dtype")) for each in self.seen]
            given = [one or other for one, other in zip(given, seen, strict=True)]
        sizes = {name: each for name, each in zip(self.inputs, given, strict=False) if each is not None}
        self.sized = [
            f"{name} is {'×'.join(map(str, each['shape']))}, as the run was given." for name, each in sizes.items()
        ]
        return [f"INPUTS = {sizes!r}"] if sizes else []

    def _layer(self, node: Mapping[str, Any], name: str, code: str) -> str:
        """Return the attribute of a layer; one with weights that is called again stays one."""
        label = str(node.get("label") or node["id"])
        if label in self.shared:
            return self.shared[label]
        if node.get("parameters"):
            self.shared[label] = name
        self.init.append(f"self.{name} = {code}")
        return name

    def _called(self, op: str, sources: list[str]) -> list[str]:
        if op != "MultiheadAttention":
            return sources
        three = sources if len(sources) == 3 else [sources[0], sources[-1], sources[-1]]
        return [*three, "need_weights=False"]

    def _expression(self, code: str) -> str:
        """Return what a node computes, with the names that nodes have here."""
        names = self.names
        return re.sub(r"(?<![.\w])[A-Za-z_]\w*", lambda found: names.get(found[0], found[0]), code)

    def _unknown(self, op: str, name: str, sources: list[str]) -> None:
        kind = op if _NAME.match(op) else "operation"
        self.lines.append(f"{name} = run.{kind}({', '.join(sources)})")

    def _keras(self, node: Mapping[str, Any], name: str, sources: list[str]) -> None:
        config, kind = _config(node), str(node.get("op", ""))
        shape = [n if isinstance(n, int) else None for n in (node.get("shape") or ())[1:]]
        if kind == "InputLayer":
            self._keras_input(name, shape)
            return
        if not sources:
            first = (config or {}).get("batch_input_shape")
            sources = [self._free("input")]
            self._keras_input(sources[0], first[1:] if isinstance(first, list) else shape)
        given = sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"
        if config is None or not _NAME.match(kind):
            self._unknown(kind, name, sources)
            return
        layer, first, words = tidied({"class_name": kind, "config": config})
        said = [
            *map(_literal, first),
            *(f"{key}={_literal(value)}" for key, value in words.items() if _NAME.match(key)),
        ]
        self.lines.append(f"{name} = layers.{layer}({', '.join([*said, f'name={name!r}'])})({given})")

    def _keras_input(self, name: str, shape: Sequence[Any]) -> None:
        self.inputs.append(name)
        axes = [str(n) if isinstance(n, int) else "None" for n in shape]
        self.lines.append(f'{name} = keras.Input(({", ".join(axes)}{"," if len(axes) == 1 else ""}), name="{name}")')

    def _missing(self) -> str:
        name = self._free(_MISSING)
        self.inputs.append(name)
        return name

    def _free(self, wish: str) -> str:
        base, number = identifier(wish), 1
        name = base
        while name in self.taken or attribute(name) != name:
            number += 1
            name = f"{base[:56]}_{number}"
        self.taken.add(name)
        return name


def is_plain(code: str, nodes: Container[str]) -> bool:
    """Return whether the text of a node is one expression of layers, functions of PyTorch and other nodes.

    What a record says ends up in the graph's code, and may come from anybody who may log.

    Example:
        >>> is_plain("torch.flatten(x, 1)", {"x"}), is_plain("open('/etc/passwd')", {"x"}), is_plain("torch.load(x)", {"x"})
        (True, False, False)
    """
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        if not isinstance(node, _EXPRESSIONS):
            return False
        if isinstance(node, ast.Name) and node.id not in _MODULES and node.id not in nodes:
            return False
        if isinstance(node, ast.Attribute) and (node.attr.startswith("_") or node.attr in _NOT_MATHEMATICS):
            return False
    return "\n" not in code


def _ordered(writer: _Writer) -> list[Mapping[str, Any]]:
    """Return nodes behind all that they take; those of a circle as they came."""
    done: dict[str, None] = {}
    waiting = list(writer.nodes)
    while waiting:
        ready = [key for key in waiting if all(each in done for each in writer.takes.get(key, ()))]
        for key in ready or waiting[:1]:
            done[key] = None
        waiting = [key for key in waiting if key not in done]
    return [writer.nodes[key] for key in done]


def _shape_of(shape: object, dtype: object, *, batch: bool = False) -> dict[str, Any] | None:
    """Return an input as `INPUTS` says it, channels last; `None` when its shape is not known."""
    axes = list(shape)[1 if batch else 0 :] if isinstance(shape, (list, tuple)) else []
    whole = all(isinstance(n, int) and not isinstance(n, bool) and 0 < n < 1 << 31 for n in axes)
    kinds = {"int64": "int64", "int32": "int64", "bool": "bool"}
    if not axes or not whole or len(axes) > _MOST_AXES:
        return None
    axes = [*axes[1:], axes[0]] if len(axes) in (3, 4) else axes
    return {"type": "input", "shape": tuple(axes), "dtype": kinds.get(str(dtype), "float32")}


def _cut(graph: Graph) -> Graph:
    """Return a graph without the stand-ins for what could not be seen."""
    gone = {node.id for node in graph.nodes if node.id.startswith(_MISSING)}
    return msgspec.structs.replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.id not in gone),
        edges=tuple(edge for edge in graph.edges if edge.source[0] not in gone),
    )


def _config(node: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the arguments that a node of a Keras model tells; `None` for any other node."""
    code = node.get("code")
    if not isinstance(code, str) or not code.startswith("{"):
        return None
    try:
        found = json.loads(code)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _literal(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value) if isinstance(value, (str, int, float, bool)) else "None"


def _indented(lines: Sequence[str], by: int) -> list[str]:
    """Return statements that are statements: text of a record that is none is left out."""
    return [f"{' ' * by}{line}" for line in lines if _is_statement(line)]


def _is_statement(line: str) -> bool:
    try:
        tree = ast.parse(line)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return len(tree.body) == 1 and isinstance(tree.body[0], ast.Assign) and "\n" not in line
