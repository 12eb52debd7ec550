"""Versions built on the canvas, of PyTorch and Keras: tested, explained and looked into; a U-Net by its pixels."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.unit.models.exporters.versions import version_of

from gnomon.core.errors import CorruptError, InputError
from gnomon.graph.component import Target
from gnomon.graph.document import Edge, Graph, Node, encode
from gnomon.models.datasets.home import load, register
from gnomon.models.datasets.registry import plain
from gnomon.models.keras_backend import choose
from gnomon.models.testing.checkpoints import run as ask_checkpoints
from gnomon.models.testing.opened import open_version
from gnomon.models.testing.service import run
from gnomon.models.testing.trying import run as try_one

pytest.importorskip("torch")
pytest.importorskip("safetensors")


def _silent(_: float, __: str) -> None:
    return None


def _graph(target: Target = "torch") -> Graph:
    nodes = (
        Node("image", "core/image_input@1", {"height": 8, "width": 8, "channels": 1}),
        Node("flat", "core/flatten@1"),
        Node("dense", "core/dense@1", {"units": 10}),
        Node("label", "core/classification@1"),
    )
    edges = tuple(Edge((a.id, "out"), (b.id, "in")) for a, b in pairwise(nodes))
    return Graph(name="tiny", target=target, nodes=nodes, edges=edges)


@pytest.fixture(scope="module")
def torch_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return version_of(_graph(), tmp_path_factory.mktemp("torch") / "v")


def _asked(folder: Path, home: Path, form: str = "torch", **more: Any) -> dict[str, Any]:
    spec = plain(load("digits").spec)
    return {"folder": str(folder), "format": form, "home": str(home), "spec": spec, "part": "test", **more}


def _weights(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    from safetensors.numpy import load_file

    found = load_file(folder / "model.safetensors")
    kernel = next(each for each in found.values() if each.ndim == 2)
    return (kernel if kernel.shape == (10, 64) else kernel.T), next(e for e in found.values() if e.ndim == 1)


@pytest.mark.parametrize("form", ["torch", "keras"])
def test_a_graph_is_judged_and_explained_as_its_weights_say(form: Target, home: Path, tmp_path: Path) -> None:
    if form == "keras":
        choose()
        pytest.importorskip("keras")
    folder = version_of(_graph(form), tmp_path / "v", target=form)
    made = run(_asked(folder, home, form), _silent)
    kernel, bias = _weights(folder)
    data = load("digits").batch("test", slice(None))
    logits = data["image"].reshape(-1, 64) @ kernel.T + bias
    assert made["figures"]["test/accuracy"] == pytest.approx((logits.argmax(1) == data["label"]).mean())
    powers = np.exp(logits.astype(np.float64))
    own = (powers / powers.sum(1, keepdims=True))[np.arange(len(powers)), data["label"]]
    assert made["figures"]["test/log_loss"] == pytest.approx(-np.log(own).mean(), rel=1e-5)
    tried = try_one(_asked(folder, home, form, row=5, method="gradient", class_="7", layers=["dense", "gone"]), _silent)
    (places,) = tried["saliency"]
    assert np.allclose(places["values"], (data["image"][5, ..., 0] * kernel[7].reshape(8, 8)), rtol=2e-3, atol=1e-6)
    assert (places["label"], places["width"], places["height"]) == ("7", 8, 8)
    assert np.allclose(tried["layers"]["dense"]["values"], logits[5], atol=1e-5)
    assert tried["notes"] == ["gone: There is no such node."]


def test_pictures_are_harmed_in_four_ways_and_turned_back_and_forth(torch_folder: Path, home: Path) -> None:
    made = run(_asked(torch_folder, home, kind="robustness", name="robustness", rows=20), _silent)
    harms = made["report"]["harms"]
    assert [each["name"] for each in harms] == ["noise", "blur", "rotation", "contrast"]
    assert all(each["levels"][0]["figures"] == harms[0]["levels"][0]["figures"] for each in harms)
    assert {"noise/accuracy@0.2", "blur/accuracy@1", "rotation/accuracy@45", "contrast/accuracy@0.25"} <= set(
        made["figures"]
    )


def _other_shape(folder: Path, place: Path) -> Path:
    """Return weights of which the last one has a number more."""
    torch, st = pytest.importorskip("torch"), pytest.importorskip("safetensors.torch")
    kept = st.load_file(folder / "model.safetensors")
    last = list(kept)[-1]
    st.save_file(kept | {last: torch.cat([kept[last].flatten(), torch.zeros(1)])}, place / "other.safetensors")
    return place / "other.safetensors"


def test_checkpoints_answer_one_row_step_by_step(torch_folder: Path, home: Path, tmp_path: Path) -> None:
    other = version_of(_graph(), tmp_path / "other", seed=1)
    weights = [{"step": s, "path": str(f / "model.safetensors")} for s, f in ((10, torch_folder), (20, other))]
    own = plain(load("digits").spec)
    graph = (torch_folder / "graph.json").read_bytes()
    job = {"id": "r1", "name": "red", "job": "j1", "graph": graph, "own": own, "weights": weights}
    script = {"id": "r2", "name": "blue", "why": "it ran a script"}
    params = {"trained": [job, script], "spec": own, "part": "test", "row": 4, "home": str(home), "allow_code": True}
    found = ask_checkpoints(params, _silent)
    singles = [try_one(_asked(folder, home, row=4), _silent)["outputs"][0] for folder in (torch_folder, other)]
    curve, nothing = found["curves"]
    assert (curve["steps"], nothing["why"], found["truth"]) == (
        [10, 20],
        "it ran a script",
        {"label": singles[0]["truth"]},
    )
    for each in curve["scores"]:
        assert each["values"] == [
            next(s["score"] for s in one["scores"] if s["label"] == each["label"]) for one in singles
        ]
    assert len(curve["scores"]) == 10
    strange = {**job, "id": "r3", "weights": [{"step": 5, "path": str(_other_shape(torch_folder, tmp_path))}]}
    found = ask_checkpoints(params | {"trained": [strange, job]}, _silent)
    assert [(bool(each["why"]), each["steps"]) for each in found["curves"]] == [(True, []), (False, [10, 20])]
    broken = {"id": "x", "name": "x", "graph": b"{}", "weights": [{"step": 1, "path": "/nowhere"}]}
    with pytest.raises(InputError, match="row: none of these could be asked: "):
        ask_checkpoints(params | {"trained": [broken]}, _silent)
    with pytest.raises(InputError, match="they keep no weights"):
        ask_checkpoints(params | {"trained": [script]}, _silent)


def test_weights_that_hold_code_are_never_read(tmp_path: Path, torch_folder: Path) -> None:
    (tmp_path / "graph.json").write_bytes((torch_folder / "graph.json").read_bytes())
    for bad in (b"\x80\x04\x95cposix\nsystem\n", b"", b"\xff" * 64):
        (tmp_path / "model.safetensors").write_bytes(bad)
        with pytest.raises(CorruptError, match=r"model.safetensors"):
            open_version(tmp_path, "torch")


def test_code_of_its_author_runs_only_where_it_may(tmp_path: Path) -> None:
    code = Node("flat", "core/code@1", {"code": "open('/tmp/never', 'w')\nreturn x"})
    graph = msgspec.structs.replace(_graph(), nodes=tuple(code if n.id == "flat" else n for n in _graph().nodes))
    (tmp_path / "graph.json").write_bytes(encode(graph))
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="code of its author, which may not run here"):
        open_version(tmp_path, "torch", allow_code=False)


def test_a_segmentation_is_judged_by_pixels_and_shown_beside_what_is_true(tmp_path: Path, home: Path) -> None:
    rng = np.random.default_rng(0)
    image = rng.random((24, 8, 8, 1)).astype(np.float32)
    place = tmp_path / "cells.npz"
    np.savez(place, image=image, mask=(image[..., 0] > 0.6).astype(np.uint8))
    spec = register(place, "cells", target="mask", types={"mask": "mask", "image": "image"}, home=home)
    nodes = (
        Node("image", "core/image_input@1", {"height": 8, "width": 8, "channels": 1}),
        Node("conv", "core/conv2d@1", {"filters": 2, "kernel_size": 1}),
        Node("mask", "core/segmentation@1"),
    )
    edges = (Edge(("image", "out"), ("conv", "in")), Edge(("conv", "out"), ("mask", "in")))
    folder = version_of(Graph(name="cells", target="torch", nodes=nodes, edges=edges), tmp_path / "v")
    params = {"folder": str(folder), "format": "torch", "home": str(home), "spec": plain(spec), "part": "train"}
    made = run(params | {"target": str(tmp_path / "tests" / "train"), "name": "train"}, _silent)
    (output,) = made["report"]["outputs"]
    rows = len(load("cells", home).rows("train"))
    assert (output["task"], output["n"], output["main"]) == ("segmentation", rows * 64, "iou")
    assert set(output["intervals"]) <= {"iou", "accuracy", "row_iou"}
    tried = try_one(params | {"row": 0, "method": "occlusion"}, _silent)
    (answer,) = tried["outputs"]
    assert (answer["picture"]["width"], answer["target"]["height"]) == (8, 8)
    kept = np.load(tmp_path / "tests" / "train" / "predictions.npz")
    assert kept["0/mask_made"].shape == (rows, 8, 8)
    assert answer["loss"] == pytest.approx(float(kept["0/loss"][0]), rel=1e-5)


def test_several_outputs_are_judged_each_for_what_it_is(tmp_path: Path, home: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 2))
    labels = np.where(x > 0, "yes", "no")
    lines = [f"{a:.4f},{b:.4f},{p},{q},{a - b:.4f}" for (a, b), (p, q) in zip(x, labels, strict=True)]
    (tmp_path / "both.csv").write_text("\n".join(["a,b,wet,warm,gap", *lines]))
    types: Any = {"a": "number", "b": "number", "wet": "category", "warm": "category", "gap": "number"}
    spec = register(
        tmp_path / "both.csv", "both", target=["wet", "warm", "gap"], inputs=["a", "b"], types=types, home=home
    )
    nodes = (
        Node("numbers", "core/numeric_input@1", {"columns": 2}),
        Node("two", "core/dense@1", {"units": 2}),
        Node("tags", "core/multi_label@1"),
        Node("one", "core/dense@1", {"units": 1}),
        Node("gap", "core/regression@1"),
    )
    pairs = (("numbers", "two"), ("two", "tags"), ("numbers", "one"), ("one", "gap"))
    edges = tuple(Edge((a, "out"), (b, "in")) for a, b in pairs)
    data = {"inputs": {"numbers": ["a", "b"]}, "outputs": {"tags": ["wet", "warm"], "gap": "gap"}}
    folder = version_of(Graph(name="both", nodes=nodes, edges=edges, data=data), tmp_path / "v")
    (folder / "dataset.json").write_bytes(msgspec.json.encode(spec))
    params = {"folder": str(folder), "format": "torch", "home": str(home), "part": "test"}
    made = run(params, _silent)
    assert {"test/tags/f1_micro", "test/tags/f1/wet", "test/gap/mae"} <= set(made["figures"])
    assert list(made["told"]) == ["test/gap"], "labels are no evaluation"
    tags, gap = made["report"]["outputs"]
    assert (tags["classes"], tags["task"], gap["task"]) == (("wet", "warm"), "multi_label", "regression")
    assert [each["column"] for each in gap["slices"]] == ["a", "b", "wet", "warm", "gap"]
    harm = run(params | {"kind": "robustness", "name": "robustness"}, _silent)["report"]["harms"][0]
    assert (harm["figure"], set(harm["levels"][1]["figures"]) > {"gap/mae", "tags/f1_micro"}) == ("tags/f1_micro", True)
    tried = try_one(params | {"row": 0, "method": "occlusion", "output": "gap"}, _silent)
    assert {each["name"] for each in tried["saliency"][0]["columns"]} == {"a", "b"}
