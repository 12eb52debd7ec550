"""Arg max: which channel is largest."""

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, component
from gnomon.graph.layout import channel_axis, to_first
from gnomon.graph.need import need_numbers
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Spec


@component("core/arg_max@1", title="Arg max", category="Reshape", words=("class", "largest", "prediction", "label"))
class ArgMax(Component):
    """Gives the number of the channel that is largest: of scores for classes, the class. Nothing is learnt through it."""

    def infer(self, x: Spec) -> Inferred:
        need_numbers(x)
        if x.rank == 0:
            msg = "A single number has no channels to compare."
            raise Problem(msg, port="in")
        return Inferred(Spec(x.shape[:-1], "int64", classes=x.channels), flops=x.elements or 0)

    def torch(self, x: Spec) -> Code:
        return Code(to_first(f"{{0}}.argmax(dim={channel_axis(x)})", Spec(x.shape[:-1])))

    def keras(self, x: Spec) -> Code:
        return Code("ops.argmax({0}, axis=-1)")
