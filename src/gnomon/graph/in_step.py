"""Code that an author wrote by hand, kept in step with the nodes of its graph."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from gnomon.core.errors import LimitError
from gnomon.graph.component import TARGETS
from gnomon.graph.document import Graph


def in_step(before: Graph, after: Graph, ops: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the operations that bring code by hand in step with nodes that were edited; none when it says it already.

    Args:
        before: The graph that the code was read as.
        after: The graph now.
        ops: What was done; who sends code along knows better.
    """
    sends_code = any(op["op"] == "document" and "source" in op for op in ops)
    if not after.source or sends_code or before.sha == after.sha:
        return []
    from gnomon.graph.code import rewrite  # noqa: PLC0415 - much to load, and few graphs have code by hand

    source = dict(after.source)
    for target in TARGETS:
        with suppress(LimitError):  # longer than anything that is read stays as its author left it
            if target in source:
                source[target] = rewrite(source[target], before, after, target)
    return [] if source == after.source else [{"op": "document", "source": source}]
