"""Convolutions of each channel for itself, with and without mixing them afterwards."""

import ast
from collections.abc import Mapping
from math import prod
from typing import Any

from gnomon.graph.activations import Activation, flops_of, imports_of, wrapped
from gnomon.graph.code_of import Code
from gnomon.graph.component import (
    Component,
    Inferred,
    Seen,
    Target,
    arguments,
    by_keyword,
    call,
    component,
    named,
    param,
)
from gnomon.graph.need import IMAGE, need_length, need_number, need_rank
from gnomon.graph.padding import keras_padded, padded, padding_of
from gnomon.graph.reading import activation_of, calls
from gnomon.graph.spec import Dim, Spec
from gnomon.graph.windows import PADDING, Padding, Sizes, each, outcome, places

_ARGS = "in_channels out_channels kernel_size stride padding dilation groups bias"


class PerChannel(Component):
    """What both have in common: a window over the image, for each channel."""

    inputs = IMAGE

    kernel_size: Sizes = param(
        3, kind="sizes", doc="Places that the window spans along each axis; odd sizes have a middle.",
        min=1, max=1_024, torch="kernel_size", keras="kernel_size",
    )  # fmt: skip
    strides: Sizes = param(
        1, kind="sizes", doc="Places from one window to the next; 2 halves each axis.",
        min=1, max=1_024, torch="stride", keras="strides",
    )  # fmt: skip
    padding: Padding = param("same", doc=PADDING, keras="padding")
    depth_multiplier: int = param(
        1, doc="Feature maps that are made of each channel.", min=1, max=1_024, keras="depth_multiplier"
    )
    activation: Activation = param(
        "linear", doc="Function applied to each number that comes out.", role="activation", keras="activation"
    )
    use_bias: bool = param(
        True, doc="Add a learnt number to each feature map; needless in front of a normalisation.",
        torch="bias", keras="use_bias",
    )  # fmt: skip

    def seen(self, x: Spec) -> tuple[int, tuple[Dim, ...], tuple[tuple[int, int], ...]]:
        """Return the channels of the input, the places of the output, and stride and kernel by axis."""
        need_rank(x, 3)
        need_number(x)
        channels = need_length(x.channels, "channels", "the weights of the convolution depend on it")
        kernel, strides = self._sizes()
        found = outcome(x.shape[:-1], kernel, strides, self.padding)
        return channels, found, tuple(zip(strides, kernel, strict=True))

    def spatial(self, x: Spec, **more: object) -> tuple[str, str]:
        """Return the input and the layer that slides a window over each of its channels, for PyTorch."""
        kernel, strides = self._sizes()
        source, words = padded("{0}", x.shape[:-1], kernel, strides, self.padding)
        stride = {} if self.strides == 1 else {"stride": self.strides}
        maps = (x.channels or 0) * self.depth_multiplier
        words = {**stride, **words, "groups": x.channels, **more}
        return source, call("nn.Conv2d", x.channels, maps, self.kernel_size, **words)

    def keyworded(self) -> tuple[str, dict[str, object]]:
        """Return the input, padded, and the keywords of the layer in Keras."""
        kernel, strides = self._sizes()
        source, found = keras_padded(kernel, strides, self.padding)
        if self.strides != 1:
            found = {"strides": self.strides, **found}
        if self.depth_multiplier != 1:
            found["depth_multiplier"] = self.depth_multiplier
        if self.activation != "linear":
            found["activation"] = self.activation
        if not self.use_bias:
            found["use_bias"] = False
        return source, found

    @classmethod
    def read_keras(cls, seen: Seen) -> dict[str, Any] | None:
        """Return the parameters that a statement for Keras may have been written for."""
        found = by_keyword(cls, "keras", seen)
        pads = calls(seen.call, "layers.ZeroPadding2D") is not None
        return found if found is None else {"padding": "half" if pads else "valid", **found}

    def _sizes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return each(self.kernel_size, 2, "kernel_size"), each(self.strides, 2, "strides")

    @classmethod
    def proposed(cls, seen: Seen, made: ast.Call | None) -> dict[str, Any] | None:
        """Return the parameters that a convolution of PyTorch with one group for each channel may have been made of."""
        given = arguments(made, _ARGS.split()) if made is not None else None
        if given is None:
            return None
        channels, maps = given.get("in_channels"), given.get("out_channels")
        if (
            not isinstance(channels, int)
            or not isinstance(maps, int)
            or channels < 1
            or given.get("groups") != channels
        ):
            return None
        kernel, strides = given.get("kernel_size"), given.get("stride", 1)
        return {
            "kernel_size": kernel,
            "strides": strides,
            "padding": padding_of(seen, made, kernel, strides),
            "depth_multiplier": maps // channels,
            "activation": activation_of(seen.call),
            "use_bias": given.get("bias", True),
        }


