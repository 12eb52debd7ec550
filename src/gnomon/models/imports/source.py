"""A traced module as a file of PyTorch code, one statement for each operation.

The code is read again like any other (`gnomon.graph.code.parse`): what a component says in exactly this way becomes that
component, and all else stays as it is in a Code node. Statements are therefore written as our components write them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.core.records.layer_code import made
from gnomon.graph.build import identifier
from gnomon.graph.code.names import TAKEN, attribute
from gnomon.graph.document import RESERVED
from gnomon.models.imports.layers import EACH, FIRST_1D
from gnomon.models.imports.operations import DONE, expression, is_each, literal
from gnomon.models.imports.recurrent import SEVERAL, picked
from gnomon.models.imports.traced import Traced

_MOST_LITERAL: Final = 256
"""Numbers of a constant that is written into the code."""


@dataclass(slots=True)
class Value:
    """Hold how the code calls a tensor.

    Args:
        text: With its axes as they were; "" when only `last` is there.
        last: With the channels of a sequence behind its steps, as our components want them; "" when not known.
    """

    text: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Hold a traced module as code.

    Args:
        text: A file.
        shapes: Shape and type of each variable, where they are known and the batch is in front, as Code nodes say them.
        states: What the parameters and buffers of the code were called in the model, by their new names.
        values: Those that have to be copied though the model does not keep them, by new name.
        notes: What the code does not say.
    """

    text: str
    shapes: Mapping[str, str]
    states: Mapping[str, str]
    values: Mapping[str, Any]
    notes: list[str]


def source_of(model: Any, traced: Traced, name: str) -> Source:
    """Return a traced module as code.

    Args:
        model: The module that was traced.
        traced: What it computes.
        name: The class to write.

    Raises:
        ValueError: It calls what cannot be written down: a function of the user's own, an object.
    """
    writer = Writer(model, traced)
    for node in traced.graph.nodes:
        writer.node(node)
    writer.notes.extend(traced.notes)
    imports = ["import torch", "import torch.nn.functional as F", "from torch import nn"]
    if any("math." in line for line in writer.lines):
        imports.insert(0, "import math")
    takes = "".join(f", {each}: torch.Tensor" for each in writer.arguments)
    lines = [
        *imports, "", f"INPUTS = {writer.inputs!r}", f"SHAPES = {writer.shapes!r}", "", "",
        f"class {name}(nn.Module):", "    def __init__(self):", "        super().__init__()",
        *(f"        {line}" for line in writer.init), "", f"    def forward(self{takes}):",
        *(f"        {line}" for line in writer.lines), "",
    ]  # fmt: skip
    return Source("\n".join(lines), writer.shapes, writer.states, writer.values, writer.notes)


