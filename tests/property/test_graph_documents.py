"""Graphs of any kind: what decodes can be told about and edited, and every edit can be undone exactly."""

import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.errors import GnomonError, InputError, LimitError
from gnomon.graph.checks import RULES, check
from gnomon.graph.document import Graph, decode, encode, plain
from gnomon.graph.infer import Cache, infer
from gnomon.graph.patch import apply
from gnomon.graph.registry import components
from gnomon.graph.suggest import suggest

IDS = ["a", "b", "c", "d", "x1", "conv1"]
PORTS = ["in", "out", "in.0", "in.1", "in.00", "in.999999", "state", "é", "h.1"]
PLAIN: list[Any] = [
    None, True, False, 0, 1, 2, 3, -1, 10**18, (1 << 62), 0.5, 1e300, -0.0, "", "same", "relu", "28×28", "a b", "{}", "é",
]  # fmt: skip
NESTED: list[Any] = [
    {"type": "sgd", "lr": 3.0},
    {"type": 1, "lr": None},
    {"monitor": "f1", "patience": 9},
    ["accuracy", 1],
]
SETTINGS = ["batch_size", "epochs", "seed", "optimizer", "stop", "metrics", "loss", "é"]
TYPES = [*components(), "acme/thing@2", "core/conv2d@99"]


class Draw(Random):
    """Draw what a document could hold, sense or nonsense."""

    def some(self, most: int) -> range:
        return range(self.randint(0, most))

    def value(self) -> Any:
        kind = self.randrange(8)
        if kind == 0:
            return [self.choice(PLAIN) for _ in self.some(4)]
        if kind == 1:
            return {self.choice(["a", "é", ""]): self.value() for _ in self.some(2)}
        return self.choice(PLAIN)

    def params(self, type_: str) -> dict[str, Any]:
        kind = components().get(type_)
        names = [param.name for param in kind.params] if kind else []
        return {self.choice([*names, "nonsense"]): self.value() for _ in self.some(2)}

    def node(self, name: str) -> dict[str, Any]:
        type_ = self.choice(TYPES)
        place = {"ui": {"x": self.randint(-99, 99), "y": 0.5}} if self.random() < 0.5 else {}
        return {"id": name, "type": type_, "params": self.params(type_), "note": self.choice(["", "é\n"]), **place}

    def edge(self) -> dict[str, Any]:
        ports = PORTS if self.random() < 0.3 else ["in", "in.0", "in.1"]
        out = self.choice(PORTS) if self.random() < 0.2 else "out"
        return {"from": [self.choice(IDS), out], "to": [self.choice(IDS), self.choice(ports)]}

    def group(self) -> dict[str, Any]:
        members = [self.choice(IDS) for _ in self.some(3)]
        return {"id": self.choice(["g1", "g2", "g3"]), "nodes": [*dict.fromkeys(members)], "repeat": self.randint(1, 3)}

    def document(self) -> Graph:
        names = self.sample(IDS, self.randint(0, len(IDS)))
        groups = {group["id"]: group for group in [self.group() for _ in self.some(2)]}
        return decode(
            {
                "name": self.choice(["", "model", "é b"]),
                "target": self.choice(["torch", "keras"]),
                "nodes": [self.node(name) for name in names],
                "edges": [self.edge() for _ in self.some(12)],
                "groups": [*groups.values()],
                "train": {self.choice(SETTINGS): self.choice([self.value(), *NESTED]) for _ in self.some(4)},
                "data": {"split": self.value()},
            }
        )

    def operation(self) -> dict[str, Any]:
        name, other = self.choice(IDS), self.choice(IDS)
        at = self.choice([{}, {"at": 0}, {"at": 1}])
        type_ = self.choice(TYPES)
        return self.choice(
            [
                lambda: {"op": "add", "node": self.node(name), **at},
                lambda: {"op": "remove", "id": name},
                lambda: {"op": "set", "id": name, "params": self.params(type_), "unset": ["rate", "units"]},
                lambda: {"op": "move", "places": {name: None, other: {"x": 0.0, "y": 0.0}}},
                lambda: {"op": "rename", "id": name, "to": self.choice([other, "fresh"])},
                lambda: {"op": "replace", "id": name, "type": type_, "params": self.params(type_)},
                lambda: {"op": "connect", **self.edge()},
                lambda: {"op": "disconnect", **self.edge()},
                lambda: {"op": "note", "id": name, "text": "x"},
                lambda: {"op": "group", "group": self.group(), **at},
                lambda: {"op": "ungroup", "id": self.choice(["g1", "g2", "g3"])},
                lambda: {"op": "document", "name": other, "train": {"loss": name}},
            ]
        )()