@component(
    "core/depthwise_conv2d@1", title="Depthwise conv 2-D", category="Convolution", words=("mobilenet", "convolution")
)
class DepthwiseConv2D(PerChannel):
    """Slides a window over each channel of an image for itself: far cheaper than a convolution, and mixes no channels.

    Source: Howard et al., MobileNets, arXiv:1704.04861 (2017).
    """

    keras_args = "kernel_size strides padding depth_multiplier"

    def infer(self, x: Spec) -> Inferred:
        channels, found, grows = self.seen(x)
        maps = channels * self.depth_multiplier
        weights = prod(kernel for _, kernel in grows) * maps
        flops = 2 * weights * places(found) + flops_of(self.activation, places(found) * maps)
        return Inferred(Spec((*found, maps)), params=weights + self.use_bias * maps, flops=flops, grows=grows)

    def torch(self, x: Spec) -> Code:
        source, made = self.spatial(x, **({} if self.use_bias else {"bias": False}))
        found = wrapped(self.activation, f"{{layer}}({source})", x)
        return Code(found, make=made, imports=imports_of(found))

    def keras(self, x: Spec) -> Code:
        source, words = self.keyworded()
        return Code(f"{{layer}}({source})", make=named("layers.DepthwiseConv2D", self.kernel_size, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        return cls.proposed(seen, seen.make) if target == "torch" else cls.read_keras(seen)


@component(
    "core/separable_conv2d@1", title="Separable conv 2-D", category="Convolution",
    words=("xception", "mobilenet", "convolution"),
)  # fmt: skip
class SeparableConv2D(PerChannel):
    """Slides a window over each channel for itself, then mixes the channels place by place: a cheaper convolution.

    Source: Chollet, Xception, CVPR (2017).
    """

    filters: int = param(32, doc="Feature maps that come out.", min=1, max=65_536, role="filters", keras="filters")

    keras_args = "filters kernel_size strides padding"

    def infer(self, x: Spec) -> Inferred:
        channels, found, grows = self.seen(x)
        maps = channels * self.depth_multiplier
        weights = prod(kernel for _, kernel in grows) * maps + maps * self.filters
        flops = 2 * weights * places(found) + flops_of(self.activation, places(found) * self.filters)
        params = weights + self.use_bias * self.filters
        return Inferred(Spec((*found, self.filters)), params=params, flops=flops, grows=grows)

    def torch(self, x: Spec) -> Code:
        source, depthwise = self.spatial(x, bias=False)
        bias: dict[str, object] = {} if self.use_bias else {"bias": False}
        pointwise = call("nn.Conv2d", (x.channels or 0) * self.depth_multiplier, self.filters, 1, **bias)
        found = wrapped(self.activation, f"{{layer}}({source})", x)
        return Code(found, make=f"nn.Sequential({depthwise}, {pointwise})", imports=imports_of(found))

    def keras(self, x: Spec) -> Code:
        source, words = self.keyworded()
        made = named("layers.SeparableConv2D", self.filters, self.kernel_size, **words)
        return Code(f"{{layer}}({source})", make=made)

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return cls.read_keras(seen)
        parts = [each for each in (seen.make.args if seen.make else ()) if isinstance(each, ast.Call)]
        if len(parts) != 2:
            return None
        spatial, mixing = cls.proposed(seen, parts[0]), arguments(parts[1], _ARGS.split())
        if spatial is None or mixing is None:
            return None
        return {**spatial, "filters": mixing.get("out_channels"), "use_bias": mixing.get("bias", True)}