@dataclass
class Writer:
    """Statements as they come."""

    model: Any
    traced: Traced
    init: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    env: dict[Any, Value] = field(default_factory=dict)
    attrs: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=lambda: {*TAKEN, *RESERVED})
    called: set[str] = field(default_factory=set)
    batch: str = ""

    def __post_init__(self) -> None:
        self.modules = dict(self.model.named_modules())
        # Names of layers come first: an operation must not take one.
        for node in self.traced.graph.nodes:
            if node.op == "call_module" and node.target not in self.attrs:
                self.attrs[node.target] = self.free(node.target)

    def node(self, node: Any) -> None:
        """Write one node of the trace."""
        if node in self.env:
            return  # written with an earlier one
        {
            "placeholder": self._input,
            "get_attr": self._state,
            "call_module": self._layer,
            "call_function": self._operation,
            "call_method": self._operation,
            "output": self._output,
        }[node.op](node)

    def free(self, wish: str) -> str:
        """Return a name that nothing has yet."""
        base, number = identifier(wish), 1
        name = base
        while name in self.taken or attribute(name) != name:
            number += 1
            name = f"{base[:56]}_{number}"
        self.taken.add(name)
        return name

    def text(self, value: Any) -> str:
        """Return an argument as source: tensors with their axes as they were."""
        if _is_node(value):
            held = self.env[value]
            if not held.text:
                held.text = self.free(f"{held.last}_first")
                self.lines.append(f"{held.text} = {held.last}.permute(0, 2, 1)")
                self._shape(held.text, value)
            return held.text
        return literal(value, self.text)

    def last(self, node: Any) -> str:
        """Return a sequence whose channels are in front with its channels behind."""
        held = self.env[node]
        if not held.last:
            if not held.text.isidentifier():
                return f"{held.text}.permute(0, 2, 1)"
            held.last = self.free(f"{held.text}_last")
            self.lines.append(f"{held.last} = {held.text}.permute(0, 2, 1)")
            self._shape(held.last, node, turned=True)
        return held.last

    def is_turned(self, node: Any) -> bool:
        """Return whether a tensor is there only with its channels behind."""
        return node in self.env and not self.env[node].text and bool(self.env[node].last)

    def _input(self, node: Any) -> None:
        name = self.free(node.name)
        self.env[node] = Value(name)
        shape = shape_of(node)
        if shape and not self.batch:
            self.batch = shape[0]
        if shape:
            self.inputs[name] = _input_type(node, shape)
        self.arguments.append(name)
        self._shape(name, node)

    def _state(self, node: Any) -> None:
        """Name a parameter, a buffer or a constant; those of a layer are its attributes."""
        path = str(node.target)
        owner, _, local = path.rpartition(".")
        if owner in self.attrs:
            self.env[node] = Value(f"self.{self.attrs[owner]}.{local}")
            return
        if path not in self.attrs:
            self.attrs[path] = self.free(path)
            self.init.append(self._made_state(path, self.attrs[path]))
        self.env[node] = Value(f"self.{self.attrs[path]}")

    def _made_state(self, path: str, name: str) -> str:
        import torch  # noqa: PLC0415

        value = self.traced.constants.get(path)
        held = dict(self.model.named_parameters()) | dict(self.model.named_buffers())
        tensor = held.get(path, value)
        if tensor is None:
            msg = f"{path}: expected a parameter, a buffer or a constant."
            raise ValueError(msg)
        dtype = "" if tensor.dtype == torch.float32 else f", dtype={tensor.dtype}"
        if isinstance(tensor, torch.nn.Parameter):
            self.states[name] = path
            return f"self.{name} = nn.Parameter(torch.zeros({tuple(tensor.shape)}{dtype}))"
        if path in self.model.state_dict():
            self.states[name] = path
        elif tensor.numel() <= _MOST_LITERAL:
            data = literal(tensor.detach().cpu().tolist(), self.text)
            return f"self.{name} = nn.Buffer(torch.tensor({data}{dtype}), persistent=False)"
        else:
            self.values[name] = tensor.detach().clone()
            self.notes.append(f"{name}: {tensor.numel():,} constant numbers of the model come with its weights.")
        return f"self.{name} = nn.Buffer(torch.zeros({tuple(tensor.shape)}{dtype}))"

    def _layer(self, node: Any) -> None:
        """Write the call of a layer; one without weights that is called again is made again."""
        path, module = str(node.target), self.modules[str(node.target)]
        kind, attr = type(module).__name__, self.attrs[path]
        is_again = path in self.called
        if is_again and not module.state_dict():
            attr, is_again = self.free(path), False
        if not is_again:
            self.init.append(f"self.{attr} = {made(module)}")
            self.states |= {f"{attr}.{local}": f"{path}.{local}" for local in module.state_dict()}
        self.called.add(path)
        name = self.free(path) if is_again else attr
        x = node.args[0] if node.args and _is_node(node.args[0]) else None
        is_alone = x is not None and len(node.args) == 1 and not node.kwargs
        if is_alone and kind in FIRST_1D and len(shape_of(x)) == 3:
            self.turn(node, name, f"self.{attr}({self.last(x)}.transpose(1, 2)).transpose(1, 2)")
        elif is_alone and kind in EACH and self.is_turned(x):
            self.turn(node, name, f"self.{attr}({self.env[x].last})")
        else:
            self._assigned(node, name, kind, self._called(node, attr, kind))

    def _assigned(self, node: Any, name: str, kind: str, text: str) -> None:
        """Assign what a layer gives, together with what picks the one of its outputs that is used."""
        found = picked(node, self.modules[str(node.target)]) if kind in SEVERAL else None
        if found is None:
            self.assign(node, name, text)
            return
        final, pick = found
        self.assign(final, name, f"{text}{pick}")
        between = final
        while between is not node:
            between = between.args[0]
            self.env.setdefault(between, Value(name))

    def _called(self, node: Any, attr: str, kind: str) -> str:
        words = [self.text(each) for each in node.args]
        kwargs = {key: value for key, value in node.kwargs.items() if value is not None}
        if kind == "MultiheadAttention":
            kwargs = {key: value for key, value in kwargs.items() if (key, value) not in _PLAIN_ATTENTION}
            words += [self.text(kwargs.pop(key)) for key in ("query", "key", "value") if key in kwargs]
            if picked(node, self.modules[str(node.target)]):
                kwargs["need_weights"] = False
        words += [f"{key}={self.text(value)}" for key, value in kwargs.items()]
        return f"self.{attr}({', '.join(words)})"

    def turn(self, node: Any, name: str, text: str) -> None:
        """Assign a sequence that has its channels behind, as opposed to what it was."""
        self.lines.append(f"{name} = {text}")
        self.env[node] = Value(last=name)
        self._shape(name, node, turned=True)

    def assign(self, node: Any, name: str, text: str) -> None:
        """Assign what a node gives."""
        self.lines.append(f"{name} = {text}")
        self.env[node] = Value(name)
        self._shape(name, node)

    def _operation(self, node: Any) -> None:
        op = op_of(node)
        tensors = [each for each in node.all_input_nodes if shape_of(each)]
        if is_each(op) and any(map(self.is_turned, tensors)) and all(self._turns(each) for each in tensors):
            names = {each: self.env[each].last or self.env[each].text for each in tensors}
            text = expression(self, node, op, names)
            self.turn(node, self.wish(node, op), text)
            return
        text = expression(self, node, op, {})
        if text == DONE:
            return
        if not _is_tensor(node):
            self.env[node] = Value(f"({text})" if " " in text else text)
        else:
            self.assign(node, self.wish(node, op), text)

    def _turns(self, node: Any) -> bool:
        """Return whether a tensor is there with its channels behind, or is the same either way."""
        return bool(self.env[node].last) or len(shape_of(node)) == 0

    def wish(self, node: Any, op: str) -> str:
        """Return a name: that of the module when it is the module's only operation, else its operation behind it."""
        path, op = str(node.meta.get("path") or ""), op.strip("_")
        module = self.modules.get(path)
        is_alone = path and module is not None and not list(module.children()) and not list(module.parameters())
        return self.free(path if is_alone else f"{path}_{op}" if path else op)

    def _shape(self, name: str, node: Any, *, turned: bool = False) -> None:
        shape = shape_of(node)
        if not shape or (self.batch and shape[0] != self.batch):
            return
        axes = [*shape[1:]]
        if turned and len(axes) == 2:
            axes.reverse()
        elif len(axes) in (3, 4):
            axes = [*axes[1:], axes[0]]
        kind = _dtype(node)
        if kind:
            sizes = "×".join(each if each.isdigit() else "?" for each in axes) or "1"
            self.shapes[name] = sizes + ("" if kind == "float32" else f" {kind}")

    def _output(self, node: Any) -> None:
        found = list(_flat(node.args[0]))
        if len(found) > 1 or isinstance(node.args[0], dict):
            self.notes.append(f"It gives {len(found)} tensors, in the order in which they stand here.")
        kept = [each for each in found if _is_node(each)]
        self.lines.append(f"return {', '.join(self.text(each) for each in kept)}")


