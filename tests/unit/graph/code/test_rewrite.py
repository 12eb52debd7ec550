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


LOOSE = """
import torch
from torch import nn


@torch.no_grad
class Net(nn.Module):
    \"\"\"Mine.\"\"\"

    scale = 3

    # how it begins
    def __init__(self, hidden=7):  # sizes
        super().__init__()
        self.hidden = hidden
        self.fc = nn.Linear(
            4,
            hidden,  # wide
        )
        self.out = nn.Linear(hidden, 2); self.k = 3

    @property
    def wide(self):
        return self.hidden  # in units

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        # first
        x = self.fc(a); print(x)
        # then
        return self.out(x)  # done
"""


def test_statements_that_share_a_line_are_parted_and_comments_within_a_call_stand_above_it() -> None:
    assert edited({"op": "set", "id": "fc", "params": {"units": 9}}, text=LOOSE) == [
        "- self.fc = nn.Linear(",
        "- 4,",
        "- hidden,  # wide",
        "- )",
        "- self.out = nn.Linear(hidden, 2); self.k = 3",
        "+ # wide",
        "+ self.fc = nn.Linear(4, 9)",
        "+ self.out = nn.Linear(9, 2)",
        "+ self.k = 3",
        "- x = self.fc(a); print(x)",
        "+ x = self.fc(a)",
        "+ print(x)",
    ]


def test_a_class_that_is_written_anew_keeps_its_methods_constants_and_comments() -> None:
    graph = parse(LOOSE.replace("a: torch.Tensor)", "a: torch.Tensor, *rest)")).graph
    after, _ = apply(graph, [{"op": "add", "node": {"id": "b", "type": "core/input@1", "params": {"shape": [4]}}}])
    lines = [line.strip() for line in write(after).text.split("\n")]
    kept = [line.strip() for line in LOOSE.split("\n") if line.strip()]
    changed = ("def ", "self.out =", "self.fc", "x =", "return self.out", "4,", "hidden,", ")")
    assert [line for line in kept if line not in lines and not line.startswith(changed)] == []
    for comment in ("# how it begins", "# sizes", "# wide", "# in units", "# first", "# then", "# done"):
        assert any(comment in line for line in lines), comment


BRANCHES = """
import torch
from torch import nn

INPUTS = {"x": {"type": "numeric_input", "columns": 4}}
OUTPUTS = {"low": {"task": "regression"}, "high": {"task": "reconstruction"}}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.odd = nn.LayerNorm(5)
        self.act = nn.SiLU()
        self.fc = nn.Linear(5, 1)
        self.norm = nn.LayerNorm(4)

    def forward(self, x):
        odd = self.odd(x)
        low = self.fc(self.act(odd))
        # a thought

        high = self.norm(odd)  # behind
        return low, high
"""


def test_what_a_later_layer_tells_of_an_earlier_one_is_known_when_it_is_read_first() -> None:
    graph = parse(BRANCHES).graph
    assert parse(BRANCHES, "torch", graph).graph == graph
    assert write(graph).text == BRANCHES


def test_comments_and_statements_stay_when_what_comes_out_cannot_be_said_any_more() -> None:
    text = BRANCHES.replace("LayerNorm(5)", "LayerNorm(4)").replace("Linear(5", "Linear(4")
    assert edited({"op": "remove", "id": "norm"}, text=text) == [
        '- OUTPUTS = {"low": {"task": "regression"}, "high": {"task": "reconstruction"}}',
        '+ OUTPUTS = {"low": {"task": "regression"}}',
        "- self.norm = nn.LayerNorm(4)",
        "- high = self.norm(odd)  # behind",
        "- return low, high",
        "+ # missing: high: Nothing is connected to input in.",
        "+ return low",
    ]


SCRIPT = """
# of mine
from tensorflow.keras import layers
from tensorflow import keras

seed = 3  # chosen
image = keras.Input((8, 8, 1))
x = layers.Conv2D(8, 3)(image); y = 3
x = layers.Flatten()(x)
model = keras.Model(image, x)
model.compile(loss="mse")
"""


def test_a_script_keeps_what_stands_around_its_model() -> None:
    conv = parse(SCRIPT).graph.nodes[1].id
    assert edited({"op": "set", "id": conv, "params": {"filters": 16}}, text=SCRIPT) == [
        "- x = layers.Conv2D(8, 3)(image); y = 3",
        f'+ x = layers.Conv2D(16, 3, name="{conv}")(image)',
        "+ y = 3",
    ]
