"""Subgraphs: ports, shapes and code follow from the graph within."""

from typing import Any

import numpy as np
import pytest

from gnomon.graph.blocks import block
from gnomon.graph.code import parse, rewrite, write
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.components.subgraph import MAX_DEPTH
from gnomon.graph.document import Graph, decode, plain
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.spec import Spec
from gnomon.graph.suite_frameworks import load

# Keras' own, of NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

GATE: dict[str, Any] = {
    "name": "gate",
    "nodes": [
        {"id": "x", "type": "core/input@1", "params": {"shape": [8]}},
        {"id": "by", "type": "core/input@1", "params": {"shape": [8]}},
        {"id": "open", "type": "core/dense@1", "params": {"units": 4, "activation": "sigmoid"}},
        {"id": "value", "type": "core/dense@1", "params": {"units": 4}},
        {"id": "product", "type": "core/multiply@1"},
    ],
    "edges": [
        {"from": ["by", "out"], "to": ["open", "in"]},
        {"from": ["x", "out"], "to": ["value", "in"]},
        {"from": ["open", "out"], "to": ["product", "in.0"]},
        {"from": ["value", "out"], "to": ["product", "in.1"]},
    ],
}


def _graph(inner: dict[str, Any] | None = None, target: Target = "torch", **nodes: Any) -> Graph:
    """Return a graph that has a graph twice, one behind the other."""
    inner = GATE if inner is None else inner
    return decode(
        {
            "name": "outer",
            "target": target,
            "nodes": [
                {"id": "a", "type": "core/input@1", "params": {"shape": [4]}},
                {"id": "b", "type": "core/input@1", "params": {"shape": [6]}},
                {"id": "gate1", "type": "core/subgraph@1", "params": {"graph": inner}},
                {"id": "gate2", "type": "core/subgraph@1", "params": {"graph": inner}},
                {"id": "y", "type": "core/regression@1", "params": {"values": 4}},
            ],
            "edges": [
                {"from": ["a", "out"], "to": ["gate1", "x"]},
                {"from": ["b", "out"], "to": ["gate1", "by"]},
                {"from": ["gate1", "product"], "to": ["gate2", "x"]},
                {"from": ["b", "out"], "to": ["gate2", "by"]},
                {"from": ["gate2", "product"], "to": ["y", "in"]},
            ],
        }
    )


def test_ports_and_shapes_follow_from_the_graph_within() -> None:
    report = infer(_graph())
    gate = report.nodes["gate1"]
    assert report.issues == ()
    assert (gate.ports, gate.outs, gate.params) == (("x", "by"), (Spec((4,)),), (4 + 1) * 4 + (6 + 1) * 4)
    assert gate.component is not None
    assert [port.name for port in gate.component.gives()] == ["product"]


def test_what_is_wrong_within_is_told_at_the_node() -> None:
    broken = {**GATE, "edges": [edge for edge in GATE["edges"] if edge["to"][1] != "in.1"]}
    issue = infer(_graph(broken)).issues[0]
    assert (issue.node, issue.param) == ("gate1", "graph")
    assert issue.message.startswith("Inside, product: ")


def test_an_input_that_does_not_fit_within_is_told_at_the_port() -> None:
    graph = decode({**plain(_graph()), "nodes": [*plain(_graph())["nodes"]]})
    wide = [
        {**node, "params": {"shape": [5, 5, 5, 5]}} if node["id"] == "b" else node for node in plain(graph)["nodes"]
    ]
    issues = infer(decode({**plain(graph), "nodes": wide})).issues
    assert issues[0].message.startswith("Inside, open: Expected vectors")


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ({}, "There is no graph in it yet."),
        ({"nodes": [{"id": "x", "type": "core/input@1"}]}, "graph: it has no output"),
        ({"nodes": [{"id": "x", "type": "core/add@1"}]}, "graph: it has no input"),
        ({"nodes": [{"id": "X!", "type": "core/add@1"}]}, "graph: nodes[0].id: expected a name"),
        ({"nodes": 3}, "graph: graph: "),
    ],
)
def test_what_is_no_graph_is_refused_in_words(inner: dict[str, Any], message: str) -> None:
    issue = next(issue for issue in infer(_graph(inner)).issues if issue.node == "gate1")
    assert issue.message.startswith(message)


@pytest.mark.parametrize("target", TARGETS)
def test_code_has_it_once_and_reads_back(target: Target) -> None:
    graph = _graph(target=target)
    written = write(graph)
    head = {"torch": "class Gate(nn.Module):", "keras": "def build_gate(name: str) -> keras.Model:"}[target]
    assert (written.missing, written.text.count(head)) == ([], 1)
    assert plain(parse(written.text, target, graph).graph) == plain(graph)


