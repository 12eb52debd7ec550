"""Upsampling."""

from collections.abc import Mapping
from typing import Any, Literal

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import IMAGE, need_number, need_rank
from gnomon.graph.spec import Spec
from gnomon.graph.windows import Sizes, each, places


@component(
    "core/upsample2d@1", title="Upsample", category="Pool", words=("enlarge", "resize", "decoder", "u-net", "2d")
)
class UpSample2D(Component):
    """Makes an image larger by repeating its pixels, or by blending between them; learns nothing."""

    inputs = IMAGE

    size: Sizes = param(
        2, kind="sizes", doc="How many times larger height and width become.", min=1, max=1_024, torch="scale_factor",
        keras="size",
    )  # fmt: skip
    interpolation: Literal["nearest", "bilinear"] = param(
        "nearest", doc="nearest repeats each pixel, bilinear blends between neighbours.", torch="mode",
        keras="interpolation",
    )  # fmt: skip

    torch_args = "size scale_factor mode"
    keras_args = "size"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        need_number(x)
        sizes = each(self.size, 2, "size")
        grown = tuple(None if n is None else n * k for n, k in zip(x.shape[:-1], sizes, strict=True))
        out = (*grown, x.channels)
        # Four weighted neighbours make one pixel.
        return Inferred(Spec(out), flops=0 if self.interpolation == "nearest" else 7 * places(out))

    def torch(self, x: Spec) -> Code:
        words: dict[str, object] = {} if self.interpolation == "nearest" else {"mode": self.interpolation}
        return Code("{layer}({0})", make=call("nn.Upsample", scale_factor=self.size, **words))

    def keras(self, x: Spec) -> Code:
        words: dict[str, object] = {} if self.interpolation == "nearest" else {"interpolation": self.interpolation}
        return Code("{layer}({0})", make=named("layers.UpSampling2D", self.size, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        return None if seen.make is None else by_keyword(cls, target, seen)
