"""A graph as a file: what a good engineer would write."""

import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from gnomon.graph.code import write
from gnomon.graph.code.beside import RUN, trains
from gnomon.graph.code.names import attribute, class_name, node_of, safe_id
from gnomon.graph.code.wrap import wrapped
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.document import Edge, Graph, Group, Node, decode
from gnomon.graph.templates import template


def chain(name: str, *nodes: tuple[str, str, dict[str, object]]) -> Graph:
    made = tuple(Node(each, f"core/{kind}@1", dict(params)) for each, kind, params in nodes)
    edges = [Edge((a.id, "out"), (b.id, "in")) for a, b in pairwise(made)]
    return Graph(name, nodes=made, edges=tuple(sorted(edges, key=lambda edge: edge.target)))


CNN = chain(
    "mnist-cnn",
    ("image", "image_input", {}),
    ("conv1", "conv2d", {"filters": 16, "activation": "relu"}),
    ("pool1", "max_pool2d", {}),
    ("flat", "flatten", {}),
    ("dense1", "dense", {"units": 10}),
    ("label", "classification", {}),
)

TORCH = '''"""mnist-cnn

Run this file to build the model and to pass zeros through it.
"""

import torch
import torch.nn.functional as F
from torch import nn

INPUTS = {"image": {"type": "image_input", "height": 28, "width": 28, "channels": 1}}
OUTPUTS = {"label": {"task": "classification"}}


class MnistCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding="same")
        self.pool1 = nn.MaxPool2d(2)
        self.dense1 = nn.Linear(3136, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        # Eyes
        conv1 = F.relu(self.conv1(image))
        pool1 = self.pool1(conv1)
        flat = pool1.permute(0, 2, 3, 1).flatten(1)
        dense1 = self.dense1(flat)
        return dense1


if __name__ == "__main__":
    model = MnistCnn()
    outputs = model(torch.zeros(2, 1, 28, 28))
    print(f"{sum(each.numel() for each in model.parameters()):,} parameters")
    print(tuple(outputs.shape))
'''

KERAS = '''"""mnist-cnn

Run this file to build the model and to pass zeros through it.
"""

import keras
from keras import layers

INPUTS = {"image": {"type": "image_input"}}
OUTPUTS = {"label": {"task": "classification"}}


def build() -> keras.Model:
    image = keras.Input((28, 28, 1), name="image")
    # Eyes
    conv1 = layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1")(image)
    pool1 = layers.MaxPooling2D(2, name="pool1")(conv1)
    flat = layers.Flatten(name="flat")(pool1)
    dense1 = layers.Dense(10, name="dense1")(flat)
    return keras.Model(image, dense1)


if __name__ == "__main__":
    model = build()
    model.summary()
    outputs = model(keras.ops.zeros((2, 28, 28, 1)))
    print(tuple(outputs.shape))
'''


def test_a_file_reads_as_if_somebody_had_written_it() -> None:
    graph = Graph(CNN.name, nodes=CNN.nodes, edges=CNN.edges, groups=(Group("eyes", ("conv1", "pool1"), "Eyes"),))
    assert (write(graph, "torch").text, write(graph, "keras").text) == (TORCH, KERAS)


def test_each_node_is_found_by_its_lines() -> None:
    lines = {name: spans for name, spans in write(CNN).lines.items() if name in ("conv1", "flat", "label")}
    assert lines == {"conv1": [(17, 17), (22, 22)], "flat": [(24, 24)], "label": [(11, 11), (26, 26)]}


