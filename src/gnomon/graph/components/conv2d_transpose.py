"""Transposed convolution."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Self

from gnomon.graph.activations import Activation, flops_of, imports_of, wrapped
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import IMAGE, need_length, need_number, need_rank
from gnomon.graph.reading import activation_of, has_keyword, value_of
from gnomon.graph.spec import Spec
from gnomon.graph.windows import Padding, Sizes, each, places, short


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
    padding: Padding = param(
        "valid",
        doc="same cuts the edges, so that each axis becomes exactly strides times as long; half does so with the odd place "
        "cut in front, as networks of PyTorch do; valid cuts nothing.",
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
        axes = self._axes()
        words: dict[str, object] = {} if self.strides == 1 else {"stride": self.strides}
        if self.padding != "valid":
            words["padding"] = short(tuple(each.front for each in axes))
        if any(each.more for each in axes):
            words["output_padding"] = short(tuple(each.more for each in axes))
        if not self.use_bias:
            words["bias"] = False
        # PyTorch cuts as much in front as behind; what is odd is cut behind afterwards.
        odd = [self.padding != "valid" and each.behind > each.front for each in axes]
        cut = f"[:, :, {', '.join(':-1' if each else ':' for each in odd)}]" if any(odd) else ""
        found = wrapped(self.activation, f"{{layer}}({{0}}){cut}", x)
        made = call("nn.ConvTranspose2d", x.channels, self.filters, self.kernel_size, **words)
        return Code(found, make=made, imports=imports_of(found))

    def keras(self, x: Spec) -> Code:
        axes = self._axes()
        words: dict[str, object] = {} if self.strides == 1 else {"strides": self.strides}
        source = "{layer}({0})"
        if any(each.front > each.behind for each in axes):
            source += f"[:, {', '.join(each.kept for each in axes)}]"
        elif self.padding != "valid":
            words["padding"] = "same"
        if self.activation != "linear":
            words["activation"] = self.activation
        if not self.use_bias:
            words["use_bias"] = False
        return Code(source, make=named("layers.Conv2DTranspose", self.filters, self.kernel_size, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None:
            return None
        if target == "keras":
            return {"strides": 1, **found} | ({"padding": "half"} if isinstance(seen.call, ast.Subscript) else {})
        return {"strides": 1, **found, "padding": _padding(seen, found), "activation": activation_of(seen.call)}

    def _sizes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return each(self.kernel_size, 2, "kernel_size"), each(self.strides, 2, "strides")

    def _axes(self) -> list["_Axis"]:
        return [_Axis.of(k, s, self.padding) for k, s in zip(*self._sizes(), strict=True)]


@dataclass(frozen=True, slots=True)
class _Axis:
    """Hold what is cut along one axis in front and behind, and what PyTorch is to add behind."""

    front: int
    behind: int
    more: int

    @property
    def kept(self) -> str:
        """What is left of the axis, as a slice."""
        return f"{self.front or ''}:{-self.behind or ''}"

    @classmethod
    def of(cls, kernel: int, stride: int, padding: Padding) -> Self:
        if padding == "valid" or kernel <= stride:
            return cls(0, 0, max(stride - kernel, 0))
        over = kernel - stride
        # What is cut in front and given back behind must be less than the stride.
        ahead = over % 2 if padding == "half" and stride > 1 else 0
        return cls(over // 2 + ahead, over - over // 2 - ahead, ahead)


def _padding(seen: Seen, found: Mapping[str, Any]) -> Padding:
    """Return the padding that a call in PyTorch may have been written for."""
    if not has_keyword(seen.make, "padding"):
        return "valid"
    more = value_of(seen.make, "output_padding") or 0
    kernel, strides = found.get("kernel_size"), found.get("strides", 1)
    if not all(isinstance(sizes, (int, tuple)) for sizes in (kernel, strides, more)):
        return "same"
    sizes = [each(one, 2, "kernel_size") for one in (kernel, strides, more)]  # type: ignore[arg-type]  # asked above
    return "half" if any(n > max(s - k, 0) for k, s, n in zip(*sizes, strict=True)) else "same"
