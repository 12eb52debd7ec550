"""Graphs of any kind: what decodes can be told about and edited, and every edit can be undone exactly."""

import json
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

IDS = st.sampled_from(["a", "b", "c", "d", "x1", "conv1"])
PORTS = st.sampled_from(["in", "out", "in.0", "in.1", "in.00", "in.999999", "state", "é", "h.1"])
NUMBERS = st.one_of(
    st.integers(-(1 << 62), 1 << 62),
    st.sampled_from([0, 1, 2, 3, 10**18, -1]),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), NUMBERS, st.text(max_size=4), st.sampled_from(["same", "relu", "28×28", "a b"])
    ),
    lambda each: st.one_of(st.lists(each, max_size=4), st.dictionaries(st.text(max_size=3), each, max_size=2)),
    max_leaves=4,
)
TYPES = st.one_of(st.sampled_from([*components()]), st.sampled_from(["acme/thing@2", "core/conv2d@99"]))


SETTINGS = st.sampled_from(["batch_size", "epochs", "seed", "optimizer", "stop", "metrics", "loss", "é"])
NESTED = [
    {"type": "sgd", "lr": 3.0},
    {"type": 1, "lr": None},
    {"monitor": "f1", "patience": 9},
    ["accuracy", 1],
    "auto",
]


@st.composite
def params(draw: st.DrawFn, type_: str) -> dict[str, Any]:
    kind = components().get(type_)
    names = [param.name for param in kind.params] if kind else []
    return draw(st.dictionaries(st.sampled_from([*names, "nonsense"]), VALUES, max_size=3))


@st.composite
def nodes(draw: st.DrawFn, name: str) -> dict[str, Any]:
    type_ = draw(TYPES)
    node = {"id": name, "type": type_, "params": draw(params(type_)), "note": draw(st.text(max_size=3))}
    if draw(st.booleans()):
        node["ui"] = {"x": draw(st.integers(-99, 99)), "y": draw(st.floats(-9, 9))}
    return node


@st.composite
def documents(draw: st.DrawFn) -> Graph:
    names = draw(st.lists(IDS, unique=True, max_size=6))
    ends = st.tuples(IDS, PORTS)
    groups = [
        {"id": name, "nodes": draw(st.lists(IDS, max_size=3)), "repeat": draw(st.integers(1, 3))}
        for name in draw(st.lists(st.sampled_from(["g1", "g2"]), unique=True, max_size=2))
    ]
    return decode(
        {
            "name": draw(st.text("abc é", max_size=5)),
            "target": draw(st.sampled_from(["torch", "keras"])),
            "nodes": [draw(nodes(name)) for name in names],
            "edges": [{"from": a, "to": b} for a, b in draw(st.lists(st.tuples(ends, ends), max_size=12))],
            "groups": groups,
            "train": draw(st.dictionaries(SETTINGS, VALUES | st.sampled_from(NESTED), max_size=4)),
            "data": draw(st.dictionaries(st.sampled_from(["split", "dataset"]), VALUES, max_size=1)),
        }
    )


@st.composite
def operations(draw: st.DrawFn) -> dict[str, Any]:
    name, other = draw(IDS), draw(IDS)
    edge = {"from": [draw(IDS), draw(PORTS)], "to": [draw(IDS), draw(PORTS)]}
    place = draw(st.none() | st.just({"x": 1.5, "y": -2.0}))
    type_ = draw(TYPES)
    group = {"id": draw(st.sampled_from(["g1", "g2", "g3"])), "nodes": draw(st.lists(IDS, unique=True, max_size=2))}
    at = draw(st.sampled_from([{}, {"at": 0}, {"at": 1}]))
    return draw(
        st.sampled_from(
            [
                {"op": "add", "node": draw(nodes(name)), **at},
                {"op": "remove", "id": name},
                {"op": "set", "id": name, "params": draw(params(type_)), "unset": ["rate", "units"]},
                {"op": "move", "places": {name: place, other: {"x": 0.0, "y": 0.0}}},
                {"op": "rename", "id": name, "to": other},
                {"op": "rename", "id": name, "to": "fresh"},
                {"op": "replace", "id": name, "type": type_, "params": draw(params(type_))},
                {"op": "connect", **edge},
                {"op": "disconnect", **edge},
                {"op": "note", "id": name, "text": "x"},
                {"op": "group", "group": group, **at},
                {"op": "ungroup", "id": group["id"]},
                {"op": "document", "name": other, "train": {"loss": name}},
            ]
        )
    )


@given(documents())
def test_a_graph_is_the_same_after_a_journey_as_bytes_or_as_a_map(graph: Graph) -> None:
    assert decode(encode(graph)) == graph
    assert decode(plain(graph)) == graph
    assert decode(encode(graph)).sha == graph.sha


@given(documents(), st.lists(operations(), max_size=12))
def test_the_inverse_of_any_edits_leads_back_exactly(graph: Graph, ops: list[dict[str, Any]]) -> None:
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


@given(documents())
def test_whatever_decodes_can_be_told_about(graph: Graph) -> None:
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


@given(documents())
def test_checks_and_suggestions_know_what_to_say_of_any_graph_and_every_fix_can_be_applied(graph: Graph) -> None:
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


@given(documents(), st.data())
def test_a_document_with_any_value_in_any_place_is_a_graph_or_refused(graph: Graph, data: st.DataObject) -> None:
    document = json.loads(encode(graph))
    place: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(VALUES)
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
