"""PyTorch modules become graphs whose own code gives the same outputs, with the module's parameters."""

from functools import cache
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from tests.unit.models.imports.networks import NETWORKS  # noqa: E402  # needs torch
from torch import nn  # noqa: E402

from gnomon.core.errors import InputError, UserCodeError  # noqa: E402
from gnomon.core.records.graph import Graph as Record  # noqa: E402
from gnomon.core.records.layer_code import made  # noqa: E402
from gnomon.graph.from_record import from_record  # noqa: E402
from gnomon.graph.infer import infer  # noqa: E402
from gnomon.models.imports.loading import example, of_path, of_text  # noqa: E402
from gnomon.models.imports.torch_export import Imported, difference, import_torch  # noqa: E402

WAYS = {
    "undecided": "source",
}
KEPT: dict[str, list[str]] = {
    "encoder": ["add = embed + self.place"],
    "functional": ["conv2_drop = self.conv2_drop(conv2)"],
    "waves": ["slice = side_first[:, :, 1:-1]"],
    "shared": ["twin = self.twin(left)", "twin_2 = self.twin(right)"],
}
"""Statements that no component says."""


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def stirred(name: str) -> tuple[Any, tuple[Any, ...]]:
    """Return a network whose buffers differ from where they begin, and its inputs."""
    make, inputs = NETWORKS[name]
    model = make()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            nn.init.normal_(module.get_buffer("running_mean"))
            nn.init.uniform_(module.get_buffer("running_var"), 0.5, 2)
    return model.eval(), inputs()


@cache
def imported(name: str) -> tuple[Any, tuple[Any, ...], Imported]:
    """Return a network, its inputs, and what comes of importing it."""
    torch.manual_seed(0)
    model, inputs = stirred(name)
    return model, inputs, import_torch(model, inputs, name)


