"""Batch normalisation."""

from collections.abc import Mapping
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import need_length, need_number, need_rank
from gnomon.graph.problem import Remedy
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places


@component(
    "core/batch_norm@1", title="Batch norm", category="Normalise", words=("normalisation", "normalization", "bn")
)
class BatchNorm(Component):
    """Brings each channel to mean 0 and deviation 1 over the batch, then scales and shifts it by learnt numbers.

    When it is used rather than trained, it takes means and deviations that it kept while training.

    Source: Ioffe and Szegedy, Batch normalization, ICML (2015).
    """

    momentum: float = param(
        0.99, doc="Share of the kept mean that each batch leaves as it was; lower it when there are few batches.",
        min=0, max=1, torch="momentum", keras="momentum",
    )  # fmt: skip
    epsilon: float = param(
        1e-3, doc="Added to the variance, so that nothing is divided by zero.", above=0, max=1, torch="eps",
        keras="epsilon",
    )  # fmt: skip
    affine: bool = param(True, doc="Scale and shift by learnt numbers afterwards.", torch="affine")

    torch_args = "num_features eps momentum affine"
    keras_args = "axis momentum epsilon center scale"

    def infer(self, x: Spec) -> Inferred:
        remedies = (Remedy("Put a Flatten in front", before={"in": ("core/flatten@1", {})}),)
        need_rank(x, 1, 2, 3, 4, remedies=remedies)
        need_number(x)
        channels = need_length(x.channels, "channels", "each has its own mean")
        scales = 2 * channels * self.affine
        return Inferred(Spec(x.shape), params=scales, state=2 * channels, flops=2 * places(x.shape))

    def torch(self, x: Spec) -> Code:
        words: dict[str, object] = {"eps": self.epsilon, "momentum": _turned(self.momentum)}
        if not self.affine:
            words["affine"] = False
        made = call(f"nn.BatchNorm{max(x.rank - 1, 1)}d", x.channels, **words)
        return Code("{layer}({0}.transpose(1, 2)).transpose(1, 2)" if x.rank == 2 else "{layer}({0})", make=made)

    def keras(self, x: Spec) -> Code:
        words: dict[str, object] = {} if self.momentum == 0.99 else {"momentum": self.momentum}
        if self.epsilon != 1e-3:
            words["epsilon"] = self.epsilon
        if not self.affine:
            words |= {"center": False, "scale": False}
        return Code("{layer}({0})", make=named("layers.BatchNormalization", **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None or seen.make is None:
            return None
        if target == "keras":
            return {**found, "affine": not any(keyword.arg in ("center", "scale") for keyword in seen.make.keywords)}
        defaults = {"epsilon": 1e-5, "momentum": 0.1}
        momentum = (defaults | dict(found))["momentum"]
        turned = _turned(momentum) if isinstance(momentum, (int, float)) else momentum
        return {**defaults, **found, "momentum": turned}


def _turned(momentum: float) -> float:
    """Return the other framework's momentum: PyTorch counts what is taken of the new batch, Keras what is kept."""
    return round(1 - momentum, 12)
