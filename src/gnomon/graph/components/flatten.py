"""Flatten."""

import ast
from collections.abc import Mapping
from typing import Any, Literal

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, component, named, param
from gnomon.graph.layout import is_first, to_last
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls
from gnomon.graph.spec import Spec


@component("core/flatten@1", title="Flatten", category="Reshape", words=("vector", "ravel"))
class Flatten(Component):
    """Puts all numbers of a sample into one row, so that Dense can take them."""

    order: Literal["channels_last", "channels_first"] = param(
        "channels_last",
        doc="Of images, what changes fastest in the row; weights of a Dense behind fit code of the same order only, and "
        "PyTorch's own is channels_first.",
    )  # fmt: skip

    def infer(self, x: Spec) -> Inferred:
        if self.order == "channels_first" and not is_first(x):
            msg = f"order: only images and volumes can have their channels first, received {x.text}."
            remedy = Remedy("Set order to channels_last", {"order": "channels_last"})
            raise Problem(msg, param="order", remedies=(remedy,))
        return Inferred(Spec((x.elements,), x.dtype))

    def torch(self, x: Spec) -> Code:
        if x.rank == 0:
            return Code("{0}.reshape(-1, 1)")
        source = to_last("{0}", x) if self.order == "channels_last" else "{0}"
        return Code(f"{source}.flatten(1)")

    def keras(self, x: Spec) -> Code:
        places = ", ".join(str(i) for i in range(1, x.rank))
        source = "{0}" if self.order == "channels_last" else f"layers.Permute(({x.rank}, {places}))({{0}})"
        return Code(f"{{layer}}({source})", make=named("layers.Flatten"))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            turned = calls(seen.call, "layers.Permute") is not None
        else:
            image = bool(seen.inputs) and is_first(seen.inputs[0])
            turned = image and "permute" not in ast.unparse(seen.call)
        return {"order": "channels_first" if turned else "channels_last"}
