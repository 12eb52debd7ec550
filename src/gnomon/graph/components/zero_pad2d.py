"""Zero padding."""

from collections.abc import Mapping
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, arguments, call, component, named, param
from gnomon.graph.need import IMAGE, need_rank
from gnomon.graph.spec import Dim, Spec

_MOST = 10_000


@component("core/zero_pad2d@1", title="Zero pad", category="Convolution", words=("padding", "border", "margin", "2d"))
class ZeroPad2D(Component):
    """Puts a border of zeros around an image."""

    inputs = IMAGE

    top: int = param(1, doc="Rows above.", min=0, max=_MOST)
    bottom: int = param(1, doc="Rows below.", min=0, max=_MOST)
    left: int = param(1, doc="Columns to the left.", min=0, max=_MOST)
    right: int = param(1, doc="Columns to the right.", min=0, max=_MOST)

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        height, width = x.shape[:2]
        out = (_plus(height, self.top + self.bottom), _plus(width, self.left + self.right), x.channels)
        return Inferred(Spec(out, x.dtype), grows=((1, 1), (1, 1)))

    def torch(self, x: Spec) -> Code:
        border = (self.left, self.right, self.top, self.bottom)
        return Code("{layer}({0})", make=call("nn.ZeroPad2d", self._even() or border))

    def keras(self, x: Spec) -> Code:
        border = ((self.top, self.bottom), (self.left, self.right))
        return Code("{layer}({0})", make=named("layers.ZeroPadding2D", self._even() or border))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        given = arguments(seen.make, ("padding",)) if seen.make is not None else None
        match given and given.get("padding"):
            case int(n):
                return {"top": n, "bottom": n, "left": n, "right": n}
            case (left, right, top, bottom) if target == "torch":
                return {"top": top, "bottom": bottom, "left": left, "right": right}
            case ((top, bottom), (left, right)) if target == "keras":
                return {"top": top, "bottom": bottom, "left": left, "right": right}
        return None

    def _even(self) -> int | None:
        """Return the width of the border when it is the same on all sides; 0 on all is written out."""
        return self.top if len({self.top, self.bottom, self.left, self.right}) == 1 else None


def _plus(axis: Dim, more: int) -> Dim:
    return None if axis is None else axis + more
