"""Operators of ONNX as statements: those of our components as PyTorch would write them, others under their own names."""

from collections.abc import Callable
from typing import Any, Final

_MOST_SHOWN: Final = 120

_EACH: Final = {
    "Relu": "F.relu({})", "Sigmoid": "torch.sigmoid({})", "Tanh": "torch.tanh({})", "Selu": "F.selu({})",
    "Softplus": "F.softplus({})", "HardSwish": "F.hardswish({})", "Mish": "F.mish({})", "Exp": "torch.exp({})",
    "Erf": "torch.erf({})", "Sqrt": "torch.sqrt({})", "Abs": "torch.abs({})", "Log": "torch.log({})",
}  # fmt: skip
_BINARY: Final = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Pow": "**", "MatMul": "@"}


def statement(view: Any, node: Any) -> None:
    """Write an operator as a statement."""
    from gnomon.models.imports.onnx_view import attributes  # noqa: PLC0415 - each of both needs the other

    given = attributes(node)
    known = _KNOWN.get(node.op_type) if node.domain in ("", "ai.onnx") else None
    text = known(view, node, given) if known is not None else None
    if text is not None:
        if text:
            name, _, expression = text.partition(" = ")
            view.assign(_result(view, node), name, expression)
        return
    takes = [view.source(each) for each in node.input if each]
    words = [f"{key}={_shown(value)}" for key, value in given.items()]
    outs = [each for each in node.output if each]
    names = [view.title(node), *(view.free(each) for each in outs[1:])]
    kind = node.op_type if node.op_type.isidentifier() else "Operator"
    view.assign(outs[0] if outs else "", ", ".join(names), f"onnx.{kind}({', '.join([*takes, *words])})")
    for value, name in zip(outs, names, strict=False):
        view.names[value] = name


def _result(view: Any, node: Any) -> str:
    """Return the value that a statement gives: that of the operator written with it, when there is one."""
    user = view.users.get(node.output[0], [None])[0]
    return str(user.output[0] if user is not None and id(user) in view.fused else node.output[0])


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else repr(f"{text[:_MOST_SHOWN]}…")


def _padding(given: dict[str, Any], kernel: tuple[int, ...], *, is_pool: bool = False) -> tuple[str, str] | None:
    """Return source of padding in front of a layer, with `{}` for its input, and the layer's own keyword."""
    pads = tuple(given.get("pads", ())) or (0,) * (2 * len(kernel))
    auto = given.get("auto_pad", "NOTSET")
    if auto == "SAME_UPPER" and not is_pool and set(given.get("strides", (1,))) == {1}:
        return "{}", ', padding="same"'
    if auto == "VALID":
        pads = (0,) * (2 * len(kernel))
    elif auto != "NOTSET" or len(pads) != 2 * len(kernel):
        return None
    before, behind = pads[: len(kernel)], pads[len(kernel) :]
    if before == behind:
        return "{}", "" if not any(before) else f", padding={_one(before)}"
    around = tuple(n for pair in zip(reversed(before), reversed(behind), strict=True) for n in pair)
    return f"F.pad({{}}, {around})", ""


def _one(sizes: tuple[int, ...]) -> str:
    return str(sizes[0] if len(set(sizes)) == 1 else tuple(sizes))


def _words(given: dict[str, Any], **names: str) -> str:
    """Return keywords of a layer for attributes that are not 1."""
    found = ((word, given.get(name)) for name, word in names.items())
    return "".join(
        f", {word}={value if isinstance(value, int) else _one(value)}"
        for word, value in found
        if value is not None and value != 1 and set(value if isinstance(value, tuple) else ()) != {1}
    )


