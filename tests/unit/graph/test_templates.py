"""Templates: each is whole, without a fault, written for both targets, read back, and runs."""

import json
import os
import random
from importlib.resources import files
from typing import Any

import pytest

from gnomon.core.errors import NotFoundError
from gnomon.graph.code import parse, write
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.document import decode, encode
from gnomon.graph.registry import find
from gnomon.graph.study import Study
from gnomon.graph.templates import NAMES, Template, template, templates

os.environ.setdefault("KERAS_BACKEND", "torch")
OUTS = {
    "mlp": (10,), "mnist_cnn": (10,), "small_cnn": (10,), "vgg": (10,), "unet": (2, 128, 128), "autoencoder": (1, 28, 28),
    "text_classifier": (2,), "lstm_forecaster": (1,), "tabular": (1,), "gan": ((1, 28, 28), (1,)), "dqn": (2,),
}  # fmt: skip
"""What leaves each of them, in PyTorch's order of axes."""


def test_every_file_is_a_template_that_is_listed() -> None:
    found = {
        each.name.removesuffix(".json")
        for each in files("gnomon.graph.templates").iterdir()
        if each.name.endswith(".json")
    }
    assert found == set(NAMES) == set(OUTS)
    assert [each.name for each in templates()] == list(NAMES)
    with pytest.raises(NotFoundError, match="There are mlp, mnist_cnn"):
        template("vgg19")


@pytest.mark.parametrize("each", templates(), ids=lambda each: each.name)
def test_a_template_says_what_it_is_and_has_no_fault(each: Template) -> None:
    for text in (each.text, each.data):
        assert text.endswith(".")
        assert text[0].isupper()
    assert len(each.title) <= 24
    found = Study().of(each.graph)
    assert [issue for issue in found.issues if issue.level != "tip"] == []
    # Only what differs from the defaults is in a document.
    for node in each.graph.nodes:
        component = find(node.type)
        assert component is not None
        defaults = {param.name: param.default for param in component.params}
        assert {name: value for name, value in node.params.items() if defaults[name] == value} == {}
    assert decode(encode(each.graph)) == each.graph


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("each", templates(), ids=lambda each: each.name)
def test_a_template_is_written_and_read_back(each: Template, target: Target) -> None:
    found = write(each.graph, target)
    assert found.missing == []
    back = parse(found.text, target, each.graph)
    assert (back.notes, back.graph.sha, back.graph.source) == ([], each.graph.sha, each.graph.source)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_runs_in_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    graph = template(name).graph
    model = _model(torch, _module(name))
    model.eval()
    specs = [Study().of(graph).report.nodes[n.id].outs[0] for n in graph.nodes if n.type.endswith("_input@1")]
    with torch.no_grad():
        found = model(*(_zeros(torch, spec) for spec in specs))
    outs = found if isinstance(found, tuple) else (found,)
    shapes = tuple(tuple(out.shape[1:]) for out in outs)
    assert shapes == (OUTS[name] if name == "gan" else (OUTS[name],))
    assert all(bool(torch.isfinite(out).all()) for out in outs)


def test_the_training_loops_that_come_along_change_what_they_train() -> None:
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model is many times slower on several when the machine has other work
    random.seed(0)
    torch.manual_seed(0)
    gan, dqn = _module("gan"), _module("dqn")
    players = _model(torch, gan), _model(torch, dqn)
    before = [[each.clone() for each in model.parameters()] for model in players]
    gan["train"](players[0], torch.rand(24, 1, 28, 28), epochs=1, batch_size=12)
    lengths = dqn["train"](players[1], episodes=16, longest=30)
    torch.set_num_threads(threads)
    assert (len(lengths), max(lengths) <= 30, sum(lengths) > 200) == (16, True, True)
    for model, old in zip(players, before, strict=True):
        assert all(not torch.equal(a, b) for a, b in zip(model.parameters(), old, strict=True))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras, with NumPy 2
def test_the_training_loops_of_keras_change_what_they_train_too() -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    gan, dqn = _module("gan", "keras"), _module("dqn", "keras")
    players = gan["build"](), dqn["build"]()
    before = [model.get_weights() for model in players]
    gan["train"](players[0], gan["discs"](24)[..., None], epochs=1, batch_size=12)
    lengths = dqn["train"](players[1], episodes=12, longest=24)
    assert (len(lengths), max(lengths) <= 24, sum(lengths) >= 200) == (12, True, True)
    for model, old in zip(players, before, strict=True):
        assert all((a != b).any() for a, b in zip(model.get_weights(), old, strict=True))


@pytest.mark.parametrize("target", TARGETS)
def test_discs_are_images_to_be_learnt_without_a_file(target: Target) -> None:
    if target == "torch":
        pytest.importorskip("torch")
    else:
        pytest.importorskip("keras")
    images = _module("gan", target)["discs"](9)
    assert (images.shape, str(images.dtype), images.min(), images.max()) == ((9, 28, 28), "float32", 0, 1)


def _module(name: str, target: Target = "torch") -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": name}
    exec(compile(write(template(name).graph, target).text, f"{name}.py", "exec"), found)
    return found


def _model(torch: Any, module: dict[str, Any]) -> Any:
    classes = [each for each in module.values() if isinstance(each, type) and issubclass(each, torch.nn.Module)]
    (model,) = classes
    return model()


def _zeros(torch: Any, spec: Any) -> Any:
    shape = spec.shape if spec.rank < 3 else (spec.shape[-1], *spec.shape[:-1])
    return torch.zeros(2, *shape, dtype=getattr(torch, spec.dtype))


def test_a_template_as_a_file_has_a_line_for_each_node() -> None:
    text = files("gnomon.graph.templates").joinpath("mlp.json").read_text("utf-8")
    nodes = [line for line in text.splitlines() if '"type"' in line and '"id"' in line]
    assert len(nodes) == len(json.loads(text)["graph"]["nodes"])
