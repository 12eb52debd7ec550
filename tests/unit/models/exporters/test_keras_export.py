"""Versions of Keras are exported as those of PyTorch are, and what is written runs without gnomon."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.conftest import trials
from tests.unit.models.exporters.answers import check_answers
from tests.unit.models.exporters.test_export import GRAPH
from tests.unit.models.exporters.versions import version_of

from gnomon.core.errors import CorruptError, InputError, MissingExtraError
from gnomon.graph.document import decode
from gnomon.graph.templates import NAMES, template
from gnomon.models import keras_backend
from gnomon.models.datasets.binding import bind
from gnomon.models.datasets.prepared import prepare
from gnomon.models.datasets.registry import plain
from gnomon.models.datasets.versions import packaged_version
from gnomon.models.registry import home as registry
from gnomon.models.registry.home import models
from gnomon.server.serving.brought import Brought
from gnomon.server.serving.found import Wanted, planned, resolve
from gnomon.server.serving.live import Live
from gnomon.server.serving.raw import reader_of

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
keras_backend.choose()
pytest.importorskip("keras")
from gnomon.models.exporters import catalog, exported, torch_model  # noqa: E402
from gnomon.models.exporters.export import export  # noqa: E402
from gnomon.models.exporters.keras_model import load  # noqa: E402

FULL = trials(0, 1) == 1


@pytest.fixture
def version(tmp_path: Path) -> Path:
    folder = version_of(decode(GRAPH), tmp_path / "version", target="keras")
    (folder / "dataset.json").write_text(json.dumps(plain(packaged_version("digits").spec)))
    return folder


def test_onnx_has_the_names_of_the_graph_and_gives_probabilities_of_any_number_of_rows(
    version: Path, home: Path, tmp_path: Path
) -> None:
    found = export(version, tmp_path / "out", "onnx", home)
    assert found.source == f"32 rows of test of {packaged_version('digits').ref}"
    assert (found.agrees, found.rows, [file.path for file in found.files]) == (True, 32, ["model.onnx"])
    assert {"keras", "torch", "onnxruntime"} <= found.versions.keys()
    session = exported.onnx_session(tmp_path / "out/model.onnx")
    assert [each.name for each in (*session.get_inputs(), *session.get_outputs())] == ["image", "label"]
    model = load(version, allow_code=False)
    for rows in (1, 5):
        x = np.random.default_rng(rows).random((rows, 8, 8, 1), np.float32)
        (made,) = session.run(None, {"image": x})
        assert np.allclose(made.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(made, model.answer({"image": x})[0], atol=1e-6)


def test_a_bundle_is_loaded_by_keras_alone_and_serves_itself(version: Path, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    export(version, folder, "bundle", home, title="digits@1")
    assert (folder / "requirements.txt").read_text().splitlines()[3:] == [
        "# for model.py and load.py:",
        f"# keras=={_version('keras')}",
        f"# torch=={_version('torch')}",
        "# safetensors",
    ]
    x = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    np.save(tmp_path / "x.npy", x)
    asked = (
        "import sys, json, numpy as np, serve; from load import load; x = np.load(sys.argv[1]); model = load(); "
        "logits = np.array(model.predict(x, verbose=0)); "
        "print(json.dumps([logits.tolist(), sorted(m for m in sys.modules if m.startswith('gnomon'))]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, str(tmp_path / "x.npy")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"KERAS_BACKEND": "torch"},
    )
    logits, ours = json.loads(done.stdout)
    (made,) = load(version, allow_code=False).answer({"image": x})
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, made, atol=1e-6)
    assert ours == []
    check_answers(folder, version)


@pytest.mark.parametrize("name", NAMES if FULL else ("tabular", "gan"))
@pytest.mark.parametrize("form", ["onnx", "code", "safetensors", "keras"])
def test_templates_are_exported_without_a_difference(name: str, form: str, home: Path, tmp_path: Path) -> None:
    found = export(version_of(template(name).graph, tmp_path / "v", target="keras"), tmp_path / "out", form, home)
    assert (found.agrees, found.source) == (True, "32 rows of noise: the version names no data")


def test_what_keras_cannot_have_is_told_with_the_remedy(
    version: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert catalog.why_not(catalog.find("torch-export"), "keras", []) == "torch.export is for models of PyTorch only."
    assert catalog.why_not(catalog.find("onnx"), "mlp", []) == (
        "Only models of PyTorch and Keras are exported, this one is of format mlp."
    )
    assert catalog.why_not(catalog.find("code"), "keras", ["model.keras"]).startswith(
        "Exporting starts from graph.json"
    )
    monkeypatch.setattr(catalog, "find_spec", lambda name: None if name in {"tensorflow", "openvino"} else name)
    with pytest.raises(MissingExtraError, match=r"The format litert needs tensorflow\. Install tensorflow\."):
        export(version, tmp_path / "out", "litert", home)
    missing = catalog.why_not(catalog.find("openvino"), "torch", ["graph.json", "model.safetensors"])
    assert missing == "The format openvino needs openvino. Install gnomon[onnx] openvino."
    monkeypatch.setattr(catalog, "find_spec", lambda name: name)
    with pytest.raises(InputError, match="SavedModel is written by tensorflow, and Keras computes with torch here"):
        export(version, tmp_path / "out", "saved-model", home)
    with pytest.raises(InputError, match="expected a model of PyTorch, this one is of Keras"):
        torch_model.load(version, allow_code=False)
    (version / "graph.json").write_text((version / "graph.json").read_text().replace('"filters":4', '"filters":5'))
    with pytest.raises(CorruptError, match="do not fit the graph"):
        export(version, tmp_path / "out", "code", home)
    assert not (tmp_path / "out").exists()


def _version(name: str) -> Any:
    import importlib.metadata

    return importlib.metadata.version(name).partition("+")[0]


def test_a_version_of_keras_is_registered_and_answers_by_its_export(version: Path, home: Path) -> None:
    made = registry.register("k", version)
    with models(home) as known:
        found = known.export("k", made, "onnx")
        assert [each["format"] for each in known.exports("k", made)] == ["onnx"]
    assert (made.format, found["agrees"]) == ("keras", True)
    wanted = Wanted("k@1")

    async def never(_params: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError

    plan = asyncio.run(planned(wanted, home, resolve(wanted, home), never))
    assert plan.model.model == str(home / "models/k/1.exports/onnx/model.onnx")
    model, data = load(version, allow_code=False), prepare(packaged_version("digits").spec)
    rows = data.rows("test")[:9]
    pixels = data.table.values("image", rows)

    async def asked() -> Any:
        live = Live(plan.model)
        ready = reader_of(data.spec, model.graph, live.signature).read(Brought(array=pixels))
        return live.answer(await live.ask(ready), ready)

    got = msgspec.to_builtins(asyncio.run(asked()))["results"]
    expected = model.answer(bind(model.graph, data).batch("test", slice(0, 9))[0])[0]
    assert [each["label"] for each in got] == [str(i) for i in expected.argmax(axis=1)]
