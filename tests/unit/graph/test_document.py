import json
from typing import Any

import pytest
from tests.unit.graph.build import build

from gnomon.core.errors import InputError, LimitError
from gnomon.graph.document import Edge, Graph, Group, Node, Place, decode, encode, plain
from gnomon.graph.patch import apply

WHOLE = {
    "name": "small",
    "target": "keras",
    "nodes": [
        {"id": "a", "type": "core/dropout@1", "params": {"rate": 0.1}, "ui": {"x": 1.5, "y": -2.0}, "note": "é"},
        {"id": "b", "type": "acme/thing@12"},
    ],
    "edges": [{"from": ["a", "out"], "to": ["b", "in.0"]}],
    "groups": [{"id": "g", "nodes": ["a"], "title": "First", "collapsed": True, "repeat": 3}],
    "train": {"optimizer": {"type": "adam", "lr": 0.1}},
    "data": {"dataset": "mnist"},
    "source": {"keras": "import keras\n"},
    "format": "graph/1",
}


def test_every_field_is_read_and_written() -> None:
    graph = decode(json.dumps(WHOLE).encode())
    assert graph == Graph(
        name="small",
        target="keras",
        nodes=(Node("a", "core/dropout@1", {"rate": 0.1}, Place(1.5, -2.0), "é"), Node("b", "acme/thing@12")),
        edges=(Edge(("a", "out"), ("b", "in.0")),),
        groups=(Group("g", ("a",), "First", collapsed=True, repeat=3),),
        train={"optimizer": {"type": "adam", "lr": 0.1}},
        data={"dataset": "mnist"},
        source={"keras": "import keras\n"},
    )
    assert json.loads(encode(graph)) == WHOLE
    assert decode(plain(graph)) == graph
    assert graph.node("b") == Node("b", "acme/thing@12")
    assert graph.node("c") is None


def test_edges_are_sorted_and_each_is_there_once_and_strangers_leave_groups() -> None:
    edges = [("b", "x"), ("a", "x"), ("b", "x"), ("a", "c")]
    graph = decode(
        {
            "edges": [{"from": [a, "out"], "to": [b, "in"]} for a, b in edges],
            "nodes": [{"id": "a", "type": "core/add@1"}],
            "groups": [{"id": "g", "nodes": ["ghost", "a", "a"]}],
        }
    )
    assert [(edge.source[0], edge.target[0]) for edge in graph.edges] == [("a", "c"), ("a", "x"), ("b", "x")]
    assert graph.groups == (Group("g", ("a",)),)


def node(**fields: Any) -> dict[str, Any]:
    return {"nodes": [{"id": "a", "type": "core/add@1", **fields}]}


