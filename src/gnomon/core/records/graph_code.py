"""What a node of a logged model is, as text that the canvas reads: how its layer is made, or what it computes.

The text is never run. It is what makes a logged model one that can be opened as a graph (`gnomon.graph.from_record`).
"""

import json
from typing import Any, Final

from gnomon.core.records.layer_code import made

_INFIX: Final = {
    "add": "+", "iadd": "+", "sub": "-", "isub": "-", "mul": "*", "imul": "*", "truediv": "/", "itruediv": "/",
    "matmul": "@", "pow": "**", "floordiv": "//",
}  # fmt: skip
_HEADS: Final = {"torch.nn.functional": "F", "torch._C._nn": "F", "math": "math"}


def making_of(module: Any) -> str | None:
    """Return the call that makes a layer of PyTorch; `None` for a module of one's own, or one that does not tell."""
    if not type(module).__module__.startswith("torch.nn.modules."):
        return None
    try:
        return made(module)
    except Exception:  # noqa: BLE001 - a class that was derived in an unusual way
        return None


def parameter_of(model: Any, path: str) -> str | None:
    """Return the call that makes a parameter or buffer of a module as large, of zeros."""
    held = dict(model.named_parameters()) | dict(model.named_buffers())
    tensor = held.get(path)
    if tensor is None:
        return None
    kind = "Parameter" if path in dict(model.named_parameters()) else "Buffer"
    return f"nn.{kind}(torch.zeros({tuple(tensor.shape)}))"


def expression_of(node: Any) -> str | None:  # noqa: PLR0911 - one for each form
    """Return what a traced operation computes, with the names of other nodes in it."""
    try:
        args = [
            _index(each) if i and isinstance(each, (slice, tuple)) and _has_slice(each) else _source(each)
            for i, each in enumerate(node.args)
        ]
        words = [f"{key}={_source(value)}" for key, value in node.kwargs.items() if _is_said(key, value)]
    except ValueError:
        return None
    if node.op == "call_method":
        return f"{args[0]}.{node.target}({', '.join([*args[1:], *words])})"
    if node.op != "call_function":
        return None
    name, home = str(getattr(node.target, "__name__", "")), str(getattr(node.target, "__module__", ""))
    if home == "_operator" and name in _INFIX and len(args) == 2:
        return f"{args[0]} {_INFIX[name]} {args[1]}"
    if name == "getitem" and len(args) == 2:
        return f"{args[0]}[{_index(node.args[1])}]"
    if name == "getattr" and len(node.args) == 2:
        return f"{args[0]}.{node.args[1]}"
    if home.startswith("torch") or home in _HEADS or not home:
        head = _HEADS.get(home, "torch")
        return f"{head}.{name}({', '.join([*args, *words])})"
    return None


def _has_slice(value: Any) -> bool:
    return isinstance(value, slice) or (isinstance(value, tuple) and any(map(_has_slice, value))) or value is Ellipsis


def _is_said(key: str, value: object) -> bool:
    return key != "inplace" and not key.startswith("_") and value is not None


def _index(value: Any) -> str:
    """Return what stands between square brackets."""
    if isinstance(value, tuple) and value:
        return ", ".join(map(_index, value))
    if isinstance(value, slice):
        ends = ":".join("" if each is None else _source(each) for each in (value.start, value.stop))
        return ends if value.step is None else f"{ends}:{_source(value.step)}"
    return _source(value)


def _source(value: Any) -> str:
    """Return an argument as source.

    Raises:
        ValueError: It is an object of one's own.
    """
    if type(value).__name__ == "Node":
        return str(value.name)
    if isinstance(value, (bool, int, float, str)) or value is None:
        return repr(value)
    if value is Ellipsis:
        return "..."
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_source(each) for each in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if type(value).__module__ == "torch":
        return str(value)
    msg = f"expected numbers, texts and nodes, received {type(value).__name__}."
    raise ValueError(msg)


def config_of(layer: Any) -> str | None:
    """Return a Keras layer's plain arguments as JSON; `None` when it does not tell them."""
    try:
        config = layer.get_config()
        kept = {key: value for key, value in config.items() if _is_plain(value)}
        shape = getattr(getattr(layer, "input", None), "shape", None)
        if isinstance(shape, tuple):
            kept["batch_input_shape"] = list(shape)
        return json.dumps(kept, separators=(",", ":"))
    except Exception:  # noqa: BLE001 - a layer of one's own may do anything
        return None


def _is_plain(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, (bool, int, float, str))
