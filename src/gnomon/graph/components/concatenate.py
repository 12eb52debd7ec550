"""Concatenate: several tensors become one, put one behind another along an axis."""

from collections.abc import Mapping
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, Seen, Target, by_keyword, component, named, param
from gnomon.graph.layout import axis, logical_axis
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls, value_of
from gnomon.graph.same_places import same_places
from gnomon.graph.spec import Spec


@component(
    "core/concatenate@1",
    title="Concatenate",
    category="Merge",
    words=("concat", "join", "merge", "stack", "cat", "skip"),
)
class Concatenate(Component):
    """Puts tensors one behind another along an axis; all other axes must be equal."""

    axis: int = param(
        -1,
        doc="Axis that grows, counted from the end: -1 is the channels, -2 the steps or the width.",
        min=-4,
        max=-1,
        keras="axis",
    )

    inputs = (Port(name="in", doc="Two or more tensors, equal in all axes but one.", many=True, least=2),)
    keras_args = "axis"

    def infer(self, *parts: Spec) -> Inferred:
        first = parts[0]
        if first.rank < -self.axis:
            msg = f"Inputs of {first.rank} {'axis' if first.rank == 1 else 'axes'} have no axis {self.axis}."
            raise Problem(msg, param="axis", remedies=_less(parts))
        for i, part in enumerate(parts):
            self._check(first, part, i, parts)
        lengths = [part.shape[self.axis] for part in parts]
        shape = [next((n for n in axes if n is not None), None) for axes in zip(*(p.shape for p in parts), strict=True)]
        shape[self.axis] = None if None in lengths else sum(n for n in lengths if n is not None)
        return Inferred(Spec(tuple(shape), first.dtype))

    def _check(self, first: Spec, part: Spec, i: int, parts: tuple[Spec, ...]) -> None:
        if part.dtype != first.dtype:
            msg = f"Inputs must be of one type; input 1 is {first.dtype} and input {i + 1} is {part.dtype}."
            remedies = () if "text" in (part.dtype, first.dtype) else (
                Remedy(f"Cast input {i + 1} to {first.dtype}", before={f"in.{i}": ("core/cast@1", {"dtype": first.dtype})}),
            )  # fmt: skip
            raise Problem(msg, port=f"in.{i}", remedies=remedies)
        if part.rank == first.rank and _differ(first, part) <= {self.axis}:
            return
        shapes = " and ".join(each.text for each in parts)
        msg = f"Inputs of {shapes} do not fit: all axes but axis {self.axis} must be equal."
        places = same_places(parts, channels=False) if self.axis == -1 else ()
        raise Problem(msg, port=f"in.{i}", remedies=(*places, *_remedies(parts)))

    def torch(self, *parts: Spec) -> Code:
        return Code(f"torch.cat([{{inputs}}], dim={axis(parts[0], parts[0].rank + self.axis)})")

    def keras(self, *parts: Spec) -> Code:
        words = {} if self.axis == -1 else {"axis": self.axis}
        return Code("{layer}([{inputs}])", make=named("layers.Concatenate", **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return by_keyword(cls, target, seen)
        dim = value_of(calls(seen.call, "torch.cat"), "dim")
        if not isinstance(dim, int) or not seen.inputs:
            return None
        first = seen.inputs[0]
        return {"axis": logical_axis(first, dim) - first.rank}


def _differ(a: Spec, b: Spec) -> set[int]:
    """Return the axes, counted from the end, that are known to differ."""
    pairs = zip(a.shape, b.shape, strict=True)
    return {i - a.rank for i, (m, n) in enumerate(pairs) if m != n and None not in (m, n)}


def _less(parts: tuple[Spec, ...]) -> tuple[Remedy, ...]:
    """Return what puts together inputs of fewer axes."""
    if parts[0].rank:
        return (Remedy("Put channels one behind another", {"axis": -1}),)
    rows = {f"in.{i}": ("core/reshape@1", {"shape": [1]}) for i, part in enumerate(parts) if not part.rank}
    return (Remedy("Make vectors of the numbers", {"axis": -1}, before=rows),)


def _remedies(parts: tuple[Spec, ...]) -> tuple[Remedy, ...]:
    """Return what makes all inputs fit: another axis, when there is one; everything as vectors otherwise."""
    if len({part.rank for part in parts}) == 1:
        differ = set[int]().union(*(_differ(a, b) for a in parts for b in parts))
        if len(differ) == 1 and min(differ) >= -4:
            (only,) = differ
            return (Remedy(f"Concatenate along axis {only}", {"axis": only}),)
    pictures = {f"in.{i}": ("core/flatten@1", dict[str, Any]()) for i, part in enumerate(parts) if part.rank != 1}
    return (Remedy("Flatten the inputs", {"axis": -1}, before=pictures),)
