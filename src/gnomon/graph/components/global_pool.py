"""Poolings over all places at once."""

from typing import ClassVar

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, component, named
from gnomon.graph.layout import is_first
from gnomon.graph.need import need_number, need_rank
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places


class GlobalPooling(Component):
    """What both have in common: one number is left of each channel."""

    method: ClassVar[str]
    word: ClassVar[str]

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 2, 3, 4)
        need_number(x)
        return Inferred(Spec((x.channels,)), flops=places(x.shape))

    def torch(self, x: Spec) -> Code:
        axes = tuple(range(2, x.rank + 1)) if is_first(x) else 1
        return Code(f"{{0}}.{self.method}(dim={axes})")

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named(f"layers.Global{self.word}Pooling{x.rank - 1}D"))


@component(
    "core/global_avg_pool@1", title="Global average pool", category="Pool", words=("pooling", "mean", "gap", "squeeze")
)
class GlobalAvgPool(GlobalPooling):
    """Takes the mean of each channel over all places, whatever the size; needs far fewer weights behind than Flatten.

    Source: Lin et al., Network in network, ICLR (2014).
    """

    method = "mean"
    word = "Average"


@component("core/global_max_pool@1", title="Global max pool", category="Pool", words=("pooling", "largest", "squeeze"))
class GlobalMaxPool(GlobalPooling):
    """Takes the largest number of each channel over all places: whether the pattern is anywhere."""

    method = "amax"
    word = "Max"