_PLAIN_ATTENTION: Final = (("is_causal", False), ("need_weights", False), ("average_attn_weights", True))


def shape_of(node: Any) -> tuple[str, ...]:
    """Return the lengths of a tensor's axes as text; symbols where they vary."""
    value: Any = node.meta.get("val") if _is_node(node) else None
    return tuple(str(each) for each in value.shape) if hasattr(value, "shape") else ()


def _is_tensor(node: Any) -> bool:
    """Return whether a node gives a tensor, or something that may be one."""
    value = node.meta.get("val")
    if hasattr(value, "shape") or isinstance(value, (tuple, list)):
        return True
    return value is None and str(getattr(node.target, "__name__", node.target)) not in ("size", "getattr", "len")


def op_of(node: Any) -> str:
    """Return the bare name of an operation."""
    return str(getattr(node.target, "_opname", "") or getattr(node.target, "__name__", node.target))


def _is_node(value: Any) -> bool:
    return type(value).__name__ == "Node"


def _dtype(node: Any) -> str:
    name = str(getattr(node.meta.get("val"), "dtype", "")).removeprefix("torch.")
    return name if name in ("float32", "int64", "bool") else ""


def _input_type(node: Any, shape: tuple[str, ...]) -> dict[str, Any]:
    """Return what an input is, as `INPUTS` says it."""
    axes = [int(each) if each.isdigit() else None for each in shape[1:]]
    kind = _dtype(node) or "float32"
    if len(axes) == 3 and kind == "float32":
        return {"type": "image_input", "height": axes[1], "width": axes[2], "channels": axes[0]}
    if len(axes) == 1 and kind == "float32" and axes[0] is not None:
        return {"type": "numeric_input", "columns": axes[0]}
    if len(axes) in (3, 4):
        axes = [*axes[1:], axes[0]]
    more = {} if kind == "float32" else {"dtype": kind}
    return {"type": "input", "shape": tuple(-1 if each is None else each for each in axes), **more} if shape else {}


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _flat(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _flat(each)
    else:
        yield value
