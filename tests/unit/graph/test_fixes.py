from typing import Any

import pytest
from tests.unit.graph.build import build

from gnomon.graph.document import Graph
from gnomon.graph.fixes import Fixer, plain, port_named
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.problem import Remedy

GRAPH = build("image:image_input>conv:conv2d>out:segmentation conv>back:reconstruction")


def fixed(graph: Graph, name: str, remedy: Remedy) -> Graph:
    node = graph.node(name)
    assert node is not None
    (fix,) = Fixer(graph).remedies(node, (remedy,), infer(graph).nodes[name].ports)
    assert fix.title == remedy.title
    return apply(graph, fix.ops)[0]


def edges(graph: Graph) -> set[str]:
    return {f"{'.'.join(edge.source)}>{'.'.join(edge.target)}" for edge in graph.edges}


def test_parameters_are_set_as_a_document_holds_them() -> None:
    after = fixed(GRAPH, "conv", Remedy("Smaller", {"kernel_size": (3, 3), "filters": 8}))
    assert after.node("conv").params == {"kernel_size": [3, 3], "filters": 8}  # type: ignore[union-attr]


def test_a_node_becomes_another_and_keeps_its_edges() -> None:
    after = fixed(GRAPH, "conv", Remedy("Pool", {"pool_size": 2}, replace="core/max_pool2d@1"))
    node = after.node("conv")
    assert node is not None
    assert (node.type, node.params) == ("core/max_pool2d@1", {"pool_size": 2})
    assert edges(after) == edges(GRAPH)


def test_a_node_is_put_in_front_between_the_places_of_its_neighbours() -> None:
    placed, _ = apply(GRAPH, [{"op": "move", "places": {"image": {"x": 0, "y": 10}, "conv": {"x": 200, "y": 30}}}])
    after = fixed(placed, "conv", Remedy("Cast", before={"in": ("core/cast@1", {})}))
    assert edges(after) == {"image.out>cast.in", "cast.out>conv.in", "conv.out>out.in", "conv.out>back.in"}
    place = after.nodes[-1].ui
    assert place is not None
    assert (place.x, place.y) == (100, 20)


def test_a_node_is_put_behind_for_all_who_take() -> None:
    after = fixed(GRAPH, "conv", Remedy("Normalise", after=("core/batch_norm@1", {"momentum": 0.9})))
    assert edges(after) == {
        "image.out>conv.in",
        "conv.out>batch_norm.in",
        "batch_norm.out>out.in",
        "batch_norm.out>back.in",
    }
    assert after.nodes[-1].params == {"momentum": 0.9}


def test_two_inputs_get_two_nodes_of_their_own_names() -> None:
    graph = build("a:image_input>sum.in.3:add b:image_input>flatten:flatten", "b>sum.in.7")
    remedy = Remedy("Flatten both", before={"in.0": ("core/flatten@1", {}), "in.1": ("core/flatten@1", {})})
    after = fixed(graph, "sum", remedy)
    assert edges(after) == {
        "b.out>flatten.in",
        "a.out>flatten2.in",
        "flatten2.out>sum.in.3",
        "b.out>flatten3.in",
        "flatten3.out>sum.in.7",
    }


@pytest.mark.parametrize(
    "remedy",
    [
        Remedy("Not here", replace="acme/thing@1"),
        Remedy("Not here", before={"in": ("acme/thing@1", {})}),
        Remedy("Not here", after=("acme/thing@1", {})),
        Remedy("Nothing there", before={"side": ("core/cast@1", {})}),
        Remedy("Nothing at all"),
    ],
)
def test_what_cannot_be_done_here_is_no_fix(remedy: Remedy) -> None:
    node = GRAPH.node("conv")
    assert node is not None
    assert Fixer(GRAPH).remedies(node, (remedy,), ["in"]) == ()


def test_a_bridge_leads_past_a_node_and_doubles_no_edge() -> None:
    graph = build("a:image_input>drop:dropout>sum.in.0:add", "a>sum.in.1 drop>sum.in.2")
    node = graph.node("drop")
    assert node is not None
    assert edges(apply(graph, Fixer(graph).bridge(node))[0]) == {"a.out>sum.in.0", "a.out>sum.in.1", "a.out>sum.in.2"}
    twice = build("a:image_input>drop:dropout>conv:conv2d", "a>conv")
    drop = twice.node("drop")
    assert drop is not None
    assert edges(apply(twice, Fixer(twice).bridge(drop))[0]) == {"a.out>conv.in"}


def test_a_bridge_leaves_out_what_a_node_gives_itself() -> None:
    graph = build("a:image_input>drop:dropout>conv:conv2d", "drop>drop.side")
    node = graph.node("drop")
    assert node is not None
    assert edges(apply(graph, Fixer(graph).bridge(node))[0]) == {"a.out>conv.in"}


def test_new_names_are_free_and_are_names() -> None:
    graph = build("flatten conv2d:conv2d conv2d2:conv2d", groups=[{"id": "flatten2"}])
    fixer = Fixer(graph)
    assert fixer.free("core/flatten@1") == "flatten3"
    used: set[str] = set()
    assert [fixer.free("core/flatten@1", used) for _ in range(2)] == ["flatten3", "flatten4"]
    assert fixer.free("core/conv2d@1") == "conv2d3"
    assert fixer.free("my-lab/my.own-thing@3") == "my_own_thing"


@pytest.mark.parametrize(
    ("port", "ports", "expected"),
    [
        ("in", ["in"], "in"),
        ("in.1", ["in.0", "in.4"], "in.4"),
        ("in.2", ["in.0", "in.4"], "in.2"),
        ("context", ["in", "context"], "context"),
        ("", ["in"], ""),
        ("in.x", ["in.0"], "in.x"),
    ],
)
def test_ports_of_several_edges_are_counted(port: str, ports: list[str], expected: str) -> None:
    assert port_named(port, ports) == expected


def test_parameters_become_what_json_holds() -> None:
    params: dict[str, Any] = {"shape": (1, 2), "rate": 0.5}
    assert plain(params) == {"shape": [1, 2], "rate": 0.5}
