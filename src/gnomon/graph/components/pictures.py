"""What is done to images before the layers see them: grey, another size, the middle."""

import ast
from collections.abc import Mapping
from typing import Any, Literal

from gnomon.graph.activations import FUNCTIONAL
from gnomon.graph.code_of import Code
from gnomon.graph.component import (
    Component,
    Inferred,
    Seen,
    Target,
    arguments,
    by_keyword,
    component,
    lit,
    named,
    param,
)
from gnomon.graph.need import need_number, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls, literals_of
from gnomon.graph.spec import Dim, Spec
from gnomon.graph.windows import places

_MOST = 65_536


@component("core/grayscale@1", title="Grayscale", category="Process", words=("grey", "gray", "colour", "color", "luma"))
class Grayscale(Component):
    """Makes a grey image of one in colours, each colour weighed as the eye does.

    Source: Rec. ITU-R BT.601, section 2.5.1.
    """

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        need_number(x)
        if x.channels != 3:
            has = "an unknown number" if x.channels is None else x.channels
            msg = f"Expected 3 channels (red, green, blue), received {has}."
            raise Problem(msg, port="in")
        return Inferred(Spec((*x.shape[:2], 1)), flops=5 * places(x.shape[:2]))

    def torch(self, x: Spec) -> Code:
        return Code("0.2989 * {0}[:, 0:1] + 0.587 * {0}[:, 1:2] + 0.114 * {0}[:, 2:3]")

    def keras(self, x: Spec) -> Code:
        return Code("ops.image.rgb_to_grayscale({0})")


@component("core/resize@1", title="Resize", category="Process", words=("scale", "interpolate", "size", "thumbnail"))
class Resize(Component):
    """Brings images to another size; their proportions change with it."""

    height: int = param(32, doc="Rows that come out.", min=1, max=_MOST, keras="height")
    width: int = param(32, doc="Columns that come out.", min=1, max=_MOST, keras="width")
    interpolation: Literal["bilinear", "nearest"] = param(
        "bilinear", doc="bilinear mixes neighbours; nearest keeps values as they are, as a mask of classes needs it.",
        keras="interpolation",
    )  # fmt: skip

    keras_args = "height width interpolation"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        need_number(x)
        out = (self.height, self.width, x.channels)
        return Inferred(Spec(out), flops=(7 if self.interpolation == "bilinear" else 0) * places(out))

    def torch(self, x: Spec) -> Code:
        # PyTorch's "nearest" keeps an old fault; "nearest-exact" takes the pixel that is nearest, as Keras does.
        mode = "bilinear" if self.interpolation == "bilinear" else "nearest-exact"
        return Code(f"F.interpolate({{0}}, ({self.height}, {self.width}), mode={lit(mode)})", imports=(FUNCTIONAL,))

    def keras(self, x: Spec) -> Code:
        words = {} if self.interpolation == "bilinear" else {"interpolation": self.interpolation}
        return Code("{layer}({0})", make=named("layers.Resizing", self.height, self.width, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return by_keyword(cls, target, seen)
        found = calls(seen.call, "F.interpolate")
        given = arguments(ast.Call(found.func, found.args[1:], found.keywords), ("size",)) if found else None
        size = given.get("size") if given else None
        if given is None or not isinstance(size, tuple) or len(size) != 2:
            return None
        mode = "nearest" if given.get("mode") == "nearest-exact" else "bilinear"
        return {"height": size[0], "width": size[1], "interpolation": mode}


@component("core/crop@1", title="Crop", category="Process", words=("cut", "centre", "center", "middle"))
class Crop(Component):
    """Cuts the middle out of images."""

    height: int = param(24, doc="Rows that stay.", min=1, max=_MOST, keras="height")
    width: int = param(24, doc="Columns that stay.", min=1, max=_MOST, keras="width")

    keras_args = "height width"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        need_number(x)
        for name, has in zip(("height", "width"), x.shape[:2], strict=True):
            wanted = getattr(self, name)
            if has is not None and wanted > has:
                msg = f"{name}: the image has {has}, and {wanted} are to stay."
                raise Problem(msg, param=name, remedies=(Remedy(f"Set {name} to {has}", {name: has}), self._resize()))
        return Inferred(Spec((self.height, self.width, x.channels)))

    def _resize(self) -> Remedy:
        return Remedy("Resize instead", {"height": self.height, "width": self.width}, replace="core/resize@1")

    def torch(self, x: Spec) -> Code:
        return Code(f"{{0}}[:, :, {_middle(x.shape[0], self.height)}, {_middle(x.shape[1], self.width)}]")

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named("layers.CenterCrop", self.height, self.width))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return by_keyword(cls, target, seen)
        slices = [(each.lower, each.upper) for each in ast.walk(seen.call) if isinstance(each, ast.Slice)]
        found = [literals_of([low, high]) for low, high in slices if low is not None and high is not None]
        sizes = [ends[1] - ends[0] for ends in found if ends and all(isinstance(end, int) for end in ends)]
        return {"height": sizes[0], "width": sizes[1]} if len(sizes) == 2 else None


def _middle(has: Dim, wanted: int) -> str:
    """Return the slice of the middle of an axis."""
    if has is None:
        msg = "PyTorch has to know the size of the image to find its middle. Give the input a size, or Resize before."
        raise Problem(msg, port="in")
    start = (has - wanted) // 2
    return f"{start}:{start + wanted}"
