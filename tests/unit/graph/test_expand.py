import pytest
from tests.unit.graph.build import build

from gnomon.graph.document import Graph
from gnomon.graph.expand import Expanded, expand
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply

BLOCK = (
    "image:image_input(channels=8)>conv:conv2d(filters=8,use_bias=False)>norm:batch_norm>sum.in.0:add"
    ">pool:global_avg_pool>head:dense(units=3)>out:classification"
)
SKIP = "image>sum.in.1"


def repeated(
    times: int, text: str = BLOCK, edges: str = SKIP, nodes: tuple[str, ...] = ("conv", "norm", "sum")
) -> Graph:
    return build(text, edges, groups=[{"id": "block", "nodes": nodes, "repeat": times}])


def test_a_graph_without_repeats_is_itself() -> None:
    graph = repeated(1)
    assert expand(graph) == Expanded(graph)
    assert expand(graph).graph is graph


def test_a_residual_block_three_times_is_the_graph_that_somebody_would_have_drawn() -> None:
    drawn = build(
        "image:image_input(channels=8)>conv:conv2d(filters=8,use_bias=False)>norm:batch_norm>sum.in.0:add"
        ">conv_2:conv2d(filters=8,use_bias=False)>norm_2:batch_norm>sum_2.in.0:add"
        ">conv_3:conv2d(filters=8,use_bias=False)>norm_3:batch_norm>sum_3.in.0:add"
        ">pool:global_avg_pool>head:dense(units=3)>out:classification",
        "image>sum.in.1 sum>sum_2.in.1 sum_2>sum_3.in.1",
    )
    found = expand(repeated(3))
    assert (found.graph.nodes, found.graph.edges) == (drawn.nodes, drawn.edges)
    assert found.copies == {f"{name}_{i}": name for i in (2, 3) for name in ("conv", "norm", "sum")}
    assert found.issues == ()
    once, whole = infer(repeated(3)), infer(drawn)
    assert once.totals == whole.totals
    assert once.issues == ()
    assert once.order == ("image", "conv", "norm", "sum", "pool", "head", "out")
    assert once.nodes["conv"] == whole.nodes["conv"]
    assert once.nodes["pool"].receptive == whole.nodes["pool"].receptive
    assert once.nodes["pool"].sources == (("sum", 0),)


def test_names_that_are_taken_and_names_that_are_long_get_copies_too() -> None:
    long = "n" * 64
    graph = build(
        f"x:image_input>{long}:conv2d>out:segmentation conv_2:conv2d",
        groups=[{"id": "g", "nodes": [long], "repeat": 3}],
    )
    names = {node.id for node in expand(graph).graph.nodes}
    assert names == {"x", long, "n" * 56 + "_2", "n" * 56 + "_3", "out", "conv_2"}


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        (repeated(2, BLOCK + " other:image_input(channels=8)", "other>sum.in.1"), "it takes from 2 places, and repeating needs one"),
        (repeated(2, BLOCK + " norm>side:regression"), "it gives at 2 places, and repeating needs one"),
        (repeated(2, nodes=("image", "conv")), "it takes from 0 places, and repeating needs one"),
        (repeated(1000, BLOCK + " " + " ".join(f"n{i}:dropout" for i in range(8000))), "the graph would have more than 10,000 nodes"),
    ],
)  # fmt: skip
def test_a_group_that_cannot_be_repeated_is_told_and_mended_by_repeating_it_once(graph: Graph, reason: str) -> None:
    issue = next(issue for issue in infer(graph).issues if issue.code == "E008")
    assert issue.message == f"The group block cannot be repeated: {reason}."
    after, _ = apply(graph, issue.fixes[0].ops)
    assert [issue for issue in infer(after).issues if issue.code == "E008"] == []
    assert after.groups[0].repeat == 1


def test_groups_that_share_nodes_are_not_both_repeated() -> None:
    groups = [{"id": "a", "nodes": ["conv"], "repeat": 2}, {"id": "b", "nodes": ["conv", "norm"], "repeat": 2}]
    graph = build(BLOCK, SKIP, groups=groups)
    assert [issue.message for issue in infer(graph).issues] == [
        "The group b cannot be repeated: it shares nodes with another group that repeats."
    ]


def test_what_only_a_copy_cannot_take_is_told_of_the_node_itself() -> None:
    graph = repeated(
        2,
        "image:image_input>flat:flatten>map:reshape(shape=[7,7,16])>conv:conv2d>out:segmentation",
        "",
        ("map", "conv"),
    )
    (issue,) = infer(graph).issues
    assert (issue.node, issue.fixes) == ("map", ())
    assert issue.message.startswith("When it is repeated (map_2): ")


def test_fixes_behind_a_repeated_group_name_nodes_of_the_document() -> None:
    graph = repeated(2, "x:image_input>conv:conv2d>norm:batch_norm>head:dense>out:classification", "", ("conv", "norm"))
    (issue,) = infer(graph).issues
    assert issue.node == "head"
    for fix in issue.fixes:
        assert infer(apply(graph, fix.ops)[0]).issues == ()
