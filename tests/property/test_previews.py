"""Previews after random edits of random graphs: what is kept of before never shows."""

import os
import random
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.conftest import trials
from tests.edits import graph_edit
from tests.graphs import random_graph

from gnomon.core.errors import InputError, NotFoundError
from gnomon.graph.code import write
from gnomon.graph.code.plan import Plan
from gnomon.graph.component import Target
from gnomon.graph.document import Graph, encode
from gnomon.graph.patch import apply
from gnomon.graph.templates import template, templates
from gnomon.models.preview.keys import Keys
from gnomon.models.preview.sample import made_up
from gnomon.models.preview.session import Session, Store

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    torch.set_num_threads(1)


def shown(
    graph: Graph, store: Store, known: dict[str, str] | None = None, weights: dict[str, str] | None = None
) -> dict[str, Any]:
    from gnomon.models.preview.service import preview

    params = {
        "graph": encode(graph), "nodes": [node.id for node in graph.nodes], "known": known or {}, "seed": 0,
        "spec": None, "why": "", "code": True, "why_not": "", "components": {}, "weights": weights,
    }  # fmt: skip
    return preview(params, lambda *_: None, store)


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_after_any_edit_a_preview_is_that_of_a_fresh_worker(target: Target) -> None:
    if target == "keras":
        pytest.importorskip("keras")
    for seed in range(trials(3, 100)):
        rng = random.Random(f"{target} {seed}")
        graph, store = random_graph(rng, 9, target), Store()
        shown(graph, store)
        for _ in range(4):
            try:
                graph, _ = apply(graph, graph_edit(graph, rng))
            except InputError:
                continue
            found, fresh = shown(graph, store), shown(graph, Store())
            assert found["missing"] == fresh["missing"], seed
            assert found["nodes"] == fresh["nodes"], seed
            assert [each["node"] for each in found["troubles"]] == [each["node"] for each in fresh["troubles"]]
            keys = {name: node["key"] for name, node in found["nodes"].items()}
            again = shown(graph, store, known=keys)
            assert again["nodes"] == {name: {"key": key} for name, key in keys.items()}


def test_random_graphs_that_check_run() -> None:
    for seed in range(trials(6, 200)):
        graph = random_graph(random.Random(seed), 12)
        found = shown(graph, Store())
        failed = {each["node"] for each in found["troubles"]}
        # Numbers that are no place in a table are data that do not fit, which no check can know.
        assert {node.type for node in graph.nodes if node.id in failed} <= {"core/one_hot@1", "core/embedding@1"}, seed
        assert {*found["nodes"], *found["missing"]} == {node.id for node in graph.nodes}
        assert bool(found["missing"]) == bool(failed), seed


@pytest.mark.parametrize("name", [each.name for each in templates()])
def test_the_preview_of_a_template_is_its_own_forward(name: str) -> None:
    from gnomon.models.preview.torch_runner import TorchRunner

    graph = msgspec.structs.replace(template(name).graph, target="torch")
    plan = Plan(graph, "torch")
    sample = made_up(plan, 7, "")
    runner = TorchRunner(plan, "")
    session = Session(plan, Keys(plan, 7, "", "", sample.names()), runner, sample.arrays, Store())
    session.show(list(plan.by_id), {}, lambda *_: None)

    names: dict[str, Any] = {"__name__": "generated"}
    exec(write(graph, fresh=True, drop=True).text, names)
    kinds = [each for each in names.values() if isinstance(each, type) and each.__module__ == "generated"]
    model = kinds[-1]()
    model.load_state_dict(runner.module.state_dict())
    model.eval()
    with torch.no_grad():
        outs = model(*(runner.tensor(sample.arrays[each]) for each in plan.inputs))
    outs = outs if isinstance(outs, tuple) else (outs,)
    ends = [plan.report.nodes[each].sources[0] for each in plan.outputs]
    assert len(outs) == len(ends)
    for out, end in zip(outs, ends, strict=True):
        assert end is not None
        np.testing.assert_array_equal(out.numpy(), session._values[end].numpy())


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_with_the_weights_of_a_run_a_preview_is_the_model_of_that_run(target: Target, tmp_path: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    if target == "keras":
        keras = pytest.importorskip("keras")
    graph = msgspec.structs.replace(template("mnist_cnn").graph, target=target)
    plan = Plan(graph, target)
    sample = made_up(plan, 0, "").arrays["image"]
    rng, file = np.random.default_rng(0), tmp_path / "model.safetensors"
    names: dict[str, Any] = {"__name__": "generated"}
    exec(write(graph, fresh=True, drop=True).text, names)
    if target == "torch":
        model = next(each for each in names.values() if getattr(each, "__module__", "") == "generated")()
        for tensor in model.state_dict().values():
            tensor.copy_(torch.from_numpy(rng.normal(0, 0.1, tensor.shape).astype(np.float32)))
        state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
        model.eval()
        with torch.no_grad():
            expected = model(torch.from_numpy(sample.transpose(0, 3, 1, 2).copy())).numpy()
    else:
        model = names["build"]()
        for variable in model.weights:
            variable.assign(rng.normal(0, 0.1, tuple(variable.shape)).astype(np.float32))
        state = {v.path.replace("/", "."): v.value.detach().cpu().numpy() for v in model.weights}
        with torch.no_grad():
            expected = model(keras.ops.convert_to_tensor(sample), training=False).detach().cpu().numpy()
    numpy.save_file(state, file)

    store, weights = Store(), {"file": str(file), "told": "run@7"}
    found = shown(graph, store, weights=weights)
    assert (found["weights"], found["drawn"], found["missing"]) == ("run@7", [], {})
    np.testing.assert_allclose(found["nodes"]["head"]["values"], expected[0], rtol=1e-5, atol=1e-6)
    assert shown(graph, store)["nodes"]["head"]["values"] != found["nodes"]["head"]["values"]

    # A node that was changed since has none that fit: it says so, and the others keep theirs.
    edited, _ = apply(graph, [{"op": "set", "id": "hidden", "params": {"units": 9}}])
    after = shown(edited, store, weights=weights)
    assert after["drawn"] == ["hidden", "head"]
    assert after["nodes"]["flat"] == found["nodes"]["flat"]
    assert shown(edited, store, weights=weights)["drawn"] == ["hidden", "head"]
    file.unlink()
    with pytest.raises(NotFoundError, match="the checkpoint run@7 is not there any more"):
        shown(graph, store, weights=weights)
    file.write_bytes(b"no tensors")
    with pytest.raises(InputError, match="the tensors of the checkpoint run@7 cannot be read"):
        shown(graph, store, weights=weights)
