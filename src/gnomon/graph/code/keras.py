"""The file of a model in Keras 3."""

import re
from collections.abc import Iterator

from gnomon.graph.code.parts import Out, body, example_shape, head, of, returned
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.torch import sorted_imports
from gnomon.graph.components.code import CodeNode
from gnomon.graph.spec import Spec


def keras_lines(plan: Plan) -> Iterator[Out]:
    """Return the file."""
    yield from head(plan, sorted_imports(imports_of(plan)))
    yield from map(Out, ["", "", "def build() -> keras.Model:"])
    yield from body(plan, 4)
    yield from result(plan)
    yield from map(Out, ["", "", *run(plan)])


def imports_of(plan: Plan) -> set[str]:
    """Return the imports of the file."""
    return {line for piece in plan.pieces.values() for line in piece.imports} | {"import keras"} | set(_used(plan))


def _used(plan: Plan) -> Iterator[str]:
    """Return the imports of what the statements name."""
    known = {"layers": "from keras import layers", "ops": "from keras import ops", "math": "import math"}
    for name, piece in plan.pieces.items():
        texts = [piece.call]
        if isinstance(plan.report.nodes[name].component, CodeNode):
            texts.append(piece.make or "")
        for word, line in known.items():
            if any(re.search(rf"\b{word}\.", text) for text in texts):
                yield line


def result(plan: Plan) -> Iterator[Out]:
    """Return the last statement of `build`."""
    found = returned(plan)
    nodes = [node for node, _ in found]
    inputs, outputs = listed(plan.inputs), listed([variable for _, variable in found])
    yield from of(f"return keras.Model({inputs}, {outputs})", 4, nodes[0] if len(nodes) == 1 else "")


def listed(names: list[str]) -> str:
    """Return names as an argument of `keras.Model`."""
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def run(plan: Plan) -> list[str]:
    """Return what runs when the file is run: one batch of zeros goes through the model."""
    zeros = [zeros_like(plan.report.nodes[node].outs[0]) for node in plan.inputs]
    lines = ['if __name__ == "__main__":', "    model = build()", "    model.summary()"]
    if not zeros or not returned(plan):
        return lines
    lines += [line.text for line in of(f"outputs = model({listed(zeros)})", 4)]
    shapes = "tuple(outputs.shape)" if len(returned(plan)) == 1 else "[tuple(each.shape) for each in outputs]"
    return [*lines, f"    print({shapes})"]


def zeros_like(spec: Spec | None) -> str:
    """Return the expression of a batch of two samples of zeros."""
    dtype = {None: "", "float32": "", "bool": ', dtype="bool"'}.get(spec.dtype if spec else None, ', dtype="int32"')
    sizes = ", ".join(map(str, (2, *example_shape(spec))))
    return f"keras.ops.zeros(({sizes}{',' if not example_shape(spec) else ''}){dtype})"