def _convolution(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    dims = view.dims(node.input[1])
    is_turned = node.op_type == "ConvTranspose"
    if len(dims) not in (3, 4, 5) or (is_turned and given.get("output_shape")):
        return None
    kernel, group = dims[2:], int(given.get("group", 1))
    padding = _padding(given, kernel)
    if padding is None:
        return None
    ins, outs = (dims[0], dims[1] * group) if is_turned else (dims[1] * group, dims[0])
    words = _words(given, strides="stride") + padding[1]
    words += _words(given, output_padding="output_padding") if any(given.get("output_padding", ())) else ""
    words += _words(given, dilations="dilation") + (f", groups={group}" if group != 1 else "")
    words += ", bias=False" if len(node.input) < 3 or not node.input[2] else ""
    name = view.title(node)
    kind = f"nn.Conv{'Transpose' if is_turned else ''}{len(kernel)}d"
    layer = view.layer(name, f"{kind}({ins}, {outs}, {_one(kernel)}{words})")
    return f"{name} = {layer}({padding[0].format(view.source(node.input[0]))})"


def _gemm(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    dims = view.dims(node.input[1])
    plain = given.get("alpha", 1.0) == 1.0 and given.get("beta", 1.0) == 1.0 and not given.get("transA", 0)
    if len(dims) != 2 or not plain:
        return None
    outs, ins = dims if given.get("transB", 0) else dims[::-1]
    return _linear(view, node, ins, outs, bias=len(node.input) > 2 and bool(node.input[2]))


def _linear(view: Any, node: Any, ins: int, outs: int, *, bias: bool) -> str:
    name = view.title(node)
    layer = view.layer(name, f"nn.Linear({ins}, {outs}{'' if bias else ', bias=False'})")
    return f"{name} = {layer}({view.source(node.input[0])})"


def _product(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    """Write a product with a matrix of weights as a dense layer, with the bias that is added next."""
    dims = view.dims(node.input[1])
    if len(dims) != 2:
        return _operator(view, node, given)
    users = view.users.get(node.output[0], [])
    following = users[0] if len(users) == 1 and users[0].op_type == "Add" else None
    bias = next((each for each in following.input if view.dims(each) == (dims[1],)), None) if following else None
    if following is not None and bias is not None:
        view.fused.add(id(following))
    return _linear(view, node, *dims, bias=bias is not None)


def _operator(view: Any, node: Any, _: dict[str, Any]) -> str | None:
    if node.op_type != "MatMul" and not _alike(view, node):
        return None
    a, b = (_operand(view, each) for each in node.input)
    return f"{view.title(node)} = {a} {_BINARY[node.op_type]} {b}"


def _alike(view: Any, node: Any) -> bool:
    """Return whether operands are numbers of as many axes, or a number and a tensor: what a component can say."""
    shapes = [view.shape(each) for each in node.input if view.constant(each) is None]
    kinds = {view.kind(each) for each in node.input}
    return kinds <= {"float32", ""} and len({len(each) for each in shapes}) == 1


def _operand(view: Any, value: str) -> str:
    number = view.constant(value)
    while isinstance(number, list) and len(number) == 1:
        number = number[0]
    return repr(number) if isinstance(number, (int, float)) else str(view.source(value))


def _each(view: Any, node: Any, _: dict[str, Any]) -> str | None:
    return f"{view.title(node)} = {_EACH[node.op_type].format(view.source(node.input[0]))}"


def _leaky(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    slope = round(float(given.get("alpha", 0.01)), 6)
    return f"{view.title(node)} = F.leaky_relu({view.source(node.input[0])}, {slope})"


def _elu(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    return f"{view.title(node)} = F.elu({view.source(node.input[0])})" if given.get("alpha", 1.0) == 1.0 else None


def _gelu(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    plain = given.get("approximate", "none") == "none"
    return f"{view.title(node)} = F.gelu({view.source(node.input[0])})" if plain else None


def _hard_sigmoid(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    plain = abs(float(given.get("alpha", 0.2)) - 1 / 6) < 1e-6
    return f"{view.title(node)} = F.hardsigmoid({view.source(node.input[0])})" if plain else None


def _softmax(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    head = "F.log_softmax" if node.op_type == "LogSoftmax" else "F.softmax"
    return f"{view.title(node)} = {head}({view.source(node.input[0])}, dim={int(given.get('axis', -1))})"


def _clip(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    ends = [view.constant(each) for each in node.input[1:3]] or [given.get("min"), given.get("max")]
    flat = [each[0] if isinstance(each, list) and each else each for each in ends]
    return f"{view.title(node)} = F.relu6({view.source(node.input[0])})" if flat in ([0.0, 6.0], [0, 6]) else None


def _pool(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    kernel = tuple(given.get("kernel_shape", ()))
    padding = _padding(given, kernel, is_pool=True)
    uneven = padding is None or padding[0] != "{}" or given.get("ceil_mode") or len(node.output) > 1
    if uneven or padding is None or len(kernel) not in (1, 2, 3):
        return None
    mean = node.op_type == "AveragePool"
    name, stride = view.title(node), tuple(given.get("strides", (1,) * len(kernel)))
    words = ("" if stride == kernel else f", stride={_one(stride)}") + padding[1]
    words += ", count_include_pad=False" if mean and padding[1] and not given.get("count_include_pad", 0) else ""
    layer = view.layer(name, f"nn.{'Avg' if mean else 'Max'}Pool{len(kernel)}d({_one(kernel)}{words})")
    return f"{name} = {layer}({view.source(node.input[0])})"


def _global(view: Any, node: Any, _: dict[str, Any]) -> str | None:
    rank = len(view.shape(node.input[0]))
    if rank not in (4, 5):
        return None
    name, kind = view.title(node), "Avg" if "Average" in node.op_type else "Max"
    layer = view.layer(name, f"nn.Adaptive{kind}Pool{rank - 2}d(1)")
    return f"{name} = {layer}({view.source(node.input[0])})"


def _mean(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    axes = given.get("axes") or (view.constant(node.input[1]) if len(node.input) > 1 else None)
    rank = len(view.shape(node.input[0]))
    if not axes or not rank:
        return None
    dims = tuple(sorted(int(each) % rank for each in axes))
    keep = bool(given.get("keepdims", 1))
    if keep and rank in (4, 5) and dims == tuple(range(2, rank)):
        return _global(view, _Renamed(node, "GlobalAveragePool"), given)
    shown = dims[0] if len(dims) == 1 else dims
    return f"{view.title(node)} = {view.source(node.input[0])}.mean(dim={shown}{', keepdim=True' if keep else ''})"


class _Renamed:
    """An operator under the name of another one that does the same."""

    def __init__(self, node: Any, op_type: str) -> None:
        self.name, self.input, self.output, self.op_type = node.name, node.input, node.output, op_type


def _batch_norm(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    rank, channels = len(view.shape(node.input[0])), view.dims(node.input[1])
    if rank not in (2, 4, 5) or len(channels) != 1:
        return None
    momentum = round(1 - float(given.get("momentum", 0.9)), 6)
    epsilon = float(f"{float(given.get('epsilon', 1e-5)):.6g}")
    name = view.title(node)
    words = f"{channels[0]}, eps={epsilon}, momentum={momentum}"
    layer = view.layer(name, f"nn.BatchNorm{max(rank - 2, 1)}d({words})")
    return f"{name} = {layer}({view.source(node.input[0])})"


def _layer_norm(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    dims = view.dims(node.input[1])
    if given.get("axis", -1) not in (-1, len(view.shape(node.input[0])) - 1) or len(dims) != 1:
        return None
    name, epsilon = view.title(node), float(f"{float(given.get('epsilon', 1e-5)):.6g}")
    words = "" if len(node.input) > 2 else ", bias=False"
    layer = view.layer(name, f"nn.LayerNorm({dims[0]}, eps={epsilon}{words})")
    return f"{name} = {layer}({view.source(node.input[0])})"


def _dropout(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    ratio = view.constant(node.input[1]) if len(node.input) > 1 and node.input[1] else given.get("ratio", 0.5)
    if not isinstance(ratio, (int, float)):
        return None
    name = view.title(node)
    layer = view.layer(name, f"nn.Dropout({round(float(ratio), 6)})")
    return f"{name} = {layer}({view.source(node.input[0])})"


def _joined(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    if any(len(view.shape(each)) < 2 for each in node.input):
        return None  # lengths of axes, rather than tensors
    parts = ", ".join(view.source(each) for each in node.input)
    return f"{view.title(node)} = torch.cat([{parts}], dim={int(given.get('axis', 1))})"


def _flat(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    before, after = view.shape(node.input[0]), view.shape(node.output[0])
    is_flat = node.op_type == "Flatten" and given.get("axis", 1) == 1
    if is_flat or (len(after) == 2 and len(before) > 2 and after[0] == before[0]):
        return f"{view.title(node)} = torch.flatten({view.source(node.input[0])}, 1)"
    if after and after[0] == before[:1] and all(each.isdigit() for each in after[1:]):
        return f"{view.title(node)} = {view.source(node.input[0])}.reshape(-1, {', '.join(after[1:])})"
    return None


def _turned(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    order = given.get("perm")
    return f"{view.title(node)} = {view.source(node.input[0])}.permute{tuple(order)}" if order else None


def _same(view: Any, node: Any, _: dict[str, Any]) -> str | None:
    view.names[node.output[0]] = view.source(node.input[0])
    return ""


def _constant(view: Any, node: Any, _: dict[str, Any]) -> str | None:
    """Keep a constant for those who ask for its numbers."""
    held = next((each.t for each in node.attribute if each.name == "value"), None)
    if held is None:
        return None
    view.weights = {**view.weights, node.output[0]: held}
    return ""


def _gathered(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    dims = view.dims(node.input[0])
    if len(dims) != 2 or given.get("axis", 0) != 0 or node.input[1] in view.weights:
        return None
    name = view.title(node)
    return f"{name} = {view.layer(name, f'nn.Embedding({dims[0]}, {dims[1]})')}({view.source(node.input[1])})"


def _resized(view: Any, node: Any, given: dict[str, Any]) -> str | None:
    mode = {"nearest": "nearest", "linear": "bilinear"}.get(str(given.get("mode", "nearest")))
    scales = view.constant(node.input[2 if node.op_type == "Resize" else 1]) if len(node.input) > 1 else None
    before, after = view.shape(node.input[0]), view.shape(node.output[0])
    if not scales and len(before) == len(after) == 4 and all(each.isdigit() for each in (*before[2:], *after[2:])):
        scales = [1, 1, *(int(a) / max(int(b), 1) for a, b in zip(after[2:], before[2:], strict=True))]
    if mode is None or not isinstance(scales, list) or len(scales) != 4 or scales[2] != scales[3]:
        return None
    if not float(scales[2]).is_integer() or given.get("coordinate_transformation_mode") == "align_corners":
        return None
    name, words = view.title(node), f'scale_factor={int(scales[2])}, mode="{mode}"'
    return f"{name} = {view.layer(name, f'nn.Upsample({words})')}({view.source(node.input[0])})"


_KNOWN: Final[dict[str, Callable[[Any, Any, dict[str, Any]], str | None]]] = {
    **dict.fromkeys(("Conv", "ConvTranspose"), _convolution),
    "Gemm": _gemm,
    "MatMul": _product,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "Pow"), _operator),
    **dict.fromkeys(_EACH, _each),
    "LeakyRelu": _leaky,
    "Elu": _elu,
    "Gelu": _gelu,
    "HardSigmoid": _hard_sigmoid,
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    "Clip": _clip,
    **dict.fromkeys(("MaxPool", "AveragePool"), _pool),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global),
    "ReduceMean": _mean,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Dropout": _dropout,
    "Concat": _joined,
    **dict.fromkeys(("Flatten", "Reshape"), _flat),
    "Transpose": _turned,
    "Identity": _same,
    "Constant": _constant,
    "Gather": _gathered,
    **dict.fromkeys(("Resize", "Upsample"), _resized),
}
