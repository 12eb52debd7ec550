"""A graph as checks look at it: nodes by what they are, who takes from whom, and what stands before an output."""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any, Final

from gnomon.graph.columns import Bound, ColumnFact, DataSummary, bound
from gnomon.graph.document import Graph, Node
from gnomon.graph.fixes import Fixer, Op, set_params
from gnomon.graph.infer import NodeReport, Report
from gnomon.graph.problem import Fix

PASSIVE: Final = frozenset({"dropout", "flatten", "reshape", "permute"})
"""Components that give the same numbers, or some of them, in another order."""
MOST_STEPS: Final = 20
"""How far checks look for what stands before a node."""


class View:
    """Look at a graph and at what is known of it.

    Args:
        graph: The graph.
        report: What was inferred of it.
        data: What is known of its data set; why nothing is, as a text; `None` when it names none.
    """

    def __init__(self, graph: Graph, report: Report, data: DataSummary | str | None = None) -> None:
        self.graph, self.report = graph, report
        self.summary = data if isinstance(data, DataSummary) else None
        self.why_no_data = data if isinstance(data, str) else ""
        self.fixer = Fixer(graph)
        self.nodes: Mapping[str, Node] = {node.id: node for node in graph.nodes}
        self._by_kind: dict[str, list[str]] = {}
        self._kinds: dict[str, str] = {}
        self._heads: dict[str, str | None] = {}
        self._takers: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name in report.order:
            known = report.nodes[name]
            if known.component is not None:
                kind = self._kinds[name] = kind_of(type(known.component).type)
                if known.outs:
                    self._by_kind.setdefault(kind, []).append(name)
            for source in known.sources:
                if source is not None:
                    self._takers[source[0]].append(name)

    def of(self, *kinds: str) -> list[str]:
        """Return the nodes of some kinds that have no error: `of("dense", "conv2d")`."""
        return [name for kind in kinds for name in self._by_kind.get(kind, ())]

    def kind(self, name: str) -> str:
        """Return what a node is: `dense`; "" when that is not known."""
        return self._kinds.get(name, "")

    def known(self, name: str) -> NodeReport:
        """Return what is known of a node."""
        return self.report.nodes[name]

    def param(self, name: str, param: str, default: Any = None) -> Any:
        """Return a parameter of a node; the default when it has none of that name."""
        return getattr(self.report.nodes[name].component, param, default)

    def takers(self, name: str) -> list[str]:
        """Return the nodes that take from a node, once for each edge."""
        return self._takers[name]

    def only_taker(self, name: str) -> str | None:
        """Return the one node that takes from a node; `None` when there are none, or several."""
        takers = self._takers[name]
        return takers[0] if len(takers) == 1 else None

    def source(self, name: str) -> str | None:
        """Return the node that the first input of a node comes from."""
        sources = self.report.nodes[name].sources
        return sources[0][0] if sources and sources[0] is not None else None

    def outputs(self) -> list[str]:
        """Return the outputs that have no error."""
        return [name for name in self.report.order if self.is_output(name) and self.report.nodes[name].outs]

    def is_output(self, name: str) -> bool:
        """Return whether a node is an output."""
        component = self.report.nodes[name].component
        return component is not None and component.category == "Output"

    def function(self, name: str) -> str | None:
        """Return the function that a node applies to each number last; `None` when that is not known."""
        if self.kind(name) == "activation":
            return str(self.param(name, "function"))
        found = self.param(name, "activation")
        return found if isinstance(found, str) else None

    def function_param(self, name: str) -> str:
        """Return the parameter that holds the function of a node."""
        return "function" if self.kind(name) == "activation" else "activation"

    @cached_property
    def bound(self) -> Bound | None:
        """Which columns nodes are bound to; `None` when nothing is known of the data."""
        if self.summary is None:
            return None
        known = {name: self.report.nodes[name].component for name in self.report.order}
        return bound(self.graph, self.summary, {name: c.category for name, c in known.items() if c is not None})

    def bound_inputs(self) -> Iterator[tuple[str, list[ColumnFact]]]:
        """Yield inputs with their columns."""
        yield from self._facts(self.bound.inputs if self.bound else {})

    def bound_outputs(self) -> Iterator[tuple[str, list[ColumnFact]]]:
        """Yield outputs with the columns that they predict."""
        yield from self._facts(self.bound.outputs if self.bound else {})

    def free_columns(self, side: str) -> list[ColumnFact]:
        """Return the columns of a side, `inputs` or `outputs`, that no node is bound to."""
        if self.summary is None or self.bound is None:
            return []
        names = self.summary.inputs if side == "inputs" else self.summary.target
        taken = {column for columns in getattr(self.bound, side).values() for column in columns}
        return [self.summary.columns[name] for name in names if name in self.summary.columns and name not in taken]

    def _facts(self, side: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, list[ColumnFact]]]:
        for name, columns in side.items():
            if columns and self.summary is not None:
                yield name, [self.summary.columns[column] for column in columns]

    def behind(self, name: str) -> Iterator[str]:
        """Return what stands before a node, from near to far, as far as only the order of numbers changes."""
        source = self.source(name)
        for _ in range(MOST_STEPS):
            if source is None:
                return
            yield source
            source = self.source(source) if self.kind(source) in PASSIVE else None

    def head(self, name: str) -> str | None:
        """Return the node that makes the numbers which another one takes, however often their order changes between."""
        if not self._heads:
            for each in self.report.order:
                source = self.source(each)
                passive = source is not None and self.kind(source) in PASSIVE
                self._heads[each] = self._heads.get(source) if source is not None and passive else source
        return self._heads[name]

    def set(self, title: str, name: str, **params: Any) -> Fix:
        """Return the fix that sets parameters of a node."""
        return Fix(title, (set_params(name, params),))

    def unset(self, title: str, name: str, *params: str) -> Fix:
        """Return the fix that lets parameters of a node return to their defaults."""
        return Fix(title, ({"op": "set", "id": name, "unset": list(params)},))

    def without(self, name: str, title: str = "") -> Fix:
        """Return the fix that removes a node and leads its edges past it."""
        return Fix(title or f"Remove {name}", tuple(self.fixer.bridge(self.nodes[name])))

    def without_function(self, name: str) -> Fix:
        """Return the fix that takes the function away which a node applies."""
        if self.kind(name) == "activation":
            return self.without(name)
        return self.set(f"Take the {self.function(name)} of {name} away", name, activation="linear")

    def train(self, title: str, **settings: Any) -> Fix:
        """Return the fix that changes settings of training; `None` takes one away."""
        return Fix(title, (self.document("train", self.graph.train, settings),))

    def data(self, title: str, **settings: Any) -> Fix:
        """Return the fix that changes settings of the data."""
        return Fix(title, (self.document("data", self.graph.data, settings),))

    def document(self, name: str, before: Mapping[str, Any], settings: Mapping[str, Any]) -> Op:
        """Return the operation that changes settings of the document."""
        found = {**before, **settings}
        return {"op": "document", name: {key: value for key, value in found.items() if value is not None}}


@cache
def kind_of(type_: str) -> str:
    """Return what components of a type are called without owner and version.

    Example:
        >>> kind_of("core/conv2d@1")
        'conv2d'
    """
    return type_.partition("/")[2].partition("@")[0]
