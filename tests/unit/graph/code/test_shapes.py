"""What handwritten statements give, told without running them, is what they give when they are run."""

import pytest

from gnomon.graph.code import parse, write
from gnomon.graph.code.shapes import shapes_of
from gnomon.graph.document import Graph
from gnomon.graph.spec import Spec
from gnomon.graph.study import Study
from gnomon.graph.templates import template

_BATCH = 5
_IMAGE, _STEPS, _ROW = Spec((12, 10, 6)), Spec((7, 8)), Spec((24,))
_TORCH = [
    (_IMAGE, "y = x * 2.0 - torch.sin(x)"),
    (_IMAGE, "y = (x > 0.5).float() * -x / (x.abs() + 1e-5) ** 2"),
    (_IMAGE, "y = x.view(x.size(0), -1)"),
    (_IMAGE, "b, c, h, w = x.shape\ny = x.reshape(b * h, w, c).mean(1).view(b, h, c)"),
    (_IMAGE, "n, *rest = 1, 2\ny = x"),
    (_IMAGE, "m, s = x.mean(dim=(2, 3), keepdim=True), x.std(dim=(2, 3), keepdim=True)\ny = (x - m) / s"),
    (_IMAGE, "y = torch.cat([x, x[:, :2], torch.zeros_like(x)], dim=1)"),
    (_IMAGE, "y = F.pad(x, (1, 2, 3, 0))[:, :, ::2, 1:-1]"),
    (_IMAGE, "a, z = x.chunk(2, dim=1)\ny = a * torch.sigmoid(z)"),
    (_IMAGE, "y = x.flatten(2).transpose(1, 2)"),
    (_IMAGE, "y = x.permute(0, 2, 3, 1).reshape(-1, 120, 6)"),
    (_IMAGE, "y = F.max_pool2d(x, 2)"),
    (_IMAGE, "y = self.conv(x) + self.conv(x) * self.scale"),
    (_IMAGE, "for _ in range(3):\n    x = torch.relu(x)\ny = x"),
    (_IMAGE, "if self.training:\n    x = x + torch.randn_like(x)\ny = x"),
    (_IMAGE, "if x.shape[1] == 6:\n    y = x[:, 0]\nelse:\n    y = x"),
    (_IMAGE, "with torch.no_grad():\n    y = x.clamp(0.0, 1.0).detach()"),
    (_IMAGE, "y = x.amax(1).unsqueeze(-1).expand(-1, -1, -1, 4)"),
    (_IMAGE, "y = torch.stack([x, x], dim=2)[:, :, 0]"),
    (_IMAGE, "x -= torch.tensor([0.5]).view(1, 1, 1, 1)\ny = x"),
    (_IMAGE, "y = torch.max(x, dim=1).values"),
    (_STEPS, "y = torch.softmax(x @ x.transpose(1, 2) / math.sqrt(8), dim=-1) @ x"),
    (_STEPS, "y = torch.einsum('bij,bkj->bik', x, x)"),
    (_STEPS, "y = x[:, -1]"),
    (_STEPS, "y = x[..., None, :].squeeze(2)"),
    (_STEPS, "y = x + torch.arange(7).float()[:, None]"),
    (_STEPS, "y = torch.bmm(x, x.mT).sum(2)"),
    (_STEPS, "y = x.repeat(1, 2, 1).split(7, dim=1)[0]"),
    (_ROW, "y = x.unflatten(1, (4, 6)).mean(-1)"),
    (_ROW, "y = torch.where(x > 0, x, torch.zeros_like(x)).argmax(-1, keepdim=True)"),
    (_ROW, "y = F.one_hot(x.argmax(1), 24)"),
    (_ROW, "y = torch.ones(x.size(0), 3, device=x.device)"),
    (_ROW, "y = F.dropout(x, 0.5, self.training)"),
]


@pytest.mark.parametrize(("spec", "code"), _TORCH, ids=[code for _, code in _TORCH])
def test_statements_of_pytorch_give_what_is_told_of_them(spec: Spec, code: str) -> None:
    torch = pytest.importorskip("torch")

    import math

    class Owner:
        conv = torch.nn.Conv2d(6, 6, 3, padding=1)
        scale = torch.ones(6, 1, 1)
        training = True

    sizes = (spec.shape[2], *spec.shape[:2]) if spec.rank == 3 else spec.shape
    scope = {"torch": torch, "F": torch.nn.functional, "math": math, "self": Owner(), "x": torch.rand(_BATCH, *sizes)}
    exec(code, scope)
    got = tuple(scope["y"].shape)
    places = (*got[2:], got[1]) if len(got) in (4, 5) else got[1:]
    dtype = {"torch.float32": "float32", "torch.int64": "int64", "torch.bool": "bool"}[str(scope["y"].dtype)]
    setup = "self.conv = nn.Conv2d(6, 6, 3, padding=1)\nself.scale = nn.Parameter(torch.ones(6, 1, 1))"
    assert got[0] == _BATCH
    assert shapes_of(code, setup, "torch", ["x"], ["y"], [spec]) == (Spec(places, dtype),)  # type: ignore[arg-type]


