"""Versions of every format tested on real data: what they give is judged, harmed, explained and named by row."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from gnomon.core.errors import CorruptError, InputError, LimitError, NotFoundError
from gnomon.models.datasets.home import load
from gnomon.models.datasets.registry import DatasetSpec, plain
from gnomon.models.mlp import MLP
from gnomon.models.registry.record import Port, Signature
from gnomon.models.registry.trained import data_of
from gnomon.models.testing import judging, saliency
from gnomon.models.testing.feed import Wanted, feed_of
from gnomon.models.testing.opened import Arrays, Head, Opened, open_version
from gnomon.models.testing.predicting import asked
from gnomon.models.testing.robust import KINDS, harming, measured
from gnomon.models.testing.service import run, takes
from gnomon.models.testing.trying import run as try_one


def _silent(_: float, __: str) -> None:
    return None


@pytest.fixture(scope="module")
def spec() -> DatasetSpec:
    return load("digits").spec


@pytest.fixture(scope="module")
def mlp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that learned the packaged digits, as its version's folder holds it."""
    data = load("digits")
    (train, label), folder = (
        (data.batch("train", range(600))[name] for name in ("image", "label")),
        tmp_path_factory.mktemp("mlp"),
    )
    net = MLP((64, 24, 10), batch_size=16, learning_rate=2.0)
    net.feed((train.reshape(600, -1), label))
    net.run(6)
    (folder / "model.npz").write_bytes(net.to_bytes())
    return folder


def _asked(folder: Path, home: Path, spec: DatasetSpec, form: str = "mlp", **more: Any) -> dict[str, Any]:
    return {"folder": str(folder), "format": form, "home": str(home), "spec": plain(spec), "part": "test"} | more


def test_a_network_is_judged_as_it_predicts(mlp: Path, home: Path, spec: DatasetSpec, tmp_path: Path) -> None:
    made = run(_asked(mlp, home, spec, target=str(tmp_path / "t" / "test")), _silent)
    data, net = load("digits").batch("test", slice(None)), MLP.open(mlp / "model.npz")
    said = net.activations(data["image"].reshape(len(data["image"]), -1))[-1].argmax(1)
    output = made["report"]["outputs"][0]
    assert made["figures"]["test/accuracy"] == pytest.approx((said == data["label"]).mean())
    assert (made["report"]["rows"], output["n"], output["left_out"]) == (len(said), len(said), 0)
    assert output["classes"] == tuple("0123456789")
    assert "divided by its sum" in output["notes"][0]
    assert set(made["told"]["test"]["records"]) == {"confusion", "roc", "pr", "calibration"}
    assert (tmp_path / "t" / "test" / "predictions.npz").is_file()
    assert run(_asked(mlp, home, spec), _silent)["figures"] == made["figures"], "the same again"
    assert [each["column"] for each in output["slices"]] == ["label"]


def test_some_rows_say_so_and_tell_no_run(mlp: Path, home: Path, spec: DatasetSpec) -> None:
    made = run(_asked(mlp, home, spec, rows=40, name="test-40rows"), _silent)
    assert (made["report"]["rows"], made["told"]) == (40, {})
    assert "40 of 269 rows, evenly spaced" in made["report"]["notes"][0]


def test_harm_is_the_same_in_any_batches_and_level_zero_is_no_harm(mlp: Path, home: Path, spec: DatasetSpec) -> None:
    model = open_version(mlp, "mlp")
    feed = feed_of(model, Wanted(spec, None, "test"), home)
    at = feed.chosen(12)
    inputs, _ = feed.batch(at)
    known = measured(feed, at)
    for kind in [each for each in KINDS if each.of == "numbers"]:
        whole = harming(kind, 0.5, known, feed, 7)(inputs, at)["x"]
        halves = [harming(kind, 0.5, known, feed, 7)({"x": inputs["x"][i : i + 6]}, at[i : i + 6])["x"] for i in (0, 6)]
        assert (np.concatenate(halves) == whole).all()
        assert (whole != inputs["x"]).any()
        assert np.allclose(harming(kind, 0.0, known, feed, 7)(inputs, at)["x"], inputs["x"])


def test_robustness_falls_as_harm_grows(mlp: Path, home: Path, spec: DatasetSpec) -> None:
    made = run(_asked(mlp, home, spec, kind="robustness", name="robustness", rows=80), _silent)
    levels = {
        harm["name"]: [each["figures"]["accuracy"] for each in harm["levels"]] for harm in made["report"]["harms"]
    }
    assert set(levels) == {"noise", "missing"}
    assert all(values[0] > values[-1] for values in levels.values())
    assert made["figures"]["missing/accuracy@0.5"] == levels["missing"][-1]
    again = run(_asked(mlp, home, spec, kind="robustness", name="robustness", rows=80), _silent)
    assert again["figures"] == made["figures"]


