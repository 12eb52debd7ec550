"""From a graph to code."""

from gnomon.graph.code.fresh import Written, written
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.rewrite import afresh, kept
from gnomon.graph.component import Target
from gnomon.graph.document import Graph
from gnomon.graph.infer import Cache

__all__ = ["Written", "write"]


def write(
    graph: Graph,
    target: Target | None = None,
    *,
    fresh: bool = False,
    drop: bool = False,
    cache: Cache | None = None,
) -> Written:
    """Return a graph as code.

    Code that its author left (`graph.source`) is kept, with what the nodes say otherwise by now changed in it.

    Args:
        graph: The graph; it may have errors: those nodes are told of in `missing`, and in a comment in their place.
        target: The framework; the graph's own when not given.
        fresh: Write the model anew, whatever its author left of it. Training loops and what else stands beside the model
            are kept, and named in `kept`.
        drop: With `fresh`: leave these out too; they are named in `lost`.
        cache: Of `infer`.
    """
    target = target or graph.target
    if not graph.source.get(target):
        return written(Plan(graph, target, cache))
    if fresh:
        return afresh(graph, target, cache, drop=drop)
    return kept(graph, target, cache)
