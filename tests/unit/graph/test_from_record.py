"""Models that runs logged open as graphs; whatever a record says, nothing of it is run, and nothing is lost without a word."""

from typing import Any

import pytest

from gnomon.core.errors import InputError, LimitError
from gnomon.graph.code import write
from gnomon.graph.document import decode, plain
from gnomon.graph.from_record import MOST_NODES, from_record, is_plain
from gnomon.graph.study import Study

KERAS = [
    {"id": "image", "op": "InputLayer", "label": "image", "shape": [None, 8, 8, 3], "code": "{}"},
    {"id": "c", "op": "Conv2D", "label": "c", "code": '{"filters":4,"kernel_size":[3,3],"activation":"relu"}'},
    {"id": "odd", "op": "MyLayer", "label": "odd", "code": None},
    {"id": "pool", "op": "GlobalAveragePooling2D", "label": "pool", "code": "{}"},
    {"id": "head", "op": "Dense", "label": "head", "code": '{"units":3,"activation":"softmax"}'},
]
CHAIN = [("image", "c"), ("c", "odd"), ("odd", "pool"), ("pool", "head")]


def opened(nodes: list[dict[str, Any]], edges: list[tuple[str, str]] | None = None) -> dict[str, str]:
    found = from_record(nodes, edges or [])
    assert decode(plain(found.graph)) == found.graph
    write(found.graph)
    return {node.id: str(node.params.get("code") or node.type.partition("/")[2]) for node in found.graph.nodes}


def test_layers_of_keras_come_in_and_unknown_ones_are_named() -> None:
    nodes = [{key: value for key, value in node.items() if value is not None} for node in KERAS]
    found = opened(nodes, CHAIN)
    assert {"image", "c"} < found.keys()
    assert (found["c"], found["odd"]) == (
        "conv2d@1",
        "odd = run.MyLayer(c)\npool = layers.GlobalAveragePooling2D(name='pool')(odd)",
    )
    notes = from_record(nodes, CHAIN).notes
    assert notes[0].startswith("1 of 5 nodes do not say how they were made, and stay as they are called.")


def test_a_layer_with_weights_that_is_called_twice_stays_one() -> None:
    nodes = [
        {"id": "a", "op": "input"},
        {"id": "b", "op": "input"},
        {"id": "fc", "op": "Linear", "label": "fc", "parameters": 12, "code": "nn.Linear(3, 3)"},
        {"id": "fc_1", "op": "Linear", "label": "fc", "parameters": 0, "code": "nn.Linear(3, 3)"},
        {"id": "add", "op": "add", "code": "fc + fc_1"},
    ]
    found = from_record(nodes, [("a", "fc"), ("b", "fc_1"), ("fc", "add"), ("fc_1", "add")])
    text = write(found.graph).text
    assert (text.count("nn.Linear(3, 3)"), text.count("self.fc(")) == (1, 2)


def test_layers_whose_data_flow_was_not_seen_stand_by_themselves() -> None:
    nodes = [
        {"id": "net.0", "op": "Linear", "label": "net.0", "code": "nn.Linear(4, 8)"},
        {"id": "net.1", "op": "ReLU", "label": "net.1", "code": "nn.ReLU()"},
        {"id": "head", "op": "Linear", "label": "head", "code": "nn.Linear(8, 2)"},
    ]
    found = from_record(nodes, [("net.0", "net.1")])
    kept = {node.id: node.type for node in found.graph.nodes if not node.type.startswith("core/regression")}
    assert {"net_0": "core/dense@1", "net_1": "core/activation@1", "head": "core/dense@1"}.items() <= kept.items()
    assert [(edge.source[0], edge.target[0]) for edge in found.graph.edges][:1] == [("net_0", "net_1")]


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('x')",
        "open('/etc/passwd')",
        "torch.load('x.pt')",
        "torch.hub.load('a', 'b')",
        "torch.ops.load_library('x')",
        "x.__class__.__mro__",
        "[y for y in x]",
        "(lambda: x)()",
        "x\nimport os",
        "x; y",
        "y := x",
        "nn.Linear(",
        "(" * 4000,
        "f'{x}'",
        "evil(x)",
    ],
)
def test_text_that_is_no_layer_or_function_of_pytorch_is_not_taken_over(code: str) -> None:
    assert not is_plain(code, {"x"})
    found = opened([{"id": "x", "op": "input"}, {"id": "y", "op": "Odd", "code": code}], [("x", "y")])
    assert found["y"] == "y = run.Odd(x)"


