"""Normalisations within each sample, which need no batch."""

from collections.abc import Mapping
from math import gcd
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.layout import to_first, to_last
from gnomon.graph.need import need_length, need_number, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places


class SampleNorm(Component):
    """What both have in common: an epsilon, and learnt numbers for each channel."""

    epsilon: float = param(
        1e-3, doc="Added to the variance, so that nothing is divided by zero.", above=0, max=1, torch="eps",
        keras="epsilon",
    )  # fmt: skip
    affine: bool = param(True, doc="Scale and shift by learnt numbers afterwards.")

    def counted(self, x: Spec, channels: int) -> Inferred:
        """Return what comes out: mean, variance and division are five operations a number, scale and shift two."""
        each = 5 + 2 * self.affine
        return Inferred(Spec(x.shape), params=2 * channels * self.affine, flops=each * places(x.shape))

    def keywords(self) -> dict[str, object]:
        """Return the keywords of the layer in Keras."""
        found: dict[str, object] = {} if self.epsilon == 1e-3 else {"epsilon": self.epsilon}
        return found if self.affine else {**found, "center": False, "scale": False}

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None or seen.make is None:
            return None
        bare = any(word.arg in ("center", "scale", "affine", "elementwise_affine") for word in seen.make.keywords)
        default = {"epsilon": 1e-5} if target == "torch" else {}
        return {**default, **found, "affine": not bare}


@component(
    "core/layer_norm@1", title="Layer norm", category="Normalise", words=("normalisation", "normalization", "ln")
)
class LayerNorm(SampleNorm):
    """Brings the channels of each place to mean 0 and deviation 1, then scales and shifts them by learnt numbers.

    It needs no batch and does the same in training and in use, which suits sequences and attention.

    Source: Ba et al., Layer normalization, arXiv:1607.06450 (2016).
    """

    torch_args = "normalized_shape eps elementwise_affine"
    keras_args = "axis epsilon center scale"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 1, 2, 3, 4)
        need_number(x)
        return self.counted(x, need_length(x.channels, "channels", "each has its own scale"))

    def torch(self, x: Spec) -> Code:
        words: dict[str, object] = {"eps": self.epsilon}
        if not self.affine:
            words["elementwise_affine"] = False
        called = to_first(f"{{layer}}({to_last('{0}', x)})", x)
        return Code(called, make=call("nn.LayerNorm", x.channels, **words))

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named("layers.LayerNormalization", **self.keywords()))


@component(
    "core/group_norm@1",
    title="Group norm",
    category="Normalise",
    words=("normalisation", "normalization", "gn", "instance"),
)
class GroupNorm(SampleNorm):
    """Brings groups of channels to mean 0 and deviation 1 over all places of a sample, then scales and shifts them.

    It needs no batch, so it is the choice where only few samples fit into memory. As many groups as channels are an
    instance normalisation.

    Source: Wu and He, Group normalization, ECCV (2018).
    """

    groups: int = param(
        8, doc="Groups that the channels are split into; must divide their number.", min=1, max=65_536,
        torch="num_groups", keras="groups",
    )  # fmt: skip

    torch_args = "num_groups num_channels eps affine"
    keras_args = "groups axis epsilon center scale"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 2, 3, 4)
        need_number(x)
        channels = need_length(x.channels, "channels", "they are split into groups")
        if channels % self.groups:
            fits = gcd(channels, self.groups)
            msg = f"groups: {self.groups} groups cannot be made of {channels} channels alike."
            raise Problem(msg, param="groups", remedies=(Remedy(f"Set groups to {fits}", {"groups": fits}),))
        return self.counted(x, channels)

    def torch(self, x: Spec) -> Code:
        words: dict[str, object] = {"eps": self.epsilon}
        if not self.affine:
            words["affine"] = False
        made = call("nn.GroupNorm", self.groups, x.channels, **words)
        return Code("{layer}({0}.transpose(1, 2)).transpose(1, 2)" if x.rank == 2 else "{layer}({0})", make=made)

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named("layers.GroupNormalization", self.groups, **self.keywords()))
