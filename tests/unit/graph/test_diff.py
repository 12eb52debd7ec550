import msgspec

from gnomon.graph.diff import Change, Difference, diff
from gnomon.graph.document import Edge, Graph, decode
from gnomon.graph.patch import apply

GRAPH = decode(
    {
        "nodes": [
            {"id": "image", "type": "core/image_input@1"},
            {"id": "conv1", "type": "core/conv2d@1", "params": {"filters": 16}},
            {"id": "conv2", "type": "core/conv2d@1", "params": {"filters": 16}},
            {"id": "drop", "type": "core/dropout@1"},
        ],
        "edges": [
            {"from": ["image", "out"], "to": ["conv1", "in"]},
            {"from": ["conv1", "out"], "to": ["conv2", "in"]},
            {"from": ["conv2", "out"], "to": ["drop", "in"]},
        ],
    }
)


def after(*ops: dict[str, object]) -> Graph:
    return apply(GRAPH, ops)[0]


def test_a_graph_does_not_differ_from_itself_nor_from_one_that_looks_otherwise() -> None:
    moved = after(
        {"op": "move", "places": {"conv1": {"x": 1, "y": 2}}},
        {"op": "note", "id": "drop", "text": "why"},
        {"op": "group", "group": {"id": "g", "nodes": ["conv1"]}},
        {"op": "document", "name": "another"},
    )
    assert diff(GRAPH, moved) == Difference()
    assert not diff(GRAPH, GRAPH)
    assert diff(GRAPH, moved).text == ""


def test_what_was_added_removed_and_changed_is_told() -> None:
    found = diff(
        GRAPH,
        after(
            {"op": "remove", "id": "drop"},
            {"op": "add", "node": {"id": "flat", "type": "core/flatten@1"}},
            {"op": "connect", "from": ["conv2", "out"], "to": ["flat", "in"]},
            {"op": "set", "id": "conv1", "params": {"filters": 32, "kernel_size": [3, 3]}},
            {"op": "replace", "id": "conv2", "type": "core/max_pool2d@1"},
            {"op": "document", "target": "keras"},
        ),
    )
    assert found == Difference(
        added=("flat",),
        removed=("drop",),
        changed=(
            Change("conv1", {"filters": (16, 32), "kernel_size": (None, [3, 3])}),
            Change("conv2", {"filters": (16, None)}, ("core/conv2d@1", "core/max_pool2d@1")),
        ),
        edges_added=(Edge(("conv2", "out"), ("flat", "in")),),
        edges_removed=(Edge(("conv2", "out"), ("drop", "in")),),
        document={"target": ("torch", "keras")},
    )
    assert found
    assert found.text == (
        "+ flat, - drop, conv1.filters 16 → 32, conv1.kernel_size default → 3×3, conv2: conv2d → max_pool2d, "
        "conv2.filters 16 → default, target torch → keras"
    )


def test_a_node_that_only_has_another_name_was_renamed_and_its_edges_are_the_same() -> None:
    renamed = after({"op": "rename", "id": "conv1", "to": "stem"}, {"op": "rename", "id": "drop", "to": "end"})
    assert diff(GRAPH, renamed) == Difference(renamed={"conv1": "stem", "drop": "end"})
    assert diff(renamed, GRAPH) == Difference(renamed={"stem": "conv1", "end": "drop"})
    assert diff(GRAPH, renamed).text == "conv1 → stem, drop → end"


def test_a_chain_that_was_renamed_altogether_is_known_where_it_can_be_told_apart() -> None:
    names = {"conv1": "a", "conv2": "b", "drop": "c"}
    found = diff(GRAPH, after(*({"op": "rename", "id": old, "to": new} for old, new in names.items())))
    assert found.renamed["drop"] == "c"
    assert {*found.renamed.values()} | {*found.added} == {"a", "b", "c"}
    assert {*found.renamed} | {*found.removed} == {"conv1", "conv2", "drop"}


def test_two_alike_are_not_taken_for_one_another() -> None:
    twins = after(*({"op": "add", "node": {"id": name, "type": "core/dropout@1"}} for name in ("x", "y")))
    others = after(*({"op": "add", "node": {"id": name, "type": "core/dropout@1"}} for name in ("z", "w")))
    assert diff(twins, others) == Difference(added=("z", "w"), removed=("x", "y"))


def test_new_edges_alone_are_counted() -> None:
    found = diff(GRAPH, after({"op": "connect", "from": ["image", "out"], "to": ["drop", "in.1"]}))
    assert found.edges_added == (Edge(("image", "out"), ("drop", "in.1")),)
    assert found.text == "edges: 1 added, 0 removed"


def test_the_text_stays_short() -> None:
    many = after(*({"op": "add", "node": {"id": f"n{i}", "type": "core/dropout@1"}} for i in range(20)))
    assert diff(GRAPH, many).text == "+ n0, + n1, + n2, + n3, + n4, + n5, + n6, + n7 and 12 more"


def test_settings_are_told_one_by_one_not_as_a_whole() -> None:
    first = msgspec.structs.replace(GRAPH, train={"epochs": 10, "optimizer": {"type": "adam", "lr": 0.1}})
    second = msgspec.structs.replace(GRAPH, train={"epochs": 150, "optimizer": {"type": "adam", "lr": 0.1}, "seed": 3})
    assert diff(first, second).text == "train.epochs 10 → 150, train.seed default → 3"