def test_odd_records_are_graphs_or_refused() -> None:
    circle = [{"id": name, "op": "relu", "code": f"F.relu({other})"} for name, other in ("ab", "ba")]
    assert opened(circle, [("a", "b"), ("b", "a")]) == {"a": "a = F.relu(b)", "b": "activation@1"}
    names = ["lambda", "self", "train", "数", "x y", "", "1"]
    found = opened([{"id": name, "op": "relu"} for name in names])
    assert [line.partition(" ")[0] for line in found["lambda_2"].split("\n")] == [
        "lambda_", "self_", "train_2", "column", "x_y", "column_2", "n1",
    ]  # fmt: skip
    assert opened([{"id": "a", "op": "'); import os; ('"}])["a"] == "a = run.operation()"
    with pytest.raises(InputError, match="expected a logged model with layers"):
        from_record([], [])
    with pytest.raises(LimitError, match="at most 5,000 nodes"):
        from_record([{"id": str(i)} for i in range(MOST_NODES + 1)], [])


CNN = [
    {"id": "x", "op": "input", "label": "x"},
    {"id": "n0", "op": "Conv2d", "label": "0", "parameters": 80, "code": "nn.Conv2d(1, 8, 3)"},
    {"id": "n1", "op": "ReLU", "label": "1", "code": "nn.ReLU()"},
    {"id": "n2", "op": "Flatten", "label": "2", "code": "nn.Flatten()"},
    {"id": "n3", "op": "Linear", "label": "3", "parameters": 2890, "code": "nn.Linear(288, 10)"},
    {"id": "out", "op": "output", "label": "out"},
]
CNN_EDGES = [("x", "n0"), ("n0", "n1"), ("n1", "n2"), ("n2", "n3"), ("n3", "out")]
WIDE = {"shape": [1, 3, 38], "dtype": "float32"}


@pytest.mark.parametrize(
    ("nodes", "inputs", "shape", "note"),
    [
        (
            CNN,
            [],
            [8, 8, 1],
            "The file does not say how large its input is: it is taken to be 8×8, which all layers fit.",
        ),
        (CNN, [WIDE], [3, 38, 1], "x is 3×38×1, as the run was given."),
        ([{**CNN[0], "shape": [None, 1, 38, 3]}, *CNN[1:]], [WIDE], [38, 3, 1], "x is 38×3×1, as the run was given."),
        (CNN, [WIDE, WIDE], [8, 8, 1], "The file does not say"),
        (CNN, [{"shape": "large", "dtype": 3}], [8, 8, 1], "The file does not say"),
        (CNN, [{"shape": [1, -3, 1 << 60]}], [8, 8, 1], "The file does not say"),
    ],
)
def test_the_size_of_images_is_what_the_run_saw_and_else_what_the_layers_fit(
    nodes: list[dict[str, Any]], inputs: list[dict[str, Any]], shape: list[int], note: str
) -> None:
    found = from_record(nodes, CNN_EDGES, "net", inputs)
    assert found.graph.node("x").params == {"shape": shape}
    assert any(each.startswith(note) for each in found.notes)
    assert Study().of(found.graph).issues == ()


def test_whole_numbers_that_a_run_was_given_stay_whole() -> None:
    nodes = [CNN[0], {"id": "e", "op": "Embedding", "label": "e", "code": "nn.Embedding(100, 8)"}]
    found = from_record(nodes, [("x", "e")], "net", [{"shape": [12], "dtype": "int32"}])
    assert found.graph.node("x").params == {"shape": [12], "dtype": "int64"}
