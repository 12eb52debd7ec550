"""Reshape: the same numbers in other axes."""

import ast
from collections.abc import Mapping
from math import prod
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, component, named, param
from gnomon.graph.layout import to_first, to_last
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import literals_of
from gnomon.graph.spec import Spec


@component("core/reshape@1", title="Reshape", category="Reshape", words=("view", "unflatten", "axes", "expand"))
class Reshape(Component):
    """Arranges the numbers of a sample in other axes, channels last in both targets; their order stays."""

    shape: tuple[int, ...] = param(
        (-1,), doc="The new axes without the batch; -1, once, for what is left over.", min=-1, max=1 << 24, role="shape",
        keras="target_shape",
    )  # fmt: skip

    keras_args = "target_shape"

    def infer(self, x: Spec) -> Inferred:
        if not self.shape or len(self.shape) > 4 or 0 in self.shape or self.shape.count(-1) > 1:
            msg = f"shape: expected one to four lengths, at most one of them -1, received {list(self.shape)}."
            raise Problem(msg, param="shape", remedies=_remedies(x, self.shape))
        known = prod(n for n in self.shape if n != -1)
        if x.elements is not None and (x.elements % known if -1 in self.shape else x.elements != known):
            msg = f"shape: the input has {x.elements} numbers ({x.text}), and {_text(self.shape)} has {known}"
            msg += ", which does not divide them." if -1 in self.shape else "."
            raise Problem(msg, param="shape", remedies=_remedies(x, self.shape))
        left = None if x.elements is None else x.elements // known
        return Inferred(Spec(tuple(left if n == -1 else n for n in self.shape), x.dtype, x.classes))

    def torch(self, x: Spec) -> Code:
        batch = "{0}.shape[0]" if -1 in self.shape else "-1"
        source = f"{to_last('{0}', x)}.reshape({batch}, {', '.join(map(str, self.shape))})"
        return Code(to_first(source, Spec(self.shape)))

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named("layers.Reshape", self.shape))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return by_keyword(cls, target, seen)
        for each in ast.walk(seen.call):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "reshape":
                found = literals_of(each.args[1:])
                return None if found is None else {"shape": found}
        return None


def _text(shape: tuple[int, ...]) -> str:
    return "×".join("?" if n == -1 else str(n) for n in shape)


def _remedies(x: Spec, shape: tuple[int, ...]) -> tuple[Remedy, ...]:
    """Return shapes near the one wanted that have as many numbers as there are."""
    found: list[tuple[int, ...]] = []
    tail = tuple(n for n in shape[1:] if n > 0)
    if x.elements is not None and tail and len(tail) < 4 and x.elements % prod(tail) == 0:
        found.append((x.elements // prod(tail), *tail))
    remedies = [Remedy(f"Set shape to {_text(each)}", {"shape": list(each)}) for each in found]
    return (*remedies, Remedy("Flatten instead", replace="core/flatten@1"))
