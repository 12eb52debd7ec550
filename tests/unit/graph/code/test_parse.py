"""Files that people wrote, read as graphs."""

import textwrap

import pytest

from gnomon.graph.code import parse, write
from gnomon.graph.document import Graph, Group, Node, Place
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply

MNIST = '''
"""A network for digits."""
import torch
import torch.nn as nn
import torch.nn.functional as F

HIDDEN = 128


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(in_channels=32, out_channels=64, kernel_size=(3, 3), bias=True)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(p=0.5, inplace=False)
        self.fc1 = nn.Linear(9216, HIDDEN)
        self.fc2 = nn.Linear(HIDDEN, 10)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(x, inplace=True)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.dropout2(F.relu(self.fc1(x)))
        return F.log_softmax(self.fc2(x), dim=1)
'''


def types(graph: Graph) -> list[tuple[str, str]]:
    return [(node.id, node.type[5:-2]) for node in graph.nodes]


def wired(graph: Graph) -> list[str]:
    return sorted(f"{edge.source[0]}>{edge.target[0]}" for edge in graph.edges)


def model(body: str, made: str = "pass", head: str = "import torch\nfrom torch import nn\n") -> str:
    indented = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
    init = textwrap.indent(textwrap.dedent(made).strip("\n"), " " * 8)
    return f"{head}\n\nclass M(nn.Module):\n    def __init__(self):\n        super().__init__()\n{init}\n\n    def forward(self, x):\n{indented}\n"


def test_a_network_as_people_write_it_is_read_to_the_last_layer() -> None:
    parsed = parse(MNIST)
    assert types(parsed.graph) == [
        ("x", "input"), ("conv1", "conv2d"), ("activation", "activation"), ("conv2", "conv2d"),
        ("max_pool2d", "max_pool2d"), ("dropout1", "dropout"), ("flatten", "flatten"), ("fc1", "dense"),
        ("dropout2", "dropout"), ("fc2", "dense"), ("activation_2", "activation"), ("result", "classification"),
    ]  # fmt: skip
    report = infer(parsed.graph)
    assert [issue for issue in report.issues if issue.level == "error"] == []
    assert (report.totals.params, report.nodes["x"].out) == (1_199_882, report.nodes["x"].component.infer().out)  # type: ignore[union-attr]
    assert len(parsed.notes) == 2  # of the size that was found to fit, and of the output
    assert parsed.graph.source == {"torch": MNIST}


def test_statements_that_no_component_writes_are_kept_with_what_they_need() -> None:
    text = model(
        """
        y = self.conv1(x)
        # first comment
        gate = torch.sigmoid(y) * self.scale
        z = y * gate + self.bias

        if self.training:
            z = z + 1
        return z
        """,
        """
        self.conv1 = nn.Conv2d(3, 4, 3)
        scale = 2.0
        self.scale = nn.Parameter(torch.tensor(scale))
        self.bias = 1
        """,
    )
    graph = parse(text).graph
    gate, branch = graph.nodes[2], graph.nodes[3]
    assert (gate.id, gate.params) == (
        "gate",
        {
            "code": "gate = torch.sigmoid(y) * self.scale\nz = y * gate + self.bias",
            "setup": "scale = 2.0\nself.scale = nn.Parameter(torch.tensor(scale))\nself.bias = 1",
            "reads": "y",
            "writes": "gate z",
        },
    )
    assert branch.params == {"code": "if self.training:\n    z = z + 1", "reads": "z", "writes": "z"}
    assert wired(graph) == ["conv1>gate", "gate>z", "x>conv1", "z>result"]


def test_a_name_that_is_assigned_twice_loses_nothing() -> None:
    text = model("x = x.foo()\n\nx = x.bar()\n\nx = x.baz()\nreturn x")
    codes = [node.params["code"] for node in parse(text).graph.nodes if node.type == "core/code@1"]
    assert codes == ["x = x.foo()", "x = x.bar()", "x = x.baz()"]


