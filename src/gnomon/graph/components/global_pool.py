"""Poolings over all places at once."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.layout import is_first
from gnomon.graph.need import need_number, need_rank
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places


class GlobalPooling(Component):
    """What both have in common: one number is left of each channel."""

    method: ClassVar[str]
    module: ClassVar[str]
    word: ClassVar[str]

    keep: bool = param(
        False, doc="Keep the other axes, each of length 1: for a convolution behind it, or to multiply with.",
        keras="keepdims",
    )  # fmt: skip

    keras_args = "data_format keepdims"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 2, 3, 4)
        need_number(x)
        kept = (1,) * (x.rank - 1) if self.keep else ()
        return Inferred(Spec((*kept, x.channels)), flops=places(x.shape))

    def torch(self, x: Spec) -> Code:
        if not self.keep:
            return Code(f"{{0}}.{self.method}(dim={tuple(range(2, x.rank + 1)) if is_first(x) else 1})")
        made = call(f"nn.Adaptive{self.module}{x.rank - 1}d", 1)
        return Code("{layer}({0})" if is_first(x) else "{layer}({0}.transpose(1, 2)).transpose(1, 2)", make=made)

    def keras(self, x: Spec) -> Code:
        words = {"keepdims": True} if self.keep else {}
        return Code("{layer}({0})", make=named(f"layers.Global{self.word}Pooling{x.rank - 1}D", **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        return by_keyword(cls, target, seen) if target == "keras" else {"keep": seen.make is not None}


@component(
    "core/global_avg_pool@1", title="Global average pool", category="Pool", words=("pooling", "mean", "gap", "squeeze")
)
class GlobalAvgPool(GlobalPooling):
    """Takes the mean of each channel over all places, whatever the size; needs far fewer weights behind than Flatten.

    Source: Lin et al., Network in network, ICLR (2014).
    """

    method = "mean"
    module = "AvgPool"
    word = "Average"


@component("core/global_max_pool@1", title="Global max pool", category="Pool", words=("pooling", "largest", "squeeze"))
class GlobalMaxPool(GlobalPooling):
    """Takes the largest number of each channel over all places: whether the pattern is anywhere."""

    method = "amax"
    module = "MaxPool"
    word = "Max"
