"""Files and models that are kept with a run, read back from the home, and made a version of a model."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.core.errors import InputError
from gnomon.models.mlp import MLP
from gnomon.models.registry.home import load, path, register
from gnomon.models.registry.registry import Registry
from gnomon.models.registry.runs import of_run
from gnomon.store.home import Home


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def kept(home: Path, run: str) -> dict[str, list[tuple[int, dict[str, Any], bytes]]]:
    """Return step, meta and content of every file by key."""
    with Home.open(home) as lab:
        lab.drain()
        keys = lab.engine.record_keys(run)
        rows = {key: lab.engine.records(run, key, 0, None) for key in sorted(keys)}
        return {
            key: [(row.step, dict(row.meta), bytes(lab.engine.payload(run, row.id))) for row in found]
            for key, found in rows.items()
        }


def file(name: str, media_type: str = "application/octet-stream", **more: str) -> dict[str, str]:
    return {"name": name, "media_type": media_type, **more}


def test_a_file_a_folder_and_what_a_pattern_finds_are_kept(home: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "deep").mkdir(parents=True)
    for name, text in (("a.csv", "1"), ("b.csv", "2"), ("out/one.bin", "3"), ("out/deep/two.bin", "4")):
        (tmp_path / name).write_text(text)
    (tmp_path / "out" / ".hidden").write_text("no")
    with gnomon.init(project="p", strict=True) as run:
        run.save(tmp_path / "a.csv")
        run.log({"loss": 1.0}, step=7)
        run.save(str(tmp_path / "*.csv"))
        run.save(tmp_path / "out")
        run.log_artifact(tmp_path / "a.csv", "words", kind="dataset", step=3)
        assert run.step == 7
    csv = file("a.csv", "text/csv")
    assert kept(home, run.id) == {
        "artifacts/words": [(3, csv | {"purpose": "dataset"}, b"1")],
        "files/a.csv": [(0, csv, b"1"), (7, csv, b"1")],
        "files/b.csv": [(7, file("b.csv", "text/csv"), b"2")],
        "files/out/deep/two.bin": [(7, file("two.bin"), b"4")],
        "files/out/one.bin": [(7, file("one.bin"), b"3")],
    }


def test_what_cannot_be_kept_is_told_once_and_training_goes_on(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "empty").mkdir()
    with caplog.at_level(logging.WARNING, "gnomon"), gnomon.init(project="p") as run:
        run.save(tmp_path / "none.bin")
        run.save(tmp_path / "empty")
        run.save(3)  # type: ignore[arg-type]
        run.log_model(object())
        run.log({"loss": 1.0})
    said = [" ".join(line.split()[:4]) for line in caplog.messages]
    assert said == [
        "files/none.bin: File: expected a",
        "path: expected one to",
        "path: expected a path,",
        "model: expected a model",
    ], caplog.messages
    assert run.dropped == 4
    with gnomon.init(project="p", strict=True) as run, pytest.raises(InputError, match="which is not there"):
        run.save(tmp_path / "none.bin")
    with gnomon.init(project="p", mode="disabled") as run:
        run.save(tmp_path / "none.bin")
        run.log_model(object())


def test_a_model_of_a_run_becomes_a_version_and_answers(home: Path) -> None:
    network = MLP([4, 3, 2], seed=1)
    with gnomon.init(project="p", strict=True) as run:
        run.log({"test/accuracy": 0.5}, step=2)
        run.log_model(network, "net")
    made = register("digits", run=run.id, key="models/net", note="from a script", aliases=["champion"])
    with Home.open(home) as lab:
        assert lab.catalog.run(run.id).meta["models"] == {"net": 2}
    assert (made.format, made.lineage.run, made.lineage.step, made.metrics) == (
        "mlp",
        run.id,
        2,
        {"test/accuracy": 0.5},
    )
    row = np.ones((1, 4))
    assert np.array_equal(load("digits@champion").predict(row)[1], network.predict(row)[1])


def test_a_folder_of_a_run_becomes_a_version_with_its_files(home: Path, tmp_path: Path) -> None:
    (tmp_path / "net" / "sub").mkdir(parents=True)
    (tmp_path / "net" / "model.onnx").write_bytes(b"o")
    (tmp_path / "net" / "sub" / "labels.txt").write_bytes(b"l")
    with gnomon.init(project="p", strict=True) as run:
        run.log_model(tmp_path / "net", "net")
        run.log({"note": "x"})
    with Home.open(home) as lab:
        lab.drain()
        version = Registry(lab.documents, lab.path).add("m", of_run(lab, run.id, "models/net"))
        assert version.format == "onnx"
        with pytest.raises(InputError, match="is of kind text"):
            of_run(lab, run.id, "note")
    folder = path("m")
    assert {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()} == {
        "model.onnx": b"o",
        "sub/labels.txt": b"l",
    }


def test_a_module_is_kept_with_weights_and_onnx_and_stays_as_it_was(home: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    runtime = pytest.importorskip("onnxruntime")
    from safetensors.torch import load as tensors

    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Dropout(), torch.nn.Linear(4, 2)
    )
    model[1].eval()
    before, drawn = [each.training for each in model.modules()], torch.get_rng_state()
    with gnomon.init(project="p", strict=True) as run:
        run.watch(model)
        run.log_model(model, "net", example=torch.ones(1, 3))
    assert [each.training for each in model.modules()] == before
    assert torch.equal(torch.get_rng_state(), drawn)
    files = kept(home, run.id)
    found = tensors(files["models/net/model.safetensors"][0][2])
    assert found.keys() == model.state_dict().keys()
    assert all(torch.equal(found[name], each) for name, each in model.state_dict().items())
    session = runtime.InferenceSession(files["models/net/model.onnx"][0][2], providers=["CPUExecutionProvider"])
    rows = np.random.default_rng(0).random((5, 3), np.float32)
    with torch.no_grad():
        expected = model.eval()(torch.from_numpy(rows)).numpy()
    assert np.allclose(session.run(None, {session.get_inputs()[0].name: rows})[0], expected, atol=1e-6)


def test_a_module_that_no_onnx_can_be_made_of_keeps_its_weights(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    torch = pytest.importorskip("torch")

    class Odd(torch.nn.Linear):  # type: ignore[name-defined,misc]  # torch is imported within
        def forward(self, x: Any) -> Any:
            return super().forward(x) if x.sum().item() > 0 else x

    with gnomon.init(project="p") as run:
        run.log_model(Odd(2, 2), "net", example=np.ones((2, 2), np.float32))
    assert kept(home, run.id).keys() == {"models/net/model.safetensors"}
    said = [each.getMessage() for each in caplog.records if each.name == "gnomon"]
    assert [line.partition(":")[0] for line in said] == ["example"]
