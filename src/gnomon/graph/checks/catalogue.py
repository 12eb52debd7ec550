"""All checks, and the rules that inference itself tells of."""

from itertools import islice
from typing import Final

from gnomon.graph.checks import by_hand, data, layers, outputs, resources, structure, training
from gnomon.graph.checks.rule import Check, Rule
from gnomon.graph.checks.view import View
from gnomon.graph.document import Graph
from gnomon.graph.infer import Report
from gnomon.graph.problem import Issue
from gnomon.graph.wiring import MAX_TOLD

_INFERRED: Final = (
    Rule(
        "E001", "Missing component",
        "The node is of a type that is not here: another version, or a plug-in that is not installed. It is kept as it is.",
    ),
    Rule(
        "E002", "Cycle",
        "Edges lead round in a circle, so each node waits for another. What repeats over steps is a recurrent layer.",
    ),
    Rule("E003", "Input not connected", "The input needs an edge."),
    Rule("E004", "Edge to no node", "One end of the edge names a node that is not there."),
    Rule("E005", "Edge to no port", "The node has no port of that name."),
    Rule(
        "E006", "Input taken twice",
        "The input takes one edge. To join two tensors, put an Add or a Concatenate in between.",
    ),
    Rule("E007", "Too few edges", "The input takes several edges and needs more than it has."),
    Rule(
        "E008", "Group that cannot be repeated",
        "A group repeats when it takes from one output and gives by one: then each copy takes what the one before gives.",
    ),
    Rule("E100", "Does not fit its inputs", "The component cannot work with what comes in; the message says why."),
    Rule("E101", "Parameter out of range", "The value is not what the parameter may be; until then, its default counts."),
    Rule("E102", "No such parameter", "The component has no parameter of that name."),
    Rule("E108", "Larger than any machine", "A shape or a number of parameters is beyond what could be computed."),
    Rule("E110", "Shapes differ", "The tensors that meet must have one shape, or differ in one axis only."),
    Rule(
        "T111", "Newer version of an own component",
        "A node keeps the version of a project's component that it was made with, so that what it computes never changes by "
        "itself. The fix takes the newest version, with the same parameters; it can be undone.",
    ),
    Rule(
        "E120", "Own component that cannot be asked",
        "What a component of the project gives is worked out by its Python file, in a process of its own. That process is "
        "not there just now, took too long, or may not run code of users on this server. The node is kept as it is.",
    ),
    Rule("E199", "Mistake of a component", "The component failed to tell what it gives. Please report it to its author."),
)  # fmt: skip

CHECKS: Final[tuple[Check, ...]] = (
    *structure.CHECKS,
    *by_hand.CHECKS,
    *outputs.CHECKS,
    *layers.CHECKS,
    *resources.CHECKS,
    *training.CHECKS,
    *data.CHECKS,
)
RULES: Final[tuple[Rule, ...]] = (*_INFERRED, *(each.rule for each in CHECKS))
"""Everything an issue can be about, in the order of the documentation."""


def check(graph: Graph, report: Report, view: View | None = None) -> list[Issue]:
    """Return what checks find in a graph, beyond what inference told: in order of their numbers."""
    view = view or View(graph, report)
    return [issue for each in CHECKS for issue in islice(each.issues(view), MAX_TOLD)]
