"""What a component writes for a framework, in the two places where a layer appears: where it is made and called."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """Hold the source of one node.

    In PyTorch, `make` is assigned to `self.<node>` in `__init__`, and `call` to `<node>` in `forward`. In Keras both are
    one statement: `call` with `make` in the place of `{layer}`.

    Args:
        call: Expression of what the node gives. `{0}`, `{1}` … are its inputs in the order of its ports, `{inputs}` all of
            them with commas, `{layer}` what `make` makes.
        make: Expression that makes the layer; `None` when it has no weights and nothing to make. `{name}` is the node's
            name as a literal, for Keras.
        imports: Import statements that it needs beyond those of every model.
        helpers: Names of functions of `gnomon.graph.helpers` that are written above the model.
        above: Source of classes or functions that are written above the model, one each.

    Example:
        >>> Code("F.relu({layer}({0}))", make="nn.Linear(784, 30)").make
        'nn.Linear(784, 30)'
    """

    call: str
    make: str | None = None
    imports: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