SEEDS = st.integers(0, (1 << 32) - 1)


@given(SEEDS)
def test_a_graph_is_the_same_after_a_journey_as_bytes_or_as_a_map(seed: int) -> None:
    graph = Draw(seed).document()
    assert decode(encode(graph)) == graph
    assert decode(plain(graph)) == graph
    assert decode(encode(graph)).sha == graph.sha


@given(SEEDS)
def test_the_inverse_of_any_edits_leads_back_exactly(seed: int) -> None:
    draw = Draw(seed)
    graph, ops = draw.document(), [draw.operation() for _ in draw.some(20)]
    done: list[dict[str, Any]] = []
    now = graph
    for op in ops:
        try:
            after, inverse = apply(now, [op])
        except InputError:
            continue
        assert apply(after, inverse)[0] == now
        done.append(op)
        now = after
    together, inverse = apply(graph, done)
    assert together == now
    assert apply(together, inverse)[0] == graph
    assert decode(encode(together)) == together


@given(SEEDS)
def test_whatever_decodes_can_be_told_about(seed: int) -> None:
    graph = Draw(seed).document()
    cache = Cache()
    report = infer(graph, cache)
    assert sorted(report.order) == sorted(node.id for node in graph.nodes) == sorted(report.nodes)
    assert infer(graph, cache) == report
    assert infer(graph) == report
    assert all(-(1 << 63) <= number < 1 << 63 for number in vars_of(report.totals))
    for issue in report.issues:
        assert issue.code != "E199", issue
        assert issue.message
    msgspec.json.encode([report.nodes[name].outs for name in report.order])


@given(SEEDS)
def test_checks_and_suggestions_know_what_to_say_of_any_graph_and_every_fix_can_be_applied(seed: int) -> None:
    graph = Draw(seed).document()
    report = infer(graph)
    for issue in (*report.issues, *check(graph, report)):
        assert issue.code in {rule.code for rule in RULES}
        for fix in issue.fixes:
            after, inverse = apply(graph, fix.ops)
            assert apply(after, inverse)[0] == graph
            infer(after)
    for each in suggest(graph, report):
        after, _ = apply(graph, [{"op": "set", "id": each.node, "params": {each.param: each.value}}])
        told = {(issue.node, issue.param) for issue in infer(after).issues if issue.code in ("E101", "E102")}
        assert (each.node, each.param) not in told


@given(st.binary(max_size=200))
def test_any_bytes_are_a_graph_or_refused(data: bytes) -> None:
    try:
        graph = decode(data)
    except GnomonError:
        return
    assert decode(encode(graph)) == graph


@given(SEEDS)
def test_a_document_with_any_value_in_any_place_is_a_graph_or_refused(seed: int) -> None:
    draw = Draw(seed)
    document = json.loads(encode(draw.document()))
    place: Any = document
    while True:
        key = draw.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
        if not isinstance(place[key], (dict, list)) or not place[key] or draw.random() < 0.3:
            break
        place = place[key]
    place[key] = draw.value()
    try:
        decode(json.dumps(document).encode())
    except (InputError, LimitError) as error:
        refused = error
    else:
        return
    assert refused.field


def vars_of(totals: Any) -> list[int]:
    return [totals.params, totals.state, totals.flops, totals.memory_bytes]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"nodes":' + "[" * 50_000, '{"train":' + '{"a":' * 5_000, "1" * 10_000]
)
def test_texts_made_to_exhaust_a_reader_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        decode(text.encode())
