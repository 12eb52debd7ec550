"""Convolutions along one, two and three axes."""

from collections.abc import Mapping
from math import prod
from typing import Any, ClassVar

from gnomon.graph.activations import Activation, flops_of, imports_of, wrapped
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import IMAGE, SEQUENCE, VOLUME, need_length, need_number, need_rank
from gnomon.graph.padding import keras_padded, padded, padding_of
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import activation_of, calls
from gnomon.graph.spec import Spec
from gnomon.graph.windows import PADDING, Padding, Sizes, each, outcome, places, reach


class Convolution(Component):
    """What convolutions have in common, whatever the number of axes."""

    axes: ClassVar[int]

    filters: int = param(
        32, doc="Feature maps that come out; more of them see more, and cost more.",
        min=1, max=65_536, role="filters", torch="out_channels", keras="filters",
    )  # fmt: skip
    kernel_size: Sizes = param(
        3, kind="sizes", doc="Places that the window spans along each axis; odd sizes have a middle.",
        min=1, max=1_024, torch="kernel_size", keras="kernel_size",
    )  # fmt: skip
    strides: Sizes = param(
        1, kind="sizes", doc="Places from one window to the next; 2 halves each axis.",
        min=1, max=1_024, torch="stride", keras="strides",
    )  # fmt: skip
    padding: Padding = param("same", doc=PADDING, keras="padding")
    dilation: Sizes = param(
        1, kind="sizes", doc="Places from one number of the window to the next; 2 sees twice as far at the same cost.",
        min=1, max=1_024, torch="dilation", keras="dilation_rate",
    )  # fmt: skip
    groups: int = param(
        1, doc="Parts that channels and filters are split into, each part for itself; must divide both.",
        min=1, max=65_536, torch="groups", keras="groups",
    )  # fmt: skip
    activation: Activation = param(
        "linear", doc="Function applied to each number that comes out.", role="activation", keras="activation"
    )
    use_bias: bool = param(
        True, doc="Add a learnt number to each feature map; needless in front of a normalisation.", torch="bias",
        keras="use_bias",
    )  # fmt: skip

    torch_args = "in_channels out_channels kernel_size stride padding dilation groups bias"
    keras_args = "filters kernel_size strides padding"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, self.axes + 1, remedies=self._remedies(x))
        need_number(x)
        channels = need_length(x.channels, "channels", "the weights of the convolution depend on it")
        self._check_groups(channels)
        kernel, strides, dilation = self._sizes()
        if prod(strides) > 1 and prod(dilation) > 1:
            msg = "A convolution can either stride or be dilated, not both. Set one of them to 1."
            remedies = (Remedy("Set strides to 1", {"strides": 1}), Remedy("Set dilation to 1", {"dilation": 1}))
            raise Problem(msg, param="dilation", remedies=remedies)
        found = outcome(x.shape[:-1], kernel, strides, self.padding, dilation)
        weights = prod(kernel) * (channels // self.groups) * self.filters
        numbers = places(found) * self.filters
        return Inferred(
            Spec((*found, self.filters)),
            params=weights + self.use_bias * self.filters,
            flops=2 * weights * places(found) + flops_of(self.activation, numbers),
            grows=tuple((s, reach(k, d)) for s, k, d in zip(strides, kernel, dilation, strict=True)),
        )

    def torch(self, x: Spec) -> Code:
        kernel, strides, dilation = self._sizes()
        first = "{0}.transpose(1, 2)" if self.axes == 1 else "{0}"
        source, words = padded(first, x.shape[:-1], kernel, strides, self.padding, dilation)
        keywords = self._given(strides="stride") | words | self._given(dilation="dilation", groups="groups")
        if not self.use_bias:
            keywords["bias"] = False
        made = call(f"nn.Conv{self.axes}d", x.channels, self.filters, self.kernel_size, **keywords)
        called = f"{{layer}}({source})" + (".transpose(1, 2)" if self.axes == 1 else "")
        found = wrapped(self.activation, called, x)
        return Code(found, make=made, imports=imports_of(found))

    def keras(self, x: Spec) -> Code:
        source, pads = keras_padded(*self._sizes()[:2], self.padding, self._sizes()[2])
        words = self._given(strides="strides") | pads | self._given(dilation="dilation_rate", groups="groups")
        if self.activation != "linear":
            words["activation"] = self.activation
        if not self.use_bias:
            words["use_bias"] = False
        made = named(f"layers.Conv{self.axes}D", self.filters, self.kernel_size, **words)
        return Code(f"{{layer}}({source})", make=made)

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None:
            return None
        if target == "keras":
            pads = calls(seen.call, f"layers.ZeroPadding{cls.axes}D") is not None
            return {"padding": "half" if pads else "valid", **found}
        padding = padding_of(
            seen, seen.make, found.get("kernel_size"), found.get("strides", 1), found.get("dilation", 1)
        )
        return {**found, "padding": padding, "activation": activation_of(seen.call)}

    def _sizes(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        return (
            each(self.kernel_size, self.axes, "kernel_size"),
            each(self.strides, self.axes, "strides"),
            each(self.dilation, self.axes, "dilation"),
        )

    def _given(self, **keywords: str) -> dict[str, object]:
        """Return what is not 1 of these parameters, under the names that a framework has for them."""
        return {word: getattr(self, name) for name, word in keywords.items() if getattr(self, name) != 1}

    def _check_groups(self, channels: int) -> None:
        if channels % self.groups or self.filters % self.groups:
            msg = f"groups: {self.groups} divides not both {channels} channels and {self.filters} filters."
            raise Problem(msg, param="groups", remedies=(Remedy("Set groups to 1", {"groups": 1}),))

    def _remedies(self, x: Spec) -> tuple[Remedy, ...]:
        if x.rank == self.axes and None not in x.shape:
            shape = [*x.shape, 1]
            title = f"Reshape to {'×'.join(map(str, shape))}"
            return (Remedy(title, before={"in": ("core/reshape@1", {"shape": shape})}),)
        if x.rank in (2, 3, 4):
            keep = {"filters": self.filters, "activation": self.activation, "padding": self.padding}
            axes = x.rank - 1
            return (Remedy(f"Make it a Conv {axes}-D", keep, replace=f"core/conv{axes}d@1"),)
        return ()


@component("core/conv1d@1", title="Conv 1-D", category="Convolution", words=("convolution", "temporal", "signal"))
class Conv1D(Convolution):
    """Slides a window along a sequence and gives, for every place, how much of each learnt pattern is there."""

    axes = 1
    inputs = SEQUENCE


@component("core/conv2d@1", title="Conv 2-D", category="Convolution", words=("convolution", "cnn", "image"))
class Conv2D(Convolution):
    """Slides a window over an image and gives, for every place, how much of each learnt pattern is there.

    Source: LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE 86 (1998).
    """

    axes = 2
    inputs = IMAGE


@component("core/conv3d@1", title="Conv 3-D", category="Convolution", words=("convolution", "volume", "video"))
class Conv3D(Convolution):
    """Slides a window through a volume or a film and gives, for every place, how much of each pattern is there."""

    axes = 3
    inputs = VOLUME