@pytest.mark.parametrize(("target", "module"), [("torch", "torch"), ("keras", "keras")])
def test_a_file_runs_by_itself(target: str, module: str, tmp_path: Path) -> None:
    if find_spec(module) is None or find_spec("torch") is None:  # on which Keras runs here
        pytest.skip(f"{module} is not installed")
    path = tmp_path / "model.py"
    path.write_text(write(CNN, target).text)  # type: ignore[arg-type]
    environment = {"PATH": "/usr/bin:/bin", "KERAS_BACKEND": "torch", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "(2, 10)"
    assert "31,530" in done.stdout


def test_a_node_with_an_error_is_told_of_and_the_rest_is_written() -> None:
    graph = chain("x", ("image", "image_input", {}), ("wrong", "dense", {"units": 3}), ("drop", "dropout", {}))
    written = write(graph)
    assert [(issue.node, issue.code) for issue in written.missing] == [("wrong", "E020"), ("drop", "E020")]
    assert "        # missing: drop: it waits for wrong\n" in written.text
    compile(written.text, "model.py", "exec")


def test_a_type_that_is_not_installed_is_told_of() -> None:
    graph = chain("x", ("table", "numeric_input", {}), ("odd", "no_such", {}))
    assert write(graph).missing[0].message == "Not in the code: core/no_such@1 is not installed"


def test_a_group_that_repeats_is_written_as_often() -> None:
    nodes = (Node("table", "core/numeric_input@1", {"columns": 4}), Node("hidden", "core/dense@1", {"units": 4}))
    edges = (Edge(("table", "out"), ("hidden", "in")), Edge(("hidden", "out"), ("out", "in")))
    graph = Graph(
        nodes=(*nodes, Node("out", "core/regression@1")), edges=edges, groups=(Group("g", ("hidden",), repeat=3),)
    )
    written = write(graph)
    assert [line.strip() for line in written.text.split("\n") if "hidden" in line and "=" in line][3:] == [
        "hidden = self.hidden(table)",
        "hidden_2 = self.hidden_2(hidden)",
        "hidden_3 = self.hidden_3(hidden_2)",
    ]
    assert len(written.lines["hidden"]) == 6


def test_code_of_another_framework_is_missing() -> None:
    graph = decode(
        {
            "nodes": [
                {"id": "table", "type": "core/numeric_input@1"},
                {"id": "own", "type": "core/code@1", "params": {"code": "y = -table", "reads": "table", "writes": "y"}},
            ],
            "edges": [{"from": ["table", "out"], "to": ["own", "table"]}],
        }
    )
    assert write(graph, "torch").missing == []
    assert write(graph, "keras").missing[0].message == "Not in the code: its code is written for torch"


def test_the_names_of_a_code_node_follow_its_edges() -> None:
    graph = decode(
        {
            "nodes": [
                {"id": "table", "type": "core/numeric_input@1"},
                {"id": "other", "type": "core/numeric_input@1"},
                {"id": "own", "type": "core/code@1", "params": {"code": "y = -x  # x", "reads": "x", "writes": "y"}},
                {"id": "twice", "type": "core/code@1", "params": {"code": "x += 1", "reads": "x", "writes": "x"}},
            ],
            "edges": [
                {"from": ["table", "out"], "to": ["own", "x"]},
                {"from": ["own", "y"], "to": ["twice", "x"]},
            ],
        }
    )
    text = write(graph).text
    assert "        y = -table  # x\n" in text
    assert "        x = y\n        x += 1\n" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mnist-cnn", "MnistCnn"), ("3-layer net", "Model3LayerNet"), ("", "Model"), ("F", "FModel"), ("日本", "Model"),
        ('"""; import os', "ImportOs"), ("VGG", "Vgg"),
    ],
)  # fmt: skip
def test_a_class_is_called_after_the_document_whatever_that_is_called(name: str, expected: str) -> None:
    assert class_name(name) == expected
    compile(write(Graph(name)).text, "model.py", "exec")


def test_names_of_layers_hide_nothing_of_a_module() -> None:
    names = ["train", "train_", "conv1", "float", "eval__"]
    assert [attribute(name) for name in names] == ["train_", "train__", "conv1", "float_", "eval___"]
    assert [node_of(attribute(name)) for name in names] == names
    assert [safe_id(name, {"x"}) for name in ("x", "Conv A", "1", "class", "")] == [
        "x_2",
        "conv_a",
        "node_1",
        "class_2",
        "node",
    ]


def test_long_lines_break_where_ruff_would_break_them(tmp_path: Path) -> None:
    names = [f"branch_number_{i}_of_a_long_name" for i in range(4)]
    lines = [
        f"x = layers.Conv2D(16, 3, padding='same', name='{names[0]}_{names[1]}')({names[2]})".replace("'", '"'),
        f"x = torch.cat([{', '.join(names)}], dim=1)",
        f"x = self.layer(F.pad({names[0]}, (0, 1, 2, 3)), key={names[1]}, value={names[2]}, need_weights=False)[0]",
        "",
        "",
        f"def forward(self, {', '.join(f'{name}: torch.Tensor' for name in names)}) -> torch.Tensor:\n    pass",
    ]
    text = "\n".join("\n".join([*wrapped(line.split("\n")[0]), *line.split("\n")[1:]]) for line in lines) + "\n"
    path = tmp_path / "lines.py"
    path.write_text(text)
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", str(path)]
    subprocess.run(ruff, check=True, capture_output=True)
    assert path.read_text() == text


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["gan", "dqn"])
def test_what_an_author_wrote_beside_the_model_stays_when_the_model_is_written_anew(name: str, target: Target) -> None:
    graph = template(name).graph
    text = graph.source[target]
    edited = text.replace("# The copy", "# A copy").replace("def train(", "LIMIT = 3\n\n\ndef train(")
    messy = msgspec.structs.replace(
        graph, source={target: edited.replace(", 128)", ",   128 )").replace("(128,", "( 128,")}
    )
    assert trains(edited)
    found = write(messy, target, fresh=True)
    rest = [line for line in edited.splitlines() if "image_input" not in line]
    assert [line for line in found.text.splitlines() if "image_input" not in line] == rest
    assert {"train", "LIMIT", RUN} <= {*found.kept}
    assert found.lost == ()
    alone = write(messy, target, fresh=True, drop=True)
    assert (alone.lost, alone.kept, trains(alone.text)) == (found.kept, (), False)
    assert alone.text == write(msgspec.structs.replace(graph, source={}), target).text


@pytest.mark.parametrize("target", TARGETS)
def test_a_file_with_nothing_beside_the_model_is_written_anew_as_a_whole(target: Target) -> None:
    graph = template("unet").graph
    alone = write(graph, target).text
    kept = msgspec.structs.replace(graph, source={target: f"{alone}# the end\n"})
    assert write(kept, target).text.endswith("# the end\n")
    assert write(kept, target, fresh=True) == write(graph, target)
    assert not trains(alone)
