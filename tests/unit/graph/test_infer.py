from collections import Counter
from typing import Any

import pytest

from gnomon.graph.component import Component, Inferred, component
from gnomon.graph.document import Graph, decode
from gnomon.graph.infer import Cache, Totals, infer
from gnomon.graph.patch import apply
from gnomon.graph.problem import Fix
from gnomon.graph.registry import components
from gnomon.graph.spec import Spec

IMAGE = {"id": "image", "type": "core/image_input@1"}


def build(*nodes: Any, edges: str = "", **rest: Any) -> Graph:
    """Return a graph of nodes (`"id type"` or maps), edges `a.out>b.in b>c.in.0` (`a>b` means `a.out>b.in`)."""
    made = []
    for node in nodes:
        name, _, type_ = node.partition(" ") if isinstance(node, str) else ("", "", "")
        made.append({"id": name, "type": type_ if "/" in type_ else f"core/{type_}@1"} if name else node)
    pairs = [edge.split(">") for edge in edges.split()]
    return decode({"nodes": made, "edges": [{"from": end(a, "out"), "to": end(b, "in")} for a, b in pairs], **rest})


def end(text: str, port: str) -> list[str]:
    name, _, given = text.partition(".")
    return [name, given or port]


def codes(graph: Graph) -> list[tuple[str, str]]:
    return [(issue.node, issue.code) for issue in infer(graph).issues]


def test_a_small_network_is_known_node_by_node() -> None:
    graph = build(
        IMAGE,
        {"id": "conv", "type": "core/conv2d@1", "params": {"filters": 8, "kernel_size": 5, "padding": "valid"}},
        "pool max_pool2d",
        {"id": "conv2", "type": "core/conv2d@1", "params": {"filters": 16}},
        "flat flatten",
        {"id": "dense", "type": "core/dense@1", "params": {"units": 10}},
        "out classification",
        edges="image>conv conv>pool pool>conv2 conv2>flat flat>dense dense>out",
    )
    report = infer(graph)
    assert report.issues == ()
    assert report.order == ("image", "conv", "pool", "conv2", "flat", "dense", "out")
    known = {
        name: (node.out.text if node.out else "", node.params, node.receptive) for name, node in report.nodes.items()
    }
    assert known == {
        "image": ("28×28×1", 0, (1, 1)),
        "conv": ("24×24×8", 5 * 5 * 8 + 8, (5, 5)),
        "pool": ("12×12×8", 0, (6, 6)),
        "conv2": ("12×12×16", 9 * 8 * 16 + 16, (10, 10)),  # 6 + (3 - 1) · 2
        "flat": ("2304", 0, None),
        "dense": ("10", 23_050, None),
        "out": ("10", 0, None),
    }
    assert report.nodes["conv"].flops == 2 * 25 * 8 * 24 * 24
    numbers = 784 + 24 * 24 * 8 + 12 * 12 * 8 + 12 * 12 * 16 + 2304 + 10
    assert report.totals == Totals(
        params=sum(node.params for node in report.nodes.values()),
        flops=sum(node.flops for node in report.nodes.values()),
        memory_bytes=4 * numbers,
    )


def test_nodes_come_in_the_order_of_the_document_where_edges_allow() -> None:
    graph = build(
        "c dropout", IMAGE, "a dropout", "b dropout", "sum add", edges="image>a image>c a>sum.in.1 c>sum.in.0 b>a.x"
    )
    assert infer(graph).order == ("image", "c", "a", "b", "sum")


def test_inputs_of_a_port_for_many_come_in_the_order_of_their_numbers_with_gaps() -> None:
    edges = " ".join(f"image>cat.in.{i}" for i in (10, 2, 0))
    node = infer(build(IMAGE, "cat concatenate", edges=edges)).nodes["cat"]
    assert node.ports == ("in.0", "in.2", "in.10")
    assert node.sources == (("image", 0),) * 3
    assert node.out == Spec((28, 28, 3))


def test_all_that_is_wrong_is_told_at_once_and_what_is_behind_is_blocked_without_a_word() -> None:
    graph = build(
        IMAGE,
        {"id": "drop", "type": "core/dropout@1", "params": {"rate": 1.5, "seed": 1}},
        "own acme/thing@2",
        "behind dropout",
        "after dropout",
        "alone dense",
        "few add",
        "newer core/dropout@7",
        edges="image>drop drop>own own>behind behind>after drop>few.in.0 image>newer",
    )
    report = infer(graph)
    found = [(issue.node, issue.code, issue.message) for issue in report.issues]
    assert found == [
        ("drop", "E101", "rate: expected a number of at least 0 and below 1, received 1.5."),
        ("drop", "E102", "seed: there is no such parameter."),
        ("own", "E001", "There is no component acme/thing@2 here. Install what brings acme."),
        ("alone", "E003", "Nothing is connected to input in."),
        ("few", "E007", "Input in needs 2 or more edges and has 1: connect 1 more."),
        ("newer", "E001", "There is no component core/dropout@7 here. Its version may be newer than this gnomon."),
    ]
    assert [name for name, node in report.nodes.items() if node.blocked] == ["behind", "after"]
    assert report.nodes["drop"].out == Spec((28, 28, 1))