def test_latency_needs_no_data_and_is_of_one_row_and_of_many(mlp: Path, home: Path) -> None:
    params = {"folder": str(mlp), "format": "mlp", "home": str(home), "kind": "latency", "name": "latency"}
    made = run(params, _silent)
    assert [(each["format"], each["batch"]) for each in made["report"]["latency"]] == [("mlp", 1), ("mlp", 32)]
    assert set(made["figures"]) == {"latency/mlp_ms", "latency/mlp_bytes", "latency/mlp_ms@32"}
    assert made["figures"]["latency/mlp_bytes"] == (mlp / "model.npz").stat().st_size
    assert "rows of zeros" in made["report"]["notes"][0]


def test_one_row_and_one_array_are_tried(mlp: Path, home: Path, spec: DatasetSpec) -> None:
    row = try_one(_asked(mlp, home, spec, row=3, method="occlusion"), _silent)
    (output,), (places,) = row["outputs"], row["saliency"]
    assert (row["part"], row["row"], row["rows"]) == ("test", 3, 269)
    assert output["truth"] == row["cells"]["label"]
    assert output["loss"] == pytest.approx(
        -np.log(next(s["score"] for s in output["scores"] if s["label"] == output["truth"])), rel=1e-5
    )
    assert places["label"] == output["label"]
    assert len(places["columns"]) == 32
    array = load("digits").batch("test", [3])["image"].reshape(1, 64).astype(np.float32)
    sent = {"x": {"shape": [1, 64], "dtype": "<f4", "data": array.tobytes()}}
    params = {"folder": str(mlp), "format": "mlp", "home": str(home), "arrays": sent}
    again = try_one(params, _silent)
    assert (again["source"], again["outputs"][0]["scores"]) == ("sent", output["scores"])
    assert takes({key: params[key] for key in ("folder", "format", "home")}, _silent)["side"] == 8


