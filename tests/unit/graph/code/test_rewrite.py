"""An edit of the graph in code that somebody wrote: what it does not touch stays, byte for byte."""

import difflib
from typing import Any

import pytest

from gnomon.graph.code import parse, rewrite, write
from gnomon.graph.patch import apply

TEXT = '''"""My net."""
import torch
import torch.nn as nn
import torch.nn.functional as F

# a constant
HIDDEN = 128


def helper():
    return {  'odd' : "formatting" }


class Net(nn.Module):
    """Doc."""

    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)   # first
        self.conv2 = nn.Conv2d(32, 64, (3, 3), stride=(1, 1))
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(9216, HIDDEN)
        self.fc2 = nn.Linear(HIDDEN, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))   # 26
        x = self.conv2(x)
        x = F.relu(x)

        # pool it
        x = F.max_pool2d(x, 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.fc1(x)
        return self.fc2(x)

    def extra(self): pass
'''


def edited(*ops: dict[str, Any], text: str = TEXT) -> list[str]:
    """Return the lines that an edit takes away and adds."""
    graph = parse(text).graph
    after, _ = apply(graph, ops)
    new = write(after).text
    assert parse(new, graph.target, after).graph.sha == after.sha or write(after).missing
    assert rewrite(text, graph, after) == new
    changes = list(difflib.unified_diff(text.split("\n"), new.split("\n"), n=0, lineterm=""))[2:]
    return [f"{line[0]} {line[1:].strip()}" for line in changes if line[0] in "+-"]


def connect(source: str, target: str) -> dict[str, Any]:
    return {"op": "connect", "from": [source, "out"], "to": [target, "in"]}


def disconnect(source: str, target: str) -> dict[str, Any]:
    return {**connect(source, target), "op": "disconnect"}


def test_nothing_changes_when_nothing_changed() -> None:
    assert edited({"op": "note", "id": "conv1", "text": "a note"}) == []


def test_a_parameter_changes_its_layer_and_what_follows_from_it() -> None:
    assert edited({"op": "set", "id": "fc1", "params": {"units": 64}}) == [
        "- self.fc1 = nn.Linear(9216, HIDDEN)",
        "- self.fc2 = nn.Linear(HIDDEN, 10)",
        "+ self.fc1 = nn.Linear(9216, 64)",
        "+ self.fc2 = nn.Linear(64, 10)",
    ]


def test_a_call_that_changes_keeps_its_variables_and_its_comment() -> None:
    assert edited({"op": "set", "id": "conv1", "params": {"activation": "gelu"}}) == [
        "- x = F.relu(self.conv1(x))   # 26",
        "+ x = F.gelu(self.conv1(x))   # 26",
    ]


def test_a_new_name_is_given_to_the_layer_wherever_it_stands() -> None:
    assert edited({"op": "rename", "id": "conv1", "to": "stem"}) == [
        "- self.conv1 = nn.Conv2d(1, 32, 3, 1)   # first",
        "+ self.stem = nn.Conv2d(1, 32, 3, 1)   # first",
        "- x = F.relu(self.conv1(x))   # 26",
        "+ x = F.relu(self.stem(x))   # 26",
    ]


def test_a_node_goes_with_its_statements_and_comments_stay() -> None:
    gone = edited({"op": "remove", "id": "max_pool2d"}, connect("activation", "dropout1"))
    assert "- x = F.max_pool2d(x, 2)" in gone
    assert "- # pool it" not in gone


def test_a_node_between_two_others_is_put_behind_the_first() -> None:
    ops = [
        {"op": "add", "node": {"id": "bn", "type": "core/batch_norm@1"}},
        disconnect("conv1", "conv2"),
        connect("conv1", "bn"),
        connect("bn", "conv2"),
    ]
    assert edited(*ops) == [
        "+ self.bn = nn.BatchNorm2d(32, eps=0.001, momentum=0.01)",
        "- x = self.conv2(x)",
        "+ bn = self.bn(x)",
        "+ x = self.conv2(bn)",
    ]


def test_a_branch_from_a_variable_that_is_assigned_again_gets_one_of_its_own() -> None:
    ops = [
        {"op": "add", "node": {"id": "sum", "type": "core/add@1"}},
        disconnect("activation", "max_pool2d"),
        {**connect("activation", "sum"), "to": ["sum", "in.0"]},
        {**connect("conv2", "sum"), "to": ["sum", "in.1"]},
        connect("sum", "max_pool2d"),
    ]
    changes = edited(*ops)
    assert "+ sum = x + conv2" in changes
    assert "+ conv2 = self.conv2(x)" in changes


def test_a_graph_with_an_error_leaves_what_cannot_be_written_as_it_stands() -> None:
    assert edited({"op": "remove", "id": "dropout1"}) == [
        "- self.dropout1 = nn.Dropout(0.25)",
        "- x = self.dropout1(x)",
    ]


def test_a_node_that_nothing_comes_to_is_a_comment_until_something_does() -> None:
    ops = [{"op": "add", "node": {"id": "side", "type": "core/dense@1", "params": {"units": 3}}}]
    assert edited(*ops) == ["+ # missing: side: Nothing is connected to input in."]
    graph = parse(TEXT).graph
    loose, _ = apply(graph, ops)
    text = write(loose).text
    after, _ = apply(parse(text, "torch", loose).graph, [connect("fc1", "side")])
    new = write(after).text
    assert "# missing" not in new
    assert "        side = self.side(x)\n" in new


def test_a_document_called_otherwise_has_a_class_called_otherwise() -> None:
    assert edited({"op": "document", "name": "Better net"}) == [
        "- class Net(nn.Module):",
        "+ class BetterNet(nn.Module):",
        "- super(Net, self).__init__()",
        "+ super(BetterNet, self).__init__()",
    ]


def test_what_the_file_does_not_import_is_imported() -> None:
    text = TEXT.replace("import torch.nn.functional as F\n", "").replace("F.relu", "torch.relu")
    text = text.replace("F.max_pool2d(x, 2)", "nn.MaxPool2d(2)(x)")
    changes = edited({"op": "set", "id": "fc1", "params": {"activation": "gelu"}}, text=text)
    assert changes[0] == "+ import torch.nn.functional as F"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_ends_stay(ending: str) -> None:
    text = TEXT.replace("\n", ending)
    graph = parse(text).graph
    after, _ = apply(graph, [{"op": "set", "id": "conv2", "params": {"filters": 8}}])
    new = rewrite(text, graph, after)
    assert new.count(ending) == new.count("\n")


KERAS = """import keras
from keras import layers

def build():
    # what comes in
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(8, 3)(image)   # small
    x = layers.Flatten()(x)
    y = layers.Dense(10)(x)
    return keras.Model(image, y)
"""


def test_keras_is_edited_likewise() -> None:
    graph = parse(KERAS).graph
    conv = graph.nodes[1].id
    assert edited({"op": "set", "id": conv, "params": {"filters": 16}}, text=KERAS) == [
        "- x = layers.Conv2D(8, 3)(image)   # small",
        f'+ x = layers.Conv2D(16, 3, name="{conv}")(image)   # small',
    ]
