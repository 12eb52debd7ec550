"""What is wrong with a node or could be better, and what would mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning", "tip"]


@dataclass(frozen=True, slots=True)
class Fix:
    """Hold a change that mends a problem, as a list of patch operations with a title for its button.

    Args:
        title: What it does, as a button says it: "Concatenate instead".
        ops: Operations of `gnomon.graph.patch`, applied together and undone together.
    """

    title: str
    ops: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Remedy:
    """Hold a change as a component can name it: it knows its parameters and ports, and not its place in the graph.

    Args:
        title: As of `Fix`.
        params: Parameters of this node to set.
        replace: Another type for this node, which keeps its edges and gets `params`.
        before: Nodes to put in front of a port: port to (type, params).
        after: Type and parameters of a node to put behind it.
    """

    title: str
    params: Mapping[str, Any] = field(default_factory=dict)
    replace: str | None = None
    before: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    after: tuple[str, Mapping[str, Any]] | None = None


class Problem(Exception):  # noqa: N818 - it is told to the user beside other things, and is no failure of ours
    """Why a component cannot work with the inputs and parameters that it was given.

    Args:
        message: What is wrong, what was expected and what came; the node need not be named.
        param: The parameter that is wrong, when it is one.
        port: The input that is wrong, when it is one.
        remedies: What would mend it, the likeliest first.
        code: Number of the check, as the documentation lists it.
    """

    PASSING = "E120"
    """Number of what may be otherwise when somebody looks again: nobody could be asked. It is not remembered."""

    def __init__(
        self, message: str, *, param: str = "", port: str = "", remedies: tuple[Remedy, ...] = (), code: str = "E100"
    ) -> None:
        super().__init__(message)
        self.message, self.param, self.port, self.remedies, self.code = message, param, port, remedies, code

    @property
    def is_passing(self) -> bool:
        """Whether it may be otherwise when somebody looks again."""
        return self.code == self.PASSING


@dataclass(frozen=True, slots=True)
class Issue:
    """Tell one thing about a graph.

    Args:
        node: Whose it is; "" when it is about the graph as a whole.
        level: An error keeps the graph from running; a warning says that it will likely not do what was meant.
        code: Number of the check, such as "W201": its heading in the documentation.
        message: What is wrong or could be better, with the evidence, and what to do.
        param: The parameter it is about, when it is one.
        port: The port it is about, when it is one.
        fixes: One-click changes, the likeliest first.
    """

    node: str
    level: Level
    code: str
    message: str
    param: str = ""
    port: str = ""
    fixes: tuple[Fix, ...] = ()