REFUSED: dict[str, tuple[Any, str]] = {
    "another format": ({"format": "graph/9"}, "graph"),
    "a target of nobody's": ({"target": "fortran"}, "graph"),
    "a name of two lines": ({"name": "a\nb"}, "name"),
    "a long name": ({"name": "a" * 201}, "name"),
    "a node without a type": ({"nodes": [{"id": "a"}]}, "graph"),
    "two nodes of one name": ({"nodes": [{"id": "a", "type": "core/add@1"}] * 2}, "nodes[1].id"),
    "a node and a group of one name": ({**node(), "groups": [{"id": "a"}]}, "groups[0].id"),
    "a name with capitals": (node(id="Conv"), "nodes[0].id"),
    "a name with a newline": (node(id="a\n"), "nodes[0].id"),
    "a name that is code": (node(id="x = 1; y"), "nodes[0].id"),
    "a word of Python": (node(id="lambda"), "nodes[0].id"),
    "a name that code needs": (node(id="torch"), "nodes[0].id"),
    "a long id": (node(id="a" * 65), "nodes[0].id"),
    "a type without a version": (node(type="core/add"), "nodes[0].type"),
    "a type that is a path": (node(type="../../etc/passwd@1"), "nodes[0].type"),
    "a number beyond 64 bits": (node(params={"units": 10**19}), "nodes[0].params"),
    "a number that is none": (node(params={"rate": float("nan")}), "nodes[0].params"),
    "a place that is nowhere": (node(ui={"x": float("inf"), "y": 0}), "nodes[0].ui"),
    "a deep value": ({"train": {"a": json.loads("[" * 17 + "]" * 17)}}, "train"),
    "a key that is no text": ({"data": {"a": {1: 2}}}, "data"),
    "an edge from a sentence": ({"edges": [{"from": ["a b", "out"], "to": ["b", "in"]}]}, "edges[0].from"),
    "an edge to a port that is code": ({"edges": [{"from": ["a", "out"], "to": ["b", "in]; x"]}]}, "edges[0].to"),
    "a group that repeats never": ({**node(), "groups": [{"id": "g", "repeat": 0}]}, "groups[0].repeat"),
    "a group that repeats for ever": ({**node(), "groups": [{"id": "g", "repeat": 10**9}]}, "groups[0].repeat"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_tool_could_hold_is_refused_by_field(name: str) -> None:
    document, field = REFUSED[name]
    with pytest.raises(InputError) as caught:
        decode(document)
    assert caught.value.field == field
    assert str(caught.value).startswith(field)
    assert len(str(caught.value)) < 300


def test_sizes_have_limits_on_the_way_in_and_out() -> None:
    with pytest.raises(LimitError, match="at most 8388608 bytes"):
        decode(b" " * ((8 << 20) + 1))
    with pytest.raises(LimitError, match="at most 10000 nodes"):
        decode({"nodes": [{"id": f"n{i}", "type": "core/add@1"} for i in range(10_001)]})
    long = decode(node(note="x" * (8 << 20)))
    with pytest.raises(LimitError, match="at most 8388608 bytes"):
        encode(long)


MLP = build("x:numeric_input(columns=8)>hid:dense(units=30)>head:dense(units=10)>out:classification")


@pytest.mark.parametrize(
    "op",
    [
        {"op": "move", "places": {"hid": {"x": 1, "y": 2}}},
        {"op": "note", "id": "hid", "text": "why"},
        {
            "op": "document",
            "name": "other",
            "target": "keras",
            "train": {"seed": 1},
            "data": {},
            "source": {"torch": ""},
        },
        {"op": "group", "group": {"id": "g", "nodes": ["hid"], "collapsed": True}},
        {"op": "set", "id": "hid", "params": {"activation": "linear", "use_bias": True}},
        {"op": "set", "id": "x", "params": {"columns": 8}},
    ],
)
def test_what_does_not_compute_does_not_change_the_sha(op: dict[str, Any]) -> None:
    assert apply(MLP, [op])[0].sha == MLP.sha


@pytest.mark.parametrize(
    "op",
    [
        {"op": "rename", "id": "hid", "to": "hidden"},
        {"op": "set", "id": "hid", "params": {"units": 31}},
        {"op": "set", "id": "hid", "params": {"units": "30"}},
        {"op": "set", "id": "hid", "params": {"use_bias": 1}},
        {"op": "replace", "id": "hid", "type": "core/dropout@1"},
        {"op": "disconnect", "from": ["x", "out"], "to": ["hid", "in"]},
        {"op": "group", "group": {"id": "g", "nodes": ["hid"], "repeat": 2}},
        {"op": "add", "node": {"id": "more", "type": "core/dropout@1"}},
    ],
)
def test_what_computes_changes_the_sha(op: dict[str, Any]) -> None:
    assert apply(MLP, [op])[0].sha != MLP.sha


def test_the_sha_is_the_same_for_ever() -> None:
    """Registries and leaderboards hold it: a change of it is a change of format."""
    assert MLP.sha == "a76c8e37408bb7508b56f0c05d2070b64a477aa49390917b9d57b118b33f091b"
    assert decode(encode(MLP)).sha == MLP.sha
