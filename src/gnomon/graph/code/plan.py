"""What is to be written of a graph: the names of variables, the source of each node, and what cannot be written."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from gnomon.graph.code.names import attribute, class_name, fresh
from gnomon.graph.code.opaque import parsed, renamed, stored
from gnomon.graph.code.render import Piece, code_for, filled
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Target
from gnomon.graph.components.code import CodeNode, names_of
from gnomon.graph.document import Graph, Node
from gnomon.graph.expand import expand
from gnomon.graph.helpers import HELPERS
from gnomon.graph.infer import Cache, NodeReport, Report, infer
from gnomon.graph.problem import Issue, Problem
from gnomon.graph.registry import find


class Plan:
    """What is to be written of a graph: names, expressions, what cannot be."""

    def __init__(self, graph: Graph, target: Target, cache: Cache | None = None) -> None:
        whole = expand(graph)
        self.graph, self.copies, self.target = whole.graph, whole.copies, target
        self.report: Report = infer(self.graph, cache)
        self.by_id = {node.id: node for node in self.graph.nodes}
        self.missing: dict[str, str] = {}
        self.says_inputs = target == "torch"
        self.names = self._names()
        self._variables = set(self.names.values())
        self.pieces: dict[str, Piece] = {}
        self._defined = {class_name(graph.name): "", **HELPERS[target]}
        for name in self.report.order:
            found = self._piece(self.by_id[name], self.report.nodes[name])
            if isinstance(found, Piece):
                found = self._clash(found) or found
            if isinstance(found, str):
                self.missing[name] = found
            elif found is not None:
                self.pieces[name] = found

    def kind(self, name: str) -> str:
        """Return the category of a node; "" when its type is not known."""
        component = self.report.nodes[name].component
        return component.category if component else ""

    @property
    def inputs(self) -> list[str]:
        """Ids of the nodes where data enters."""
        return [node.id for node in self.graph.nodes if self.kind(node.id) == "Input" and node.id not in self.missing]

    @property
    def outputs(self) -> list[str]:
        """Ids of the nodes that tell what comes out, and that something comes to."""
        ends = [node.id for node in self.graph.nodes if self.kind(node.id) == "Output"]
        return [name for name in ends if name not in self.missing]

    def _names(self) -> dict[tuple[str, int], str]:
        """Return the variable of every output."""
        names: dict[tuple[str, int], str] = {}
        used = set(self.by_id)
        codes = []
        for name, report in self.report.nodes.items():
            gives = ports_of(report.component)
            if isinstance(report.component, CodeNode):
                codes.append((name, gives))
            elif len(gives) <= 1:
                names[name, 0] = name
            else:
                for i, port in enumerate(gives):
                    names[name, i] = fresh(f"{name}_{port}", used)
                    used.add(names[name, i])
        used = set(names.values())
        for name, gives in codes:
            for i, port in enumerate(gives):
                names[name, i] = fresh(port if port not in used else f"{name}_{port}", used)
                used.add(names[name, i])
        return names

    def _piece(self, node: Node, report: NodeReport) -> Piece | str | None:
        """Return the source of a node; why there is none, as text; `None` for an input or output, which has none."""
        component = report.component
        if component is None:
            told = (each.message for each in self.report.issues if each.node == node.id and each.code != "E001")
            return f"{node.type} is not installed" if find(node.type) is None else next(told, "it has an error")
        if any(source is not None and source[0] in self.missing for source in report.sources):
            first = next(source[0] for source in report.sources if source and source[0] in self.missing)
            return f"it waits for {first}"
        if (
            not report.outs
            and (ports_of(component) or component.category == "Output")
            and not self._is_done(node, report)
        ):
            return next((each.message for each in self.report.issues if each.node == node.id), "it has an error")
        if component.category == "Output" or (component.category == "Input" and self.target == "torch"):
            return None
        outs = [self.names[node.id, i] for i in range(len(ports_of(component)))]
        own = self._variables - set(outs) if component.blind else set()
        return self.piece(node.id, self.variables(node.id), outs, f"self.{attribute(node.id)}", own)

    def _clash(self, piece: Piece) -> str:
        """Return why what a piece needs above the model cannot be there; "" when it can, and it is noted."""
        ours = {text.partition("(")[0].split()[1]: text for text in piece.above}
        for name, text in ours.items():
            if self._defined.get(name, text) != text:
                return f"{name} would be defined twice in different ways; give the graph in it another name"
        self._defined.update(ours)
        return ""

    def code(self, name: str) -> Code | str:
        """Return what a node's component writes for its inputs; why it does not, as text."""
        report = self.report.nodes[name]
        assert report.component is not None
        connected = tuple(source is not None for source in report.sources)
        return code_for(report.component, self.target, report.ins, connected)

    def piece(self, name: str, ins: Sequence[str], outs: Sequence[str], layer: str, taken: set[str]) -> Piece | str:
        """Return the source of a node; why there is none, as text.

        Args:
            name: The node.
            ins: Variables of its inputs, by port; `"None"` where there is none.
            outs: Variables of its outputs.
            layer: Expression for its layer (PyTorch).
            taken: Variables of others, which statements of its own must leave alone.
        """
        component = self.report.nodes[name].component
        if isinstance(component, CodeNode):
            return self._code(component, ins, outs, taken)
        code = self.code(name)
        return code if isinstance(code, str) else filled(code, self.target, name, layer, ins)

    def _is_done(self, node: Node, report: NodeReport) -> bool:
        return not report.blocked and not any(i.node == node.id and i.level == "error" for i in self.report.issues)

    def variables(self, name: str) -> list[str]:
        """Return the variables of a node's inputs, by port."""
        return [self.names[source] if source else "None" for source in self.report.nodes[name].sources]

    def _code(self, component: CodeNode, ins: Sequence[str], outs: Sequence[str], taken: set[str]) -> Piece | str:
        if component.target != self.target:
            return f"its code is written for {component.target}"
        if parsed(component.code) is None or parsed(component.setup) is None:
            return "its code does not parse"
        reads, writes = names_of(component.reads, "reads"), names_of(component.writes, "writes")
        sources = {port: name for port, name in zip(reads, ins, strict=False) if name != "None"}
        given = dict(zip(writes, outs, strict=False))
        changes, first = changed_names(stored(component.code), sources, given, taken)
        if not changes and not first:
            return Piece(component.code, component.setup or None)
        code = renamed(component.code, changes)
        if code is None:
            return f"its code names {', '.join(changes)} in places where it cannot be renamed"
        return Piece("\n".join([*first, code]), component.setup or None)

    def issues(self) -> list[Issue]:
        """Return what is not in the text."""
        lacking = {self.copies.get(name, name): why for name, why in reversed(self.missing.items())}
        return [Issue(name, "error", "E020", f"Not in the code: {why}") for name, why in reversed(lacking.items())]


def changed_names(
    stores: AbstractSet[str], sources: Mapping[str, str], outs: Mapping[str, str], taken: set[str]
) -> tuple[dict[str, str], list[str]]:
    """Return which names of statements are to be others, and statements to put in front of them.

    Args:
        stores: Names that the statements assign.
        sources: Variables by the names that they are read under.
        outs: Variables by the names that they are assigned under.
        taken: Variables of others.
    """
    changes = {name: variable for name, variable in outs.items() if name != variable}
    first = []
    for name, variable in sources.items():
        if name in stores and not name == variable == outs.get(name, name):
            first.append(f"{outs.get(name, name)} = {variable}")
        elif name != variable:
            changes[name] = variable
    for name in stores - set(outs):
        if name in taken and sources.get(name) != name:
            changes[name] = fresh(f"{name}_", taken | stores)
    return changes, first


def ports_of(component: Component | None) -> list[str]:
    """Return the names of a component's outputs."""
    try:
        return ["out"] if component is None else [port.name for port in component.gives()]
    except Problem:  # its parameters do not tell; the report does
        return []
