"""Templates: each is whole, without a fault, written for both targets, read back, and runs."""

import json
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

OUTS = {
    "mlp": (10,), "mnist_cnn": (10,), "small_cnn": (10,), "vgg": (10,), "unet": (2, 128, 128), "autoencoder": (1, 28, 28),
    "text_classifier": (2,), "lstm_forecaster": (1,), "tabular": (1,),
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
    assert (back.notes, back.graph.sha, back.graph.source) == ([], each.graph.sha, {})


@pytest.mark.parametrize("name", NAMES)
def test_a_template_runs_in_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    found = template(name)
    module: dict[str, Any] = {"__name__": name}
    exec(compile(write(found.graph, "torch").text, f"{name}.py", "exec"), module)
    (model,) = (each() for each in module.values() if isinstance(each, type) and each.__module__ == name)
    model.eval()
    specs = [
        Study().of(found.graph).report.nodes[n.id].outs[0] for n in found.graph.nodes if n.type.endswith("_input@1")
    ]
    with torch.no_grad():
        out = model(*(_zeros(torch, spec) for spec in specs))
    assert tuple(out.shape) == (2, *OUTS[name])
    assert bool(torch.isfinite(out).all())


def _zeros(torch: Any, spec: Any) -> Any:
    shape = spec.shape if spec.rank < 3 else (spec.shape[-1], *spec.shape[:-1])
    return torch.zeros(2, *shape, dtype=getattr(torch, spec.dtype))


def test_a_template_as_a_file_has_a_line_for_each_node() -> None:
    text = files("gnomon.graph.templates").joinpath("mlp.json").read_text("utf-8")
    nodes = [line for line in text.splitlines() if '"type"' in line and '"id"' in line]
    assert len(nodes) == len(json.loads(text)["graph"]["nodes"])
