"""An edit of the graph in the code that its author wrote: only the statements of nodes that changed are written anew."""

import msgspec

from gnomon.graph.code.fresh import Written, written
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.read import read
from gnomon.graph.component import Target
from gnomon.graph.document import Graph
from gnomon.graph.infer import Cache


def rewrite(text: str, before: Graph, after: Graph, target: Target | None = None) -> str:
    """Return code with an edit of its graph in it."""
    target = target or after.target
    reading = read(text, target, before)
    if reading.graph.sha == after.sha:
        return text
    return written(Plan(msgspec.structs.replace(after, source={}), target)).text


def kept(graph: Graph, target: Target, cache: Cache | None = None) -> Written:
    """Return the code that its author left, with what the nodes say otherwise by now changed in it."""
    plan = Plan(graph, target, cache)
    return Written(rewrite(graph.source[target], graph, graph, target), {}, plan.issues())
