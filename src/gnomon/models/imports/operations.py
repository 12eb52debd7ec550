"""Single operations of PyTorch as source, whether they were traced as a function, a method or an `aten` operator."""

from collections.abc import Callable, Mapping
from typing import Any, Final

Text = Callable[[Any], str]
DONE: Final = ""
"""Returned where an operation needs no statement, or has written its own."""

_FUNCTIONS: Final = {
    "relu": "F.relu", "relu6": "F.relu6", "gelu": "F.gelu", "silu": "F.silu", "elu": "F.elu", "selu": "F.selu",
    "mish": "F.mish", "softplus": "F.softplus", "leaky_relu": "F.leaky_relu", "hardswish": "F.hardswish",
    "hardsigmoid": "F.hardsigmoid", "tanh": "torch.tanh", "sigmoid": "torch.sigmoid", "abs": "torch.abs",
    "exp": "torch.exp", "log": "torch.log", "sqrt": "torch.sqrt", "rsqrt": "torch.rsqrt", "sin": "torch.sin",
    "cos": "torch.cos", "square": "torch.square", "neg": "torch.neg", "clamp": "torch.clamp", "erf": "torch.erf",
}  # fmt: skip
"""Applied to each number by itself."""

_BINARY: Final = {
    "add": "+", "iadd": "+", "sub": "-", "isub": "-", "mul": "*", "imul": "*", "div": "/", "truediv": "/",
    "itruediv": "/", "pow": "**", "floordiv": "//", "mod": "%", "matmul": "@", "bmm": "@", "eq": "==", "ne": "!=",
    "gt": ">", "lt": "<", "ge": ">=", "le": "<=",
}  # fmt: skip

_SAME: Final = frozenset({"clone", "contiguous", "detach", "alias", "lift_fresh_copy", "detach_", "_to_copy", "to"})
"""Give what they take, as far as numbers go."""

_PLAIN_EACH: Final = frozenset({"add", "iadd", "sub", "mul", "imul", "div", "truediv", "dropout", *_FUNCTIONS})


def is_each(op: str) -> bool:
    """Return whether an operation does the same to each number, whatever the order of the axes."""
    return op.rstrip("_") in _PLAIN_EACH


def literal(value: Any, text: Text) -> str:  # noqa: PLR0911 - one for each kind
    """Return an argument as source.

    Raises:
        ValueError: It is an object that source cannot name.
    """
    kind = type(value).__module__.partition(".")[0]
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if float("-inf") < value < float("inf") else f'float("{value}")'
    if isinstance(value, (list, tuple)):
        inner = ", ".join(text(each) for each in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, slice):
        words = ("" if each is None else text(each) for each in (value.start, value.stop))
        return ":".join(words) + ("" if value.step in (None, 1) else f":{text(value.step)}")
    if value is Ellipsis:
        return "..."
    if kind == "torch" and type(value).__name__ in ("dtype", "memory_format", "layout"):
        return str(value)
    if kind == "torch" and type(value).__name__ == "device":
        return f'"{value}"'
    if type(value).__name__ == "SymInt" or type(value).__name__ == "Size":
        return repr(value) if type(value).__name__ == "SymInt" else literal(tuple(value), text)
    msg = f"expected numbers, texts, tensors and lists of them, received {type(value).__name__}."
    raise ValueError(msg)


def expression(writer: Any, node: Any, op: str, names: Mapping[Any, str]) -> str:
    """Return an operation as source; `DONE` when there is nothing to write.

    Args:
        writer: What has been written so far.
        node: The operation.
        op: Its bare name.
        names: What tensors are called, when not by their own axes.

    Raises:
        ValueError: It calls a function that only the model's own file has.
    """

    def text(value: Any) -> str:
        return names[value] if _is_node(value) and value in names else str(writer.text(value))

    bare = op.rstrip("_") if not op.startswith("_") else op
    if bare in _SAME and len(node.args) and _keeps_type(node):
        writer.env[node] = writer.env[node.args[0]]
        return DONE
    special = _SPECIAL.get(bare)
    found = special(writer, node, text) if special is not None else None
    if found is not None:
        return found
    if bare in _BINARY and len(node.args) == 2 and set(node.kwargs) <= {"alpha"} and node.kwargs.get("alpha", 1) == 1:
        return f"{_inner(node.args[0], text)} {_BINARY[bare]} {_inner(node.args[1], text)}"
    if bare in _FUNCTIONS:
        return _called(_FUNCTIONS[bare], node, text)
    return _plain(node, op, text)


