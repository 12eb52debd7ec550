"""Models that are a list of layers, and classes of Keras: read as nodes, and edited where they stand."""

import pytest

from gnomon.core.errors import CodeError
from gnomon.graph.code import parse, write
from gnomon.graph.code.parse import Parsed
from gnomon.graph.document import Graph
from gnomon.graph.patch import apply

DIGITS = """import keras
from keras import layers

SIDE = 28

model = keras.Sequential([
    layers.Conv2D(8, 3, activation="relu", input_shape=(SIDE, SIDE, 1)),  # edges
    layers.MaxPooling2D(),
    layers.Flatten(),
    # the head
    layers.Dense(10),
])
model.compile("adam", "mse")
"""
ADDED = '''import tensorflow as tf
from tensorflow.keras.layers import Dense, Dropout
from tensorflow.keras.models import Sequential


def make(rate=0.25):
    """Return mine."""
    model = Sequential(name="mine")
    model.add(tf.keras.Input((784,)))
    model.add(Dense(64, activation="relu"))  # wide
    print("half way")
    model.add(Dropout(0.25))
    model.add(hub.KerasLayer("x"))
    model.add(Dense(10))
    model.compile("adam")
    return model
'''
LIST = """import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
    nn.Flatten(),
    nn.Linear(16 * 28 * 28, 10),
)
opt = torch.optim.Adam(model.parameters())
"""
NAMED = """import torch.nn as nn
from collections import OrderedDict


def net():
    return nn.Sequential(OrderedDict([
        ("fc1", nn.Linear(784, 64)),
        ("relu", nn.ReLU()),
        ("fc2", nn.Linear(64, 10)),
    ]))
"""
CLASS = '''import keras
from keras import layers


class Net(keras.Model):
    """Mine."""

    def __init__(self, classes=10):
        super().__init__()
        self.conv = layers.Conv2D(8, 3, activation="relu")  # c
        self.flat = layers.Flatten()
        self.drop = layers.Dropout(0.5)
        self.fc = layers.Dense(classes)

    def call(self, x, training=False):
        x = self.drop(self.flat(self.conv(x)), training=training)
        return self.fc(x)

    def train_step(self, data):
        return super().train_step(data)
'''
ALL = {"digits": DIGITS, "added": ADDED, "list": LIST, "named": NAMED, "class": CLASS}


def shown(graph: Graph) -> list[tuple[str, str, dict[str, object]]]:
    return [(node.id, node.type.removeprefix("core/"), dict(node.params)) for node in graph.nodes]


def edited(found: Parsed, *ops: dict[str, object]) -> str:
    after, _ = apply(found.graph, list(ops))
    return write(after).text


def lines_changed(a: str, b: str) -> list[tuple[str, str]]:
    old, new = a.split("\n"), b.split("\n")
    assert len(old) == len(new)
    return [(one.strip(), other.strip()) for one, other in zip(old, new, strict=True) if one != other]


def test_a_list_of_keras_layers_is_read_with_the_shape_that_the_first_one_says() -> None:
    assert shown(parse(DIGITS).graph) == [
        ("input", "input@1", {}),
        ("conv2d", "conv2d@1", {"filters": 8, "padding": "valid", "activation": "relu"}),
        ("max_pool2d", "max_pool2d@1", {}),
        ("flatten", "flatten@1", {}),
        ("dense", "dense@1", {"units": 10}),
        ("result", "classification@1", {}),
    ]


def test_layers_that_are_added_one_by_one_are_read_and_what_is_no_component_is_kept() -> None:
    found = {id_: (type_, params) for id_, type_, params in shown(parse(ADDED).graph)}
    assert found["input"] == ("input@1", {"shape": [784]})
    assert found["dropout"] == ("dropout@1", {"rate": 0.25})
    assert found["keraslayer"][1]["code"] == 'keraslayer = hub.KerasLayer("x")(dropout)'
    assert any(params.get("code") == 'print("half way")' for _, params in found.values())
    assert [edge.source[0] for edge in parse(ADDED).graph.edges if edge.target[0] == "dense_2"] == ["keraslayer"]


def test_a_list_of_torch_layers_is_read_with_numbers_computed_and_the_size_that_fits() -> None:
    assert shown(parse(LIST).graph) == [
        ("x", "input@1", {}),
        ("layer_0", "conv2d@1", {"filters": 16}),
        ("layer_1", "activation@1", {}),
        ("layer_2", "flatten@1", {"order": "channels_first"}),
        ("layer_3", "dense@1", {"units": 10}),
        ("result", "classification@1", {}),
    ]


def test_names_of_an_ordered_dict_are_the_names_of_nodes() -> None:
    assert [node.id for node in parse(NAMED).graph.nodes] == ["x", "fc1", "relu", "fc2", "result"]


def test_a_class_of_keras_is_read_by_its_call() -> None:
    assert shown(parse(CLASS).graph) == [
        ("x", "input@1", {}),
        ("conv", "conv2d@1", {"filters": 8, "padding": "valid", "activation": "relu"}),
        ("flat", "flatten@1", {}),
        ("drop", "dropout@1", {}),
        ("fc", "dense@1", {"units": 10}),
        ("result", "regression@1", {}),
    ]


@pytest.mark.parametrize("name", ALL)
def test_what_is_read_keeps_its_text_and_is_the_same_when_read_again(name: str) -> None:
    text = ALL[name]
    graph = parse(text).graph
    assert write(graph).text == text
    assert parse(text, old=graph).graph == graph


