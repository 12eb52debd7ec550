"""Dropout."""

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, call, component, lit, param
from gnomon.graph.need import need_number
from gnomon.graph.spec import Spec


@component("core/dropout@1", title="Dropout", category="Regularise", words=("drop", "regularisation"))
class Dropout(Component):
    """Sets a random share of its inputs to zero while training, and scales the others up; does nothing otherwise.

    Source: Srivastava et al., Dropout, JMLR 15 (2014).
    """

    rate: float = param(0.5, doc="Share of inputs set to zero.", min=0, below=1, role="rate", torch="p", keras="rate")

    torch_args = "p"
    keras_args = "rate"

    def infer(self, x: Spec) -> Inferred:
        need_number(x)
        return Inferred(x)

    def torch(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=call("nn.Dropout", self.rate))

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=f"layers.Dropout({lit(self.rate)}, name={{name}})")