def _plain(node: Any, op: str, text: Text) -> str:
    """Return an operation under its own name."""
    if node.op == "call_method":
        return _called(f"{text(node.args[0])}.{op}", node, text, skip=1)
    name = str(node.target)
    if hasattr(node.target, "_overloadname"):
        if _is_method(node.target, op) and _is_node(node.args[0]):
            return _called(f"{text(node.args[0])}.{op}", node, text, skip=1)
        return _called(f"torch.ops.{name}", node, text)
    module = str(getattr(node.target, "__module__", "")) or "torch"
    names = {
        "torch._C._nn": "F",
        "torch.nn.functional": "F",
        "math": "math",
        "torch": "torch",
        "builtins": "",
        "_operator": "operator",
    }
    is_tensor_function = module.startswith("torch._C") and "_nn" not in module
    head = "torch" if is_tensor_function or module == "torch.functional" else names.get(module)
    if head is None or head == "operator":
        msg = f"{module}.{op} is no function of PyTorch's."
        raise ValueError(msg)
    return _called(f"{head}.{op}" if head else op, node, text)


def _is_method(target: Any, op: str) -> bool:
    """Return whether tensors have an operator as a method; its arguments are the same there, and have the same names."""
    import torch  # noqa: PLC0415 - it is there: the operator is one of its own

    arguments = target._schema.arguments  # noqa: SLF001 - there is no other door
    return bool(arguments) and arguments[0].name == "self" and hasattr(torch.Tensor, op) and not op.startswith("_")


def _called(head: str, node: Any, text: Text, skip: int = 0) -> str:
    words = [text(each) for each in node.args[skip:]]
    dropped = ("pin_memory", "device", "inplace")
    words += [f"{key}={text(value)}" for key, value in node.kwargs.items() if key not in dropped and value is not None]
    return f"{head}({', '.join(words)})"


def _inner(value: Any, text: Text) -> str:
    """Return an operand, in brackets where that is needed."""
    found = text(value)
    plain = found.replace(".", "").replace("_", "").isalnum() or found.endswith((")", "]"))
    return found if plain and not (found.startswith("-")) and " " not in found.split("(")[0] else f"({found})"


def _is_node(value: Any) -> bool:
    return type(value).__name__ == "Node"


def _keeps_type(node: Any) -> bool:
    """Return whether a conversion gives the type that came in."""
    before, after = (getattr(each.meta.get("val"), "dtype", None) for each in (node.args[0], node))
    return before == after and before is not None