@pytest.mark.parametrize(
    ("name", "node", "line"),
    [
        ("digits", "dense", ("layers.Dense(10),", "layers.Dense(33),")),
        ("added", "dense", ('model.add(Dense(64, activation="relu"))  # wide',) * 2),
        ("list", "layer_3", ("nn.Linear(16 * 28 * 28, 10),", "nn.Linear(12544, 33),")),
        ("named", "fc2", ('("fc2", nn.Linear(64, 10)),', '("fc2", nn.Linear(64, 33)),')),
        ("class", "fc", ("self.fc = layers.Dense(classes)", "self.fc = layers.Dense(33)")),
    ],
)
def test_a_parameter_is_changed_in_its_line_and_nowhere_else(name: str, node: str, line: tuple[str, str]) -> None:
    text = edited(parse(ALL[name]), {"op": "set", "id": node, "params": {"units": 33}})
    assert lines_changed(ALL[name], text) == [(line[0], line[1].replace("64", "33") if name == "added" else line[1])]


def with_extra(found: Parsed, before: str, after: str) -> str:
    return edited(
        found,
        {"op": "add", "node": {"id": "extra", "type": "core/activation@1"}},
        {"op": "disconnect", "from": [before, "out"], "to": [after, "in"]},
        {"op": "connect", "from": [before, "out"], "to": ["extra", "in"]},
        {"op": "connect", "from": ["extra", "out"], "to": [after, "in"]},
    )


def test_a_layer_between_makes_statements_of_a_list_of_keras_and_keeps_what_stands_around() -> None:
    text = with_extra(parse(DIGITS), "flatten", "dense")
    assert text.split("\n\n")[-1].split("\n") == [
        'input = keras.Input((28, 28, 1), name="input")',
        'conv2d = layers.Conv2D(8, 3, activation="relu", name="conv2d")(input)',
        'max_pool2d = layers.MaxPooling2D(2, name="max_pool2d")(conv2d)',
        'flatten = layers.Flatten(name="flatten")(max_pool2d)',
        'extra = layers.Activation("relu", name="extra")(flatten)',
        'dense = layers.Dense(10, name="dense")(extra)',
        "model = keras.Model(input, dense)  # edges",
        "# the head",
        'model.compile("adam", "mse")',
        "",
    ]
    assert "SIDE = 28" in text


def test_a_layer_between_in_a_function_keeps_its_header_and_all_its_other_statements() -> None:
    text = with_extra(parse(ADDED), "dense", "dropout")
    kept = ("def make(rate=0.25):", '"""Return mine."""', 'print("half way")', 'hub.KerasLayer("x")', "# wide")
    assert [each for each in (*kept, 'model.compile("adam")', "return model") if each not in text] == []
    assert {"extra", "dropout"} <= {node.id for node in parse(text).graph.nodes}


@pytest.mark.parametrize(("name", "model"), [("list", "model = Model()"), ("named", "return Model()")])
def test_a_layer_between_makes_a_class_of_a_list_of_torch(name: str, model: str) -> None:
    found = parse(ALL[name])
    before, after = ("layer_2", "layer_3") if name == "list" else ("fc1", "relu")
    text = with_extra(found, before, after)
    assert model in text
    assert "class Model(nn.Module):" in text
    assert ("opt = torch.optim.Adam(model.parameters())" in text) == (name == "list")
    assert "extra" in [node.id for node in parse(text).graph.nodes]


def test_a_class_of_keras_stays_when_it_cannot_say_the_edit_and_a_function_behind_it_is_the_model() -> None:
    text = with_extra(parse(CLASS), "drop", "fc")
    assert CLASS.removeprefix("import keras\nfrom keras import layers\n") in text
    assert 'extra = layers.Activation("relu", name="extra")(drop)' in text
    assert "extra" in [node.id for node in parse(text).graph.nodes]


def test_the_shape_of_an_input_that_no_statement_says_is_kept_by_the_graph_and_the_file_stays() -> None:
    after, _ = apply(parse(CLASS).graph, [{"op": "set", "id": "x", "params": {"shape": [32, 32, 3]}}])
    assert write(after).text == CLASS
    assert parse(CLASS, old=after).graph.nodes[0].params == {"shape": [32, 32, 3]}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "import keras\nm = keras.Sequential()\nfor n in (1, 2):\n    m.add(keras.layers.Dense(n))\n",
            "line 3: expected m.add(…) outside of branches and loops",
        ),
        ("import keras\nm = keras.Sequential(stack)\n", "line 2: expected the layers of Sequential in a list"),
        ("import torch.nn as nn\nm = nn.Sequential(*stack)\n", "line 2: expected the layers of Sequential in a list"),
    ],
)
def test_layers_that_nobody_can_know_are_refused_with_the_line(text: str, what: str) -> None:
    with pytest.raises(CodeError) as caught:
        parse(text)
    assert str(caught.value).startswith(what)
    assert caught.value.line == int(what[5])


@pytest.mark.parametrize(("layer", "type_"), [("nn.ReLU()", "core/activation@1"), ("nn.Flatten()", "core/flatten@1")])
def test_an_input_that_nobody_says_is_what_the_first_layer_with_a_size_takes_also_when_read_again(
    layer: str, type_: str
) -> None:
    text = f"from torch import nn\n\nmodel = nn.Sequential({layer}, nn.Linear(16 * 4, 10))\n"
    graph = parse(text).graph
    assert [node.type for node in graph.nodes][1:3] == [type_, "core/dense@1"]
    assert parse(text, old=graph).graph == graph
    assert write(graph).text == text
