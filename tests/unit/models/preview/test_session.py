"""What is run of a graph, what is kept, and how code of users meets the rest."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from gnomon.graph.document import Graph, Node, decode, encode
from gnomon.graph.patch import apply
from gnomon.models.preview.beside import beside_model
from gnomon.models.preview.kept import Kept
from gnomon.models.preview.session import Store

pytest.importorskip("torch")
INPUT = {"id": "x", "type": "core/input@1", "params": {"shape": [6, 6, 2]}}
CONV = {"id": "conv", "type": "core/conv2d@1", "params": {"filters": 4}}


def chain(*nodes: Mapping[str, Any], **more: Any) -> Graph:
    def ends(node: Mapping[str, Any]) -> tuple[str, str]:
        params = node.get("params", {})
        return params.get("reads", "in"), params.get("writes", "out")

    pairs = itertools.pairwise(nodes)
    edges = [{"from": [a["id"], ends(a)[1]], "to": [b["id"], ends(b)[0]]} for a, b in pairs]
    return decode({"nodes": list(nodes), "edges": edges, **more})


def code(statements: str, reads: str = "conv", id_: str = "mine", **more: str) -> dict[str, Any]:
    params = {"code": statements, "reads": reads, "writes": id_, "shapes": "6×6×4", **more}
    return {"id": id_, "type": "core/code@1", "params": params}


def shown(graph: Graph, store: Store, *nodes: str, seed: int = 0, **more: Any) -> dict[str, Any]:
    from gnomon.models.preview.service import preview

    params = {
        "graph": encode(graph), "nodes": nodes or [node.id for node in graph.nodes], "known": {}, "seed": seed,
        "spec": None, "why": "", "code": True, "why_not": "", "components": {}, "weights": None, **more,
    }  # fmt: skip
    return preview(params, lambda *_: None, store)


def ran(found: dict[str, Any]) -> list[str]:
    return [name for name in found["nodes"] if name not in found["cached"]]


RELU = {"id": "relu", "type": "core/activation@1", "params": {"function": "relu"}}
FLAT = {"id": "flat", "type": "core/flatten@1"}
HEAD = {"id": "head", "type": "core/dense@1", "params": {"units": 3}}


def test_an_edit_runs_what_lies_behind_it_and_leaves_weights_as_they_are() -> None:
    store = Store()
    graph = chain(INPUT, CONV, RELU, FLAT, HEAD)
    first = shown(graph, store)
    assert ran(first) == ["conv", "relu", "flat", "head"]
    assert ran(shown(graph, store)) == []
    last, _ = apply(graph, [{"op": "set", "id": "head", "params": {"units": 5}}])
    assert ran(shown(last, store)) == ["head"]
    assert shown(graph, store)["nodes"] == first["nodes"], "an undo finds all as it was"

    middle, _ = apply(graph, [{"op": "set", "id": "relu", "params": {"function": "tanh"}}])
    assert ran(shown(middle, store)) == ["relu", "flat", "head"]
    made = len(store.layers)
    shown(middle, store)
    assert len(store.layers) == made
    # The weights of `head` are named by what it is, not by what comes to it.
    weights = {
        name: store.layers.get(name)["head"].weight
        for name in [*store.layers._found]
        if "head" in (store.layers.get(name) or {})
    }
    assert len(weights) == 2, "one for 3 units and one for 5"

    other = shown(graph, store, seed=1)
    assert ran(other) == ["conv", "relu", "flat", "head"]
    assert other["nodes"]["x"] != first["nodes"]["x"]


def test_only_what_is_in_view_and_what_lies_before_it_runs() -> None:
    found = shown(chain(INPUT, CONV, RELU, FLAT, HEAD), Store(), "relu")
    assert (list(found["nodes"]), ran(found)) == (["relu"], ["relu"])
    store = Store()
    shown(chain(INPUT, CONV, RELU, FLAT, HEAD), store, "relu")
    assert len(store.layers) == 2, "conv and relu; nothing was made of what lies behind"


def test_parallel_nodes_that_are_alike_have_weights_of_their_own() -> None:
    two = {**CONV, "id": "conv_b"}
    graph = decode(
        {
            "nodes": [INPUT, CONV, two],
            "edges": [{"from": ["x", "out"], "to": [name, "in"]} for name in ("conv", "conv_b")],
        }
    )
    found = shown(graph, Store())["nodes"]
    assert found["conv"]["stats"] != found["conv_b"]["stats"]


def test_nodes_of_a_group_that_repeats_are_shown_as_its_first_copy() -> None:
    same = {"id": "same", "type": "core/conv2d@1", "params": {"filters": 2}}
    graph = chain(INPUT, same, FLAT, HEAD, groups=[{"id": "block", "nodes": ["same"], "repeat": 3}])
    once = chain(INPUT, same, FLAT, HEAD)
    many, one = shown(graph, Store())["nodes"], shown(once, Store())["nodes"]
    assert (many["same"], many["x"]) == (one["same"], one["x"])
    assert many["flat"]["stats"] != one["flat"]["stats"]


def test_code_finds_its_layers_those_of_others_and_what_stands_beside_the_model() -> None:
    source = (
        "import math\nimport torch\nfrom torch import nn\n\nHALF = math.sqrt(0.25)\nLOUD = print('never run')\n"
        "raise SystemExit('never run')\n\ndef half(x):\n    return x * HALF\n\n"
        "class M(nn.Module):\n    def forward(self, x):\n        return x\n"
    )
    mine = code("mine = half(conv) + self.conv.bias.mean() * self.own", setup="self.own = nn.Parameter(torch.zeros(1))")
    graph = chain(INPUT, CONV, mine, source={"torch": source})
    assert beside_model(graph) == (
        "import math\nimport torch\nfrom torch import nn\nHALF = math.sqrt(0.25)\ndef half(x):\n    return x * HALF"
    )
    found = shown(graph, store := Store())
    assert (found["troubles"], found["missing"]) == ([], {})
    conv, own = found["nodes"]["conv"]["stats"], found["nodes"]["mine"]["stats"]
    assert own["max"] == pytest.approx(conv["max"] / 2)

    # What it uses of another node is part of what it is.
    other = chain(INPUT, {**CONV, "params": {"filters": 4, "kernel_size": 1}}, mine, source={"torch": source})
    assert ran(shown(other, store)) == ["conv", "mine"]
    new = chain(INPUT, CONV, mine, source={"torch": source.replace("0.25", "0.0625")})
    assert shown(new, store)["nodes"]["mine"]["stats"]["max"] == pytest.approx(conv["max"] / 4)


def test_code_that_changes_its_input_in_place_changes_nothing_before_it() -> None:
    store = Store()
    before = shown(chain(INPUT, CONV), store)["nodes"]["conv"]
    found = shown(chain(INPUT, CONV, code("conv.zero_()\nmine = conv")), store)["nodes"]
    assert found["conv"] == before
    assert found["mine"]["stats"]["zeros"] == 6 * 6 * 4
    assert shown(chain(INPUT, CONV, RELU), store)["nodes"]["relu"]["stats"]["max"] > 0


@pytest.mark.parametrize(
    ("statements", "message", "line"),
    [
        ("mine = 3", "TypeError: expected a tensor to come out, received int", 0),
        ("if conv is None:\n    mine = conv", "NameError: its code ends without having assigned mine", 0),
        ("mine = conv\nmine = mine.no_such()", "AttributeError: 'Tensor' object has no attribute 'no_such'", 2),
        ("import os\nos._exit = None\nraise SystemExit(3)", "SystemExit: 3", 3),
        ("mine = missing(conv)", "NameError: name 'missing' is not defined", 1),
    ],
)  # fmt: skip
def test_code_that_gives_nothing_to_show_is_told_of(statements: str, message: str, line: int) -> None:
    graph = chain(INPUT, CONV, code(statements.replace("os._exit = None", "pass")), FLAT)
    found = shown(graph, Store())
    (trouble,) = found["troubles"]
    assert (trouble["node"], trouble["message"], trouble["file"], trouble["line"]) == ("mine", message, "node", line)
    assert list(found["nodes"]) == ["x", "conv"]
    assert found["missing"] == {"mine": message, "flat": "it waits for mine"}


def test_an_error_beside_the_model_is_told_of_the_code_that_needs_it() -> None:
    source = "import torch\nfrom torch import nn\nSCALE = 1 / 0\nclass M(nn.Module):\n    def forward(self, x):\n        return x\n"
    found = shown(chain(INPUT, CONV, code("mine = conv * SCALE"), source={"torch": source}), Store())
    (trouble,) = found["troubles"]
    assert (trouble["node"], trouble["message"], trouble["file"]) == (
        "mine",
        "ZeroDivisionError: division by zero",
        "model.py",
    )
    assert list(found["nodes"]) == ["x", "conv"]


def test_a_component_of_their_own_that_does_not_load_is_told_of_and_the_rest_is_shown() -> None:
    graph = chain(INPUT, CONV, {"id": "own", "type": "own/p.mine@1"}, FLAT)
    found = shown(graph, Store(), components={"own/p.mine@1": "x = 1\nraise ValueError('not yet')"})
    (trouble,) = found["troubles"]
    assert (trouble["node"], trouble["message"], trouble["line"]) == ("own", "ValueError: not yet", 2)
    assert (list(found["nodes"]), found["missing"]["own"]) == (["x", "conv"], "ValueError: not yet")
    barred = shown(graph, Store(), code=False, why_not="code: off.", components={"own/p.mine@1": "raise SystemExit"})
    assert (barred["troubles"], barred["missing"]) == ([], {"own": "code: off.", "flat": "it waits for own"})


def test_code_that_gives_nothing_is_run_and_said_to() -> None:
    nothing = {"id": "look", "type": "core/code@1", "params": {"code": "assert conv.shape[0] == 2", "reads": "conv"}}
    found = shown(chain(INPUT, CONV, nothing), Store())
    assert (found["missing"], found["troubles"]) == ({"look": "Nothing comes out of it."}, [])
    failed = {**nothing, "params": {**nothing["params"], "code": "assert conv.shape[0] == 3"}}
    assert [each["node"] for each in shown(chain(INPUT, CONV, failed), Store())["troubles"]] == ["look"]


def test_a_failure_out_of_view_is_a_trouble_and_only_nodes_asked_for_are_missing() -> None:
    found = shown(chain(INPUT, CONV, code("mine = conv @ 1"), FLAT, HEAD), Store(), "x", "head")
    assert ([*found["nodes"]], found["missing"]) == (["x"], {"head": "it waits for flat"})
    assert [each["node"] for each in found["troubles"]] == ["mine"]


def test_an_output_that_another_framework_is_wanted_for_is_missing() -> None:
    keras = code("mine = ops.relu(conv)", target="keras")
    found = shown(chain(INPUT, CONV, keras), Store())
    assert found["missing"] == {"mine": "its code is written for keras"}


def test_what_was_not_used_for_longest_goes_first_and_the_last_stays() -> None:
    kept: Kept[int] = Kept(10)
    for number, size in enumerate((4, 4, 1)):
        kept.put(str(number), number, size)
    assert kept.get("0") == 0
    kept.put("3", 3, 4)
    assert [key for key in "0123" if key in kept] == ["0", "2", "3"]
    kept.put("0", 9, 1)
    assert (kept.get("0"), kept.size_bytes) == (9, 6)
    kept.put("big", 5, 99)
    assert ([*kept._found], kept.size_bytes, kept.get("none")) == (["big"], 99, None)


def test_a_graph_without_nodes_is_nothing_to_run() -> None:
    found = shown(Graph(nodes=(Node("a", "core/input@1", {"shape": [0]}),)), Store())
    assert (found["nodes"], list(found["missing"])) == ({}, ["a"])


def test_a_loop_without_end_is_told_of_its_node_and_not_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from gnomon.models.preview import runner

    monkeypatch.setattr(runner, "SECONDS", 0.2)
    store = Store()
    graph = chain(INPUT, CONV, code("while True:\n    mine = conv"), FLAT | {"params": {}})
    found = shown(graph, store)
    (trouble,) = found["troubles"]
    assert (trouble["node"], trouble["message"]) == ("mine", "It did not end within 0.2 s.")
    assert trouble["line"] in (1, 2)
    assert found["missing"]["flat"] == "it waits for mine"
    assert "conv" in found["nodes"]
    monkeypatch.setattr(runner, "SECONDS", 1e6)
    assert shown(graph, store)["troubles"] == found["troubles"], "it is not tried again"
    mended, _ = apply(graph, [{"op": "set", "id": "mine", "params": {"code": "mine = conv"}}])
    assert shown(mended, store)["troubles"] == []


def test_what_a_code_node_gave_is_offered_as_a_fix_that_makes_the_rest_run() -> None:
    store = Store()
    node = code("mine = torch.fft.fft2(x).abs()[..., ::2]", reads="x", shapes="")
    graph = chain(INPUT, node, FLAT, HEAD)
    first = shown(graph, store)
    assert first["fixes"] == [
        {
            "node": "mine",
            "title": "Say that mine gives 6×3×2",
            "ops": [{"op": "set", "id": "mine", "params": {"shapes": "6×3×2"}}],
            "settles": ["flat", "head"],
        }
    ]
    known = {name: each["key"] for name, each in first["nodes"].items()}
    assert shown(graph, store, known=known)["fixes"] == first["fixes"], "also when nothing has to be run again"
    assert shown(graph, store, code=False)["fixes"] == [], "but not when code may not be run"
    after, _ = apply(graph, first["fixes"][0]["ops"])
    second = shown(after, store)
    assert second["nodes"]["head"]["shape"] == [3]
    assert second["fixes"] == []


def test_a_shape_that_is_said_and_is_not_so_is_offered_as_it_is() -> None:
    wrong = chain(INPUT, code("mine = torch.fft.fft2(x).abs()", reads="x", shapes="5×5×2"))
    assert [fix["title"] for fix in shown(wrong, Store())["fixes"]] == ["Say that mine gives 6×6×2"]
    open_ = chain(INPUT, code("mine = torch.fft.fft2(x).abs()", reads="x", shapes="?×?×2"), CONV)
    assert shown(open_, Store())["fixes"] == [], "a layer that needs no more leaves open what is open"
    states = code("mine, rest = torch.fft.fft2(x).abs(), {'a': 1}", reads="x", shapes="", writes="mine rest")
    assert shown(chain(INPUT, states), Store(), "mine")["fixes"] == [], "one has no shape"
