"""Augment: images are changed a little, at random, while training."""

import ast
from collections.abc import Mapping
from typing import Any, Final, Literal

from gnomon.graph.activations import FUNCTIONAL
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, lit, param
from gnomon.graph.need import need_number, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Spec

_FLIPS: Final = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}


@component(
    "core/augment@1",
    title="Augment",
    category="Process",
    words=("flip", "rotate", "shift", "zoom", "noise", "random", "augmentation", "mirror"),
)
class Augment(Component):
    """Flips, turns, shifts and zooms each image at random and adds noise, while training; does nothing otherwise.

    What the model sees is never twice the same, so that it learns what matters. Leave out what would change the meaning:
    a 6 on its head is a 9. Places that come into view are black.
    """

    flip: Literal["none", "horizontal", "vertical", "both"] = param(
        "horizontal", doc="Mirror half of the images, left to right or upside down.", torch="flip"
    )
    rotate: float = param(0.0, doc="Largest turn either way, in degrees.", min=0, max=180, torch="rotate")
    shift: float = param(
        0.0, doc="Largest shift either way, as share of height and width.", min=0, max=1, torch="shift"
    )
    zoom: float = param(0.0, doc="Largest change of size either way, as a share.", min=0, max=0.9, torch="zoom")
    noise: float = param(
        0.0,
        doc="Deviation of the normal noise added to each number, of images that were rescaled.",
        min=0,
        max=1,
        torch="noise",
    )

    torch_args = "flip rotate shift zoom noise"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 3)
        need_number(x)
        if self.flip == "none" and not (self.rotate or self.shift or self.zoom or self.noise):
            msg = "Nothing is switched on, so that images stay as they are."
            raise Problem(msg, param="flip", remedies=(Remedy("Flip left to right", {"flip": "horizontal"}),))
        return Inferred(Spec(x.shape))

    def torch(self, x: Spec) -> Code:
        names = ("flip", "rotate", "shift", "zoom", "noise")
        given = {name: _whole(getattr(self, name)) for name in names if getattr(self, name) not in (0, "none")}
        return Code("{layer}({0})", make=call("Augment", **given), imports=(FUNCTIONAL,), helpers=("Augment",))

    def keras(self, x: Spec) -> Code:
        layers = []
        if self.flip != "none":
            layers.append(call("layers.RandomFlip", _FLIPS[self.flip]))
        if self.rotate:
            layers.append(f'layers.RandomRotation({lit(_whole(self.rotate))} / 360, fill_mode="constant")')
        if self.shift:
            layers.append(call("layers.RandomTranslation", self.shift, self.shift, fill_mode="constant"))
        if self.zoom:
            layers.append(call("layers.RandomZoom", self.zoom, fill_mode="constant"))
        if self.noise:
            layers.append(call("layers.GaussianNoise", _whole(self.noise)))
        return Code("{layer}({0})", make=f"keras.Sequential([{', '.join(layers)}], name={{name}})")

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "torch":
            found = by_keyword(cls, target, seen)
            return None if found is None else {"flip": "none", **found}
        inner = seen.make.args[0] if seen.make is not None and seen.make.args else None
        if not isinstance(inner, ast.List):
            return None
        found = {"flip": "none"}
        for each in inner.elts:
            if not isinstance(each, ast.Call) or not each.args:
                return None
            found |= _of_layer(ast.unparse(each.func), each.args[0])
        return found


def _of_layer(name: str, first: ast.expr) -> dict[str, Any]:
    """Return the parameter that a layer of Keras stands for."""
    if name == "layers.RandomRotation" and isinstance(first, ast.BinOp):
        first = first.left
    value = first.value if isinstance(first, ast.Constant) else None
    names = {"RandomFlip": "flip", "RandomRotation": "rotate", "RandomTranslation": "shift", "RandomZoom": "zoom"}
    param = (names | {"GaussianNoise": "noise"}).get(name.rpartition(".")[2])
    if param == "flip":
        return {"flip": next((ours for ours, theirs in _FLIPS.items() if theirs == value), "none")}
    return {param: value} if param else {}


def _whole(value: object) -> object:
    """Return a number as people write it: 15 rather than 15.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
