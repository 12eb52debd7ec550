"""The file of a model in PyTorch."""

import re
import sys
from collections.abc import Iterable, Iterator

from gnomon.graph.code.names import attribute, class_name
from gnomon.graph.code.opaque import indented
from gnomon.graph.code.parts import Out, body, example_shape, head, of, returned
from gnomon.graph.code.plan import Plan
from gnomon.graph.components.code import CodeNode
from gnomon.graph.layout import torch_shape
from gnomon.graph.spec import Spec

ALWAYS = ("import torch", "from torch import nn")


def torch_lines(plan: Plan) -> Iterator[Out]:
    """Return the file."""
    yield from head(plan, sorted_imports(imports_of(plan)))
    name = class_name(plan.graph.name)
    yield from map(Out, ["", ""])
    yield from class_lines(plan, name)
    yield from map(Out, ["", "", *run(plan, name)])


def imports_of(plan: Plan) -> set[str]:
    """Return the imports of the file."""
    return {line for piece in plan.pieces.values() for line in piece.imports} | set(ALWAYS) | set(_of_code(plan))


def class_lines(plan: Plan, name: str) -> Iterator[Out]:
    """Return the class."""
    yield Out(f"class {name}(nn.Module):")
    yield from map(Out, _init_header(plan))
    yield from made(plan)
    if any(piece.make for piece in plan.pieces.values()):
        yield Out()
    yield from signature(plan)
    yield from body(plan, 8)
    yield from result(plan)


def _init_header(plan: Plan) -> list[str]:
    has = any(piece.make for piece in plan.pieces.values())
    return ["    def __init__(self) -> None:", "        super().__init__()"] if has else []


def made(plan: Plan) -> Iterator[Out]:
    """Return the statements of `__init__`."""
    for name in plan.report.order:
        piece = plan.pieces.get(name)
        if piece is not None and piece.make is not None:
            if isinstance(plan.report.nodes[name].component, CodeNode):
                yield from (Out(line, name) for line in indented(piece.make, 8))
            else:
                yield from of(f"self.{attribute(name)} = {piece.make}", 8, name)


def signature(plan: Plan) -> Iterator[Out]:
    """Return the header of `forward`."""
    given = "".join(f", {name}: torch.Tensor" for name in plan.inputs)
    yield from of(f"def forward(self{given}) -> {annotation(len(returned(plan)))}:", 4)


def annotation(count: int) -> str:
    """Return the type of what `forward` gives."""
    return "None" if count == 0 else "torch.Tensor" if count == 1 else f"tuple[{', '.join(['torch.Tensor'] * count)}]"


def result(plan: Plan) -> Iterator[Out]:
    """Return the last statement of `forward`."""
    found = returned(plan)
    nodes = [node for node, _ in found]
    text = f"return {', '.join(variable for _, variable in found) or 'None'}"
    yield from of(text if len(text) <= 92 else f"return ({text[7:]})", 8, nodes[0] if len(nodes) == 1 else "")


def run(plan: Plan, name: str) -> list[str]:
    """Return what runs when the file is run: one batch of zeros goes through the model."""
    zeros = [zeros_like(plan.report.nodes[node].outs[0]) for node in plan.inputs]
    count = len(returned(plan))
    lines = ['if __name__ == "__main__":', f"    model = {name}()"]
    lines += [line.text for line in of(f"outputs = model({', '.join(zeros)})", 4)]
    shapes = "tuple(outputs.shape)" if count == 1 else "[tuple(each.shape) for each in outputs]"
    lines.append('    print(f"{sum(each.numel() for each in model.parameters()):,} parameters")')
    return [*lines, f"    print({shapes})"] if count else lines


def zeros_like(spec: Spec | None) -> str:
    """Return the expression of a batch of two samples of zeros."""
    known = Spec(example_shape(spec), spec.dtype if spec else "float32")
    sizes = ", ".join(map(str, (2, *torch_shape(known))))
    dtype = {"float32": "", "bool": ", dtype=torch.bool"}.get(known.dtype, ", dtype=torch.int64")
    return f"torch.zeros({sizes}{dtype})"


def _of_code(plan: Plan) -> Iterator[str]:
    """Return the imports that the statements of Code nodes need, as far as it is plain which they are."""
    known = {"F": "import torch.nn.functional as F", "math": "import math"}
    for name, piece in plan.pieces.items():
        if isinstance(plan.report.nodes[name].component, CodeNode):
            text = f"{piece.call}\n{piece.make or ''}"
            yield from (line for word, line in known.items() if re.search(rf"\b{word}\.", text))


def sorted_imports(lines: Iterable[str]) -> list[str]:
    """Return import statements as people sort them: the standard library first, `import` before `from`, names joined."""
    plain = {line for line in lines if line.startswith("import ")}
    named: dict[str, set[str]] = {}
    for line in set(lines) - plain:
        module, _, names = line.removeprefix("from ").partition(" import ")
        named.setdefault(module, set()).update(name.strip() for name in names.split(","))
    froms = {f"from {module} import {', '.join(sorted(names))}" for module, names in named.items()}
    ours = [*sorted(plain), *sorted(froms)]
    standard = [line for line in ours if re.split(r"[ .]", line)[1] in sys.stdlib_module_names]
    rest = [line for line in ours if line not in standard]
    return [*standard, *([""] if standard and rest else []), *rest]
