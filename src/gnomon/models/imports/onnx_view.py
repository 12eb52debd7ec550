"""An ONNX file as a graph to look at: operators that components say become components, all others stay as they are called.

Read are structure, attributes and the sizes of weights, never what lies in files beside it. Runs in a worker: ONNX is a
large library of C++ code, and the file may be anybody's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import CorruptError, LimitError
from gnomon.graph.build import identifier
from gnomon.graph.code import parse
from gnomon.graph.code.names import TAKEN, attribute, class_name
from gnomon.graph.document import RESERVED, Graph
from gnomon.models.imports.onnx_ops import statement

MAX_BYTES: Final = 1 << 30
MOST_NODES: Final = 5_000
_MOST_KEPT: Final = 256
"""Numbers of a constant that shapes may depend on; larger ones are weights, of which only the size counts."""

_MOST_TEXT: Final = 60
_DTYPES: Final = {1: "float32", 6: "int64", 7: "int64", 9: "bool", 10: "float32", 11: "float32", 16: "float32"}
"""Types of ONNX by number, as the canvas calls what comes nearest."""


@dataclass(frozen=True, slots=True)
class Viewed:
    """Hold what an ONNX file shows, and what its reader should know."""

    graph: Graph
    notes: list[str]


def import_onnx(data: bytes | Path, name: str = "") -> Viewed:
    """Return an ONNX file as a graph.

    Args:
        data: The file, or where it lies.
        name: What the graph is called; what the file says when not given.

    Raises:
        CorruptError: It is no ONNX file.
        LimitError: It is larger than we accept, or has more operators.
    """
    model = _decoded(data)
    found = _View(model)
    for node in model.graph.node:
        found.add(node)
    title = _line(name or model.graph.name or "onnx model")
    text = found.text(class_name(title))
    parsed = parse(text, "torch")
    versions = {each.domain or "onnx": each.version for each in model.opset_import}
    view = {
        "view": "onnx",
        "producer": _line(model.producer_name),
        "opset": versions.get("onnx", versions.get("ai.onnx", 0)),
    }
    graph = msgspec.structs.replace(parsed.graph, name=title, source={}, data=view)
    return Viewed(graph, [*found.notes, *parsed.notes])


def _decoded(data: bytes | Path) -> Any:
    """Return the file as `onnx` decodes it, with the shapes that follow."""
    import onnx  # noqa: PLC0415 - only where it is asked for
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415

    size = data.stat().st_size if isinstance(data, Path) else len(data)
    if size > MAX_BYTES:
        msg = f"file: expected at most {MAX_BYTES >> 20} MiB, received {size >> 20}. Save its weights in a file beside it."
        raise LimitError(msg, field="file")
    try:
        model = onnx.ModelProto.FromString(data.read_bytes() if isinstance(data, Path) else data)
    except (DecodeError, RecursionError, ValueError) as error:
        msg = f"file: expected an ONNX model, received something else ({_line(str(error))})."
        raise CorruptError(msg) from error
    count = len(model.graph.node)
    if not count:
        msg = "file: expected an ONNX model with operators, received one without. Is it a model?"
        raise CorruptError(msg)
    if count > MOST_NODES:
        msg = f"file: expected at most {MOST_NODES:,} operators, received {count:,}."
        raise LimitError(msg, field="file")
    return model


def _line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text).strip()[:_MOST_TEXT]


@dataclass
class _View:
    """Statements as they come; what `onnx_ops` needs to know."""

    model: Any
    init: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=lambda: {*TAKEN, *RESERVED, "onnx"})

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.weights: Mapping[str, Any] = {each.name: each for each in graph.initializer}
        if any(each.data_location == 1 for each in graph.initializer):
            self.notes.append("Its weights lie in other files, which are not looked at.")
        self.known = self._inferred()
        self.users: dict[str, list[Any]] = {}
        for node in graph.node:
            for each in node.input:
                self.users.setdefault(each, []).append(node)
        self.fused: set[int] = set()
        for value in graph.input:
            if value.name not in self.weights:
                self._input(value.name)

    def _inferred(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Return the shape and the type of each value, as far as they follow; weights are not needed for it."""
        import onnx  # noqa: PLC0415

        bare = onnx.ModelProto()
        bare.CopyFrom(self.model)
        small = [each for each in bare.graph.initializer if _numbers(each) <= _MOST_KEPT and each.data_location != 1]
        large = [each for each in bare.graph.initializer if each not in small]
        there = {each.name for each in bare.graph.input}
        for each in large:
            if each.name not in there:
                bare.graph.input.append(onnx.helper.make_tensor_value_info(each.name, each.data_type, list(each.dims)))
        del bare.graph.initializer[:]
        bare.graph.initializer.extend(small)
        try:
            bare = onnx.shape_inference.infer_shapes(bare)
        except Exception as error:  # noqa: BLE001 - whatever C++ code says of anybody's file
            self.notes.append(f"Shapes could not be inferred: {_line(str(error))}")
        graph = bare.graph
        values = [*graph.input, *graph.value_info, *graph.output]
        return {each.name: _shape(each) for each in values if each.type.HasField("tensor_type")}

    def add(self, node: Any) -> None:
        """Add an operator."""
        if id(node) in self.fused:
            return
        statement(self, node)

    def text(self, name: str) -> str:
        """Return it all as a file of code, which is only read."""
        takes = "".join(f", {each}" for each in self.inputs)
        gives = [self.names[each.name] for each in self.model.graph.output if each.name in self.names]
        lines = [
            "import torch", "import torch.nn.functional as F", "from torch import nn", "",
            f"INPUTS = {self.inputs!r}", f"SHAPES = {self.shapes!r}", "", "", f"class {name}(nn.Module):",
            "    def __init__(self):", "        super().__init__()", *(f"        {each}" for each in self.init), "",
            f"    def forward(self{takes}):", *(f"        {each}" for each in self.lines),
            f"        return {', '.join(gives) or 'None'}", "",
        ]  # fmt: skip
        return "\n".join(lines)

    def free(self, wish: str) -> str:
        """Return a name that nothing has yet."""
        base, number = identifier(wish), 1
        name = base
        while name in self.taken or attribute(name) != name:
            number += 1
            name = f"{base[:56]}_{number}"
        self.taken.add(name)
        return name

    def assign(self, value: str, name: str, text: str) -> None:
        """Assign a value; what is behind the batch of its shape goes into `SHAPES`."""
        self.lines.append(f"{name} = {text}")
        self.names[value] = name
        shape, kind = self.known.get(value, ((), ""))
        axes = [*shape[1:]]
        if len(axes) in (3, 4):
            axes = [*axes[1:], axes[0]]
        if shape and kind:
            sizes = "×".join(each if each.isdigit() else "?" for each in axes) or "1"
            self.shapes[name] = sizes + ("" if kind == "float32" else f" {kind}")

    def layer(self, name: str, made: str) -> str:
        """Add a layer; return the source of it."""
        self.init.append(f"self.{name} = {made}")
        return f"self.{name}"

    def source(self, value: str) -> str:
        """Return what a value is called; a weight becomes a parameter of its size."""
        if value not in self.names and value in self.weights:
            name, dims = self.free(value), tuple(self.weights[value].dims)
            self.init.append(f"self.{name} = nn.Parameter(torch.zeros({dims}))")
            self.names[value] = f"self.{name}"
        return self.names.get(value, "None")

    def shape(self, value: str) -> tuple[str, ...]:
        """Return the lengths of a value's axes; () when they are not known."""
        return self.known.get(value, ((), ""))[0]

    def kind(self, value: str) -> str:
        """Return the type of a value; "" when it is not known."""
        return self.known.get(value, ((), ""))[1]

    def dims(self, value: str) -> tuple[int, ...]:
        """Return the size of a weight; () when the value is none."""
        return tuple(self.weights[value].dims) if value in self.weights else ()

    def constant(self, value: str) -> Any:
        """Return the numbers of a small constant; `None` when it is none."""
        import onnx  # noqa: PLC0415

        held = self.weights.get(value)
        if held is None or held.data_location == 1 or _numbers(held) > _MOST_KEPT:
            return None
        try:
            return onnx.numpy_helper.to_array(held).tolist()
        except Exception:  # noqa: BLE001 - its bytes are not what its size says
            return None

    def title(self, node: Any) -> str:
        """Return what an operator is called: after its weight's module, else itself, else what it gives."""
        for each in node.input:
            if each in self.weights and each.endswith((".weight", "/kernel:0")):
                return self.free(each.rpartition(".")[0] or each.rpartition("/")[0])
        name = node.name.rstrip("/").removesuffix(f"/{node.op_type}").removeprefix("node_")
        if not re.search("[a-zA-Z]{2}", name.removeprefix(node.op_type)):
            name = ""
        parts = [each for each in name.split("/") if each]
        return self.free(parts[-1] if parts and parts[-1].count(".") else "_".join(parts) or node.op_type)

    def _input(self, value: str) -> None:
        name = self.free(value)
        self.names[value] = name
        shape, kind = self.known.get(value, ((), ""))
        axes = [int(each) if each.isdigit() and int(each) else -1 for each in shape[1:]]
        if len(axes) in (3, 4):
            axes = [*axes[1:], axes[0]]
        self.inputs[name] = {"type": "input", "shape": tuple(axes) or (-1,)}
        if kind in ("int64", "bool"):
            self.inputs[name]["dtype"] = kind


def _numbers(weight: Any) -> int:
    count = 1
    for each in weight.dims:
        count *= max(int(each), 0)
    return count


def _shape(value: Any) -> tuple[tuple[str, ...], str]:
    tensor = value.type.tensor_type
    axes = tuple(
        str(each.dim_value) if each.HasField("dim_value") else each.dim_param or "?" for each in tensor.shape.dim
    )
    return axes, _DTYPES.get(tensor.elem_type, "")


def attributes(node: Any) -> dict[str, Any]:
    """Return an operator's attributes; graphs and tensors in them only as what they are."""
    return dict(_attributes(node))


def _attributes(node: Any) -> Iterator[tuple[str, Any]]:
    for each in node.attribute:
        match each.type:
            case 1:
                yield each.name, each.f
            case 2:
                yield each.name, each.i
            case 3:
                yield each.name, each.s.decode(errors="replace")
            case 4:
                yield each.name, f"tensor of {'×'.join(map(str, each.t.dims)) or '1'}"
            case 5:
                yield each.name, f"graph of {len(each.g.node)} operators"
            case 6:
                yield each.name, tuple(each.floats)
            case 7:
                yield each.name, tuple(each.ints)
            case _:
                yield each.name, "…"
