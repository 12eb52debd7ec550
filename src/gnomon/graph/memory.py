"""What training a graph needs of memory: an estimate from what its nodes give and from its parameters."""

from typing import Final

from gnomon.graph.document import Graph
from gnomon.graph.infer import NodeReport, Report

_KEPT: Final = {"sgd": 0, "rmsprop": 1, "adagrad": 1, "adam": 2, "adamw": 2, "nadam": 2}
"""Numbers that an optimizer keeps for each parameter."""
_FLOAT_BYTES: Final = 4


def training_bytes(graph: Graph, report: Report, batch: int) -> int:
    """Return the memory that training needs, in bytes.

    For each parameter its value, its gradient and what the optimizer keeps; for each sample of a batch what every node
    gives. Buffers of the framework and what single operations need besides are not counted.
    """
    each = 2 + optimizer_keeps(graph)
    return _FLOAT_BYTES * (each * report.totals.params + report.totals.state) + batch * report.totals.memory_bytes


def optimizer_keeps(graph: Graph) -> int:
    """Return how many numbers the optimizer keeps for each parameter; as many as Adam when it is not known."""
    optimizer = graph.train.get("optimizer")
    settings = optimizer if isinstance(optimizer, dict) else {"type": optimizer}
    kept = _KEPT.get(str(settings.get("type", "adam")), 2)
    return 1 if kept == 0 and settings.get("momentum") else kept


def batch_size_of(graph: Graph) -> int | None:
    """Return the batch size; `None` when there is none, or it is no number that could be one."""
    found = graph.train.get("batch_size")
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def attention_bytes(node: NodeReport, heads: int) -> int:
    """Return what attention needs of one sample to compare steps, in bytes; steps that are not known count as one."""
    lengths = [spec.shape[0] or 1 for spec in node.ins if spec is not None and spec.rank == 2]
    return _FLOAT_BYTES * heads * lengths[0] * lengths[-1] if lengths else 0
