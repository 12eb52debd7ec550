"""Dot: how much two tensors point the same way."""

from collections.abc import Mapping
from typing import Any

from gnomon.graph.activations import FUNCTIONAL
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, Seen, Target, by_keyword, component, named, param
from gnomon.graph.need import need_number, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls
from gnomon.graph.spec import Spec


@component("core/dot@1", title="Dot", category="Merge", words=("inner product", "similarity", "cosine", "matrix"))
class Dot(Component):
    """Multiplies vectors number by number and sums up; of two sequences, each step of one with each of the other."""

    normalize: bool = param(
        False, doc="Bring vectors to length 1 before, so that the cosine of their angle comes out.", keras="normalize"
    )

    inputs = (Port(name="a", doc="A vector, or a sequence of them."), Port(name="b", doc="Likewise."))

    def infer(self, a: Spec, b: Spec) -> Inferred:
        for each, port in ((a, "a"), (b, "b")):
            need_rank(each, 1, 2, port=port)
            need_number(each, port=port)
        _check(a, b)
        out = (1,) if a.rank == 1 else (a.shape[0], b.shape[0])
        terms = (a.channels or b.channels or 1) * (1 if a.rank == 1 else (a.shape[0] or 1) * (b.shape[0] or 1))
        return Inferred(Spec(out), flops=2 * terms)

    def torch(self, a: Spec, b: Spec) -> Code:
        left, right = ("F.normalize({0}, dim=-1)", "F.normalize({1}, dim=-1)") if self.normalize else ("{0}", "{1}")
        source = f"({left} * {right}).sum(-1, keepdim=True)" if a.rank == 1 else f"{left} @ {right}.transpose(1, 2)"
        return Code(source, imports=(FUNCTIONAL,) if self.normalize else ())

    def keras(self, a: Spec, b: Spec) -> Code:
        words = {"normalize": True} if self.normalize else {}
        return Code("{layer}([{0}, {1}])", make=named("layers.Dot", axes=-1, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return by_keyword(cls, target, seen)
        return {"normalize": calls(seen.call, "F.normalize") is not None} if seen.make is None else None


def _check(a: Spec, b: Spec) -> None:
    if a.rank != b.rank:
        short, port = (a, "a") if a.rank == 1 else (b, "b")
        msg = f"Expected two vectors or two sequences, received {a.text} and {b.text}."
        row = Remedy(
            "Make a sequence of the vector", before={port: ("core/reshape@1", {"shape": [1, short.channels or -1]})}
        )
        raise Problem(msg, port=port, remedies=(row,))
    if a.channels != b.channels and None not in (a.channels, b.channels):
        msg = f"Expected vectors of one length, received {a.text} and {b.text}."
        title = f"Project b to {a.channels} features"
        raise Problem(msg, port="b", remedies=(Remedy(title, before={"b": ("core/dense@1", {"units": a.channels})}),))
