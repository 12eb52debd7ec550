"""What one node is in a framework: an expression that makes its layer and one that calls it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Target, lit
from gnomon.graph.own import is_own
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Spec

Ins = tuple[Spec | None, ...]
UNKNOWN: Final = (
    *(Spec((None,) * rank) for rank in (1, 2, 3, 4)),
    *(Spec((size,) * rank) for rank in (1, 2, 3, 4) for size in (6, 8)),
    *(Spec((size,) * rank, "int64", classes=size) for rank in (0, 1, 2) for size in (6, 8)),
)
"""What is tried where nothing is known of an input: who writes the same for all of these that it takes need not know."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold the source of one node.

    Args:
        call: Expression of what it gives.
        make: Expression that makes its layer; `None` when there is none, or it is part of `call` (Keras).
        imports: Import statements that it needs.
        helpers: Functions that it needs.
        above: Source that it needs above the model.
    """

    call: str
    make: str | None = None
    imports: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


def code_for(component: Component, target: Target, ins: Ins, connected: tuple[bool, ...]) -> Code | str:
    """Return what a component writes for inputs of these specs; why it cannot, as text.

    Args:
        component: With its parameters.
        target: The framework.
        ins: What is known of each input; `None` where nothing is.
        connected: Whether there is an input at all.
    """
    # What an own component of a project answers may be another thing later: nobody could be asked.
    ask = _code_for if is_own(component.type) else _remembered
    return ask(component, target, ins, connected)


def _code_for(component: Component, target: Target, ins: Ins, connected: tuple[bool, ...]) -> Code | str:
    if target not in component.targets or not hasattr(component, target):
        return f"There is no {component.title} for {target}."
    ends = max((i + 1 for i, has in enumerate(connected) if has), default=0)
    ins, connected = ins[:ends], connected[:ends]
    if all(spec is not None or not has for spec, has in zip(ins, connected, strict=True)):
        return _asked(component, target, ins)
    found = []
    for guess in UNKNOWN:
        given = tuple(guess if spec is None and has else spec for spec, has in zip(ins, connected, strict=True))
        try:
            component.infer(*given)
        except Exception:  # noqa: BLE001, S112 - then it is no such input
            continue
        found.append(_asked(component, target, given))
    codes = {each for each in found if isinstance(each, Code)}
    if len(codes) != 1:
        return "What comes in is not known before it runs. Say so in shapes of the Code node before it."
    return codes.pop()


_remembered = lru_cache(maxsize=50_000)(_code_for)


def _asked(component: Component, target: Target, ins: Ins) -> Code | str:
    writer = component.torch if target == "torch" else component.keras
    try:
        return writer(*ins)
    except Problem as problem:
        return problem.message
    except Exception as error:  # noqa: BLE001 - a mistake in one component must not take the rest of the file
        return f"{component.type} failed to write itself ({type(error).__name__}: {error})"[:300]


def filled(code: Code, target: Target, node: str, layer: str, names: Sequence[str]) -> Piece | str:
    """Return the source of a node with the names of its inputs.

    Args:
        code: What its component writes.
        target: The framework.
        node: Its id.
        layer: Expression for its layer where it is called (PyTorch).
        names: Variables of its inputs, by port.
    """
    words = {"name": lit(node), "inputs": ", ".join(names), "layer": layer}
    try:
        make = None if code.make is None else code.make.format(*names, **words)
        if target == "keras" and make is not None:
            words["layer"], make = make, None
        return Piece(code.call.format(*names, **words), make, code.imports, code.helpers, code.above)
    except (LookupError, ValueError, AttributeError) as error:
        return f"What its component writes is no template ({type(error).__name__}: {error})"[:300]


def shown(component: Component, *, hidden: bool = False) -> Mapping[str, object]:
    """Return the parameters that differ from their defaults, as the document has them.

    Args:
        component: With its parameters.
        hidden: Whether those that code does not show are among them.
    """
    found = {}
    for param in component.params:
        value = getattr(component, param.name)
        if value != param.default and (hidden or param.in_code):
            found[param.name] = list(value) if isinstance(value, tuple) else value
    return found
