"""Transposed convolution."""

from collections.abc import Mapping
from math import prod
from typing import Any, Literal

from gnomon.graph.activations import Activation, flops_of, imports_of, wrapped
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import IMAGE, need_length, need_number, need_rank
from gnomon.graph.reading import activation_of, has_keyword
from gnomon.graph.spec import Spec
from gnomon.graph.windows import Sizes, each, places, short


@component(
    "core/conv2d_transpose@1", title="Conv 2-D transpose", category="Convolution",
    words=("deconvolution", "upsample", "u-net", "decoder"),
)  # fmt: skip
class Conv2DTranspose(Component):
    """Spreads each place of an image over a window of a larger one: a convolution backwards, which learns to enlarge.

    A kernel that the strides divide leaves no checkerboard.

    Source: Dumoulin and Visin, A guide to convolution arithmetic, arXiv:1603.07285 (2016).
    """

    inputs = IMAGE

    filters: int = param(
        32, doc="Feature maps that come out.", min=1, max=65_536, role="filters", torch="out_channels", keras="filters"
    )
    kernel_size: Sizes = param(
        2, kind="sizes", doc="Places that each place is spread over, along each axis.", min=1, max=1_024,
        torch="kernel_size", keras="kernel_size",
    )  # fmt: skip
    strides: Sizes = param(
        2, kind="sizes", doc="How many times larger each axis becomes.", min=1, max=1_024, torch="stride",
        keras="strides",
    )  # fmt: skip
    padding: Literal["same", "valid"] = param(
        "valid", doc="same cuts the edges, so that each axis becomes exactly strides times as long; valid cuts nothing.",
        keras="padding",
    )  # fmt: skip
    activation: Activation = param(
        "linear", doc="Function applied to each number that comes out.", role="activation", keras="activation"
    )
    use_bias: bool = param(
        True, doc="Add a learnt number to each feature map; needless in front of a normalisation.", torch="bias",
        keras="use_bias",
    )  # fmt: skip

    torch_args = "in_channels out_channels kernel_size stride padding output_padding groups bias"
    keras_args = "filters kernel_size strides padding"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        need_number(x)
        channels = need_length(x.channels, "channels", "the weights of the convolution depend on it")
        kernel, strides = self._sizes()
        grown = tuple(
            None if n is None else n * s + (max(k - s, 0) if self.padding == "valid" else 0)
            for n, k, s in zip(x.shape[:-1], kernel, strides, strict=True)
        )
        weights = prod(kernel) * channels * self.filters
        return Inferred(
            Spec((*grown, self.filters)),
            params=weights + self.use_bias * self.filters,
            flops=2 * weights * places(x.shape[:-1]) + flops_of(self.activation, places(grown) * self.filters),
        )

    def torch(self, x: Spec) -> Code:
        kernel, strides = self._sizes()
        words: dict[str, object] = {} if self.strides == 1 else {"stride": self.strides}
        uneven = [False, False]
        if self.padding == "same":
            # PyTorch cuts as much in front as behind; Keras cuts an odd place behind.
            words["padding"] = short(tuple(max(k - s, 0) // 2 for k, s in zip(kernel, strides, strict=True)))
            uneven = [k > s and (k - s) % 2 == 1 for k, s in zip(kernel, strides, strict=True)]
        more = tuple(max(s - k, 0) for k, s in zip(kernel, strides, strict=True))
        if any(more):
            words["output_padding"] = short(more)
        if not self.use_bias:
            words["bias"] = False
        cut = f"[:, :, {', '.join(':-1' if each else ':' for each in uneven)}]" if any(uneven) else ""
        found = wrapped(self.activation, f"{{layer}}({{0}}){cut}", x)
        made = call("nn.ConvTranspose2d", x.channels, self.filters, self.kernel_size, **words)
        return Code(found, make=made, imports=imports_of(found))

    def keras(self, x: Spec) -> Code:
        words: dict[str, object] = {} if self.strides == 1 else {"strides": self.strides}
        if self.padding == "same":
            words["padding"] = "same"
        if self.activation != "linear":
            words["activation"] = self.activation
        if not self.use_bias:
            words["use_bias"] = False
        return Code("{layer}({0})", make=named("layers.Conv2DTranspose", self.filters, self.kernel_size, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None or target == "keras":
            return found if found is None else {"strides": 1, **found}
        padding = "same" if has_keyword(seen.make, "padding") else "valid"
        return {"strides": 1, **found, "padding": padding, "activation": activation_of(seen.call)}

    def _sizes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return each(self.kernel_size, 2, "kernel_size"), each(self.strides, 2, "strides")