def codes(found: Imported) -> list[str]:
    return [node.params["code"] for node in found.graph.nodes if node.type == "core/code@1"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_code_of_an_imported_graph_gives_what_the_module_gives(name: str) -> None:
    model, inputs, found = imported(name)
    error = difference(found, model, inputs)
    assert (found.way, found.graph.name) == (WAYS.get(name, "torch.export"), name)
    assert error is not None
    assert error <= 1e-5
    assert [issue for issue in infer(found.graph).issues if issue.level == "error"] == []
    if name in ("resnet", "unet", "mobilenet", "reader"):
        assert codes(found) == []
    if name in KEPT:
        assert codes(found) == KEPT[name]


@pytest.mark.parametrize("name", ["resnet", "mobilenet", "waves", "squeeze"])
def test_what_export_refuses_is_traced_with_stand_ins(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        msg = "not this one"
        raise RuntimeError(msg)

    monkeypatch.setattr(torch.export, "export", refuse)
    model, inputs = stirred(name)
    found = import_torch(model, inputs, name)
    assert (found.way, found.notes[0]) == ("torch.fx", "torch.export did not do: RuntimeError: not this one")
    assert found.error is not None
    assert found.error <= 1e-5


def test_nodes_are_called_after_their_modules_and_parameters_are_found_again() -> None:
    model, _, found = imported("resnet")
    ids = {node.id for node in found.graph.nodes}
    layers = {path.replace(".", "_") for path, module in model.named_modules() if not list(module.children()) and path}
    assert layers - ids == {"layer1_0_shortcut", "layer1_1_shortcut", "layer2_1_shortcut"}  # empty ones
    assert {"layer1_0_relu", "layer1_0_relu_2", "layer1_0_add"} <= ids
    assert set(found.states.values()) == set(model.state_dict())
    assert found.states["layer2_0_shortcut_0.weight"] == "layer2.0.shortcut.0.weight"
    totals = infer(found.graph).totals
    assert totals.params == sum(each.numel() for each in model.parameters())


def test_a_model_is_left_as_it_was() -> None:
    model, inputs = stirred("functional")
    model.train()
    model.fc2.eval()
    before = {path: module.training for path, module in model.named_modules()}
    state = {name: value.clone() for name, value in model.state_dict().items()}
    import_torch(model, inputs)
    assert {path: module.training for path, module in model.named_modules()} == before
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert torch.nn.functional.dropout.__module__ == "torch.nn.functional"


def test_an_input_is_found_where_none_is_given() -> None:
    model, _ = stirred("functional")
    found = import_torch(model)
    (x,) = [node for node in found.graph.nodes if node.id == "x"]
    assert (found.way, x.type, x.params) == ("torch.export", "core/image_input@1", {})
    two, _ = stirred("shared")
    found = import_torch(two)
    assert (found.way, found.error) == ("torch.fx", None)
    assert found.notes[0].startswith("No input of a usual size went through it")


class Opaque(nn.Module):
    """Neither can it be traced, nor does its class say all."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(width, 4), nn.ReLU(), nn.Linear(4, width))
        self.odd = nn.Bilinear(width, width, 2)

    def forward(self, x: Any) -> Any:
        return self.odd(x, self.body(x)) if x.sum() > 0 else self.odd(x, x)


def test_a_module_that_nothing_can_follow_shows_its_layers() -> None:
    found = import_torch(Opaque(3), example("3"))
    types = {node.id: node.type for node in found.graph.nodes}
    assert (found.way, types) == (
        "layers",
        {"body_0": "core/dense@1", "body_1": "core/activation@1", "body_2": "core/dense@1", "odd": "core/code@1"},
    )
    assert [(edge.source[0], edge.target[0]) for edge in found.graph.edges] == [
        ("body_0", "body_1"),
        ("body_1", "body_2"),
    ]
    assert found.notes[-1] == "What joins its layers could not be seen: they are here as they were made. Connect them."


def test_a_layer_is_made_again_as_it_was() -> None:
    layers = [
        nn.Conv2d(3, 8, (3, 5), stride=2, padding=(1, 2), bias=False),
        nn.MultiheadAttention(8, 2, dropout=0.1, batch_first=True),
        nn.LSTM(4, 8, num_layers=2, batch_first=True, bidirectional=True),
        nn.LayerNorm((4, 4), elementwise_affine=False),
        nn.Embedding(10, 4, padding_idx=0),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Upsample(scale_factor=2, mode="bilinear"),
    ]
    for layer in layers:
        again = eval(str(made(layer)), {"nn": nn})
        assert repr(again) == repr(layer)
        assert [each.shape for each in again.state_dict().values()] == [
            each.shape for each in layer.state_dict().values()
        ]


FILE = """
import torch
from torch import nn

class Head(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.fc = nn.Linear(4, classes)

    def forward(self, x):
        return torch.relu(self.fc(x))

class Plain(Head):
    def __init__(self):
        super().__init__(3)
"""


def test_a_file_names_its_model_or_is_asked_which() -> None:
    assert of_text(FILE).fc.out_features == 3
    assert of_text(FILE, "Head(classes=7)").fc.out_features == 7
    assert of_text(FILE, "Plain").fc.out_features == 3
    assert of_text(FILE + "\nmodel = Head(9)").fc.out_features == 9
    assert of_path("torch.nn:Linear(2, 5)").out_features == 5


@pytest.mark.parametrize(
    ("text", "expression", "kind", "says"),
    [
        ("import torch\n1 / 0", "", UserCodeError, "ZeroDivisionError"),
        ("def f(:\n", "", UserCodeError, "SyntaxError"),
        (FILE, "Head()", UserCodeError, "missing 1 required positional argument"),
        (FILE, "3", InputError, "expected a torch.nn.Module, or what makes one, received int"),
        ("x = 1", "", InputError, "It has none"),
        (FILE.replace("class Plain", "class _P:\n    pass\nclass Q").replace("super().__init__(3)", "1/0"), "", UserCodeError, "Zero"),
        ("import sys\nsys.exit(3)", "", UserCodeError, "SystemExit"),
    ],
)  # fmt: skip
def test_code_that_fails_is_told_as_its_authors(text: str, expression: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        of_text(text, expression)


@pytest.mark.parametrize("text", ["", "3x", "0x3", "3x224x224:half", "99999x99999x99999", "x", "3,,4", "-1x3"])
def test_an_input_that_is_none_says_what_is_expected(text: str) -> None:
    with pytest.raises(InputError, match="expected axes without the batch, such as 3x224x224"):
        example(text)


def test_inputs_are_read_with_their_types() -> None:
    assert [(tuple(each.shape), str(each.dtype)) for each in example("3x8x8, 12:int64,:bool")] == [
        ((2, 3, 8, 8), "torch.float32"),
        ((2, 12), "torch.int64"),
        ((2,), "torch.bool"),
    ]


def test_a_single_layer_is_a_model_too() -> None:
    layer = nn.Conv2d(3, 4, 3)
    found = import_torch(layer, example("3x8x8"))
    assert [(node.id, node.type) for node in found.graph.nodes][1] == ("conv2d", "core/conv2d@1")
    assert (found.graph.name, found.states) == ("Conv2d", {"conv2d.weight": "weight", "conv2d.bias": "bias"})
    assert difference(found, layer, example("3x8x8")) == 0


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected a torch.nn.Module, received int"):
        import_torch(3)
    with pytest.raises(InputError, match="expected a module with 1 to 5,000 layers of PyTorch, received 0"):
        import_torch(nn.Module())


@pytest.mark.parametrize("name", ["resnet", "unet", "mobilenet", "functional", "shared", "squeeze"])
def test_a_logged_model_opens_as_the_graph_that_importing_it_gives(name: str) -> None:
    model, _, traced_ = imported(name)
    record = Record(model)
    found = from_record(record.nodes, record.edges, name)
    layers = {module.replace(".", "_") for module, _ in model.named_modules() if module}
    logged, traced = (
        {node.id: node.type for node in graph.nodes if node.id in layers} for graph in (found.graph, traced_.graph)
    )
    assert logged == traced
    assert not any("do not say how they were made" in note for note in found.notes)