@pytest.mark.parametrize(
    ("more", "error", "match"),
    [
        ({"row": 999}, NotFoundError, "has 269 rows"),
        ({"row": 0, "method": "gradient"}, InputError, "gives no gradient"),
        ({"row": 0, "method": "occlusion", "class_": "ten"}, InputError, "class: expected one of 0, 1"),
        ({"row": 0, "method": "occlusion", "output": "x"}, InputError, "output: expected"),
        ({"row": 0, "layers": ["label"]}, InputError, "has no graph"),
        ({"row": 0, "part": "validation", "inputs": {"x": "label"}}, InputError, "it takes 64"),
    ],
)
def test_what_cannot_be_tried_says_why(
    mlp: Path, home: Path, spec: DatasetSpec, more: Mapping[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        try_one(_asked(mlp, home, spec) | dict(more), _silent)


def _linear(weights: np.ndarray, broken: int | None = None) -> Opened:
    def predict(inputs: Arrays) -> Arrays:
        x = inputs["x"]
        if broken is not None and (x[:, 0] == broken).any():
            msg = "it does not like this"
            raise ValueError(msg)
        return {"y": x @ weights}

    return Opened(
        "onnx",
        (Port("x", (len(weights),)),),
        (Head("y", "regression", (), weights.shape[1]),),
        predict,
        gradient=lambda inputs, _, at: {"x": np.broadcast_to(weights[:, at], inputs["x"].shape)},
    )


def test_of_a_linear_score_both_ways_give_exactly_what_each_number_adds() -> None:
    weights = np.array([[1.0, -2.0], [0.5, 0.0], [-1.0, 4.0]])
    x, cover = np.array([[2.0, 3.0, -1.0]]), np.array([0.5, 0.5, 0.5])
    model = _linear(weights)
    head = model.heads[0]
    assert saliency.gradient(model, {"x": x}, head, 1)["x"].tolist() == (x[0] * weights[:, 1]).tolist()
    found = saliency.occlusion(model, {"x": x}, head, 1, {"x": cover})["x"]
    assert np.allclose(found, (x[0] - cover) * weights[:, 1])


def test_covering_a_picture_shows_where_the_answer_is() -> None:
    picture = np.zeros((1, 16, 16, 1), np.float32)
    picture[0, 10:14, 3:6] = 1

    def predict(inputs: Arrays) -> Arrays:
        seen = inputs["image"][:, 10:14, 3:6, 0].mean((1, 2))
        return {"label": np.stack([1 - seen, seen], axis=1)}

    head = Head("label", "classification", ("no", "yes"), 2)
    model = Opened("onnx", (Port("image", (16, 16, 1)),), (head,), predict)
    places = saliency.occlusion(model, {"image": picture}, head, 1, {})["image"]
    assert places.shape == (16, 16)
    assert (places[10:14, 3:6] > 0).all()
    assert places[:8].max() == 0


def test_a_model_that_fails_names_the_row() -> None:
    model = _linear(np.ones((1, 1)), broken=13)
    rows = np.arange(10.0, 16.0)[:, None]
    with pytest.raises(InputError, match="row 23 of test: the model fails: ValueError: it does not like this"):
        asked(model, {"x": rows}, np.arange(20, 26), "test")


def test_other_data_are_judged_by_the_names_of_their_classes(mlp: Path, home: Path, spec: DatasetSpec) -> None:
    column = spec.columns["label"]
    turned = msgspec.structs.replace(column, classes=tuple(reversed(column.classes)))
    other = msgspec.structs.replace(spec, name="other", columns={**spec.columns, "label": turned})
    model = open_version(
        mlp, "mlp", Signature(outputs=(Port("label", (10,), "float32", "classification", column.classes),))
    )
    feed = feed_of(model, Wanted(other, spec, "test"), home)
    same = feed_of(model, Wanted(spec, spec, "test"), home)
    assert (feed.batch(np.arange(20))[1]["label"] == same.batch(np.arange(20))[1]["label"]).all()
    assert feed.notes == (f"prepared as {spec.ref} is: image",)
    few = msgspec.structs.replace(column, classes=tuple("0123456789".replace("7", "X")))
    strange = msgspec.structs.replace(spec, name="strange", columns={**spec.columns, "label": few})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(load("digits").values["label"]), "read", lambda self, rows: np.full(len(rows), 7))
        found = feed_of(model, Wanted(strange, spec, "test"), home)
        assert found.batch(np.arange(3))[1]["label"].tolist() == [-1, -1, -1]
    assert "does not know X" in found.notes[-1]


def test_onnx_with_channels_in_front_and_a_fixed_batch_is_asked_all_the_same(
    tmp_path: Path, home: Path, spec: DatasetSpec
) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    make, weights = onnx.helper, np.random.default_rng(0).normal(size=(64, 10)).astype(np.float32)
    nodes = [make.make_node("Flatten", ["x"], ["flat"]), make.make_node("MatMul", ["flat", "w"], ["y"])]
    ports = [make.make_tensor_value_info(n, 1, s) for n, s in (("x", [4, 1, 8, 8]), ("y", [4, 10]))]
    graph = make.make_graph(nodes, "g", ports[:1], ports[1:], [onnx.numpy_helper.from_array(weights, "w")])
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(tmp_path / "model.onnx"))
    made = run(_asked(tmp_path, home, spec, "onnx", rows=10, outputs={"y": "label"}), _silent)
    data = load("digits").batch("test", np.linspace(0, 268, 10).astype(int))
    said = (data["image"].reshape(10, 64) @ weights).argmax(1)
    assert made["figures"]["test/accuracy"] == pytest.approx((said == data["label"]).mean())
    assert "a softmax was applied" in made["report"]["outputs"][0]["notes"][0]
    places = try_one(_asked(tmp_path, home, spec, "onnx", row=1, method="occlusion"), _silent)["saliency"][0]
    assert (places["width"], places["height"]) == (8, 8)
    wanted = np.linspace(0.05, 0.5, 10)  # logits that look like shares; the rows of its data say that they are none
    row = (wanted @ np.linalg.pinv(weights)).astype(np.float32)
    sent = {"x": {"shape": [1, 1, 8, 8], "dtype": "<f4", "data": row.tobytes()}}
    softmax = np.exp(wanted) / np.exp(wanted).sum()
    for known in ({"spec": plain(spec)}, {"spec": None, "scores": {"y": "logits"}}):
        found = try_one(_asked(tmp_path, home, spec, "onnx", part="", arrays=sent) | known, _silent)["outputs"][0]
        assert np.allclose([each["score"] for each in found["scores"]], softmax[::-1], atol=1e-5)


def test_more_scores_than_memory_holds_are_refused_before_the_model_is_asked(
    mlp: Path, home: Path, spec: DatasetSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "MOST_BYTES", (70 + 36) * 10 * 50)
    with pytest.raises(LimitError, match=r"269 rows and their scores takes 285,140 bytes, .* Test fewer: rows=50\."):
        run(_asked(mlp, home, spec), _silent)
    assert run(_asked(mlp, home, spec, rows=50), _silent)["report"]["rows"] == 50


def test_what_nothing_reads_and_what_is_no_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="files that nothing here reads"):
        open_version(tmp_path, "file")
    (tmp_path / "model.npz").write_bytes(b"\x80\x04cos\nsystem\n")  # the beginning of a pickle
    with pytest.raises(CorruptError):
        open_version(tmp_path, "mlp")
    assert data_of(tmp_path) is None
