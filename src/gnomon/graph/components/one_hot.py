"""One-hot: numbers of kinds become vectors of zeros with a single one."""

from collections.abc import Mapping
from typing import Any

from gnomon.graph.activations import FUNCTIONAL
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, component, param
from gnomon.graph.layout import to_first
from gnomon.graph.need import need_ids, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls, literals_of
from gnomon.graph.spec import Spec


@component("core/one_hot@1", title="One-hot", category="Process", words=("category", "dummy", "encode", "label"))
class OneHot(Component):
    """Makes a vector of each number of a kind: all zeros, and a one at its place."""

    classes: int = param(10, doc="How many kinds there are; they count from 0.", min=1, max=1_000_000, role="classes")

    def infer(self, x: Spec) -> Inferred:
        need_ids(x)
        need_rank(x, 0, 1, 2, 3)
        if x.classes is not None and x.classes > self.classes:
            msg = f"classes: kinds go up to {x.classes - 1}, and there are places for {self.classes}."
            remedies = (Remedy(f"Set classes to {x.classes}", {"classes": x.classes}),)
            raise Problem(msg, param="classes", remedies=remedies)
        return Inferred(Spec((*x.shape, self.classes)))

    def torch(self, x: Spec) -> Code:
        # A volume of kinds is channels first too: its last axis goes back to its place before channels are added.
        source = "{0}.permute(0, 2, 3, 1)" if x.rank == 3 else "{0}"
        made = to_first(f"F.one_hot({source}, {self.classes})", Spec((*x.shape, self.classes)))
        return Code(f"{made}.float()", imports=(FUNCTIONAL,))

    def keras(self, x: Spec) -> Code:
        return Code(f"ops.one_hot({{0}}, {self.classes})")

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = calls(seen.call, "F.one_hot" if target == "torch" else "ops.one_hot")
        given = literals_of(found.args[1:]) if found else None
        return {"classes": given[0]} if given else None