WRONG = {
    "an edge to no node": (build(IMAGE, "drop dropout", edges="image>drop drop>ghost"), "drop", "E004"),
    "an edge from no node": (build(IMAGE, "drop dropout", edges="image>drop ghost>drop"), "drop", "E004"),
    "an edge from no output": (build(IMAGE, "drop dropout", edges="image.left>drop"), "drop", "E005"),
    "an edge to no input": (build(IMAGE, "drop dropout", edges="image>drop.side"), "drop", "E005"),
    "an edge to a port for many": (build(IMAGE, "sum add", edges="image>sum image>sum.in.1"), "sum", "E005"),
    "two edges at one input": (
        build(IMAGE, "b image_input", "drop dropout", edges="image>drop b>drop"),
        "drop",
        "E006",
    ),
    "a cycle": (build(IMAGE, "a add", "b dropout", edges="image>a.in.0 b>a.in.1 a>b"), "a", "E002"),
    "an edge to itself": (build("a dropout", edges="a>a"), "a", "E002"),
    "a parameter out of range": (
        build(IMAGE, {"id": "drop", "type": "core/dropout@1", "params": {"rate": 2}}, edges="image>drop"),
        "drop",
        "E101",
    ),
    "a parameter that is none": (
        build(IMAGE, {"id": "drop", "type": "core/dropout@1", "params": {"p": 2}}, edges="image>drop"),
        "drop",
        "E102",
    ),
    "one input that only one node could feed": (build(IMAGE, "drop dropout"), "drop", "E003"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_about_edges_and_parameters_is_gone_with_its_first_fix(name: str) -> None:
    graph, node, code = WRONG[name]
    issue = next(issue for issue in infer(graph).issues if issue.code == code)
    assert issue.node == node
    assert issue.fixes
    for fix in issue.fixes:
        assert (node, code) not in codes(apply(graph, fix.ops)[0]), fix.title
    assert codes(apply(graph, issue.fixes[0].ops)[0]) == [] or name in ("a cycle", "an edge to itself")


def test_a_cycle_is_told_once_with_its_nodes_and_all_of_it_is_blocked() -> None:
    graph = build(
        IMAGE, "sum add", "b dropout", "c dropout", "d dropout", edges="image>sum.in.0 sum>b b>c c>sum.in.1 c>d"
    )
    report = infer(graph)
    (issue,) = report.issues
    assert issue.message == "sum → b → c → sum is a cycle: a node cannot take what it gives."
    assert issue.fixes == (
        Fix("Remove the edge c → sum", ({"op": "disconnect", "from": ["c", "out"], "to": ["sum", "in.1"]},)),
    )
    assert [name for name, node in report.nodes.items() if node.blocked] == ["sum", "b", "c", "d"]


def test_of_many_cycles_the_first_are_told() -> None:
    names = [f"n{i}" for i in range(60)]
    graph = build(*[f"{name} dropout" for name in names], edges=" ".join(f"{name}>{name}" for name in names))
    assert codes(graph) == [(name, "E002") for name in names[:20]]


def test_ten_thousand_nodes_in_a_row_or_in_a_circle_are_no_burden() -> None:
    names = [f"n{i}" for i in range(9_999)]
    nodes = [IMAGE, *({"id": name, "type": "core/dropout@1"} for name in names)]
    pairs = [*zip(["image", *names[:-1]], names, strict=True)]
    edges = [{"from": [a, "out"], "to": [b, "in"]} for a, b in pairs]
    report = infer(decode({"nodes": nodes[::-1], "edges": edges}))
    assert report.issues == ()
    assert report.nodes[names[-1]].out == Spec((28, 28, 1))
    back = {"from": ["n1999", "out"], "to": ["n0", "in"]}
    circle = decode({"nodes": nodes[1:2_001], "edges": [back, *edges[1:2_000]]})
    (issue,) = infer(circle).issues
    assert issue.message == "n0 → n1 → n2 → … → n1998 → n1999 → n0 is a cycle: a node cannot take what it gives."


def test_of_thousands_of_errors_the_first_are_told() -> None:
    """A report that nobody can read must not take the server's time and the network's either."""
    nodes = [IMAGE, *({"id": f"n{i}", "type": "core/dropout@1", "params": {"rate": 2}} for i in range(2_500))]
    edges = [{"from": ["image", "out"], "to": ["n0", f"x{i}"]} for i in range(1_500)]
    report = infer(decode({"nodes": nodes, "edges": edges}))
    told = Counter(issue.code for issue in report.issues)
    assert told == {"E005": 1_000, "E101": 500, "E003": 500}
    assert len(report.nodes) == 2_501


def test_sizes_that_no_machine_holds_are_an_error_where_they_arise() -> None:
    huge = {"type": "core/dense@1", "params": {"units": 1_000_000}}
    nodes = [{"id": "image", "type": "core/input@1", "params": {"shape": [2**20, 2**20, 2**20]}}, "flat flatten"]
    graph = build(*nodes, {"id": "dense", **huge}, edges="image>flat flat>dense")
    report = infer(graph)
    assert [(issue.node, issue.code) for issue in report.issues] == [("image", "E108")]
    assert "1.2e+18 numbers, more than any machine can hold" in report.issues[0].message


def test_what_only_a_run_can_tell_is_no_error_and_neither_is_what_is_behind() -> None:
    code = {"id": "own", "type": "core/code@1", "params": {"code": "y = mine(x)", "reads": "x", "writes": "y"}}
    graph = build(IMAGE, code, "drop dropout", "conv conv2d", edges="image>own.x own.y>drop drop>conv")
    report = infer(graph)
    assert report.issues == ()
    assert [report.nodes[name].outs for name in ("own", "drop", "conv")] == [(None,)] * 3
    known = apply(graph, [{"op": "set", "id": "own", "params": {"shapes": "14×14×2"}}])[0]
    assert infer(known).nodes["conv"].out == Spec((14, 14, 32))


def test_a_code_node_whose_names_are_wrong_is_one_error() -> None:
    code = {"id": "own", "type": "core/code@1", "params": {"reads": "a-b", "writes": "y"}}
    graph = build(IMAGE, code, "drop dropout", edges="image>own.x own.y>drop")
    assert codes(graph) == [("own", "E100")]
    assert infer(graph).nodes["drop"].blocked
    # Whoever asks it for its ports would be told the same again.
    assert infer(graph).nodes["own"].component is None


def test_an_edit_asks_only_the_components_that_it_touches(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = " ".join(f"n{i}>n{i + 1}" for i in range(9))
    graph = build(
        IMAGE,
        *[f"n{i} dropout" for i in range(10)],
        "dense dense",
        "flat flatten",
        edges=f"image>n0 {chain} n9>flat flat>dense",
    )
    cache = Cache()
    infer(graph, cache)
    asked: list[str] = []
    for kind in {components()[node.type] for node in graph.nodes}:

        def spy(self: Component, *ins: Spec, was: Any = kind.infer) -> Inferred:
            asked.append(type(self).title)
            return was(self, *ins)

        monkeypatch.setattr(kind, "infer", spy)
    infer(apply(graph, [{"op": "set", "id": "dense", "params": {"units": 3}}])[0], cache)
    assert asked == ["Dense"]
    infer(apply(graph, [{"op": "rename", "id": "n3", "to": "again"}])[0], cache)
    assert asked == ["Dense"]


def test_a_cache_that_is_full_begins_anew() -> None:
    cache = Cache(size=5)
    graph = build(IMAGE, "a dropout", "flat flatten", "b dense", edges="image>a a>flat flat>b")
    assert infer(graph, cache) == infer(graph)
    assert len(cache) <= 5


def test_a_mistake_of_one_component_is_told_and_leaves_the_report_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(self: Component, x: Spec) -> Inferred:
        return 1 // 0  # type: ignore[return-value]

    monkeypatch.setattr(components()["core/dropout@1"], "infer", fails)
    graph = build(IMAGE, "drop dropout", "flat flatten", edges="image>drop image>flat")
    assert codes(graph) == [("drop", "E199")]
    assert infer(graph).nodes["flat"].out == Spec((784,))


def test_numbers_that_training_changes_follow_the_target() -> None:
    @component("test/two@1", title="Two", category="Sequence")
    class Two(Component):
        def infer(self, x: Spec) -> Inferred:
            return Inferred(x, params=10, torch_params=14)

    report = infer(build(IMAGE, "d dropout", edges="image>d"))
    assert report.totals.params == 0
    assert Two().infer(Spec((3,))).params_for("torch") == 14
    assert Two().infer(Spec((3,))).params_for("keras") == 10
