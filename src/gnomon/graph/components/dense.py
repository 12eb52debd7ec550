"""Dense."""

from collections.abc import Mapping
from typing import Any

from gnomon.graph.activations import Activation, flops_of, imports_of, wrapped
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import need_length, need_number, need_rank
from gnomon.graph.problem import Remedy
from gnomon.graph.reading import activation_of
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places


@component(
    "core/dense@1", title="Dense", category="Dense", words=("linear", "fully connected", "mlp", "perceptron", "units")
)
class Dense(Component):
    """Connects every input with every unit: multiplies by a matrix of weights, adds a bias, applies the activation.

    Behind a sequence it does so at every step, with the same weights.
    """

    units: int = param(
        64, doc="Numbers that come out; of the last one, as many as there are classes or values to predict.",
        min=1, max=1_000_000, role="units", torch="out_features", keras="units",
    )  # fmt: skip
    activation: Activation = param(
        "linear", doc="Function applied to each unit; without one between them, two Dense are no more than one.",
        role="activation", keras="activation",
    )  # fmt: skip
    use_bias: bool = param(
        True, doc="Add a learnt number to each unit; needless in front of a normalisation.", torch="bias",
        keras="use_bias",
    )  # fmt: skip

    torch_args = "in_features out_features bias"
    keras_args = "units activation use_bias"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 1, 2, remedies=self._remedies(x))
        need_number(x)
        inputs = need_length(x.channels, "features", "the weights of Dense depend on it")
        out = (*x.shape[:-1], self.units)
        flops = 2 * inputs * places(out) + flops_of(self.activation, places(out))
        return Inferred(Spec(out), params=(inputs + self.use_bias) * self.units, flops=flops)

    def torch(self, x: Spec) -> Code:
        source = wrapped(self.activation, "{layer}({0})", Spec((*x.shape[:-1], self.units)))
        bias = {} if self.use_bias else {"bias": False}
        return Code(source, make=call("nn.Linear", x.channels, self.units, **bias), imports=imports_of(source))

    def keras(self, x: Spec) -> Code:
        words: dict[str, object] = {} if self.activation == "linear" else {"activation": self.activation}
        if not self.use_bias:
            words["use_bias"] = False
        return Code("{layer}({0})", make=named("layers.Dense", self.units, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None or target == "keras":
            return found
        return {**found, "activation": activation_of(seen.call)}

    def _remedies(self, x: Spec) -> tuple[Remedy, ...]:
        flatten = Remedy("Put a Flatten in front", before={"in": ("core/flatten@1", {})})
        pool = Remedy("Put a global average pooling in front", before={"in": ("core/global_avg_pool@1", {})})
        return (flatten, pool) if x.rank > 2 else (flatten,)
