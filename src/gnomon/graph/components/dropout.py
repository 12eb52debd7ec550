"""Dropout."""

import ast
from collections.abc import Mapping
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, arguments, by_keyword, call, component, lit, param
from gnomon.graph.need import need_number
from gnomon.graph.spec import Spec


@component(
    "core/dropout@1", title="Dropout", category="Regularise", words=("drop", "regularisation", "stochastic depth")
)
class Dropout(Component):
    """Sets a random share of its inputs to zero while training, and scales the others up; does nothing otherwise.

    Source: Srivastava et al., Dropout, JMLR 15 (2014); of whole samples, Huang et al., Deep networks with stochastic
    depth, ECCV (2016).
    """

    rate: float = param(0.5, doc="Share of inputs set to zero.", min=0, below=1, role="rate", torch="p", keras="rate")
    whole: bool = param(
        False, doc="Drop all of a sample or nothing of it: in front of an Add, this skips the layers before it.",
    )  # fmt: skip

    torch_args = "p"
    keras_args = "rate"

    def infer(self, x: Spec) -> Inferred:
        need_number(x)
        return Inferred(x)

    def torch(self, x: Spec) -> Code:
        if self.whole:
            return Code("{layer}({0})", make=call("DropPath", self.rate), helpers=("DropPath",))
        return Code("{layer}({0})", make=call("nn.Dropout", self.rate))

    def keras(self, x: Spec) -> Code:
        shape = f", noise_shape={lit((None, *[1] * x.rank))}" if self.whole else ""
        return Code("{layer}({0})", make=f"layers.Dropout({lit(self.rate)}{shape}, name={{name}})")

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if seen.make is None:
            return None
        is_path = ast.unparse(seen.make.func) == "DropPath"
        if target == "torch" and not is_path:
            return by_keyword(cls, target, seen)
        given = arguments(seen.make, ("rate", "noise_shape"))
        return given and {"rate": given.get("rate", 0.5), "whole": is_path or "noise_shape" in given}
