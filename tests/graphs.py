"""Random graphs that are right: over the whole palette, with branches, residual sums, groups, notes and Code nodes."""

import random
from collections.abc import Sequence

from gnomon.graph.code.render import code_for, shown
from gnomon.graph.component import Component, Target
from gnomon.graph.document import Edge, Graph, Group, Node, Place
from gnomon.graph.param import checked
from gnomon.graph.problem import Problem
from gnomon.graph.registry import components
from gnomon.graph.spec import Spec
from gnomon.graph.suite_draw import params as drawn
from gnomon.graph.suite_draw import value

End = tuple[str, str]
_NAMES = ("image", "table", "words", "history", "sound")
_MOST = 20_000  # numbers of one tensor: graphs are built and run


def random_graph(rng: random.Random, size: int = 10, target: Target = "torch", *, code: bool = True) -> Graph:
    """Return a graph of about `size` nodes that checks without errors and that can be written for a target."""
    return _Maker(rng, target, code).graph(size)


class _Maker:
    def __init__(self, rng: random.Random, target: Target, code: bool) -> None:
        self.rng, self.target, self.code = rng, target, code
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.live: list[tuple[End, Spec]] = []
        self.used: set[End] = set()
        of = [kind for kind in components().values() if target in kind.targets]
        self.sources = [kind for kind in of if kind.category == "Input"]
        self.layers = [kind for kind in of if kind.category not in ("Input", "Output", "Code", "Blocks")]
        self.ends = [kind for kind in of if kind.category == "Output"]

    def graph(self, size: int) -> Graph:
        for name in self.rng.sample(_NAMES, self.rng.choice((1, 1, 1, 2, 3))):
            self._source(name)
        for _ in range(size * 20):
            if len(self.nodes) >= size:
                break
            if self.code and self.rng.random() < 0.06:
                self._code()
            else:
                self._layer(self.rng.choice(self.layers))
        self._outputs()
        groups = self._groups()
        return Graph(
            name=self.rng.choice(("mnist-cnn", "Model 7", 'é\'s "net"', "a\\b", "x", 'q"""q')),
            target=self.target,
            nodes=tuple(self.nodes),
            edges=tuple(sorted(self.edges, key=lambda edge: (edge.target, edge.source))),
            groups=groups,
            train={"epochs": self.rng.randint(1, 9)},
        )

    def _source(self, name: str) -> None:
        for _ in range(50):
            kind = self.rng.choice(self.sources)
            component = self._drawn(kind)
            spec = component.infer().outs[0] if component else None
            if (
                component
                and spec
                and (spec.elements or 64) <= _MOST
                and len(spec.shape) <= 4
                and self._writes(component, [])
            ):
                self._add(name, component, [], [spec])
                return
        msg = "no input could be drawn"
        raise AssertionError(msg)

    def _drawn(self, kind: type[Component]) -> Component | None:
        given = drawn(kind, self.rng)
        for each in kind.params:  # whatever decides a size stays small
            if each.name in ("height", "width", "length", "samples", "units", "filters", "columns", "shape"):
                given[each.name] = value(each, self.rng, 2)
            if each.name in ("height", "width"):
                given[each.name] = self.rng.choice((8, 12, 17))
            if each.name == "shape" and kind.category == "Input":
                given[each.name] = self.rng.choice(((8, 8, 3), (6,), (7, 4), (4, 4, 4, 2), (9, 6, 1)))
            if each.name in ("length", "samples"):
                given[each.name] = self.rng.choice((5, 12))
        values, problems = checked(kind.params, given)
        return None if problems else kind(**values)

    def _layer(self, kind: type[Component]) -> bool:
        component = self._drawn(kind)
        if component is None:
            return False
        chosen: list[tuple[End, Spec]] = []
        ports: list[str] = []
        for port in component.takes():
            fits = [
                each for each in self.live if port.dtype in (None, each[1].dtype) and port.rank in (None, each[1].rank)
            ]
            if not fits:
                return False
            recent = fits[-3:]
            if port.many:
                first = self.rng.choice(recent)
                same = [each for each in self.live if each[1] == first[1] and each != first]
                if len(same) + 1 < port.least:
                    return False
                more = self.rng.sample(same, min(len(same), max(port.least - 1, self.rng.randint(1, 2))))
                chosen += [first, *more]
                ports += [f"{port.name}.{i}" for i in range(1 + len(more))]
            else:
                chosen.append(self.rng.choice(recent))
                ports.append(port.name)
        ins = [spec for _, spec in chosen]
        try:
            found = component.infer(*ins)
        except Problem:
            return False
        outs = [spec for spec in found.outs if spec is not None and (spec.elements or 1) <= _MOST]
        if len(outs) != len(component.gives()) or not self._writes(component, ins) or found.params > 500_000:
            return False
        name = self._name(component)
        self._add(name, component, list(zip(ports, (end for end, _ in chosen), strict=True)), outs)
        return True

    def _writes(self, component: Component, ins: Sequence[Spec]) -> bool:
        return not isinstance(code_for(component, self.target, tuple(ins), (True,) * len(ins)), str)

    def _name(self, component: Component) -> str:
        base = self.rng.choice(
            (component.type[5:-2], component.type[5:-2], "train", "x", "apply", "float", "int", "sum")
        )
        return f"{base}_{len(self.nodes)}" if base not in ("train", "apply") or self._has(base) else base

    def _has(self, name: str) -> bool:
        return any(node.id == name for node in self.nodes)

    def _add(self, name: str, component: Component, ends: Sequence[tuple[str, End]], outs: Sequence[Spec]) -> None:
        ui = Place(self.rng.randint(0, 999), self.rng.randint(0, 999)) if self.rng.random() < 0.7 else None
        note = self.rng.choice(("", "", "why?", "# not code"))
        self.nodes.append(Node(name, component.type, dict(shown(component, hidden=True)), ui, note))
        for port, end in ends:
            self.edges.append(Edge(end, (name, port)))
            self.used.add(end)
        for port, spec in zip(component.gives(), outs, strict=True):
            self.live.append(((name, port.name), spec))

    def _code(self) -> None:
        fits = [each for each in self.live if each[1].dtype == "float32"]
        if not fits or self.nodes[-1].type == "core/code@1":
            return
        (end, spec) = self.rng.choice(fits[-3:])
        name, variable = f"own_{len(self.nodes)}", self._variable(end)
        setup = ""
        if self.target == "torch":
            code = self.rng.choice(
                (
                    f"{name} = {variable} * torch.sigmoid({variable})  # a gate of our own",
                    f"{name} = {variable}\nfor each in (1, 2):\n    # twice\n    {name} = {name} + each",
                    f"{name} = self.scale_{name} * {variable}",
                )
            )
            if "self." in code:
                setup = f"self.scale_{name} = nn.Parameter(torch.ones(1))"
        else:
            code = f"{name} = {variable} * ops.sigmoid({variable})  # a gate of our own"
        params = {"code": code, "reads": variable, "writes": name, "shapes": spec.text}
        params |= {"setup": setup} if setup else {}
        params |= {"target": "keras"} if self.target == "keras" else {}
        self.nodes.append(Node(name, "core/code@1", params))
        self.edges.append(Edge(end, (name, variable)))
        self.used.add(end)
        self.live.append(((name, name), spec))

    def _variable(self, end: End) -> str:
        node = next(node for node in self.nodes if node.id == end[0])
        kind = components()[node.type]
        many = node.type != "core/code@1" and len(kind(**checked(kind.params, node.params)[0]).gives()) > 1
        return f"{end[0]}_{end[1]}" if many else end[0]

    def _outputs(self) -> None:
        ends = [each for each in self.live if each[0] not in self.used][-3:] or self.live[-1:]
        for i, (end, spec) in enumerate(ends):
            for kind in self.rng.sample(self.ends, len(self.ends)):
                component = self._drawn(kind)
                try:
                    if component is None or not component.infer(spec):
                        continue
                except Problem:
                    continue
                self._add(f"result_{i}", component, [("in", end)], [])
                break

    def _groups(self) -> tuple[Group, ...]:
        inner = [node.id for node in self.nodes if components()[node.type].category not in ("Input", "Output")]
        if len(inner) < 3 or self.rng.random() < 0.5:
            return ()
        at = self.rng.randrange(len(inner) - 1)
        title = self.rng.choice(("Block 1", "", "a\nb # c", "“quoted”"))
        group = Group("block_a", tuple(inner[at : at + 3]), title, self.rng.random() < 0.5)
        again = Group("block_a", group.nodes[:1], title, repeat=self.rng.randint(2, 3))
        return (again if self.rng.random() < 0.5 and self._repeats(again) else group,)

    def _repeats(self, group: Group) -> bool:
        """Return whether a group of one node can stand several times behind itself."""
        node = next(node for node in self.nodes if node.id == group.nodes[0])
        ends = {edge.source for edge in self.edges if edge.target[0] == node.id}
        specs = dict(self.live)
        if node.type == "core/code@1" or len(ends) != 1 or not any(edge.source[0] == node.id for edge in self.edges):
            return False
        return specs[ends.pop()] == specs.get((node.id, "out")) and node.id != "train"
