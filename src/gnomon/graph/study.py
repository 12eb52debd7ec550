"""What is known of a graph without running it: shapes and counts, all that is wrong or could be better, suggestions."""

import time
from dataclasses import dataclass, field, replace

from gnomon.graph.checks import check
from gnomon.graph.checks.view import View
from gnomon.graph.columns import DataSummary
from gnomon.graph.document import Graph
from gnomon.graph.infer import Cache, Report, infer
from gnomon.graph.own import is_own
from gnomon.graph.problem import Issue
from gnomon.graph.suggest import Suggestion, suggest


@dataclass(frozen=True, slots=True)
class Studied:
    """Hold what is known of a graph.

    Args:
        report: What was inferred.
        issues: All that is wrong or could be better.
        suggestions: Values that parameters could have.
        took_us: How long it took to find out.
    """

    report: Report
    issues: tuple[Issue, ...]
    suggestions: tuple[Suggestion, ...]
    took_us: int


@dataclass(slots=True)
class Study:
    """Find out about a graph again and again while it is edited; what did not change is not inferred anew."""

    _cache: Cache = field(default_factory=Cache)
    _last: tuple[Graph, DataSummary | str | None, Studied] | None = None

    def of(self, graph: Graph, data: DataSummary | str | None = None) -> Studied:
        """Return what is known of a graph.

        Args:
            graph: The graph.
            data: What is known of its data set; why nothing is, as a text.
        """
        began = time.perf_counter_ns()
        # What own components answer may be another thing by now: that somebody may be asked again.
        has_own = any(is_own(node.type) for node in graph.nodes)
        if self._last is not None and not has_own and data == self._last[1] and _is_alike(graph, self._last[0]):
            found = self._last[2]
        else:
            report = infer(graph, self._cache)
            view = View(graph, report, data)
            issues = (*report.issues, *check(graph, report, view))
            found = Studied(report, issues, tuple(suggest(graph, report, view)), 0)
        found = replace(found, took_us=(time.perf_counter_ns() - began) // 1000)
        self._last = (graph, data, found)
        return found


def _is_alike(a: Graph, b: Graph) -> bool:
    """Tell whether two graphs differ in places, notes and code at most, when one was made of the other by a patch."""
    if len(a.nodes) != len(b.nodes) or (a.target, a.train, a.data) != (b.target, b.train, b.data):
        return False
    same = all(
        x is y or (x.id == y.id and x.type == y.type and x.params is y.params)
        for x, y in zip(a.nodes, b.nodes, strict=True)
    )
    return same and a.edges == b.edges and a.groups == b.groups
