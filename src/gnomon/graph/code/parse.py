"""From code to a graph. Nothing is run: statements are read, and those that no component writes are kept as Code nodes."""

from dataclasses import dataclass

import msgspec

from gnomon.graph.code.fresh import written
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.read import read
from gnomon.graph.component import Target
from gnomon.graph.document import Graph


@dataclass(frozen=True, slots=True)
class Parsed:
    """Hold what code says.

    Args:
        graph: As a graph. Its `source` has the text, unless the graph alone would be written as that text.
        notes: What its reader should know: what was taken for what it may not be.
    """

    graph: Graph
    notes: list[str]


def parse(text: str, target: Target | None = None, old: Graph | None = None) -> Parsed:
    """Return the graph that code says.

    Args:
        text: A file with one model.
        target: The framework; found out when not given.
        old: The graph that it was written from: what code does not show (places, notes, groups, training) is kept.

    Raises:
        CodeError: It is no Python, with line and column, or has no model.
        LimitError: It is longer than we accept.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    reading = read(text, target, old)
    graph, kind = reading.graph, reading.frame.target
    others = {name: code for name, code in graph.source.items() if name != kind}
    alone = msgspec.structs.replace(graph, source=others, target=kind)
    is_ours = written(Plan(alone, kind)).text == text
    return Parsed(alone if is_ours else msgspec.structs.replace(alone, source={**others, kind: text}), reading.notes)
