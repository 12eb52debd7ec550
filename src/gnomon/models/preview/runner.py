"""What runs the nodes of a graph, whatever the framework: what both have in common, and what they must give."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from types import CodeType
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import MissingExtraError, UserCodeError
from gnomon.graph.code.parts import above
from gnomon.graph.code.plan import Plan
from gnomon.graph.component import Target
from gnomon.graph.components.code import CodeNode
from gnomon.graph.helpers import HELPERS
from gnomon.models.preview.weights import Weights
from gnomon.models.worker.user_code import user_code

Array = npt.NDArray[Any]


class Runner(Protocol):
    """Make layers of nodes and run them on one sample."""

    fits: dict[str, bool]
    """Of nodes whose layer was made and that have weights: whether these are those of the run asked for."""

    @property
    def framework(self) -> str:
        """Name and version."""

    def made(self, name: str, seed: int) -> Any:
        """Return the layer of a node, with weights drawn by a seed; what it is, only `take` and `run` know."""

    def take(self, name: str, layer: Any) -> None:
        """Put a layer in its place, whether it was made now or before."""

    def run(self, name: str, values: Mapping[tuple[str, int], Any], seed: int) -> tuple[Any, ...]:
        """Return what comes out of a node, by port, of what came out of others."""

    def tensor(self, array: Array) -> Any:
        """Return an array, with its batch and channels last, as what the framework computes with."""

    def array(self, value: Any) -> Array:
        """Return what came out as an array, with its batch and channels last."""

    def size_bytes(self, kept: Any) -> int:
        """Return the memory that a layer, or what came out, takes."""


class Names:
    """Keep what the code of a graph's nodes finds around it: imports, helpers, classes above the model.

    Args:
        plan: The graph.
        imports: Statements.
        beside: Statements that the user's file has beside the model, for Code nodes.
    """

    def __init__(self, plan: Plan, imports: Sequence[str], beside: str) -> None:
        self.known: dict[str, Any] = {"__name__": "gnomon_model"}
        for statement in imports:
            exec(_compiled(statement, "<imports>", "exec"), self.known)  # noqa: S102 - what components write
        for name in sorted({name for piece in plan.pieces.values() for name in piece.helpers}):
            exec(_compiled(HELPERS[plan.target][name], f"<{name}>", "exec"), self.known)  # noqa: S102
        for text, name in above(plan).items():
            with user_code(f"<{name}>"):
                exec(_compiled(text, f"<{name}>", "exec"), self.known)  # noqa: S102
        self._beside = beside

    def value(self, source: str, names: Mapping[str, Any]) -> Any:
        """Return what an expression of a component gives."""
        return eval(_compiled(source, "<node>", "eval"), {**self.known, **names})  # noqa: S307 - what components write

    def run(self, source: str, names: Mapping[str, Any], file: str, shift: int = 0) -> dict[str, Any]:
        """Return the names that statements of a user leave.

        Raises:
            UserCodeError: They raised.
        """
        if self._beside:  # the first that needs it is told of its errors, and others go on without
            text, self._beside = self._beside, ""
            with user_code(BESIDE, seconds=SECONDS):
                exec(_compiled(text, BESIDE, "exec"), self.known)  # noqa: S102 - that of its user, in a worker
        found = {**self.known, **names}
        with user_code(file, shift=shift, seconds=SECONDS):
            exec(_compiled(source, file, "exec"), found)  # noqa: S102 - that of its user, in a worker
        return found


BESIDE = "model.py"
"""What the user's file beside the model is called in traces."""
SECONDS = 10.0
"""Most time that code of a user may take in one node: others wait for their previews."""
NODE = "node"
"""What the code of a Code node is called."""


@lru_cache(maxsize=4096)
def _compiled(source: str, file: str, mode: Literal["exec", "eval"]) -> CodeType:
    return compile(source, file, mode, dont_inherit=True)


def runner_for(plan: Plan, beside: str, weights: Weights | None = None) -> Runner:
    """Return what runs a graph.

    Args:
        plan: The graph.
        beside: Statements that its user's file has beside the model.
        weights: Of a run; where a node finds none that fit, and without, they are drawn.

    Raises:
        MissingExtraError: Its framework is not installed where the worker runs.
        UserCodeError: A class or function that it needs above the model raised.
    """
    need(plan.target)
    if plan.target == "torch":
        from gnomon.models.preview.torch_runner import TorchRunner  # noqa: PLC0415 - only in a worker

        return TorchRunner(plan, beside, weights)
    from gnomon.models.preview.keras_runner import KerasRunner  # noqa: PLC0415

    return KerasRunner(plan, beside, weights)


def need(target: Target) -> None:
    """See that a target's framework is installed.

    Raises:
        MissingExtraError: It is not.
    """
    if find_spec("torch" if target == "torch" else "keras") is None:
        title = "PyTorch" if target == "torch" else "Keras"
        msg = f"Previews of a graph for {title} run it: install `pip install gnomon[{target}]` where the server runs."
        raise MissingExtraError(msg)


def wants(plan: Plan, name: str) -> CodeNode | None:
    """Return a node's statements when it is one of the user's."""
    component = plan.report.nodes[name].component
    return component if isinstance(component, CodeNode) else None


def inputs(plan: Plan, name: str, values: Mapping[tuple[str, int], Any]) -> dict[str, Any]:
    """Return the variables that a node reads, with what came out of others."""
    sources = [source for source in plan.report.nodes[name].sources if source is not None]
    return {plan.names[source]: values[source] for source in sources}


def left(plan: Plan, name: str, found: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what statements left in the variables of a node's outputs.

    Raises:
        UserCodeError: One was not assigned.
    """
    outs = sorted((i, variable) for (owner, i), variable in plan.names.items() if owner == name)
    for _, variable in outs:
        if variable not in found:
            msg = f"NameError: its code ends without having assigned {variable}"
            raise UserCodeError(msg, file=NODE)
    return tuple(found[variable] for _, variable in outs)


def shift_of(plan: Plan, name: str, component: CodeNode) -> int:
    """Return how many lines were put in front of a node's own."""
    return plan.pieces[name].call.count("\n") - component.code.count("\n")


def last(array: Array) -> Array:
    """Return an array of PyTorch, with its batch, with the channels last."""
    return np.moveaxis(array, 1, -1) if array.ndim in (4, 5) else array


def first(array: Array) -> Array:
    """Return an array with its batch and channels last as PyTorch has it."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 1)) if array.ndim in (4, 5) else np.ascontiguousarray(array)
