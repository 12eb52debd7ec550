"""Permute: the axes in another order."""

import ast
from collections.abc import Mapping
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, component, named, param
from gnomon.graph.layout import axis, logical_axis
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import literals_of
from gnomon.graph.spec import Spec


@component("core/permute@1", title="Permute", category="Reshape", words=("transpose", "swap", "axes", "order"))
class Permute(Component):
    """Puts the axes of a sample into another order."""

    order: tuple[int, ...] = param(
        (2, 1), doc="The axes in their new order, counted from 1 without the batch: 2, 1 swaps the two of a sequence.",
        min=1, max=8, keras="dims",
    )  # fmt: skip

    keras_args = "dims"

    def infer(self, x: Spec) -> Inferred:
        if sorted(self.order) != list(range(1, x.rank + 1)):
            axes = ", ".join(map(str, range(1, x.rank + 1)))
            msg = f"order: expected each axis of {x.text} once ({axes}), received {', '.join(map(str, self.order))}."
            swapped = list(range(x.rank, 0, -1))
            remedy = Remedy(f"Set order to {', '.join(map(str, swapped))}", {"order": swapped})
            raise Problem(msg, param="order", remedies=(remedy,) if x.rank else ())
        return Inferred(Spec(tuple(x.shape[i - 1] for i in self.order), x.dtype))

    def torch(self, x: Spec) -> Code:
        dims = (axis(x, self.order[logical_axis(x, dim)] - 1) for dim in range(1, x.rank + 1))
        return Code(f"{{0}}.permute(0, {', '.join(map(str, dims))})")

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named("layers.Permute", self.order))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return by_keyword(cls, target, seen)
        if not (isinstance(seen.call, ast.Call) and ast.unparse(seen.call.func) == "x0.permute" and seen.inputs):
            return None
        dims, x = literals_of(seen.call.args), seen.inputs[0]
        if dims is None or sorted(dims) != list(range(x.rank + 1)) or dims[0] != 0:
            return None
        return {"order": tuple(logical_axis(x, dims[axis(x, i)]) + 1 for i in range(x.rank))}
