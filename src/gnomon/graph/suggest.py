"""Values that parameters could have, each with its reason. They are shown beside the field, and never set unasked.

Only parameters that the document leaves at their defaults get one: what somebody chose is not questioned here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gnomon.graph.checks.view import View
from gnomon.graph.component import Component
from gnomon.graph.document import Graph
from gnomon.graph.infer import Report

_CONVOLUTIONS: Final = ("conv1d", "conv2d", "conv3d")
_POOLS: Final = ("max_pool1d", "max_pool2d", "avg_pool2d")
_MOST_FILTERS: Final = 512
_FEATURES_OF_HEAD: Final = 64
"""Features that one head of attention usually looks at (Vaswani et al., Attention is all you need, table 3)."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Hold a value that a parameter could have.

    Args:
        node: Whose parameter it is.
        param: The parameter.
        value: The value.
        why: Where it comes from, in one sentence with the numbers of this graph.
    """

    node: str
    param: str
    value: Any
    why: str


def suggest(graph: Graph, report: Report, view: View | None = None) -> list[Suggestion]:
    """Return values that parameters of a graph could have, by node in order of computation."""
    view = view or View(graph, report)
    rules = (_classes, _vocabulary, _vector, _maps, _activation, _heads)
    found: dict[tuple[str, str], Suggestion] = {}
    for rule in rules:
        for each in rule(view):
            component = view.known(each.node).component
            if component is not None and _is_open(view, component, each):
                found.setdefault((each.node, each.param), each)
    rank = {name: i for i, name in enumerate(report.order)}
    return sorted(found.values(), key=lambda each: rank[each.node])


def _is_open(view: View, component: Component, each: Suggestion) -> bool:
    """Return whether nobody has chosen a value, and the suggestion is another one."""
    return each.param not in view.nodes[each.node].params and getattr(component, each.param) != each.value


def _classes(view: View) -> Iterator[Suggestion]:
    """As many units in the last layer as there are classes; the output may be in error until it has them."""
    for name in view.report.order:
        if not view.is_output(name):
            continue
        part = view.known(name).component
        counts = [param.name for param in type(part).params if param.role == "classes"] if part else []
        count = getattr(part, counts[0]) if counts else None
        head = view.head(name)
        units = {"dense": "units", "conv2d": "filters"}.get(view.kind(head) if head else "")
        if head and units and isinstance(count, int):
            yield Suggestion(head, units, count, f"{name} has {count} {counts[0]}, and each needs one number.")


def _vocabulary(view: View) -> Iterator[Suggestion]:
    """As many ids as the input has."""
    for name in view.report.order:
        known = view.known(name)
        spec = known.ins[0] if known.ins else None
        if known.component is None or spec is None or spec.classes is None or spec.dtype != "int64":
            continue
        for param in type(known.component).params:
            if param.role in ("vocabulary", "classes"):
                why = f"{view.source(name)} has {spec.classes} different ids."
                yield Suggestion(name, param.name, spec.classes, why)


def _vector(view: View) -> Iterator[Suggestion]:
    """Embeddings of few ids need short vectors: twice the fourth root, as a rule of thumb."""
    for name in view.of("embedding"):
        known = view.known(name)
        count = known.ins[0].classes if known.ins[0] is not None else None
        if count is not None and count <= 1_000:
            units = max(2, 2 * round(count**0.25))
            yield Suggestion(name, "units", units, f"{count} different ids fit into {units} numbers (2 × fourth root).")


def _maps(view: View) -> Iterator[Suggestion]:
    """Twice the feature maps where a pooling halved the image, so that about as much passes through."""
    for name in view.of(*_CONVOLUTIONS):
        pool = view.head(name)
        known = view.known(name).ins[0]
        before = known.channels if known is not None else None
        if pool is not None and view.kind(pool) in _POOLS and before is not None and before >= 8:
            filters = min(2 * before, _MOST_FILTERS)
            why = f"{pool} halves the image, so twice its {before} feature maps keep about as much."
            yield Suggestion(name, "filters", filters, why)


def _activation(view: View) -> Iterator[Suggestion]:
    """A relu between layers that would be one without; what is narrower than both its neighbours is meant so."""
    learners = {"dense": "units", **dict.fromkeys(_CONVOLUTIONS, "filters")}
    for name in view.of(*learners):
        taker = view.only_taker(name)
        while taker is not None and view.kind(taker) in ("dropout", "flatten", *_POOLS):
            taker = view.only_taker(taker)
        before = view.known(name).ins[0]
        if taker is None or before is None or before.channels is None or view.kind(taker) not in learners:
            continue
        width, next_width = (view.param(each, learners[view.kind(each)]) for each in (name, taker))
        if view.function(name) == "linear" and (width >= before.channels or width >= next_width):
            why = f"Without one, {name} and {taker} are linear one behind the other."
            yield Suggestion(name, "activation", "relu", why)


def _heads(view: View) -> Iterator[Suggestion]:
    """Heads that look at 64 features each."""
    for name in view.of("multi_head_attention"):
        known = view.known(name).ins[0]
        features = known.channels if known is not None else None
        if features and features > _FEATURES_OF_HEAD and features % _FEATURES_OF_HEAD == 0:
            heads = features // _FEATURES_OF_HEAD
            yield Suggestion(name, "heads", heads, f"{features} features make {heads} heads of {_FEATURES_OF_HEAD}.")
