"""What a file says: the graph, and where each node is."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gnomon.graph.code.frame import Frame
from gnomon.graph.code.parts import MARK
from gnomon.graph.code.walk import Item, Out
from gnomon.graph.document import Graph
from gnomon.graph.spec import Spec


@dataclass(slots=True)
class Reading:
    """Hold what a file says, and where.

    Args:
        frame: Where the model is.
        graph: What it says.
        items: Its statements in order.
        variables: Name of each output, where the file has one for it.
        attrs: Attribute of each node's layer.
        returns: What comes out: output node ("" when there is none) and what it is.
        notes: What the reader should know.
        parts: Layers within `nn.Sequential`, by the attributes that they would have.
        strained: Layers whose arguments tell of their inputs what the layers before them do not.
        wants: What they tell, of outputs that are neither of an input nor of a Code node.
    """

    frame: Frame
    graph: Graph
    items: list[Item]
    variables: dict[Out, str] = field(default_factory=dict)
    attrs: dict[str, str] = field(default_factory=dict)
    returns: list[tuple[str, Out]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    strained: int = 0
    parts: Mapping[str, ast.Call] = field(default_factory=dict)
    wants: Mapping[Out, Spec] = field(default_factory=dict)


def marked(lines: Sequence[str]) -> set[str]:
    """Return the nodes that comments say could not be written."""
    return {line.strip().removeprefix(MARK).partition(":")[0] for line in lines if line.strip().startswith(MARK)}
