"""Blocks of the palette: each fits what it says, is written for both targets, and runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from gnomon.core.errors import NotFoundError
from gnomon.graph.blocks import NAMES, Block, block, blocks, inserted
from gnomon.graph.code import parse, write
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.document import Graph, decode, plain
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.registry import CATEGORIES
from gnomon.graph.spec import Spec

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "graph_blocks.json").read_text("utf-8"))
"""What the browser inserts too: web/test/lib/graphblock.test.ts reads the same file."""


def _graph(found: Block, *, target: Target = "torch", shape: tuple[int, ...] = (), times: int = 1) -> Graph:
    """Return a graph with an input, the block as often as wished, and an output."""
    shape = shape or found.example
    graph = decode({"target": target, "nodes": [{"id": "x", "type": "core/input@1", "params": {"shape": list(shape)}}]})
    behind = ("x", "out")
    for _ in range(times):
        taken = {node.id for node in graph.nodes} | {group.id for group in graph.groups}
        ops = inserted(found, taken, behind, shape[-1])
        graph, _ = apply(graph, ops)
        last = [op["node"]["id"] for op in ops if op["op"] == "add"]
        ids = dict(zip((node["id"] for node in found.nodes), last, strict=True))
        behind = (ids[found.leave[0]], found.leave[1])
    end: list[dict[str, Any]] = [
        {"op": "add", "node": {"id": "y", "type": "core/reconstruction@1"}},
        {"op": "connect", "from": list(behind), "to": ["y", "in"]},
    ]
    return apply(graph, end)[0]


@pytest.mark.parametrize("name", NAMES)
def test_each_block_takes_its_example_and_is_the_same_graph_in_code(name: str) -> None:
    for target in TARGETS:
        graph = _graph(block(name), target=target)
        assert [issue.message for issue in infer(graph).issues] == []
        written = write(graph)
        assert written.missing == []
        assert plain(parse(written.text, target, graph).graph) == plain(graph)


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("conv_block", (28, 28, 32)),
        ("res_block", (28, 28, 64)),
        ("inverted_residual", (28, 28, 16)),
        ("transformer_encoder", (20, 64)),
        ("unet", (28, 28, 16)),
        ("vgg16", (2, 2, 512)),
    ],
)
def test_what_comes_out_of_each_block(name: str, out: tuple[int, ...]) -> None:
    report = infer(_graph(block(name)))
    assert report.nodes["y"].ins == (Spec(out),)


@pytest.mark.parametrize("name", ["inverted_residual", "transformer_encoder"])
def test_a_block_that_adds_its_input_follows_its_channels(name: str) -> None:
    found = block(name)
    shape = (*found.example[:-1], 24)
    report = infer(_graph(found, shape=shape))
    assert report.issues == ()
    assert report.nodes["y"].ins == (Spec(shape),)


def test_vgg16_has_as_many_parameters_as_the_paper_gives_its_convolutions() -> None:
    assert infer(_graph(block("vgg16"))).totals.params == 14_714_688


def test_a_block_may_be_inserted_twice() -> None:
    graph = _graph(block("transformer_encoder"), times=2)
    assert infer(graph).issues == ()
    assert [(group.id, len(group.nodes)) for group in graph.groups] == [
        ("transformer_encoder", 9),
        ("transformer_encoder_2", 9),
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["block"] for vector in VECTORS])
def test_a_block_is_inserted_as_the_browser_inserts_it(vector: dict[str, Any]) -> None:
    behind = vector["behind"] and tuple(vector["behind"])
    assert inserted(block(vector["block"]), vector["taken"], behind, vector["channels"]) == vector["ops"]


def test_a_block_alone_is_left_unconnected() -> None:
    ops = inserted(block("unet"), set())
    assert {edge["from"][0] for edge in ops if edge["op"] == "connect"} <= {node["id"] for node in block("unet").nodes}


def test_blocks_have_what_the_palette_shows() -> None:
    assert "Blocks" in CATEGORIES
    for each in blocks():
        assert each.title[0].isupper()
        assert each.doc.endswith(".")
        nodes = {node["id"] for node in each.nodes}
        ends = {*(end[0] for end in each.enter), each.leave[0], *(follow.node for follow in each.follows)}
        assert ends <= nodes
        assert not {tuple(end) for end in each.enter} & {tuple(edge["to"]) for edge in each.edges}


def test_a_block_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(NotFoundError, match="There are conv_block, res_block"):
        block("res_net")


@pytest.mark.parametrize("name", NAMES)
def test_each_block_runs_in_pytorch(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    exec(write(_graph(block(name))).text, {"__name__": "__main__"})
    assert "(2, " in capsys.readouterr().out
