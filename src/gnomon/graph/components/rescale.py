"""Rescale: numbers of another range, such as pixels from 0 to 255, become small ones."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, component, lit, param
from gnomon.graph.layout import is_first
from gnomon.graph.need import need_number
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places

Floats = tuple[float, ...]


@component(
    "core/rescale@1",
    title="Rescale",
    category="Process",
    words=("normalise", "normalize", "standardise", "scale", "mean", "std"),
)
class Rescale(Component):
    """Takes the mean away and divides by the deviation, so that what enters the layers is about as large as 1.

    `y = (x - mean) / std`, with one mean and deviation for all channels or one for each.
    """

    mean: Floats = param(
        (0.0,), kind="floats", doc="What is taken away: one number, or one for each channel.", role="mean"
    )
    std: Floats = param(
        (255.0,), kind="floats", doc="What is divided by, likewise: 255 brings pixels to 0 … 1.", above=0, role="std"
    )

    def infer(self, x: Spec) -> Inferred:
        need_number(x)
        for name, given in (("mean", self.mean), ("std", self.std)):
            if len(given) != 1 and len(given) != x.channels:
                self._refuse(name, given, x)
        if len(self.mean) != len(self.std):
            short, much = ("mean", len(self.std)) if len(self.mean) == 1 else ("std", len(self.mean))
            msg = f"{short}: expected {much} numbers, as many as the other has, received 1."
            repeated = list(getattr(self, short) * much)
            raise Problem(
                msg, param=short, remedies=(Remedy(f"Use {repeated[0]:g} for each channel", {short: repeated}),)
            )
        return Inferred(Spec(x.shape), flops=(1 + any(self.mean)) * places(x.shape))

    def _refuse(self, name: str, given: Floats, x: Spec) -> None:
        has = "?" if x.channels is None else x.channels
        msg = f"{name}: expected one number, or one for each of {has} channels, received {len(given)}."
        first = list(given[:1] or (self.params[0 if name == "mean" else 1].default))
        raise Problem(msg, param=name, remedies=(Remedy(f"Use {first[0]:g} for all channels", {name: first}),))

    def torch(self, x: Spec) -> Code:
        if len(self.std) == 1:
            return Code(_plain(self.mean[0], self.std[0]))
        view = f".view({', '.join(['-1', *['1'] * (x.rank - 1)])})" if is_first(x) else ""
        mean, std = (f"{{0}}.new_tensor({lit(_short(each))}){view}" for each in (self.mean, self.std))
        return Code(f"({{0}} - {mean}) / {std}")

    def keras(self, x: Spec) -> Code:
        if len(self.std) == 1:
            return Code(_plain(self.mean[0], self.std[0]))
        squares = ", ".join(f"{lit(_whole(each))}**2" for each in self.std)
        mean = lit(list(_short(self.mean)))
        return Code("{layer}({0})", make=f"layers.Normalization(mean={mean}, variance=[{squares}], name={{name}})")

    @classmethod
    def read(cls, _target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if seen.make is not None:
            return _of_normalization(seen.make)
        if not (isinstance(seen.call, ast.BinOp) and isinstance(seen.call.op, ast.Div)):
            return None
        left = seen.call.left
        mean: Floats | None = (0.0,)
        if isinstance(left, ast.BinOp):
            mean = _floats(left.right)
            if mean is not None and isinstance(left.op, ast.Add):
                mean = tuple(-each for each in mean)
        std = _floats(seen.call.right)
        return None if mean is None or std is None else {"mean": mean, "std": std}


def _plain(mean: float, std: float) -> str:
    """Return the source for one mean and deviation."""
    if mean == 0:
        return f"{{0}} / {lit(_whole(std))}"
    sign = "-" if mean > 0 else "+"
    return f"({{0}} {sign} {lit(_whole(abs(mean)))}) / {lit(_whole(std))}"


def _whole(number: float) -> float:
    """Return a number as people write it: 255 rather than 255.0."""
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _short(numbers: Sequence[float]) -> tuple[float, ...]:
    return tuple(map(_whole, numbers))


def _floats(node: ast.expr) -> Floats | None:
    """Return the numbers in a literal, or in that of a tensor such as `x0.new_tensor((1, 2)).view(-1, 1)`."""
    tensor = calls(node, "x0.new_tensor")
    try:
        found = ast.literal_eval(tensor.args[0] if tensor is not None and tensor.args else node)
    except (ValueError, TypeError):
        return None
    numbers = found if isinstance(found, (tuple, list)) else (found,)
    return tuple(map(float, numbers)) if all(isinstance(n, (int, float)) for n in numbers) else None


def _of_normalization(made: ast.Call) -> Mapping[str, Any] | None:
    given = {word.arg: word.value for word in made.keywords}
    mean, variance = given.get("mean"), given.get("variance")
    if mean is None or not isinstance(variance, ast.List):
        return None
    roots = [_floats(each.left) if isinstance(each, ast.BinOp) else None for each in variance.elts]
    found = _floats(mean)
    if found is None or any(root is None for root in roots):
        return None
    return {"mean": found, "std": tuple(root[0] for root in roots if root)}
