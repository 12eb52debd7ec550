"""Activation."""

import ast
from collections.abc import Mapping
from typing import Any, Final, Literal

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, arguments, by_keyword, component, named, param
from gnomon.graph.layout import channel_axis
from gnomon.graph.need import need_number
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places

Function = Literal[
    "linear", "relu", "gelu", "silu", "tanh", "sigmoid", "softmax", "leaky_relu", "elu", "selu", "relu6", "softplus",
    "mish", "hard_sigmoid", "hard_silu", "log_softmax",
]  # fmt: skip

_MODULES: Final = {
    "linear": "nn.Identity()",
    "relu": "nn.ReLU()",
    "gelu": "nn.GELU()",
    "silu": "nn.SiLU()",
    "tanh": "nn.Tanh()",
    "sigmoid": "nn.Sigmoid()",
    "softmax": "nn.Softmax(dim=AXIS)",
    "leaky_relu": "nn.LeakyReLU(SLOPE)",
    "elu": "nn.ELU()",
    "selu": "nn.SELU()",
    "relu6": "nn.ReLU6()",
    "softplus": "nn.Softplus()",
    "mish": "nn.Mish()",
    "hard_sigmoid": "nn.Hardsigmoid()",
    "hard_silu": "nn.Hardswish()",
    "log_softmax": "nn.LogSoftmax(dim=AXIS)",
}
_NAMES: Final = {module.partition("(")[0]: name for name, module in _MODULES.items()}


@component(
    "core/activation@1", title="Activation", category="Activation",
    words=("relu", "gelu", "silu", "swish", "tanh", "sigmoid", "softmax", "nonlinearity"),
)  # fmt: skip
class Activation(Component):
    """Applies a function to every number; softmax makes the channels shares of one.

    It has no weights. In PyTorch it is a module, so that its statistics can be watched.
    """

    function: Function = param(
        "relu", doc="What is applied: relu and gelu between layers, sigmoid for yes or no, softmax for one of many.",
        role="activation", keras="activation",
    )  # fmt: skip

    slope: float = param(
        0.2,
        doc="Of leaky_relu: the share of numbers below zero that it lets through.",
        min=0,
        below=1,
        keras="negative_slope",
    )

    keras_args = "activation"

    def infer(self, x: Spec) -> Inferred:
        need_number(x)
        return Inferred(Spec(x.shape), flops=0 if self.function == "linear" else places(x.shape))

    def torch(self, x: Spec) -> Code:
        made = _MODULES[self.function].replace("AXIS", str(channel_axis(x))).replace("SLOPE", repr(self.slope))
        return Code("{layer}({0})", make=made)

    def keras(self, x: Spec) -> Code:
        if self.function == "leaky_relu" and self.slope != 0.2:
            return Code("{layer}({0})", make=named("layers.LeakyReLU", negative_slope=self.slope))
        return Code("{layer}({0})", make=named("layers.Activation", self.function))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if seen.make is None:
            return None
        head = ast.unparse(seen.make.func)
        if head in ("nn.LeakyReLU", "layers.LeakyReLU"):
            given = arguments(seen.make, ("negative_slope",)) or {}
            return {"function": "leaky_relu", "slope": given.get("negative_slope", 0.01 if target == "torch" else 0.3)}
        if target == "keras":
            return by_keyword(cls, target, seen)
        return {"function": _NAMES[head]} if head in _NAMES else None