_KERAS = [
    (_IMAGE, "y = x * 2.0 - ops.sin(x)", _IMAGE),
    (_IMAGE, "y = ops.mean(x, axis=(1, 2))", Spec((6,))),
    (_IMAGE, "y = ops.concatenate([x, ops.flip(x, axis=1)], axis=-1)", Spec((12, 10, 12))),
    (_IMAGE, "y = ops.reshape(x, (-1, 120, 6))", Spec((120, 6))),
    (_IMAGE, "y = ops.transpose(x, (0, 3, 1, 2))", Spec((6, 12, 10))),
    (_STEPS, "d = layers.Dense(8)\ny = d(x) + d(ops.sin(x))", _STEPS),
    (_STEPS, "y = ops.matmul(x, ops.transpose(x, (0, 2, 1)))", Spec((7, 7))),
    (_STEPS, "y = ops.expand_dims(ops.max(x, axis=-1), -1)", Spec((7, 1))),
    (_ROW, "a, b = ops.split(x, 2, axis=1)\ny = a * keras.ops.sigmoid(b)", Spec((12,))),
    (_ROW, "y = layers.Dense(3, activation='relu')(x)", Spec((3,))),
]


@pytest.mark.parametrize(("spec", "code", "out"), _KERAS, ids=[code for _, code, _ in _KERAS])
def test_statements_of_keras_give_channels_last(spec: Spec, code: str, out: Spec) -> None:
    assert shapes_of(code, "", "keras", ["x"], ["y"], [spec]) == (out,)


@pytest.mark.parametrize(
    "code",
    [
        "y = mine(x)",
        "y = x[x > 0]",
        "y = x[: 3]",
        "y = x.squeeze()",
        "y = x.sum()",
        "y = x.view(-1)",
        "y = x.reshape(7, -1)",
        "for i in range(2):\n    x = F.max_pool2d(x, 2)\ny = x",
        "if self.flag:\n    x = x.mean(1)\ny = x",
        "y = x\ny.resize_(3)",
        "F = mine\ny = F.relu(x)",
        "y = x.expand(int(math.sqrt(16)), 12, 10, 6)",
        "return x\ny = x",
        "y = x + torch.rand(9, 9)",
        "y = 2 ** 10 ** 10 * x.new(3)",
        "while True:\n    while True:\n        while True:\n            x = mine(x)\ny = x",
        "y = x" + "+ x" * 3000,
    ],
)
def test_what_is_not_certain_is_not_told(code: str) -> None:
    assert shapes_of(code, "", "torch", ["x"], ["y"], [_IMAGE]) == (None,)


def test_lengths_that_are_not_known_stay_so_and_no_more() -> None:
    code = "y = torch.cat([x, x], 1).relu()\nz = x.flatten(1)\nv = x.view(x.size(0), 784)"
    assert shapes_of(code, "", "torch", ["x"], ["y", "z", "v"], [Spec((None, None, 3))]) == (
        Spec((None, None, 6)),
        Spec((None,)),
        Spec((784,)),
    )


def _edited(line: str) -> Graph:
    """Return the CNN of MNIST with a line written before its first layer."""
    graph = template("mnist_cnn").graph
    return parse(write(graph).text.replace("        conv1 =", f"        {line}\n        conv1 =", 1), old=graph).graph


@pytest.mark.parametrize(
    ("line", "shapes"),
    [
        ("image = image * 2.0 - torch.sin(image)", None),  # its operators say it
        ("image = mine(image)", "28×28×1"),  # nn.Linear(3136, 128) says it
    ],
)
def test_a_line_written_by_hand_before_the_first_layer_leaves_the_graph_without_an_error(
    line: str, shapes: str | None
) -> None:
    graph = _edited(line)
    assert graph.node("code").params.get("shapes") == shapes
    assert [issue for issue in Study().of(graph).issues if issue.level == "error"] == []
    assert line in write(graph).text


def test_a_line_that_keeps_shapes_follows_when_the_input_changes() -> None:
    graph = _edited("image = image - torch.sin(image)")
    text = write(graph).text.replace('"height": 28, "width": 28', '"height": 32, "width": 32').replace("3136", "4096")
    assert Study().of(parse(text, old=graph).graph).report.nodes["code"].out == Spec((32, 32, 1))


@pytest.mark.parametrize(("features", "side"), [(288, 8), (8 * 9 * 9, 11), (8 * 26 * 26, 28)])
def test_the_size_of_the_input_follows_from_the_first_linear(features: int, side: int) -> None:
    code = f"""
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear({features}, 10)

    def forward(self, x):
        return self.fc(torch.flatten(torch.relu(self.conv(x)), 1))
"""
    found = parse(code)
    assert found.graph.node("x").params.get("shape", [28, 28, 1]) == [side, side, 1]
    assert any(f"{side}×{side}" in note for note in found.notes)
    assert Study().of(found.graph).issues == ()
