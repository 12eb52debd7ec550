"""A graph within a graph, as a class or function above the model."""

import re
from dataclasses import dataclass

from gnomon.graph.code.keras import imports_of as keras_imports
from gnomon.graph.code.keras import listed
from gnomon.graph.code.names import class_name
from gnomon.graph.code.parts import above, body, of, returned
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.torch import class_lines
from gnomon.graph.code.torch import imports_of as torch_imports
from gnomon.graph.component import Target
from gnomon.graph.document import Graph
from gnomon.graph.problem import Problem


@dataclass(frozen=True, slots=True)
class Nested:
    """Hold what a graph within a graph needs above the model.

    Args:
        name: The class in PyTorch, the function that builds it in Keras.
        above: Source, innermost first; the last is its own.
        imports: Imports that it needs.
        helpers: Helpers that it needs.
    """

    name: str
    above: tuple[str, ...]
    imports: tuple[str, ...]
    helpers: tuple[str, ...]


def nested(graph: Graph, target: Target) -> Nested:
    """Return a graph as a class (PyTorch) or a function that returns a model (Keras).

    Raises:
        Problem: A node of it cannot be written.
    """
    plan = Plan(graph, target)
    if plan.missing:
        node, why = next(iter(plan.missing.items()))
        msg = f"Inside, {node} is not written: {why.rstrip('.')}."
        raise Problem(msg, param="graph")
    title = class_name(graph.name)
    name = title if target == "torch" else f"build_{_snake(title)}"
    lines = [line.text for line in class_lines(plan, name)] if target == "torch" else _function(plan, name)
    helpers = {helper for piece in plan.pieces.values() for helper in piece.helpers}
    imports = torch_imports(plan) if target == "torch" else keras_imports(plan)
    return Nested(name, (*above(plan), "\n".join(lines)), tuple(sorted(imports)), tuple(sorted(helpers)))


def _function(plan: Plan, name: str) -> list[str]:
    ends = listed([variable for _, variable in returned(plan)])
    lines = [line.text for line in body(plan, 4)]
    result = [line.text for line in of(f"return keras.Model({listed(plan.inputs)}, {ends}, name=name)", 4)]
    return [f"def {name}(name: str) -> keras.Model:", *lines, *result]


def _snake(name: str) -> str:
    """Return a class's name as one of a function.

    Example:
        >>> _snake("ResBlock"), _snake("MnistCnn2")
        ('res_block', 'mnist_cnn2')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