def test_both_targets_compute_what_the_graph_says() -> None:
    torch, keras = load()
    names: dict[str, Any] = {"__name__": "written"}
    exec(write(_graph(target="torch")).text, names)
    exec(write(_graph(target="keras")).text, names)
    module, model = names["Outer"](), names["build"]()
    with torch.no_grad():
        for ours, theirs in (
            (getattr(getattr(module, gate), layer), model.get_layer(gate).get_layer(layer))
            for gate in ("gate1", "gate2")
            for layer in ("open", "value")
        ):
            ours.weight.copy_(torch.from_numpy(keras.ops.convert_to_numpy(theirs.kernel).T))
            theirs.bias.assign(keras.ops.convert_to_tensor(ours.bias.numpy()))
        a, b = torch.randn(3, 4), torch.randn(3, 6)
        np.testing.assert_allclose(module(a, b).numpy(), model([a, b]).numpy(), atol=1e-5)
    assert sum(each.numel() for each in module.parameters()) == model.count_params() == infer(_graph()).totals.params


@pytest.mark.parametrize("target", TARGETS)
def test_hand_written_code_follows_the_graph_within(target: Target) -> None:
    bare, _ = apply(_graph(target=target), [{"op": "remove", "id": "gate2"}, {"op": "remove", "id": "gate1"}])
    text = write(bare).text.replace("class Outer", "# mine\nclass Outer").replace("def build", "# mine\ndef build")
    with_gates = rewrite(text, parse(text, target, bare).graph, _graph(target=target), target)
    other = plain(_graph(target=target))
    for node in other["nodes"][2:4]:
        node["params"]["graph"] = {**GATE, "nodes": [*GATE["nodes"][:4], {"id": "product", "type": "core/add@1"}]}
    changed = rewrite(with_gates, _graph(target=target), decode(other), target)
    product, total = {
        "torch": ("product = open * value", "product = open + value"),
        "keras": ('layers.Multiply(name="product")', 'layers.Add(name="product")'),
    }[target]
    assert [product in each for each in (text, with_gates, changed)] == [False, True, False]
    assert [total in each for each in (text, with_gates, changed)] == [False, False, True]
    assert ("# mine\nclass Outer" if target == "torch" else "# mine\ndef build()") in changed
    assert [plain(parse(changed, target, decode(other)).graph)[field] for field in ("nodes", "edges")] == [
        plain(decode(other))[field] for field in ("nodes", "edges")
    ]


def test_graphs_of_one_name_that_differ_are_not_mixed_up() -> None:
    graph = plain(_graph())
    graph["nodes"][3]["params"]["graph"] = {
        **GATE,
        "nodes": [*GATE["nodes"][:4], {"id": "product", "type": "core/add@1"}],
    }
    (issue,) = write(decode(graph)).missing[:1]
    assert (issue.node, "Gate" in issue.message) == ("gate2", True)


def test_graphs_within_graphs_within_graphs() -> None:
    def within(depth: int) -> dict[str, Any]:
        if depth == 0:
            return {**GATE, "name": "deep0"}
        nodes = [
            *GATE["nodes"][:2],
            {"id": "inner", "type": "core/subgraph@1", "params": {"graph": within(depth - 1)}},
        ]
        edges = [{"from": [name, "out"], "to": ["inner", name]} for name in ("x", "by")]
        return {"name": f"deep{depth}", "nodes": nodes, "edges": edges}

    graph = plain(_graph())
    graph["nodes"] = [node for node in graph["nodes"] if node["id"] in ("a", "b")]
    graph["nodes"].append({"id": "gate1", "type": "core/subgraph@1", "params": {"graph": within(2)}})
    graph["edges"] = [{"from": ["a", "out"], "to": ["gate1", "x"]}, {"from": ["b", "out"], "to": ["gate1", "by"]}]
    report = infer(decode(graph))
    assert (report.issues, report.nodes["gate1"].outs) == ((), (Spec((4,)),))
    text = write(decode(graph)).text
    assert text.index("class Deep0") < text.index("class Deep1") < text.index("class Deep2") < text.index("class Outer")
    assert MAX_DEPTH > 2


def test_a_block_can_be_held_as_a_graph() -> None:
    found = block("unet")
    ends = [{"from": ["x", "out"], "to": list(end)} for end in found.enter]
    inner = {
        "name": "unet",
        "nodes": [{"id": "x", "type": "core/image_input@1"}, *found.nodes],
        "edges": [*[{"from": list(e["from"]), "to": list(e["to"])} for e in found.edges], *ends],
    }
    graph = {
        "nodes": [
            {"id": "image", "type": "core/image_input@1", "params": {"height": 32, "width": 32, "channels": 3}},
            {"id": "net", "type": "core/subgraph@1", "params": {"graph": inner}},
        ],
        "edges": [{"from": ["image", "out"], "to": ["net", "x"]}],
    }
    report = infer(decode(graph))
    assert (report.issues, report.nodes["net"].outs) == ((), (Spec((32, 32, 16)),))