def test_a_residual_connection_is_read_however_it_is_written() -> None:
    for sum_ in ("out = out + identity", "out += identity", "out = self.conv2(out) + identity"):
        text = model(
            f"identity = x\nout = self.conv1(x)\n{sum_}\nreturn out",
            "self.conv1 = nn.Conv2d(4, 4, 3, padding=1)\nself.conv2 = nn.Conv2d(4, 4, 3, padding='same')",
        )
        graph = parse(text).graph
        assert "core/code@1" not in {node.type for node in graph.nodes}, sum_
        assert [node.type for node in graph.nodes].count("core/add@1") == 1


def test_a_layer_with_weights_that_is_called_twice_is_no_two_layers() -> None:
    text = model("a = self.fc(x)\nb = self.fc(a)\nreturn a, b", "self.fc = nn.Linear(4, 4)")
    graph = parse(text).graph
    assert types(graph)[1] == ("a", "code")
    assert graph.nodes[1].params["setup"] == "self.fc = nn.Linear(4, 4)"


SHARED = """
import keras
from keras import layers


def build():
    a = keras.Input((4,), name="a")
    b = keras.Input((4,), name="b")
    d = layers.Dense(4)
    x = d(a)
    y = layers.Flatten()(b)
    y = d(y)
    z = layers.Add(name="z")([x, y])
    return keras.Model([a, b], z)
"""


@pytest.mark.parametrize("apart", [True, False])
def test_a_layer_of_keras_that_is_called_twice_is_no_two_layers(*, apart: bool) -> None:
    text = SHARED if apart else SHARED.replace("    y = layers.Flatten()(b)\n    y = d(y)", "    y = d(b)")
    graph = parse(text).graph
    codes = [node.params["code"] for node in graph.nodes if node.type == "core/code@1"]
    assert codes == (
        ["d = layers.Dense(4)\nx = d(a)", "y = d(y)"] if apart else ["d = layers.Dense(4)\nx = d(a)\ny = d(b)"]
    )
    assert "core/dense@1" not in {node.type for node in graph.nodes}
    assert write(graph).text == text
    fresh = write(graph, fresh=True).text
    assert (fresh.count("layers.Dense("), fresh.count("= d(")) == (1, 2)
    assert ("    code_y = y\n    code_y = d(code_y)\n" in fresh) == apart
    assert parse(fresh, "keras", graph).graph.edges == graph.edges


def test_a_layer_of_keras_under_a_name_that_another_gets_later_is_one_layer_each() -> None:
    text = SHARED.replace("x = d(a)", "x = d(a)\n    d = layers.Dense(4)")
    assert [node.type for node in parse(text).graph.nodes].count("core/dense@1") == 2


def test_one_pooling_that_is_called_twice_is_two_nodes() -> None:
    text = model("x = self.pool(self.pool(x))\nreturn x", "self.pool = nn.MaxPool2d(2)")
    assert types(parse(text).graph)[1:3] == [("pool", "max_pool2d"), ("pool_2", "max_pool2d")]


KERAS = """
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input(shape=(28, 28, 1), name="digits")
x = layers.Conv2D(32, kernel_size=(3, 3), activation="relu")(inputs)
x = layers.MaxPool2D(pool_size=(2, 2))(x)
x = layers.Dropout(0.5)(layers.Flatten()(x))
dense = layers.Dense(10, activation="softmax", name="scores")
outputs = dense(x)
model = keras.Model(inputs=inputs, outputs=outputs, name="net")
model.compile(loss="categorical_crossentropy", optimizer="adam")
"""


def test_keras_at_the_top_of_a_script_is_read() -> None:
    parsed = parse(KERAS)
    assert types(parsed.graph) == [
        ("digits", "input"), ("x", "conv2d"), ("max_pool2d", "max_pool2d"), ("flatten", "flatten"),
        ("dropout", "dropout"), ("scores", "dense"), ("result", "classification"),
    ]  # fmt: skip
    assert write(parsed.graph).text == KERAS
    assert 'name="digits"' in write(parsed.graph, fresh=True).text