def _axes(node: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from gnomon.models.imports.source import shape_of  # noqa: PLC0415 - each of both needs the other

    return shape_of(node.args[0]), shape_of(node)


def _dims(value: Any, rank: int) -> tuple[int, ...] | None:
    found = (value,) if isinstance(value, int) else tuple(value or ()) if isinstance(value, (list, tuple)) else ()
    if not found or not all(isinstance(each, int) for each in found) or not rank:
        return None
    return tuple(sorted(each % rank for each in found))


def _reduced(writer: Any, node: Any, text: Text) -> str | None:
    """Write a mean or a largest number over places."""
    shape, _ = _axes(node)
    dims = _dims(node.args[1] if len(node.args) > 1 else node.kwargs.get("dim"), len(shape))
    keep = node.args[2] if len(node.args) > 2 else node.kwargs.get("keepdim", False)
    op = "mean" if "mean" in str(node.target) else "amax"
    if (
        dims is None
        or 0 in dims
        or node.kwargs.get("dtype") is not None
        or "max" in str(node.target).replace("amax", "")
    ):
        return None
    x = node.args[0]
    if len(shape) == 3 and dims == (2,) and not keep:
        return f"{writer.last(x)}.{op}(dim=1)"
    if keep:
        if dims == tuple(range(2, len(shape))) and len(shape) in (4, 5):
            return _pooled(writer, node, text, "Avg" if op == "mean" else "Max", len(shape) - 2)
        return f"{text(x)}.{op}(dim={dims if len(dims) > 1 else dims[0]}, keepdim=True)"
    return f"{text(x)}.{op}(dim={dims if len(dims) > 1 else dims[0]})"


def _pooled(writer: Any, node: Any, text: Text, kind: str, axes: int) -> str:
    """Write a pooling over all places that keeps their axes, as a layer of its own."""
    name = writer.free(f"{node.meta.get('path') or 'pool'}")
    writer.init.append(f"self.{name} = nn.Adaptive{kind}Pool{axes}d(1)")
    return f"self.{name}({text(node.args[0])})"


def _flat(writer: Any, node: Any, text: Text) -> str | None:
    """Write what puts all numbers of a sample into one row, or the places of an image one behind another."""
    x = node.args[0]
    before, after = _axes(node)
    if not before or not after or before[0] != after[0]:
        before = after = ()
    if len(after) == 2 and after[1].isdigit() and len(before) >= 2:
        if len(before) == 2:
            writer.env[node] = writer.env[x]
            return DONE
        return f"torch.flatten({text(x)}, 1)"
    if (
        len(after) == 3
        and len(before) in (4, 5)
        and before[1] == after[1]
        and before[1].isdigit()
        and _is_turned_next(node)
    ):
        # Places in one row behind the channels: turned, this is our Reshape.
        places = after[2] if after[2].isdigit() else "-1"
        batch = f"{text(x)}.shape[0]" if places == "-1" else "-1"
        name = writer.free(f"{node.meta.get('path') or ''}_flat" if node.meta.get("path") else "flat")
        order = ", ".join(str(i) for i in range(2, len(before)))
        writer.turn(node, name, f"{text(x)}.permute(0, {order}, 1).reshape({batch}, {places}, {before[1]})")
        return DONE
    if len(before) <= 3 and len(after) <= 3 and all(each.isdigit() for each in after[1:]):
        return f"{text(x)}.reshape(-1, {', '.join(after[1:])})"
    sizes = node.args[1] if len(node.args) == 2 and isinstance(node.args[1], (list, tuple)) else node.args[1:]
    return f"{text(x)}.reshape({', '.join(map(text, sizes))})" if "flatten" not in str(node.target) else None


def _is_turned_next(node: Any) -> bool:
    """Return whether all that takes a sequence puts its channels behind."""
    return bool(node.users) and all(
        ("transpose" in str(each.target) and set(each.args[1:]) in ({1, 2}, {-1, -2}))
        or ("permute" in str(each.target) and _order(each.args[1:]) == (0, 2, 1))
        for each in node.users
    )


def _order(args: Any) -> tuple[Any, ...]:
    return tuple(args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args)


def _turned(writer: Any, node: Any, text: Text) -> str | None:
    """Write an exchange of axes; that of steps and channels of a sequence may be there already."""
    shape, _ = _axes(node)
    rank, x = len(shape), node.args[0]
    if not rank:
        return None
    order = list(range(rank))
    if "transpose" in str(node.target) or "swapaxes" in str(node.target):
        a, b = (node.args[1] % rank, node.args[2] % rank)
        order[a], order[b] = b, a
    elif "permute" in str(node.target):
        given = node.args[1] if len(node.args) == 2 and isinstance(node.args[1], (list, tuple)) else node.args[1:]
        order = [each % rank for each in given]
    else:
        return None
    if order == [0, 2, 1] and writer.env[x].last:
        writer.env[node] = type(writer.env[x])(writer.env[x].last)
        return DONE
    return f"{text(x)}.permute({', '.join(map(str, order))})"


def _picked(_writer: Any, node: Any, text: Text) -> str | None:
    """Write `x[…]`."""
    x, key = node.args
    if isinstance(key, tuple):
        return f"{text(x)}[{', '.join(literal(each, text) for each in key)}]"
    return f"{text(x)}[{literal(key, text)}]"


def _sliced(writer: Any, node: Any, text: Text) -> str | None:
    x, dim, *ends = node.args if len(node.args) > 1 else (*node.args, 0)
    start, stop = (*ends, None, None)[:2]
    step = ends[2] if len(ends) > 2 else 1
    last = isinstance(stop, int) and stop >= 1 << 60
    if start in (None, 0) and (stop is None or last) and step == 1:
        writer.env[node] = writer.env[x]
        return DONE
    if not isinstance(dim, int) or dim < 0 or node.kwargs:
        return None
    words = ("" if start in (None, 0) else text(start), "" if stop is None or last else text(stop))
    return f"{text(x)}[{':, ' * dim}{':'.join(words)}{'' if step == 1 else f':{step}'}]"


def _selected(_writer: Any, node: Any, text: Text) -> str | None:
    x, dim, index = node.args
    if not isinstance(dim, int) or dim < 0:
        return None
    return f"{text(x)}[{':, ' * dim}{text(index)}]"


def _size(_writer: Any, node: Any, text: Text) -> str | None:
    if "sym_size" in str(node.target) or (node.op == "call_method" and len(node.args) == 2):
        return f"{text(node.args[0])}.shape[{text(node.args[1])}]"
    return f"{text(node.args[0])}.shape"


def _got(_writer: Any, node: Any, text: Text) -> str | None:
    name = node.args[1] if len(node.args) > 1 else ""
    return f"{text(node.args[0])}.{name}" if str(name).isidentifier() else None


def _dropped(_writer: Any, node: Any, text: Text) -> str | None:
    share = node.args[1] if len(node.args) > 1 else node.kwargs.get("p", 0.5)
    return f"F.dropout({text(node.args[0])}, {share!r}, training=self.training)"


def _joined(writer: Any, node: Any, text: Text) -> str | None:
    parts = node.args[0]
    dim = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
    if not isinstance(parts, (list, tuple)) or not isinstance(dim, int):
        return None
    from gnomon.models.imports.source import shape_of  # noqa: PLC0415

    rank = len(shape_of(parts[0]))
    if rank == 3 and dim % 3 != 0 and all(writer.is_turned(each) for each in parts):
        names = ", ".join(writer.env[each].last for each in parts)
        writer.turn(node, writer.wish(node, "cat"), f"torch.cat([{names}], dim={3 - dim % 3})")
        return DONE
    return f"torch.cat([{', '.join(map(text, parts))}], dim={dim})"


def _softmax(_writer: Any, node: Any, text: Text) -> str | None:
    head = "F.log_softmax" if "log_softmax" in str(node.target) else "F.softmax"
    dim = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim")
    if node.kwargs.get("dtype") is not None or not isinstance(dim, int):
        return None
    return f"{head}({text(node.args[0])}, dim={dim})"


def _clipped(_writer: Any, node: Any, text: Text) -> str | None:
    low, high = (*node.args[1:], -1.0, 1.0)[:2]
    return f"F.relu6({text(node.args[0])})" if (low, high) == (0, 6) and not node.kwargs else None


def _pool(_writer: Any, node: Any, text: Text) -> str | None:
    """Write a pooling of images, with the names of its arguments."""
    op = getattr(node.target, "_opname", "")
    if not op or len(node.args) > 5 or node.kwargs:
        return None
    kernel, stride, padding, *more = (*node.args[1:], *(None,) * 4)[:5] if len(node.args) < 6 else node.args[1:]
    words = [text(node.args[0]), _one(kernel)]
    words += [f"stride={_one(stride)}"] if stride not in (None, [], kernel) else []
    words += [f"padding={_one(padding)}"] if padding not in (None, [], [0, 0], 0) else []
    if any(each not in (None, [1, 1], False, True) for each in more) or len([m for m in more if m is not None]) > 1:
        return None
    if op.startswith("max") and more and more[0] not in (None, [1, 1]):
        return None
    return f"F.{op}({', '.join(words)})"


def _one(value: Any) -> str:
    same = isinstance(value, (list, tuple)) and value and all(each == value[0] for each in value)
    return repr(value[0] if same else tuple(value) if isinstance(value, list) else value)


def _adaptive(writer: Any, node: Any, text: Text) -> str | None:
    """Write a pooling to one place as our components do; what flattens it may take the mean instead."""
    size = node.args[1] if len(node.args) > 1 else node.kwargs.get("output_size")
    shape, _ = _axes(node)
    if size not in (1, [1], (1,), [1, 1], (1, 1), [1, 1, 1], (1, 1, 1)) or "max" in str(node.target):
        return None
    if len(shape) in (4, 5):
        return _pooled(writer, node, text, "Avg", len(shape) - 2)
    return None


def _interpolated(writer: Any, node: Any, text: Text) -> str | None:
    """Write an enlargement of images by whole numbers, or to a size."""
    op = str(getattr(node.target, "_opname", ""))
    if not op.startswith("upsample_"):
        return None
    mode = {"upsample_nearest2d": "nearest", "upsample_bilinear2d": "bilinear"}.get(op)
    factors = node.args[-1]
    _, after = _axes(node)
    if mode is None or (mode == "bilinear" and node.args[2]):
        return None
    if isinstance(factors, (list, tuple)) and factors[0] == factors[1] and float(factors[0]).is_integer():
        name = writer.free(f"{node.meta.get('path') or 'upsample'}")
        writer.init.append(f'self.{name} = nn.Upsample(scale_factor={int(factors[0])}, mode="{mode}")')
        return f"self.{name}({text(node.args[0])})"
    if factors is None and all(each.isdigit() for each in after[2:]):
        return f'F.interpolate({text(node.args[0])}, ({after[2]}, {after[3]}), mode="{mode}")'
    return None


_SPECIAL: Final[dict[str, Callable[[Any, Any, Text], str | None]]] = {
    **dict.fromkeys(("mean", "amax"), _reduced),
    **dict.fromkeys(("flatten", "view", "_unsafe_view", "reshape"), _flat),
    **dict.fromkeys(("transpose", "permute", "swapaxes"), _turned),
    **dict.fromkeys(("dropout", "feature_dropout_"), _dropped),
    **dict.fromkeys(("cat", "concat", "concatenate"), _joined),
    **dict.fromkeys(("softmax", "_softmax", "log_softmax", "_log_softmax"), _softmax),
    **dict.fromkeys(("max_pool2d", "avg_pool2d"), _pool),
    **dict.fromkeys(("adaptive_avg_pool2d", "_adaptive_avg_pool2d", "adaptive_avg_pool3d"), _adaptive),
    **dict.fromkeys(("upsample_nearest2d", "upsample_bilinear2d"), _interpolated),
    "hardtanh": _clipped,
    "getitem": _picked,
    "slice": _sliced,
    "select": _selected,
    "sym_size": _size,
    "size": _size,
    "getattr": _got,
}
