"""Flatten."""

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, component, named
from gnomon.graph.layout import to_last
from gnomon.graph.spec import Spec


@component("core/flatten@1", title="Flatten", category="Reshape", words=("vector", "ravel"))
class Flatten(Component):
    """Puts all numbers of a sample into one row, so that Dense can take them.

    Channels change fastest, in PyTorch too: the weights of a Dense behind it fit both targets.
    """

    def infer(self, x: Spec) -> Inferred:
        return Inferred(Spec((x.elements,), x.dtype))

    def torch(self, x: Spec) -> Code:
        return Code("{0}.reshape(-1, 1)" if x.rank == 0 else f"{to_last('{0}', x)}.flatten(1)")

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named("layers.Flatten"))
