"""What is exported is loaded again and gives what the model gives; what cannot be is told, and leaves nothing."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.conftest import trials

from gnomon.core.errors import CorruptError, InputError, MissingExtraError
from gnomon.graph.document import decode
from gnomon.graph.templates import NAMES, template
from gnomon.models.datasets.registry import plain
from gnomon.models.datasets.versions import packaged_version

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
from tests.unit.models.exporters.answers import check_answers  # noqa: E402
from tests.unit.models.exporters.versions import version_of  # noqa: E402

from gnomon.models.exporters import catalog, exported, torch_formats  # noqa: E402
from gnomon.models.exporters.export import TOLERANCE, export  # noqa: E402
from gnomon.models.exporters.torch_model import load  # noqa: E402

FULL = trials(0, 1) == 1
GRAPH: dict[str, Any] = {
    "format": "graph/1",
    "name": "m",
    "target": "torch",
    "nodes": [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8, "channels": 1}},
        {"id": "conv", "type": "core/conv2d@1", "params": {"filters": 4, "activation": "relu"}},
        {"id": "norm", "type": "core/batch_norm@1"},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "head", "type": "core/dense@1", "params": {"units": 10}},
        {"id": "label", "type": "core/classification@1", "params": {"classes": 10}},
    ],
    "edges": [
        {"from": [a, "out"], "to": [b, "in"]}
        for a, b in (("image", "conv"), ("conv", "norm"), ("norm", "flat"), ("flat", "head"), ("head", "label"))
    ],
}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def version(tmp_path: Path) -> Path:
    folder = version_of(decode(GRAPH), tmp_path / "version")
    (folder / "dataset.json").write_text(json.dumps(plain(packaged_version("digits").spec)))
    return folder


def test_onnx_gives_probabilities_of_any_number_of_rows(version: Path, home: Path, tmp_path: Path) -> None:
    told: list[str] = []
    found = export(version, tmp_path / "out" / "onnx", "onnx", home, say=lambda _, text: told.append(text))
    assert found.source == f"32 rows of test of {packaged_version('digits').ref}"
    assert (found.agrees, found.largest <= TOLERANCE, found.rows) == (True, True, 32)
    assert [file.path for file in found.files] == ["model.onnx"]
    assert told[0] == "loading the model"
    assert told[-1] == "done"
    session = exported.onnx_session(tmp_path / "out/onnx/model.onnx")
    assert [each.name for each in session.get_inputs()] == ["image"]
    model = load(version, allow_code=False)
    for rows in (1, 5):
        x = np.random.default_rng(rows).random((rows, 8, 8, 1), np.float32)
        (made,) = session.run(None, {"image": x})
        assert np.allclose(made.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(made, model.answer({"image": x})[0], atol=1e-6)


def test_a_bundle_serves_itself_without_gnomon(version: Path, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    tested = {
        "figures": {"test/accuracy": 0.9375, "test/n": 269, "test/f1/3": 0.5},
        "dataset": "digits@ab",
        "part": "test",
        "rows": 269,
    }
    found = export(version, folder, "bundle", home, title="digits@1", tested=tested)
    assert [file.path for file in found.files] == [
        *("Dockerfile", "MODEL_CARD.md", "graph.json", "load.py", "model.onnx", "model.py", "model.safetensors"),
        *("prepare.py", "preprocess.json", "requirements.txt", "serve.py", "signature.json"),
    ]
    _check_card((folder / "MODEL_CARD.md").read_text())
    assert str(home) not in (folder / "preprocess.json").read_text()
    check_answers(folder, version)
    said = subprocess.run(
        [sys.executable, "serve.py", "--help"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("usage: serve.py [-h] [port] [host]")
    assert '{"rows": [{"COLUMN": value' in said.stdout
    code = "from load import load; import torch; print(tuple(load()(torch.zeros(2, 1, 8, 8)).shape))"
    alone = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert alone.stdout == "(2, 10)\n"


def _check_card(text: str) -> None:
    data = packaged_version("digits")
    assert text.startswith("# digits@1\n")
    assert "| test/accuracy | 0.9375 | 269 |\n\n## Checked" in text
    assert "test/f1" not in text
    assert f"`{data.ref}`: 1,797 rows: 1,258 for train" in text
    assert [note for note in data.spec.notes if note in text] == []


@pytest.mark.parametrize("name", NAMES if FULL else ("mlp", "autoencoder", "tabular", "dqn"))
@pytest.mark.parametrize("form", ["onnx", "torch-export", "code"] if FULL else ["code"])
def test_templates_are_exported_without_a_difference(name: str, form: str, home: Path, tmp_path: Path) -> None:
    folder = version_of(template(name).graph, tmp_path / "version")
    found = export(folder, tmp_path / "out", form, home)
    assert (found.agrees, found.source) == (True, "32 rows of noise: the version names no data")


def test_a_difference_is_measured_and_said(version: Path, home: Path, tmp_path: Path, monkeypatch: Any) -> None:
    open_ = torch_formats.Code.open

    def changed(by: Any) -> None:
        def opened(*given: Any) -> Any:
            ask = open_(*given)
            return lambda inputs: [by(out) for out in ask(inputs)]

        monkeypatch.setattr(torch_formats.Code, "open", opened)

    changed(lambda out: out + 0.01)
    found = export(version, tmp_path / "out", "code", home)
    assert (found.agrees, found.largest) == (False, pytest.approx(0.01, rel=1e-3))
    changed(lambda out: out[:, :3])
    assert export(version, tmp_path / "out", "code", home).largest == float("inf")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_cannot_be_exported_leaves_nothing(version: Path, home: Path, tmp_path: Path, monkeypatch: Any) -> None:
    out = tmp_path / "out"
    with pytest.raises(InputError, match="format: expected one of onnx"):
        export(version, out, "h5", home)
    monkeypatch.setattr(torch_formats.Code, "write", lambda *_: (_ for _ in ()).throw(RuntimeError("no such operator")))
    with pytest.raises(InputError, match="cannot be written as code: RuntimeError: no such operator"):
        export(version, out, "code", home)
    monkeypatch.setattr(
        catalog, "find_spec", lambda name: None if name == "onnxruntime" else importlib.util.find_spec(name)
    )
    with pytest.raises(MissingExtraError, match=r"needs onnxruntime. Install gnomon\[onnx\]"):
        export(version, out, "onnx", home)
    assert not out.exists()


def test_weights_of_another_model_are_refused(version: Path, home: Path, tmp_path: Path) -> None:
    (version / "graph.json").write_text((version / "graph.json").read_text().replace('"filters":4', '"filters":5'))
    with pytest.raises(CorruptError, match="do not fit the graph"):
        export(version, tmp_path / "out", "code", home)


def test_code_of_its_author_runs_only_where_it_may(home: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    graph = json.loads(json.dumps(GRAPH))
    code = f"doubled = x * 2\nopen({str(left)!r}, 'w')"
    graph["nodes"].append(
        {
            "id": "twice",
            "type": "core/code@1",
            "params": {"code": code, "inputs": ["x"], "outputs": ["doubled"], "shapes": "10"},
        }
    )
    graph["edges"][-1] = {"from": ["head", "out"], "to": ["twice", "x"]}
    graph["edges"].append({"from": ["twice", "doubled"], "to": ["label", "in"]})
    folder = version_of(decode(graph), tmp_path / "version")
    with pytest.raises(InputError, match="twice are code of its author"):
        export(folder, tmp_path / "out", "code", home, allow_code=False)
    assert not left.exists()
