"""Code: statements that their author wrote by hand and that no component says; kept as they are."""

import re
from dataclasses import replace
from typing import Final, Literal

from gnomon.graph.component import Component, Inferred, Port, component, param
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Dim, Dtype, Spec

_DTYPES: Final[tuple[Dtype, ...]] = ("float32", "int64", "bool", "text")
_NAME: Final = re.compile(r"[^\W\d]\w*\Z")


@component("core/code@1", title="Code", category="Code", words=("python", "custom", "lambda", "own", "statement"))
class CodeNode(Component):
    """Runs statements of your own between the others; they are never run by the server, only written into the model.

    Its inputs and outputs are the names that its statements read and assign. What comes out follows from the statements
    where they are operators, functions and layers that are known, and else once `shapes` says it.
    """

    blind = True

    code: str = param("", kind="code", doc="Statements of forward (PyTorch) or build (Keras).")
    setup: str = param("", kind="code", doc="Statements of __init__ that they need (PyTorch).")
    target: Literal["torch", "keras"] = param("torch", doc="What they are written for.")
    reads: str = param("", kind="text", doc="Names that they read, with spaces between.")
    writes: str = param("", kind="text", doc="Names that they assign and that others read, with spaces between.")
    shapes: str = param(
        "",
        kind="text",
        doc="What comes out, such as 28×28×16; ?×64 int64. Empty: as far as the statements tell.",
        in_code=False,
    )

    def takes(self) -> tuple[Port, ...]:
        return tuple(Port(name=name) for name in names_of(self.reads, "reads"))

    def gives(self) -> tuple[Port, ...]:
        return tuple(Port(name=name) for name in names_of(self.writes, "writes"))

    def infer(self, *parts: Spec | None) -> Inferred:
        writes = names_of(self.writes, "writes")
        outs = len(writes)
        said = [_shape(each) for each in self.shapes.split(";")] if self.shapes.strip() else []
        if len(said) > outs:
            msg = f"shapes: expected at most {outs} (one for each output, with ; between), received {len(said)}."
            raise Problem(msg, param="shapes")
        said += [None] * (outs - len(said))
        if outs == 0 or all(each is not None and None not in each.shape for each in said):
            return Inferred(tuple(said))
        # Reading code takes components: it cannot be there before them.
        from gnomon.graph.code.shapes import shapes_of  # noqa: PLC0415

        found = shapes_of(self.code, self.setup, self.target, names_of(self.reads, "reads"), writes, parts)
        return Inferred(tuple(_both(one, other) for one, other in zip(said, found, strict=True)))


def names_of(text: str, param: str) -> tuple[str, ...]:
    """Return the names in a text, which spaces or commas part.

    Raises:
        Problem: One is no Python name, or stands there twice.
    """
    names = tuple(text.replace(",", " ").split())
    for name in names:
        if not _NAME.match(name):
            msg = f"{param}: expected names such as x, received {name!r:.80}."
            raise Problem(msg, param=param)
        if names.count(name) > 1:
            msg = f"{param}: expected names that differ, received {name} twice."
            raise Problem(msg, param=param)
    return names


def _shape(text: str) -> Spec | None:
    """Return the spec that a text such as `28×28×1 int64` says; `None` when it says nothing."""
    words = text.split()
    dtype: Dtype = next((each for each in _DTYPES if words and words[-1] == each), "float32")
    axes = "".join(words[:-1] if words and words[-1] in _DTYPES else words)
    if not axes:
        return None
    if axes == "scalar":
        return Spec((), dtype)
    return Spec(tuple(_axis(each) for each in re.split("[×x,]", axes.strip("(),"))), dtype)


def _both(said: Spec | None, found: Spec | None) -> Spec | None:
    """Return what is said of an output, with the lengths that it leaves open as they follow from the statements."""
    if said is None or found is None:
        return said or found
    if said.rank != found.rank:
        return said
    axes = (other if one is None else one for one, other in zip(said.shape, found.shape, strict=True))
    return replace(said, shape=tuple(axes))


def _axis(text: str) -> Dim:
    if text in ("?", "None", "-1"):
        return None
    if not text.isdecimal() or int(text) < 1:
        msg = f"shapes: expected axes such as 28×28×16 (? where one varies), received {text!r:.80}."
        raise Problem(msg, param="shapes")
    return int(text)


def said(specs: tuple[Spec | None, ...]) -> str:
    """Return what the parameter `shapes` says for these.

    Example:
        >>> said((Spec((28, None, 1)), None, Spec((), "int64")))
        '28×?×1; ; scalar int64'
    """
    if all(each is None for each in specs):
        return ""
    return "; ".join(
        "" if each is None else each.text + ("" if each.dtype == "float32" else f" {each.dtype}") for each in specs
    )
