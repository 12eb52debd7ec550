"""What is known of a graph without running it: shapes and counts, all that is wrong or could be better, suggestions."""

import time
from dataclasses import dataclass, field
from typing import Any

from gnomon.graph.document import Graph
from gnomon.graph.infer import Cache, Report, infer
from gnomon.graph.problem import Issue


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
    suggestions: tuple[Any, ...]
    took_us: int


@dataclass(slots=True)
class Study:
    """Find out about a graph again and again while it is edited; what did not change is not inferred anew."""

    _cache: Cache = field(default_factory=Cache)

    def of(self, graph: Graph) -> Studied:
        """Return what is known of a graph."""
        began = time.perf_counter_ns()
        report = infer(graph, self._cache)
        return Studied(report, report.issues, (), (time.perf_counter_ns() - began) // 1000)
