"""Functions applied to each number, as parameters of layers and as a component of their own."""

from typing import Final, Literal

from gnomon.graph.layout import channel_axis
from gnomon.graph.spec import Spec

Activation = Literal["linear", "relu", "relu6", "gelu", "silu", "tanh", "sigmoid", "softmax", "leaky_relu", "elu"]
"""What a layer may apply to what it gives; `linear` is nothing at all."""

FUNCTIONAL: Final = "import torch.nn.functional as F"
"""The import that `wrapped` may need; `imports_of` says when."""

_CALLS: Final = {
    "relu": "F.relu({})",
    "relu6": "F.relu6({})",
    "gelu": "F.gelu({})",
    "silu": "F.silu({})",
    "tanh": "torch.tanh({})",
    "sigmoid": "torch.sigmoid({})",
    "softmax": "F.softmax({}, dim=AXIS)",
    # Keras' slope, which is not PyTorch's default.
    "leaky_relu": "F.leaky_relu({}, 0.2)",
    "elu": "F.elu({})",
}


def wrapped(activation: str, call: str, x: Spec) -> str:
    """Return the source of a call in PyTorch with an activation around it.

    Args:
        activation: One of `Activation`.
        call: Source of what it is applied to.
        x: What that is; its order of axes tells where the channels are.

    Example:
        >>> wrapped("softmax", "{layer}({0})", Spec((10,))), wrapped("linear", "{layer}({0})", Spec((10,)))
        ('F.softmax({layer}({0}), dim=-1)', '{layer}({0})')
    """
    if activation == "linear":
        return call
    return _CALLS[activation].replace("AXIS", str(channel_axis(x))).replace("{}", call)


def imports_of(call: str) -> tuple[str, ...]:
    """Return the imports that the source of a call in PyTorch needs beyond `torch` and `nn`."""
    return (FUNCTIONAL,) if "F." in call else ()


def flops_of(activation: str, elements: int) -> int:
    """Return operations of an activation: one for each number, whatever the function is."""
    return 0 if activation == "linear" else elements