def test_what_code_does_not_show_comes_from_the_old_graph() -> None:
    text = write(
        Graph(nodes=(Node("table", "core/numeric_input@1", {"columns": 3}), Node("drop", "core/dropout@1")))
    ).text
    old = Graph(
        nodes=(
            Node("table", "core/numeric_input@1", {"columns": 3}, ui=Place(1, 2), note="why"),
            Node("drop", "core/dropout@1"),
        ),
        groups=(Group("all", ("table", "drop"), "All"),),
        train={"loss": "auto"},
        data={"dataset": "mnist"},
    )
    assert parse(text, "torch", old).graph == old


def test_a_node_that_could_not_be_written_stays_as_long_as_its_comment() -> None:
    old = Graph(nodes=(Node("table", "core/numeric_input@1"), Node("drop", "core/dropout@1")))
    text = write(old).text
    without = "\n".join(line for line in text.split("\n") if "# missing" not in line)
    assert [node.id for node in parse(text, "torch", old).graph.nodes] == ["table", "drop"]
    assert [node.id for node in parse(without, "torch", old).graph.nodes] == ["table"]


def test_names_are_taken_from_code_as_they_can_be() -> None:
    text = model("y = self.convA(x)\nreturn self.train_(y)", "self.convA = nn.Conv2d(1, 2, 3)\nself.train_ = nn.ReLU()")
    graph = parse(text).graph
    assert types(graph)[1:3] == [("conva", "conv2d"), ("train", "activation")]


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_read(ending: str) -> None:
    assert types(parse(MNIST.replace("\n", ending)).graph) == types(parse(MNIST).graph)


def test_a_sequence_of_layers_is_as_many_nodes() -> None:
    text = model(
        "x = self.features(x)\nreturn self.head(x.flatten(1))",
        """
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.ReLU(inplace=True),
            nn.Sequential(nn.MaxPool2d(2), nn.Dropout(0.1)),
        )
        self.head = nn.Linear(4 * 13 * 13, 10)
        """,
    )
    graph = parse(text).graph
    assert types(graph)[:5] == [
        ("x", "input"), ("features_0", "conv2d"), ("features_1", "activation"), ("features_2_0", "max_pool2d"),
        ("features_2_1", "dropout"),
    ]  # fmt: skip
    after, _ = apply(graph, [{"op": "set", "id": "features_2_1", "params": {"rate": 0.3}}])
    assert write(after).text == text.replace("nn.Dropout(0.1)", "nn.Dropout(0.3)")


def test_a_sequence_with_a_part_that_is_not_known_is_kept() -> None:
    text = model("return self.features(x)", "self.features = nn.Sequential(nn.Conv2d(1, 4, 3), Own())")
    assert [node.type for node in parse(text).graph.nodes][:2] == ["core/input@1", "core/code@1"]


def test_what_a_file_says_of_its_own_statements_is_known_to_the_layers_behind_them() -> None:
    text = """
import torch
from torch import nn

SHAPES = {"y": "12×8", "z": "no shape", 3: "4", "w": 5}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        y = torch.fft.fft(x).real
        m = y.mean(dim=1)
        z = torch.special.i0(m)
        return self.norm(z)
"""
    graph = parse(text).graph
    assert [(node.id, node.type) for node in graph.nodes if node.id in "ymz"] == [
        ("y", "core/code@1"),
        ("m", "core/global_avg_pool@1"),
        ("z", "core/code@1"),
    ]
    y, z = graph.node("y"), graph.node("z")
    assert y is not None
    assert z is not None
    # What is no shape is not taken; the layer behind told it.
    assert (y.params["shapes"], z.params["shapes"]) == ("12×8", "8")
    assert infer(graph).nodes["m"].out.text == "8"  # type: ignore[union-attr]
