"""Groups become subgraphs and subgraphs groups, without a change of what is computed."""

from typing import Any

import pytest

from gnomon.core.errors import InputError, NotFoundError
from gnomon.graph.blocks import block, inserted
from gnomon.graph.code import write
from gnomon.graph.document import Graph, decode, plain
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.promote import opened, promoted
from gnomon.graph.spec import Spec


def _net(name: str = "res_block") -> Graph:
    """Return an image classifier with one block in the middle."""
    nodes = [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8, "channels": 3}},
        {"id": "conv1", "type": "core/conv2d@1", "params": {"filters": 4}},
        {"id": "pool", "type": "core/global_avg_pool@1"},
        {"id": "label", "type": "core/regression@1"},
    ]
    edges = [{"from": ["image", "out"], "to": ["conv1", "in"]}, {"from": ["pool", "out"], "to": ["label", "in"]}]
    graph = decode({"nodes": nodes, "edges": edges})
    found = block(name)
    ops = inserted(found, {node.id for node in graph.nodes}, ("conv1", "out"), 4)
    new = [op["node"]["id"] for op in ops if op["op"] == "add"]
    leave = dict(zip((node["id"] for node in found.nodes), new, strict=True))[found.leave[0]]
    ops.append({"op": "connect", "from": [leave, "out"], "to": ["pool", "in"]})
    return apply(graph, ops)[0]


@pytest.mark.parametrize("name", ["conv_block", "res_block", "inverted_residual", "unet"])
def test_a_promoted_group_computes_as_much_as_before_and_opens_again(name: str) -> None:
    graph = _net(name)
    before = infer(graph)
    one, undo = apply(graph, promoted(graph, name))
    assert [node.id for node in one.nodes] == ["image", "conv1", "pool", "label", name]
    after = infer(one)
    assert (after.issues, after.totals.params, after.totals.state, after.totals.flops) == (
        (),
        before.totals.params,
        before.totals.state,
        before.totals.flops,
    )
    assert after.nodes["label"].ins == before.nodes["label"].ins
    assert write(one).missing == []
    again, _ = apply(one, opened(one, name))
    assert sorted(node.type for node in again.nodes) == sorted(node.type for node in graph.nodes)
    assert infer(again).totals == before.totals
    assert [len(group.nodes) for group in again.groups] == [len(block(name).nodes)]
    assert plain(apply(one, undo)[0]) == plain(graph)


def test_what_others_take_from_the_middle_of_a_group_becomes_a_port() -> None:
    graph = _net("conv_block")
    more: list[dict[str, Any]] = [
        {"op": "add", "node": {"id": "seen", "type": "core/global_max_pool@1"}},
        {"op": "add", "node": {"id": "both", "type": "core/concatenate@1"}},
        {"op": "connect", "from": ["norm", "out"], "to": ["seen", "in"]},
        {"op": "disconnect", "from": ["pool", "out"], "to": ["label", "in"]},
        {"op": "connect", "from": ["seen", "out"], "to": ["both", "in.0"]},
        {"op": "connect", "from": ["pool", "out"], "to": ["both", "in.1"]},
        {"op": "connect", "from": ["both", "out"], "to": ["label", "in"]},
    ]
    graph, _ = apply(graph, more)
    one, _ = apply(graph, promoted(graph, "conv_block"))
    node = infer(one).nodes["conv_block"]
    assert node.component is not None
    assert {port.name for port in node.component.gives()} == {"norm_out", "relu_out"}
    assert node.outs == (Spec((8, 8, 32)), Spec((8, 8, 32)))
    assert infer(one).issues == ()
    again, _ = apply(one, opened(one, "conv_block"))
    assert infer(again).totals == infer(graph).totals


def test_a_group_that_repeats_repeats_within() -> None:
    graph = _net("inverted_residual")
    group = {"id": "inverted_residual", "nodes": list(graph.groups[0].nodes), "repeat": 3}
    graph, _ = apply(graph, [{"op": "group", "group": group}])
    one, _ = apply(graph, promoted(graph, "inverted_residual"))
    assert infer(one).totals.params == infer(graph).totals.params


def test_inputs_of_the_model_stay_outside() -> None:
    graph = _net("conv_block")
    graph, _ = apply(graph, [{"op": "group", "group": {"id": "all", "nodes": ["image", "conv1"]}}])
    with pytest.raises(InputError, match="received image of the whole model"):
        promoted(graph, "all")
    with pytest.raises(NotFoundError, match="There are conv_block, all"):
        promoted(graph, "some")


def test_only_a_subgraph_opens() -> None:
    graph = _net("conv_block")
    with pytest.raises(InputError, match="expected a subgraph"):
        opened(graph, "conv1")
    with pytest.raises(NotFoundError):
        opened(graph, "conv9")
    empty, _ = apply(
        graph, [{"op": "add", "node": {"id": "s", "type": "core/subgraph@1", "params": {"graph": {"nodes": []}}}}]
    )
    with pytest.raises(InputError, match="expected a subgraph with a graph in it"):
        opened(empty, "s")
