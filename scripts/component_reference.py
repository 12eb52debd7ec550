"""Write the generated half of docs/reference/components.md from the components; with --check, fail when out of date.

python scripts/component_reference.py [--check]

What stands above the mark is written by hand and kept.
"""

import inspect
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

from gnomon.graph.code.render import filled
from gnomon.graph.code_of import Code
from gnomon.graph.component import TARGETS, Component, Target
from gnomon.graph.param import Param
from gnomon.graph.problem import Problem
from gnomon.graph.registry import components
from gnomon.graph.spec import Spec

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/components.md"
MARK = "<!-- Below this line: scripts/component_reference.py -->\n"
TITLES = {"torch": "PyTorch", "keras": "Keras"}

_USUAL = (
    Spec((28, 28, 16)),
    Spec((64,)),
    Spec((100, 16)),
    Spec((16, 28, 28, 8)),
    Spec((100,), "int64", classes=1000),
    Spec((), "int64", classes=10),
    Spec((1000,), "text"),
    Spec((28, 28, 3)),
)
"""Inputs of examples; the first that a component takes is taken."""


def page() -> str:
    """Return the whole page."""
    head = PAGE.read_text("utf-8").partition(MARK)[0]
    parts = [head + MARK]
    groups = itertools.groupby(components().values(), lambda each: each.category)
    for category, members in groups:
        parts.append(f"\n## {category}\n")
        parts += [section(each) for each in members]
    return "\n".join(parts)


def section(each: type[Component]) -> str:
    """Return what there is to say about one component."""
    lines = [f"### {each.title}", "", f"`{each.type}`", "", inspect.cleandoc(each.__doc__ or ""), ""]
    if each.params:
        lines += ["| parameter | default | may be | meaning |", "|---|---|---|---|"]
        lines += [_row(param) for param in each.params]
        lines.append("")
    return "\n".join(lines + _example(each))


def _row(param: Param) -> str:
    default = "nothing" if param.default is None else f"`{param.default!r}`"
    return f"| `{param.name}` | {default} | {param.expected} | {param.doc} |".replace("\n", " ")


def _example(each: type[Component]) -> list[str]:
    """Return an example: what comes of a usual input, and the code for it; none of a node that is its own code."""
    node = each()
    if each.category in ("Code", "Blocks"):
        return []
    for x in _USUAL:
        inputs = [x] * sum(max(port.least, 2) if port.many else port.least for port in node.takes())
        try:
            found = node.infer(*inputs)
            codes: dict[str, Code] = {target: getattr(node, target)(*inputs) for target in each.targets}
        except Problem:
            continue
        outs = ", ".join("?" if out is None else _said(out) for out in found.outs)
        numbers = [
            f"{count:,} {word}"
            for count, word in ((found.params, "parameters"), (found.state, "numbers kept"))
            if count
        ]
        made = f"{outs}" + (f", with {' and '.join(numbers)}" if numbers else "")
        given = f"{len(inputs)} inputs of {_said(x)} give" if len(inputs) > 1 else f"An input of {_said(x)} gives"
        lines = [f"{given if inputs else 'It gives'} {made}.", ""]
        if each.category == "Output":
            return []
        if not inputs:
            lines += ["In PyTorch it is an argument of `forward`.", ""]
            codes.pop("torch")
        shown = [_code(target, codes[target], len(inputs)) for target in TARGETS if target in codes]
        return [*lines, "```python", *"\n\n".join(shown).split("\n"), "```", ""]
    return []


def _said(x: Spec) -> str:
    """Return a shape in words, with its type when it is no ordinary one."""
    shape = x.text.replace("scalar", "one number")
    return shape if x.dtype == "float32" else f"{shape} ({x.dtype})"


def _code(target: Target, code: Code, inputs: int) -> str:
    """Return what a node writes as statements."""
    names = [f"x{i}" for i in range(inputs)] if inputs > 1 else ["x"]
    piece = filled(code, target, "y", "self.y", names)
    if isinstance(piece, str):
        raise SystemExit(piece)
    made = [] if piece.make is None else [f"self.y = {piece.make}"]
    imports = [*piece.imports, ""] if piece.imports else []
    imports += [f"# {name} is written above the model" for name in piece.helpers]
    return "\n".join([f"# {TITLES[target]}", *imports, *made, f"y = {piece.call}"])


def main(arguments: Sequence[str]) -> None:
    """Write the page, or compare it."""
    text = page()
    if "--check" in arguments:
        if PAGE.read_text("utf-8") != text:
            sys.exit(f"{PAGE.relative_to(PAGE.parents[2])} is out of date: run python scripts/component_reference.py")
        return
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
